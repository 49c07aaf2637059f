"""Backups: made beside the work, thinned with age, restored whole; a kill leaves nothing half."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nextword.errors import BackupFailed, HistoryDamaged, HistoryRepaired, NextwordError
from nextword.history import database, keeper
from nextword.history.backup import (
    Backup,
    BackupContents,
    backups_in,
    contents,
    fault_of,
    is_unchanged,
    make_backup,
)
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from nextword.history.records import ConversationId
from tests.deliveries import Deliveries
from tests.history.test_salvage import index_leaf, kept_files, tables_in
from tests.history.worn import PAGE, Worn, fill, worn

NOW = 2_000_000_000.0


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "START_SECONDS", 0.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Worn:
    return worn(tmp_path_factory.mktemp("worn"), 7, killed=False)


class Desk:
    """A history with a folder for backups, as the program has it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.folder = folder / "history.db", folder / "backups"
        self.deliver = Deliveries()
        self.told: list[NextwordError | None] = []
        self.not_backed_up: list[BackupFailed] = []
        self.replaced: list[None] = []
        self.history = History(self.path, self.deliver, backups=self.folder)
        self.history.opened.connect(self.told.append)
        self.history.backup_failed.connect(self.not_backed_up.append)
        self.history.replaced.connect(self.replaced.append)

    def do(self, work: Callable[[Conversations], object]) -> object:
        got: list[object] = []
        self.history.run(work, done=got.append, failed=got.append)
        self.deliver.until(lambda: got)
        return got[0]

    def settle(self) -> None:
        """Wait for the thread that backs up."""
        kept = self.history._keeper
        if kept is not None and kept._thread is not None:
            kept._thread.join()
        self.do(lambda _conversations: None)

    def backups(self) -> list[tuple[Backup, BackupContents]]:
        got: list[list[tuple[Backup, BackupContents]]] = []
        self.history.list_backups(got.append, self.fail)
        self.deliver.until(lambda: got)
        return got[0]

    def restore(self, backup: Backup) -> Path | NextwordError:
        got: list[Path | NextwordError] = []
        self.history.restore(backup, got.append, got.append)
        self.deliver.until(lambda: got)
        return got[0]

    def fail(self, error: NextwordError) -> None:
        raise error


def start(folder: Path, work: Callable[[Conversations], object] = lambda _: None) -> Desk:
    desk = Desk(folder)
    desk.do(work)
    desk.settle()
    return desk


def titles(conversations: Conversations) -> set[str]:
    return {row.title for row in conversations.list()}


def test_a_start_after_changes_is_backed_up_and_one_without_is_not(tmp_path: Path) -> None:
    counts = []
    for title in ("one", "", "two", "", ""):
        desk = start(tmp_path)
        counts.append(len(backups_in(desk.folder)))
        if title:
            desk.do(lambda c, title=title: c.create(title))
        desk.history.close()
    assert counts == [1, 2, 2, 3, 3]
    newest = backups_in(tmp_path / "backups")[0]
    assert (newest.number, contents(newest)) == (3, BackupContents(2, 0))
    assert fault_of(newest.path) == ""
    assert newest.path.stat().st_mode & 0o777 == 0o600


def test_changes_are_backed_up_from_time_to_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = start(tmp_path)
    desk.do(lambda c: c.create("too soon"))
    desk.settle()
    assert len(backups_in(desk.folder)) == 1
    monkeypatch.setattr(keeper, "EACH_SECONDS", 0.0)
    desk.do(lambda c: c.list())
    desk.settle()
    assert len(backups_in(desk.folder)) == 1
    desk.do(lambda c: c.create("late enough"))
    desk.settle()
    assert len(backups_in(desk.folder)) == 2
    desk.history.close()


