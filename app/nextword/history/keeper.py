"""The thread that makes backups and looks the database through, beside the history thread.

Both read the database's file while the history goes on writing: the log is emptied into the file first, and what is
written meanwhile stays in the log. With the file locked for this program alone that is a still picture of it, which
a second connection may read as immutable (500 MB: 4.6 s, of which the history thread is kept 0.2 s; VACUUM INTO on
its own connection would keep it 2.4 s). A file that changed meanwhile all the same gives no backup.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from nextword.errors import BackupFailed, NextwordError
from nextword.history.backup import EACH_SECONDS, Backup, make_backup

T = TypeVar("T")
OnHistory: TypeAlias = Callable[[Callable[[sqlite3.Connection], T]], "Future[T]"]

START_SECONDS = 10.0
"""The first backup waits until the window has shown what it was opened for."""
_POLITENESS = 10


class Keeper:
    """Makes a backup when one is due. on_history: run something on the history thread, with its connection.

    made and failed are called on this thread, damaged with what SQLite found.
    """

    def __init__(
        self,
        path: Path,
        folder: Path,
        on_history: OnHistory[int],
        *,
        failed: Callable[[BackupFailed], None],
        damaged: Callable[[str], None],
    ) -> None:
        self.made: list[Backup] = []
        self._path = path
        self._folder = folder
        self._on_history = on_history
        self._failed = failed
        self._damaged = damaged
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._freezing: Future[int] | None = None
        self._began = float(-EACH_SECONDS)
        self._changes = 0

    def begin(self, *, check: bool, changed: bool, wait_seconds: float | None = None) -> None:
        """Look the database through if `check`, then back it up if it `changed`, START_SECONDS from now."""
        if (check or changed) and not self._stop.is_set():
            self._began = time.monotonic()
            self._thread = threading.Thread(
                target=self._work,
                args=(START_SECONDS if wait_seconds is None else wait_seconds, check, changed),
                name="history-keeper",
            )
            self._thread.start()

    def note_changes(self, total: int) -> None:
        """Hear how many rows were changed so far; from time to time that begins a backup. On the history thread."""
        if total == self._changes:
            return
        self._changes = total
        idle = self._thread is None or not self._thread.is_alive()
        if idle and time.monotonic() - self._began >= EACH_SECONDS:
            self.begin(check=False, changed=True, wait_seconds=0.0)

    def stop(self) -> None:
        """End what is going on and join the thread; a backup half made is removed. Any thread but its own."""
        self._stop.set()
        with self._lock:
            if self._reader is not None:
                self._reader.interrupt()
            if self._freezing is not None:
                self._freezing.cancel()
        if self._thread is not None:
            self._thread.join()

    # --- on its own thread ----------------------------------------------------------------------------------

    def _work(self, wait_seconds: float, check: bool, changed: bool) -> None:
        if self._stop.wait(wait_seconds):
            return
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _POLITENESS)  # of this thread alone
        stamp_ns = self._freeze(_freeze)
        if stamp_ns is None:
            return
        try:
            if stamp_ns:
                self._read(stamp_ns, check, changed)
            elif changed:
                self._freeze(partial(_back_up_there, self._folder))
        except BackupFailed as error:
            if not self._stop.is_set():
                self._failed(error)
        except sqlite3.Error as error:
            if not self._stop.is_set():
                self._failed(BackupFailed("io", str(error)))
        finally:
            self._freeze(_thaw)

    def _read(self, stamp_ns: int, check: bool, changed: bool) -> None:
        address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as reader:
            with self._lock:
                self._reader = reader
            try:
                reader.execute("pragma trusted_schema=off")
                self._stop_if_asked(reader)
                fault = _fault_of(reader) if check else ""
                if fault and self._path.stat().st_mtime_ns == stamp_ns:
                    self._damaged(fault)
                elif changed:
                    self._back_up(reader, stamp_ns)
            finally:
                with self._lock:
                    self._reader = None

    def _back_up(self, reader: sqlite3.Connection, stamp_ns: int) -> None:
        self._stop_if_asked(reader)
        try:
            backup = make_backup(reader, self._folder, stamp_ns=stamp_ns)
        except BackupFailed as error:  # it reads every row: of a large database this is the first to see a damage
            if error.reason == "damaged" and (fault := _fault_of(reader)):
                self._damaged(fault)
                return
            raise
        if self._path.stat().st_mtime_ns == stamp_ns:
            self.made.append(backup)
        else:
            backup.path.unlink()

    def _stop_if_asked(self, reader: sqlite3.Connection) -> None:
        if self._stop.is_set():
            reader.interrupt()
            raise sqlite3.OperationalError("interrupted")

    def _freeze(self, work: Callable[[sqlite3.Connection], int]) -> int | None:
        """Do something on the history thread and wait for it; None when there is no more history."""
        with self._lock:
            if self._stop.is_set():
                return None
            try:
                self._freezing = self._on_history(work)
            except RuntimeError:  # it is closing
                return None
        try:
            return self._freezing.result()
        except (CancelledError, sqlite3.Error, OSError, NextwordError):
            return None


def _freeze(connection: sqlite3.Connection) -> int:
    """Have everything in the database's file and nothing more written to it; return its time stamp in ns, 0 when
    there is no log that could be written to instead (no such thing on a network's disk)."""
    busy, *_ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy or connection.execute("pragma journal_mode").fetchone()[0] != "wal":
        return 0
    connection.execute("pragma wal_autocheckpoint=0")
    return _stamp_ns(connection)


def _back_up_there(folder: Path, connection: sqlite3.Connection) -> int:
    make_backup(connection, folder, stamp_ns=_stamp_ns(connection))
    return 0


def _stamp_ns(connection: sqlite3.Connection) -> int:
    return os.stat(connection.execute("pragma database_list").fetchone()[2]).st_mtime_ns


def _thaw(connection: sqlite3.Connection) -> int:
    connection.execute("pragma wal_autocheckpoint=1000")
    return 0


def _fault_of(reader: sqlite3.Connection) -> str:
    try:
        verdict = str(reader.execute("pragma integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return str(error)
        raise
    return "" if verdict == "ok" else verdict
