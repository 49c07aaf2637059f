from __future__ import annotations

import contextlib
import random
import sqlite3
import stat
import threading
from functools import partial
from pathlib import Path

import pytest

from nextword.errors import HistoryDamaged, HistoryTooNew, NextwordError, NotSaved, ProfileInUse
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from tests.deliveries import Deliveries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile 🦊" / "history.db"


@pytest.fixture(autouse=True)
def _folder(path: Path) -> None:
    path.parent.mkdir()


def pragma(path: Path, name: str) -> object:
    db = open_database(path)
    try:
        return db.execute(f"PRAGMA {name}").fetchone()[0]
    finally:
        db.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("locking_mode", "exclusive"), ("foreign_keys", 1)],
)
def test_the_database_is_set_to_lose_nothing(path: Path, name: str, value: object) -> None:
    assert pragma(path, name) == value


def test_only_its_owner_may_read_the_file(path: Path) -> None:
    open_database(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_opener_is_kept_out(path: Path) -> None:
    db = open_database(path)
    with pytest.raises(ProfileInUse):
        open_database(path)
    db.close()
    open_database(path).close()


def test_a_database_of_a_later_version_is_not_touched(path: Path) -> None:
    db = open_database(path)
    row = {"migration_set": "nextword", "name": "m999_later", "applied_at": "2030"}
    db.table("_sqlite_migrations").insert(row)
    db.close()
    before = path.read_bytes()
    with pytest.raises(HistoryTooNew) as caught:
        open_database(path)
    assert caught.value.unknown_migrations == ("m999_later",)
    assert path.read_bytes() == before


def test_migrations_start_from_any_earlier_shape(path: Path) -> None:
    from sqlite_utils import Database

    from nextword.history.migrations import migrations

    old = Database(path)
    migrations.apply(old, stop_before="m002_what_made_a_message")
    old.table("conversations").insert({"title": "old", "created": 1.0, "updated": 1.0, "head": None, "deleted": None})
    old.close()
    db = open_database(path)
    assert [row.title for row in Conversations(db).list()] == ["old"]
    assert "token_blocks" in db.table_names()
    db.close()


def test_work_is_done_in_order_and_its_results_are_delivered(path: Path) -> None:
    deliver = Deliveries()
    history = History(path, deliver)
    heard: list[object] = []
    threads: set[str] = set()

    def create(title: str, conversations: Conversations) -> str:
        threads.add(threading.current_thread().name)
        conversations.create(title)
        return title

    for title in "abc":
        history.run(partial(create, title), done=heard.append)
    history.run(lambda c: sorted(row.title for row in c.list()), done=heard.append)
    deliver.until(lambda: len(heard) == 4)
    history.close()
    assert heard == ["a", "b", "c", ["a", "b", "c"]]
    assert threads == {"history_0"}


def test_the_search_index_follows_what_is_written_between_other_work(path: Path) -> None:
    deliver = Deliveries()
    history = History(path, deliver, held=True)
    left: list[int] = []

    def write(conversations: Conversations) -> None:
        conversation = conversations.create("t")
        for number in range(450):
            conversations.add_message(conversation, None, "user", f"word{number}")

    def count(conversations: Conversations) -> int:
        return int(conversations._db.execute("select count(*) from messages_index_waiting").fetchone()[0])

    history.run(write)
    history.run(count, done=left.append)
    history.release()
    deliver.until(lambda: left)
    assert left == [450]
    while left[-1] > 0:
        asked = len(left)
        history.run(count, done=left.append)
        deliver.until(lambda asked=asked: len(left) > asked)  # type: ignore[misc]
    history.close()
    assert left == sorted(left, reverse=True)


def test_what_was_asked_before_the_close_is_done_and_nothing_is_delivered_after(path: Path) -> None:
    deliver = Deliveries()
    history = History(path, deliver)
    heard: list[object] = []
    for number in range(50):
        history.run(lambda c, n=number: c.create(str(n)), done=heard.append)
    history.close()
    deliver.run_waiting()
    assert heard == []
    db = open_database(path)
    assert len(Conversations(db).list()) == 50
    db.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 100, b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_file_is_kept_and_a_fresh_one_takes_its_place(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    deliver = Deliveries()
    history = History(path, deliver)
    told: list[NextwordError | None] = []
    made: list[object] = []
    history.opened.connect(told.append)
    history.run(lambda c: c.create("new"), done=made.append)
    deliver.until(lambda: made)
    history.close()
    damage = told[0]
    assert isinstance(damage, HistoryDamaged)
    assert Path(damage.kept_as).read_bytes() == content
    assert told[1] is None


def test_sixty_doctored_copies_never_crash_and_the_original_is_kept(path: Path) -> None:
    db = open_database(path)
    conversations = Conversations(db)
    for number in range(40):
        conversation = conversations.create(f"conversation {number}")
        conversations.add_message(conversation, None, "user", "hello " * 50)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    whole = path.read_bytes()
    rng = random.Random(13)
    for number in range(60):
        copy = path.with_name(f"copy-{number}.db")
        data = bytearray(whole)
        for _ in range(rng.choice([1, 20, 400])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        copy.write_bytes(bytes(data[: rng.choice([len(data), rng.randrange(1, len(data))])]))
        before = copy.read_bytes()
        try:
            opened = open_database(copy)
        except NextwordError:
            assert copy.read_bytes() == before
            continue
        with contextlib.suppress(sqlite3.DatabaseError):
            Conversations(opened).list()
        opened.close()


def test_a_profile_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotSaved):
        open_database(tmp_path / "no such folder" / "history.db")


def test_a_full_disk_rolls_back_and_the_rest_is_whole(path: Path) -> None:
    db = open_database(path)
    conversations = Conversations(db)
    kept = conversations.create("kept")
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages + 2}")  # SQLite answers as for a full disk: SQLITE_FULL
    with pytest.raises(sqlite3.OperationalError) as caught:
        conversations.add_message(kept, None, "user", "x" * 100_000)
    from nextword.history.database import to_history_error

    error = to_history_error(caught.value)
    assert isinstance(error, NotSaved)
    assert error.reason == "disk_full"
    assert conversations.read(kept).messages == ()
    db.close()
    again = open_database(path)
    assert again.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    again.close()


def test_a_full_disk_at_the_start_leaves_everything_readable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = open_database(path)
    conversation = Conversations(db).create("kept")
    db.close()

    def full(_conversations: Conversations) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Conversations, "recover", full)
    deliver, opened, titles = Deliveries(), [], []
    history = History(path, deliver)
    history.opened.connect(opened.append)
    for _ in range(2):
        history.run(lambda conversations: conversations.read(conversation).title, done=titles.append)
    deliver.until(lambda: len(titles) == 2)
    history.close()
    assert titles == ["kept", "kept"]
    assert [type(error) for error in opened] == [NotSaved, type(None)]


def test_a_fault_is_told_to_whoever_waits_and_not_hidden(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", hooked.append)
    deliver = Deliveries()
    history = History(path, deliver)
    failures: list[NextwordError] = []
    history.run(lambda _conversations: [][0], failed=failures.append)
    deliver.until(lambda: failures)
    history.close()
    assert isinstance(failures[0], NotSaved)
    assert [arguments.exc_type for arguments in hooked] == [IndexError]