def test_writing_goes_on_during_a_backup_which_is_of_one_moment(
    tmp_path: Path, whole: Worn, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    reading, written = threading.Event(), threading.Event()
    real = keeper.make_backup

    def slowly(source: sqlite3.Connection, folder: Path, *, stamp_ns: int) -> Backup:
        reading.set()
        assert written.wait(30)
        return real(source, folder, stamp_ns=stamp_ns)

    monkeypatch.setattr(keeper, "make_backup", slowly)
    desk.do(lambda c: c.create("before"))
    assert reading.wait(30)
    for number in range(50):
        desk.do(lambda c, number=number: fill(c, random.Random(number), count=1))
    written.set()
    desk.settle()
    desk.history.close()
    backup = backups_in(desk.folder)[0]
    assert fault_of(backup.path) == ""
    assert tables_in(backup.path)["messages"] == whole.tables["messages"]
    assert len(tables_in(desk.path)["conversations"]) == len(whole.tables["conversations"]) + 51


def test_closing_interrupts_a_backup_and_leaves_none_half_made(
    tmp_path: Path, whole: Worn, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    begun = threading.Event()
    real = keeper.make_backup

    def interrupted(source: sqlite3.Connection, folder: Path, *, stamp_ns: int) -> Backup:
        source.set_progress_handler(lambda: begun.set() or desk.history._keeper._stop.wait(30), 100)  # type: ignore[union-attr, func-returns-value]
        return real(source, folder, stamp_ns=stamp_ns)

    monkeypatch.setattr(keeper, "make_backup", interrupted)
    desk.do(lambda c: c.create("kept"))
    assert begun.wait(30)
    desk.history.close()
    assert list(desk.folder.iterdir()) == []
    db = open_database(desk.path)
    assert "kept" in titles(Conversations(db))
    db.close()


def test_a_full_check_after_an_unclean_end_finds_what_a_quick_one_does_not(tmp_path: Path, whole: Worn) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    leaf = index_leaf(desk.path, "idx_token_blocks_message")
    data = bytearray(desk.path.read_bytes())
    data[leaf * PAGE - 1] ^= 1
    desk.path.write_bytes(data)
    Path(f"{desk.path}-wal").touch()  # a clean end removes it
    desk.do(titles)
    desk.deliver.until(lambda: any(isinstance(told, HistoryRepaired) for told in desk.told))
    desk.do(titles)
    desk.history.close()
    found = next(told for told in desk.told if isinstance(told, HistoryRepaired))
    assert (found.way, found.messages) == ("indexes", len(whole.tables["messages"]))
    assert tables_in(desk.path) == whole.tables
    assert len(kept_files(desk.path)) == 1


def test_rows_that_the_damaged_file_lost_come_from_the_newest_backup(tmp_path: Path, whole: Worn) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    desk.do(titles)
    desk.settle()
    desk.do(lambda c: c.create("after the backup"))
    desk.history.close()
    data = bytearray(desk.path.read_bytes())
    for page in random.Random(1).sample(range(len(data) // PAGE), 40):
        data[page * PAGE : page * PAGE + PAGE] = bytes(PAGE)
    desk.path.write_bytes(data)
    again = start(tmp_path)
    found = next(told for told in again.told if isinstance(told, HistoryRepaired))
    assert found.messages == len(whole.tables["messages"])
    assert found.from_backup > 0
    assert found.backup_made == backups_in(desk.folder)[-1].made
    assert found.lost_messages == 0
    again.history.close()
    after = tables_in(desk.path)
    after["conversations"] = {key: row for key, row in after["conversations"].items() if row[1] != "after the backup"}
    assert after == whole.tables


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_a_file_cut_to_nothing_gives_way_to_the_backup(tmp_path: Path, whole: Worn, left: int) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    desk.do(titles)
    desk.settle()
    desk.history.close()
    with desk.path.open("r+b") as file:
        file.truncate(left)
    again = start(tmp_path)
    found = next(told for told in again.told if isinstance(told, HistoryRepaired))
    assert found.way == "backup"
    again.history.close()
    assert tables_in(desk.path) == whole.tables


def test_a_damaged_backup_is_passed_over_for_an_older_one(tmp_path: Path, whole: Worn) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    for title in ("one", "two"):
        desk.do(lambda c, title=title: c.create(title))
        desk.settle()
        desk.history.close()
        desk = Desk(tmp_path)
    newest, older = backups_in(desk.folder)
    newest.path.write_bytes(b"nothing" * 1000)
    desk.path.write_bytes(b"nothing either" * 1000)
    desk.do(titles)
    found = next(told for told in desk.told if isinstance(told, HistoryRepaired))
    assert found.backup_made == older.made
    desk.history.close()


def test_every_generation_can_be_restored_and_what_it_replaces_is_kept(tmp_path: Path) -> None:
    for number in range(4):
        desk = Desk(tmp_path)
        desk.do(lambda c, number=number: c.create(str(number)))
        desk.settle()
        desk.history.close()
    desk = start(tmp_path)
    backups = desk.backups()
    assert [found.conversations for _, found in backups] == [4, 3, 2, 1, 0][: len(backups)]
    for backup, found in backups:
        kept = desk.restore(backup)
        assert isinstance(kept, Path)
        assert desk.do(titles) == {str(number) for number in range(found.conversations)}
        assert kept.exists()
    assert len(desk.replaced) == len(backups)
    assert [told for told in desk.told if told is not None] == []
    assert len(list(tmp_path.glob("history.replaced-*.db"))) == len(backups)
    desk.history.close()


def test_a_backup_that_is_damaged_or_gone_is_not_restored(tmp_path: Path) -> None:
    desk = start(tmp_path, lambda c: c.create("kept"))
    backup = backups_in(desk.folder)[0]
    backup.path.write_bytes(b"no database" * 999)
    error = desk.restore(backup)
    assert isinstance(error, BackupFailed)
    assert error.reason == "damaged"
    backup.path.unlink()
    error = desk.restore(backup)
    assert isinstance(error, BackupFailed)
    assert error.reason == "missing"
    assert desk.do(titles) == {"kept"}
    assert desk.replaced == []
    desk.history.close()


def test_a_disk_without_room_is_said_once_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(10**9, 10**9, 1000))  # type: ignore[attr-defined]
    monkeypatch.setattr(keeper, "EACH_SECONDS", 0.0)
    desk = start(tmp_path, lambda c: c.create("one"))
    for title in ("two", "three"):
        desk.do(lambda c, title=title: c.create(title))
        desk.settle()
    assert [(error.reason, error.free_bytes) for error in desk.not_backed_up] == [("no_room", 1000)]
    assert backups_in(desk.folder) == []
    assert desk.do(titles) == {"one", "two", "three"}
    desk.history.close()


def test_an_older_database_is_backed_up_before_it_is_brought_up_to_date(tmp_path: Path) -> None:
    from sqlite_utils import Database

    from nextword.history.migrations import migrations

    path, folder = tmp_path / "history.db", tmp_path / "backups"
    old = Database(path)
    migrations.apply(old, stop_before="m004_recipes")
    old.close()
    open_database(path, backups=folder).close()
    backup = backups_in(folder)[0]
    kept = Database(backup.path)
    assert [step.name for step in migrations.applied(kept)][-1] == "m003_tokens"
    kept.close()
    open_database(path, backups=folder).close()
    assert len(backups_in(folder)) == 1


# --- kills --------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from nextword.history.backup import make_backup
from nextword.history.database import open_database
what, path, steps = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
left = [steps]
def hook(event, arguments):
    if event in ("sqlite3.connect", "open", "os.rename", "os.utime", "os.mkdir") and "history" in str(arguments[0]):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
def progress():
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
if what == "backup":
    db = open_database(path)
    if steps % 2:
        sys.addaudithook(hook)
        left[0] = steps // 2
    else:
        db.conn.set_progress_handler(progress, 200)
    make_backup(db.conn, path.parent / "backups", stamp_ns=1)
else:
    from nextword.history import database
    class Slow(sqlite3.Connection):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.set_progress_handler(progress, 300)
    real = sqlite3.connect
    sqlite3.connect = lambda *arguments, **options: real(*arguments, **options, factory=Slow)
    open_database(path, backups=path.parent / "backups")
print("done")
"""


def kill(what: str, path: Path, steps: int) -> bool:
    """Do something in a process that is killed after a number of steps; return whether it was."""
    done = subprocess.run([sys.executable, "-c", KILLED, what, str(path), str(steps)], capture_output=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-500:]
    return done.returncode != 0


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 5, 8, 20, 60])
def test_a_kill_during_a_backup_harms_neither_database_nor_backups(tmp_path: Path, whole: Worn, steps: int) -> None:
    path, folder = tmp_path / "history.db", tmp_path / "backups"
    whole.write(path)
    kill("backup", path, steps)
    assert all(fault_of(backup.path) == "" for backup in backups_in(folder))
    desk = start(tmp_path)
    desk.history.close()
    assert tables_in(path) == whole.tables
    assert not list(folder.glob("*.part*"))
    assert tables_in(backups_in(folder)[0].path) == whole.tables


@pytest.mark.parametrize("steps", [0, 2, 5, 9, 14, 20, 30, 45])
def test_a_kill_during_a_migration_is_made_good_at_the_next_start(tmp_path: Path, steps: int) -> None:
    from sqlite_utils import Database

    from nextword.history.migrations import migrations

    path = tmp_path / "history.db"
    old = Database(path)
    migrations.apply(old, stop_before="m004_recipes")
    for number in range(1, 40):
        row = {"id": number, "title": f"old {number}", "created": 1.5, "updated": 2.5, "head": None, "deleted": None}
        old.table("conversations").insert(row)
    old.close()
    kill("migration", path, steps)
    db = open_database(path, backups=tmp_path / "backups")
    assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert len(titles(Conversations(db))) == 39
    assert not migrations.pending(db)
    db.close()


def test_an_unchanged_database_is_known_by_its_time_stamp(tmp_path: Path) -> None:
    path, folder = tmp_path / "history.db", tmp_path / "backups"
    db = open_database(path)
    db.execute("pragma wal_checkpoint(truncate)")
    make_backup(db.conn, folder, stamp_ns=path.stat().st_mtime_ns)
    db.close()
    assert is_unchanged(path, folder)
    os.utime(path)
    assert not is_unchanged(path, folder)


def test_damage_met_while_reading_is_repaired_and_the_reading_done(tmp_path: Path, whole: Worn) -> None:
    desk = Desk(tmp_path)
    whole.write(desk.path)
    desk.do(titles)
    desk.settle()
    connection = desk.history._db.conn  # type: ignore[union-attr]

    def spoil(_conversations: Conversations) -> None:
        """Damage the file below the history's feet, where it has not looked yet."""
        connection.execute("pragma wal_checkpoint(truncate)")
        with desk.path.open("r+b") as file:  # on another thread's lock: nothing else of this process has it open
            file.seek(8 * PAGE)
            file.write(bytes(desk.path.stat().st_size - 8 * PAGE))
        connection.execute("pragma cache_size=0")
        connection.execute("pragma shrink_memory")

    desk.do(spoil)
    found = desk.do(lambda c: len(c.read(ConversationId(1)).messages))
    assert isinstance(found, int)
    assert any(isinstance(told, HistoryRepaired | HistoryDamaged) for told in desk.told)
    desk.history.close()
    assert len(tables_in(desk.path)["messages"]) == len(whole.tables["messages"])


def test_damage_that_a_backup_meets_first_is_repaired_at_once(
    tmp_path: Path, whole: Worn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "QUICK_CHECK_BYTES", 0)  # as for a large database, which is opened unchecked
    desk = Desk(tmp_path)
    data = bytearray(whole.main)
    page = next(iter(whole.pages["messages", 20]))
    data[(page - 1) * PAGE : page * PAGE] = b"\xff" * PAGE
    desk.path.write_bytes(data)
    desk.do(lambda _conversations: None)
    desk.deliver.until(lambda: any(isinstance(told, HistoryRepaired) for told in desk.told))
    found = next(told for told in desk.told if isinstance(told, HistoryRepaired))
    desk.do(titles)
    desk.history.close()
    assert found.way == "rows"
    assert found.lost_messages >= 1
    assert desk.not_backed_up == []
