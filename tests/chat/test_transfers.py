from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.chat.transfers import Transfer
from nextword.errors import HistoryError, ImportFailed, ProfileInUse
from nextword.history.database import History
from nextword.history.exports.exporting import Exporting
from nextword.history.imports.importing import Importing
from tests.deliveries import Deliveries
from tests.history.imports.samples import chatgpt_conversation

COUNT = 3_000


@pytest.fixture
def deliveries() -> Deliveries:
    return Deliveries()


@pytest.fixture
def history(tmp_path: Path, deliveries: Deliveries) -> Iterator[History]:
    made = History(tmp_path / "history.db", deliveries)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.json"
    chats = [chatgpt_conversation() | {"title": f"Number {n}", "create_time": 1.7e9 + n} for n in range(COUNT)]
    path.write_text(json.dumps(chats), encoding="utf-8")
    return path


def finished(transfer: Transfer, deliveries: Deliveries) -> list[HistoryError | ProfileInUse | None]:  # type: ignore[type-arg]
    ends: list[HistoryError | ProfileInUse | None] = []
    transfer.ended.connect(ends.append)
    transfer.start()
    deliveries.until(lambda: ends)
    return ends


def test_an_import_runs_to_its_end_and_lets_other_work_in_between(
    history: History, deliveries: Deliveries, file: Path
) -> None:
    importing = Importing([file])
    transfer = Transfer(history, importing)
    seen: list[int] = []
    between: list[int] = []
    transfer.progressed.connect(lambda progress: seen.append(progress.imported))
    transfer.progressed.connect(
        lambda _: history.run(lambda conversations: conversations.count_messages(), done=between.append)
    )
    assert finished(transfer, deliveries) == [None]
    assert seen == sorted(seen)
    assert seen[-1] == importing.report.conversations == COUNT
    assert len(seen) > 3
    assert len(between) >= len(seen) - 1
    assert not transfer.running


def test_an_import_that_is_cancelled_keeps_what_there_is_and_goes_no_further(
    history: History, deliveries: Deliveries, file: Path
) -> None:
    importing = Importing([file])
    transfer = Transfer(history, importing)
    seen: list[int] = []
    counts: list[int] = []
    transfer.progressed.connect(lambda progress: seen.append(progress.imported))
    transfer.progressed.connect(lambda _: transfer.cancel())
    transfer.start()
    deliveries.until(lambda: seen)
    history.run(lambda conversations: len(conversations.list(limit=COUNT)), done=counts.append)
    deliveries.until(lambda: counts)
    deliveries.run_waiting()
    assert len(seen) == 1
    assert 0 < counts[0] == importing.report.conversations < COUNT


def test_a_file_that_cannot_be_imported_ends_with_its_error(
    history: History, deliveries: Deliveries, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    path.write_text("no", encoding="utf-8")
    (error,) = finished(Transfer(history, Importing([path])), deliveries)
    assert isinstance(error, ImportFailed)
    assert error.reason == "unknown_format"


def test_an_export_that_is_cancelled_when_the_program_ends_leaves_no_file(
    history: History, deliveries: Deliveries, file: Path, tmp_path: Path
) -> None:
    assert finished(Transfer(history, Importing([file])), deliveries) == [None]
    folder = tmp_path / "out"
    folder.mkdir()
    transfer = Transfer(history, Exporting(folder / "all.jsonl", "lines", None))
    seen: list[object] = []
    transfer.progressed.connect(seen.append)
    transfer.start()
    deliveries.until(lambda: seen)
    transfer.cancel()
    history.close()
    assert os.listdir(folder) == []
