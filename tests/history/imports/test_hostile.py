"""Whatever a file is, an import of it ends with a report or with an error of ours, and does nothing else."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nextword.errors import ImportFailed
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.trees import SYSTEM_PROMPT
from tests.history.imports.hostile import files, zipped
from tests.history.imports.samples import chatgpt_conversation, history, imported

FILES = dict(files())


class _Watch:
    """Hears of every file that is opened and of every connection, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes):
            self.seen.append(os.fsdecode(arguments[0]))
        elif event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "shutil.", "ctypes.dlopen")):
            self.seen.append(event)


WATCH = _Watch()


@contextmanager
def watched() -> Iterator[list[str]]:
    WATCH.seen.clear()
    WATCH.on = True
    try:
        yield WATCH.seen
    finally:
        WATCH.on = False


def test_there_are_a_hundred_of_them() -> None:
    assert len(FILES) >= 100


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversations]:
    """One history for all, so that what one file did to it would show with the next."""
    db = open_database(tmp_path_factory.mktemp("hostile") / "history.db")
    yield Conversations(db)
    db.close()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_changes_nothing_but_the_list_of_conversations(
    name: str, conversations: Conversations, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / name
    path.write_bytes(FILES[name])
    tables = table_counts(conversations)
    with watched() as seen:
        try:
            trees, report = imported(conversations, path)
        except ImportFailed:
            trees, report = [], None
    strangers = [one for one in seen if not one.startswith(str(folder)) and "python" not in one and "/app/" not in one]
    assert strangers == []
    assert os.listdir(folder) == [name]
    assert path.read_bytes() == FILES[name]
    assert os.listdir(tmp_path) == ["in"]
    for tree in trees:
        assert SYSTEM_PROMPT not in tree.settings
        assert all(message.role in ("user", "assistant") for message in tree.messages)
        assert tree.source
    if not trees and report is not None:
        assert report.skipped_count
    assert tables.keys() == table_counts(conversations).keys()
    assert conversations.store.db.execute("pragma foreign_key_check").fetchall() == []
    assert threading.active_count() == 1


def table_counts(conversations: Conversations) -> dict[str, str]:
    return dict(conversations.store.db.execute("select name, sql from sqlite_master").fetchall())


def test_the_history_is_sound_after_all_of_them_and_their_folder_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "link.json").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")
    with history(tmp_path / "history.db") as conversations:
        trees, report = imported(conversations, folder)
        assert conversations.store.db.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert len(conversations.list(limit=10_000)) == len(trees) > 15
    assert report.skipped_count > 30
    assert not any("passwd" in message.text for tree in trees for message in tree.messages)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bomb.zip", "zip_bomb"),
        ("many-bombs.zip", "zip_bomb"),
        ("long-list.zip", "zip_bomb"),
        ("encrypted.zip", "encrypted"),
        ("cut.zip", "bad_zip"),
        ("newer.zip", "unknown_zip"),
        ("database.json", "database"),
        ("up.zip", "unknown_format"),
        ("page.html.json", "unknown_format"),
    ],
)
def test_the_reason_is_told(name: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    with history(tmp_path / "history.db") as conversations, pytest.raises(ImportFailed) as caught:
        imported(conversations, path)
    assert caught.value.reason == reason


@pytest.mark.parametrize(("name", "reason"), [("missing.json", "missing"), ("empty.json", "empty")])
def test_a_file_that_is_not_there_or_empty_is_told(name: str, reason: str, tmp_path: Path) -> None:
    if reason == "empty":
        (tmp_path / name).touch()
    with history(tmp_path / "history.db") as conversations, pytest.raises(ImportFailed) as caught:
        imported(conversations, tmp_path / name)
    assert caught.value.reason == reason


def test_a_pipe_and_a_device_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with history(tmp_path / "history.db") as conversations:
        for path in (tmp_path / "pipe.json", Path(os.devnull)):
            with pytest.raises(ImportFailed) as caught:
                imported(conversations, path)
            assert caught.value.reason == "not_a_file"


def test_what_came_before_a_file_that_fails_is_kept(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    good.write_text(json.dumps([chatgpt_conversation()]), encoding="utf-8")
    bad.write_bytes(b"no conversation")
    with history(tmp_path / "history.db") as conversations:
        with pytest.raises(ImportFailed) as caught:
            imported(conversations, good, bad)
        assert caught.value.file_name == "b.json"
        assert len(conversations.list()) == 1


def test_random_damage_ends_with_a_report_or_an_error_of_ours(conversations: Conversations, tmp_path: Path) -> None:
    chance = random.Random(11)
    wholes = {name: FILES[name] for name in ("spoiled.zip", "up.zip", "own-role.jsonl", "half.chat", "flipped-7.chat")}
    wholes["good.zip"] = zipped(("conversations.json", json.dumps([chatgpt_conversation()]).encode()))
    path = tmp_path / "file"
    told = 0
    for number in range(300):
        data = bytearray(wholes[chance.choice(list(wholes))])
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(4, len(data))] = chance.choice((0, 255, chance.randrange(256)))
        path.write_bytes(bytes(data[: chance.randrange(5, len(data))] if number % 5 == 0 else data))
        try:
            imported(conversations, path)
        except ImportFailed as error:
            told += bool(error.reason)
    assert 50 < told < 300
    assert conversations.store.db.execute("pragma quick_check").fetchone()[0] == "ok"
