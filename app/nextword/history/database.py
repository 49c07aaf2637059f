"""The one database of a profile and the one thread that touches it.

WAL with synchronous=FULL: what a method of Conversations has returned from is on disk. locking_mode=EXCLUSIVE
keeps every other program out while this one runs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from nextword.errors import HistoryDamaged, HistoryError, HistoryTooNew, NextwordError, NotSaved, ProfileInUse
from nextword.events import Event
from nextword.history.records import HistoryChange

if TYPE_CHECKING:
    from sqlite_utils import Database

    from nextword.history.conversations import Conversations

T = TypeVar("T")
Deliver: TypeAlias = Callable[[Callable[[], None]], None]
Failed: TypeAlias = Callable[[HistoryError | ProfileInUse], None]

QUICK_CHECK_BYTES = 64 * 1024 * 1024
_PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
)


def open_database(path: Path) -> Database:
    """Open, check and bring up to date the database at `path`; make it if there is none.

    Raises HistoryDamaged (the file is left as it is), HistoryTooNew, ProfileInUse, NotSaved.
    """
    try:
        connection = sqlite3.connect(path, timeout=0.5, check_same_thread=True)
    except sqlite3.Error as error:
        raise to_history_error(error, path) from error
    try:
        return _prepare(connection, path)
    except NextwordError:
        connection.close()
        raise
    except sqlite3.Error as error:
        connection.close()
        raise to_history_error(error, path) from error
    except UnicodeDecodeError as error:  # names in a damaged schema come up through SQLite's own messages
        connection.close()
        raise HistoryDamaged(str(path), str(error)) from error
    except OSError as error:
        connection.close()
        raise NotSaved("io", str(error)) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> Database:
    from sqlite_utils import Database  # here: a second of imports that the window need not wait for

    from nextword.history.migrations import migrations

    os.chmod(path, 0o600)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if path.stat().st_size <= QUICK_CHECK_BYTES:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise HistoryDamaged(str(path), str(verdict))
    db = Database(connection, execute_plugins=False)
    unknown = _unknown(migration.name for migration in migrations.applied(db))
    if unknown:
        raise HistoryTooNew(str(path), unknown)
    migrations.apply(db)
    return db


def _unknown(applied: Iterable[str]) -> tuple[str, ...]:
    """Return the names of applied steps that this program does not have: a later one wrote the file."""
    from nextword.history import migrations

    own = {name for name in vars(migrations) if name.startswith("m0")}
    return tuple(name for name in applied if name not in own)


def to_history_error(error: sqlite3.Error, path: Path | None = None) -> HistoryError | ProfileInUse:
    """Return our error for one of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or ""
    where = "" if path is None else str(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return HistoryDamaged(where, str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ProfileInUse(where, 0) if path is not None else NotSaved("locked", str(error))
    reasons = {
        "SQLITE_FULL": "disk_full",
        "SQLITE_READONLY": "read_only",
        "SQLITE_IOERR": "io",
        "SQLITE_CANTOPEN": "io",
    }
    for start, reason in reasons.items():
        if name.startswith(start):
            return NotSaved(reason, str(error))
    return NotSaved("other", str(error))


def set_aside(path: Path) -> Path:
    """Move a damaged database and its WAL out of the way, keeping both; return the new name of the database."""
    kept = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
    os.replace(path, kept)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{kept}{suffix}")
    return kept


class History:
    """Runs work on the history thread and delivers what came of it; opens the database at the first work.

    opened: None when the database is ready, or the error that keeps it shut. Work that comes then fails with it.
    held: no work is begun before `release`: the window is to be seen first.
    """

    def __init__(self, path: Path, deliver: Deliver, *, held: bool = False) -> None:
        self.changed: Event[HistoryChange] = Event()
        self.opened: Event[HistoryError | ProfileInUse | None] = Event()
        self.recovered = 0
        self._path = path
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._conversations: Conversations | None = None
        self._db: Database | None = None
        self._error: HistoryError | ProfileInUse | None = None
        self._closed = False
        self._held: list[tuple[Callable[[], None], Failed | None]] | None = [] if held else None

    def release(self) -> None:
        """Begin the work that was held back."""
        held, self._held = self._held or [], None
        for work, failed in held:
            self._submit(work, failed)

    def run(
        self,
        work: Callable[[Conversations], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Do `work` on the history thread; deliver its result to `done` or its error to `failed`.

        Order is kept: work that is asked for later sees what earlier work wrote.
        """
        job = partial(self._run, work, done, failed)
        if self._closed:
            return
        if self._held is not None:
            self._held.append((job, failed))
        else:
            self._submit(job, failed)

    def close(self) -> None:
        """Finish what was asked for, close the database, join the thread. Nothing is delivered after."""
        if self._closed:
            return
        self.release()
        last: Future[None] = self._executor.submit(self._close)
        self._closed = True
        last.result()
        self._executor.shutdown(wait=True)

    def _submit(self, work: Callable[[], None], failed: Failed | None) -> None:
        self._executor.submit(work).add_done_callback(partial(self._report, failed))

    # --- on the history thread ------------------------------------------------------------------------------

    def _report(self, failed: Failed | None, future: Future[None]) -> None:
        """Give an exception that nobody named to the hook for threads, and to whoever waits: it would be lost in
        the future."""
        error = future.exception()
        if error is not None:
            self._tell(failed, NotSaved("other", f"{type(error).__name__}: {error}"[:200]))
            arguments = (type(error), error, error.__traceback__, threading.current_thread())
            threading.excepthook(threading.ExceptHookArgs(arguments))

    def _run(
        self,
        work: Callable[[Conversations], T],
        done: Callable[[T], None] | None,
        failed: Failed | None,
    ) -> None:
        try:
            conversations = self._open()
            result = work(conversations)
        except (HistoryError, ProfileInUse) as error:
            self._tell(failed, error)
            return
        except sqlite3.Error as error:
            self._tell(failed, to_history_error(error))
            return
        if done is not None:
            self._tell(done, result)
        change = conversations.take_change()
        if change is not None:
            self._tell(self.changed.emit, change)

    def _open(self) -> Conversations:
        if self._conversations is not None:
            return self._conversations
        if self._error is not None:
            raise self._error
        from nextword.history.conversations import Conversations

        try:
            self._db = self._open_or_set_aside()
            conversations = Conversations(self._db)
            self._recover(conversations)
        except (HistoryError, ProfileInUse) as error:
            self._error = error
            self._tell(self.opened.emit, error)
            raise
        self._conversations = conversations
        self._tell(self.opened.emit, None)
        return conversations

    def _recover(self, conversations: Conversations) -> None:
        """Close the answers that were cut off; on a full disk that waits, and what is there can be read."""
        try:
            self.recovered = conversations.recover()
        except sqlite3.Error as error:
            self._tell(self.opened.emit, to_history_error(error))

    def _open_or_set_aside(self) -> Database:
        """Open the database; a damaged one is kept under another name and a fresh one takes its place."""
        try:
            return open_database(self._path)
        except HistoryDamaged as error:
            try:
                kept = set_aside(self._path)
            except OSError as failure:
                raise HistoryDamaged(error.path, f"{error.detail}; {failure}") from error
            self._tell(self.opened.emit, HistoryDamaged(error.path, error.detail, str(kept)))
            return open_database(self._path)

    def _close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()

    def _tell(self, listener: Callable[[T], None] | None, value: T) -> None:
        if listener is not None:
            self._deliver(partial(self._hear, listener, value))

    def _hear(self, listener: Callable[[T], None], value: T) -> None:
        if not self._closed:
            listener(value)
