"""The row of backups on the settings page: what there is, one put back, and that undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nextword.history import keeper
from nextword.history.conversations import Conversations
from nextword.history.database import History
from nextword.ui.settings.backups import BackupsRow
from tests.ui.conftest import Desk


@pytest.fixture
def history(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    monkeypatch.setattr(keeper, "START_SECONDS", 0.0)
    made = History(tmp_path / "history.db", desk.services.deliver, backups=tmp_path / "backups")
    yield made
    made.close()


def titles(qtbot: QtBot, history: History) -> set[str]:
    found: list[set[str]] = []
    history.run(lambda conversations: {row.title for row in conversations.list()}, done=found.append)
    qtbot.waitUntil(lambda: bool(found))
    return found[0]


def backed_up(qtbot: QtBot, history: History, folder: Path) -> None:
    def create(conversations: Conversations) -> None:
        conversations.create("kept")

    history.run(create)
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.db"))), timeout=20_000)
    history.run(lambda conversations: conversations.create("after"))


def test_a_backup_is_put_back_and_that_is_undone(qtbot: QtBot, desk: Desk, history: History, tmp_path: Path) -> None:
    backed_up(qtbot, history, tmp_path / "backups")
    row = BackupsRow(history, desk.services.notices, lambda: False)
    qtbot.addWidget(row)
    row.show()
    qtbot.waitUntil(lambda: row.choice.count() == 1)
    assert "messages in" in row.choice.itemText(0)
    row.restore.click()
    qtbot.waitUntil(lambda: bool(desk.told), timeout=20_000)
    assert "after" not in titles(qtbot, history)
    notice = desk.told[-1]
    assert notice.error is None
    notice.actions[0].run()
    qtbot.waitUntil(lambda: len(desk.told) == 2, timeout=20_000)
    assert titles(qtbot, history) == {"kept", "after"}


def test_nothing_is_put_back_while_an_answer_is_written(
    qtbot: QtBot, desk: Desk, history: History, tmp_path: Path
) -> None:
    backed_up(qtbot, history, tmp_path / "backups")
    row = BackupsRow(history, desk.services.notices, lambda: True)
    qtbot.addWidget(row)
    row.show()
    qtbot.waitUntil(lambda: row.choice.count() == 1)
    row.restore.click()
    assert len(desk.told) == 1
    assert titles(qtbot, history) == {"kept", "after"}


def test_a_history_without_backups_says_so(qtbot: QtBot, desk: Desk) -> None:
    row = BackupsRow(desk.services.history, desk.services.notices, lambda: False)
    qtbot.addWidget(row)
    row.show()
    assert not row.restore.isVisible()
    assert row._nothing.isVisible()
