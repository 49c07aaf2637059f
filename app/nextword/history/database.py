"""The one database of a profile and the one thread that touches it.

WAL with synchronous=FULL: what a method of Conversations has returned from is on disk. locking_mode=EXCLUSIVE
keeps every other program out while this one runs. What is damaged is repaired (repair.py), what cannot be written
waits (outbox.py), backups are made beside (keeper.py).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from nextword.errors import (
    BackupFailed,
    HistoryDamaged,
    HistoryError,
    HistoryTooNew,
    NotSaved,
    ProfileInUse,
    SavingWaits,
)
from nextword.events import Event
from nextword.history.outbox import Again, KeptWrite, Outbox
from nextword.history.records import HistoryChange
from nextword.thread_faults import tell_fault

if TYPE_CHECKING:
    from sqlite_utils import Database

    from nextword.history.backup import Backup, BackupContents
    from nextword.history.conversations import Conversations
    from nextword.history.keeper import Keeper

T = TypeVar("T")
Deliver: TypeAlias = Callable[[Callable[[], None]], None]
Failed: TypeAlias = Callable[[HistoryError | ProfileInUse], None]

QUICK_CHECK_BYTES = 64 * 1024 * 1024
WAIT_SECONDS = 0.5
MOST_REPAIRS = 3
"""In one run: what comes again after that is not mended by it."""
NOT_TEXT = "Could not decode"
"""How Python's sqlite3 begins when a text is not UTF-8 any more."""
_PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
)


def open_database(
    path: Path, *, backups: Path | None = None, not_backed_up: Callable[[BackupFailed], None] | None = None
) -> Database:
    """Open, check and bring up to date the database at `path`; make it if there is none.

    backups: where one is made before the database is brought up to date; not_backed_up hears why there is none.
    Raises HistoryDamaged (the file is left as it is), HistoryTooNew, ProfileInUse, NotSaved.
    """
    is_checked = _look_at(path)
    try:
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, check_same_thread=True)
    except sqlite3.Error as error:
        raise to_history_error(error, path) from error
    try:
        with _our_errors(path):
            from sqlite_utils import Database  # here: a second of imports that the window need not wait for

            os.chmod(path, 0o600)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            if not is_checked:
                _check(connection, path)
            db = Database(connection, execute_plugins=False)
            _bring_up_to_date(db, path, backups, not_backed_up)
            return db
    except BaseException:
        connection.close()
        raise


def _look_at(path: Path) -> bool:
    """Check a database without writing to it: one that is damaged is kept as it is, and to close it would write its
    log into it. Return False when it has to be written to first (it is new, or was killed while it changed modes)."""
    if not path.exists() or not path.stat().st_size:
        return False
    shared = Path(f"{path}-shm")
    was_there = shared.exists()
    with _our_errors(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS)
        try:
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
                connection.execute(f"PRAGMA {pragma}")
            _check(connection, path)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                return False
            raise
        finally:
            connection.close()
            if not was_there:  # a reader leaves it behind, and with the exclusive lock nobody needs it
                shared.unlink(missing_ok=True)
    return True


def _check(connection: sqlite3.Connection, path: Path) -> None:
    from sqlite_utils import Database

    from nextword.history.migrations import migrations
    from nextword.history.trust import foreign_part, steps, steps_of_later_versions

    if path.stat().st_size <= QUICK_CHECK_BYTES:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise HistoryDamaged(str(path), str(verdict))
    applied = [step.name for step in migrations.applied(Database(connection, execute_plugins=False))]
    if unknown := steps_of_later_versions(applied):
        raise HistoryTooNew(str(path), unknown)
    if strange := set(applied) - set(steps()):
        raise HistoryDamaged(str(path), min(strange))
    if foreign := foreign_part(connection):
        raise HistoryDamaged(str(path), foreign)


@contextlib.contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise to_history_error(error, path) from error
    except UnicodeDecodeError as error:  # names in a damaged schema come up through SQLite's own messages
        raise HistoryDamaged(str(path), str(error)) from error
    except OSError as error:
        raise NotSaved("io", str(error)) from error


def _bring_up_to_date(
    db: Database, path: Path, backups: Path | None, not_backed_up: Callable[[BackupFailed], None] | None
) -> None:
    from nextword.history.backup import make_backup
    from nextword.history.migrations import migrations

    if not migrations.pending(db):
        return
    if backups is not None and migrations.applied(db):
        try:
            make_backup(db.conn, backups, stamp_ns=path.stat().st_mtime_ns)
        except BackupFailed as error:  # each step is a transaction: it is taken without
            if not_backed_up is not None:
                not_backed_up(error)
    migrations.apply(db)


def to_history_error(error: sqlite3.Error, path: Path | None = None) -> HistoryError | ProfileInUse:
    """Return our error for one of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or ""
    where = "" if path is None else str(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or str(error).startswith(NOT_TEXT):
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


class History:
    """Runs work on the history thread and delivers what came of it; opens the database at the first work.

    opened: None when the database is ready, or the error that keeps it shut; before that, what was repaired.
    replaced: another database took its place, what was read of the one before holds no more.
    saving_waits: something generated cannot be written now; None when it was. backup_failed: once for each reason.
    held: no work is begun before `release`: the window is to be seen first. backups: the folder for them; None: none.
    """

    def __init__(self, path: Path, deliver: Deliver, *, held: bool = False, backups: Path | None = None) -> None:
        self.changed: Event[HistoryChange] = Event()
        self.opened: Event[HistoryError | ProfileInUse | None] = Event()
        self.replaced: Event[None] = Event()
        self.saving_waits: Event[SavingWaits | None] = Event()
        self.backup_failed: Event[BackupFailed] = Event()
        self.recovered = 0
        self._path = path
        self._backups = backups
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._conversations: Conversations | None = None
        self._db: Database | None = None
        self._error: HistoryError | ProfileInUse | None = None
        self._closed = False
        self._held: list[tuple[Callable[[], None], Failed | None]] | None = [] if held else None
        self._keeper: Keeper | None = None
        self._damage = ""
        self._repairs = 0
        self._not_backed_up: set[str] = set()
        self._indexing = False
        self._again = Again(partial(self._submit_quietly, self._flush))
        self._outbox = Outbox(
            self._attempt, self._tell, again=self._again.ask, told=partial(self._tell, self.saving_waits.emit)
        )

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
        self._ask(partial(self._run, work, done, failed), failed)

    def keep(
        self,
        work: Callable[[Conversations], T],
        *,
        done: Callable[[T], None] | None = None,
        waits: Callable[[HistoryError], None] | None = None,
        failed: Callable[[HistoryError], None] | None = None,
    ) -> None:
        """As `run`, for what cannot be asked for again: a full disk lets it wait, in its order, until there is room.

        waits: told once when it has to wait; `done` comes later all the same.
        """
        self._ask(partial(self._outbox.add, KeptWrite(work, done, waits, failed)), None)

    def list_backups(self, done: Callable[[list[tuple[Backup, BackupContents]]], None], failed: Failed) -> None:
        """Deliver the backups that can be read, the newest first, with what they hold."""
        self._ask(partial(self._run, self._read_backups, done, failed), failed)

    def restore(self, backup: Backup, done: Callable[[Path], None], failed: Failed) -> None:
        """Put a backup in the place of the database; deliver where that is kept. BackupFailed, SavingWaits: nothing
        was done."""
        self._ask(partial(self._run, partial(self._restore, backup), done, failed), failed)

    def close(self) -> None:
        """Finish what was asked for, close the database, join the threads. Nothing is delivered after."""
        if self._closed:
            return
        self.release()
        self._again.close()
        self._submit(self._close, None)
        self._closed = True
        self._executor.shutdown(wait=True)

    def _ask(self, job: Callable[[], None], failed: Failed | None) -> None:
        if self._closed:
            return
        if self._held is not None:
            self._held.append((job, failed))
        else:
            self._submit(job, failed)

    def _submit(self, work: Callable[[], None], failed: Failed | None) -> None:
        self._executor.submit(work).add_done_callback(partial(self._report, failed))

    def _submit_quietly(self, work: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile: it is done there once more
            self._submit(work, None)

    # --- on the history thread ------------------------------------------------------------------------------

    def _report(self, failed: Failed | None, future: Future[None]) -> None:
        """Give an exception that nobody named to the hook for threads, and to whoever waits: it would be lost in
        the future."""
        error = future.exception()
        if error is not None:
            self._tell(failed, NotSaved("other", f"{type(error).__name__}: {error}"[:200]))
            tell_fault(future)

    def _run(
        self,
        work: Callable[[Conversations], T],
        done: Callable[[T], None] | None,
        failed: Failed | None,
    ) -> None:
        try:
            result = self._attempt(work)
        except (HistoryError, ProfileInUse) as error:
            self._tell(failed, error)
            return
        self._tell(done, result)

    def _attempt(self, work: Callable[[Conversations], T]) -> T:
        """Do work and tell what it changed; damage met on the way is repaired, then the work is done. Raises ours."""
        for last in (False, True):
            try:
                result = work(self._open())
                break
            except sqlite3.Error as error:
                ours = to_history_error(error)
                if last or not isinstance(ours, HistoryDamaged) or self._repairs >= MOST_REPAIRS:
                    raise ours from error
                self._repair(str(error))
        conversations = self._open()
        if (change := conversations.take_change()) is not None:
            self._tell(self.changed.emit, change)
        if self._keeper is not None and self._db is not None:
            self._keeper.note_changes(self._db.conn.total_changes)
        self._index_soon()
        return result

    def _index_soon(self) -> None:
        """Have the search index brought up to what was written, in pieces between other work."""
        if not self._indexing:
            self._indexing = True
            self._submit_quietly(self._index)

    def _index(self) -> None:
        self._indexing = False
        with contextlib.suppress(sqlite3.Error):  # a search meets it again, and does without the index or makes it anew
            if self._conversations is not None and not self._conversations.search.index_some():
                self._index_soon()

    def _flush(self) -> None:
        self._outbox.flush()

    def _open(self) -> Conversations:
        if self._conversations is not None:
            return self._conversations
        if self._error is not None:
            raise self._error
        from nextword.history.backup import is_unchanged
        from nextword.history.conversations import Conversations
        from nextword.history.swap import finish_swap

        try:
            finish_swap(self._path)
            unclean = os.path.exists(f"{self._path}-wal")
            known = self._backups is not None and is_unchanged(self._path, self._backups)
            self._db = self._open_or_repair()
            conversations = Conversations(self._db)
            self._recover(conversations)
        except (HistoryError, ProfileInUse) as error:
            self._error = error
            self._tell(self.opened.emit, error)
            raise
        except OSError as error:
            self._error = NotSaved("io", str(error))
            self._tell(self.opened.emit, self._error)
            raise self._error from error
        self._conversations = conversations
        self._tell(self.opened.emit, None)
        self._begin_keeping(check=unclean, changed=not known)
        return conversations

    def _recover(self, conversations: Conversations) -> None:
        """Close the answers that were cut off; on a full disk that waits, and what is there can be read."""
        try:
            self.recovered = conversations.recover()
        except sqlite3.Error as error:
            self._tell(self.opened.emit, to_history_error(error))

    def _open_or_repair(self) -> Database:
        """Open the database; of a damaged one the best is made that can be, and it is kept under another name."""
        detail, self._damage = self._damage, ""
        if self._is_emptied():
            detail = "0 bytes"
        elif not detail:
            try:
                return open_database(self._path, backups=self._backups, not_backed_up=self._tell_not_backed_up)
            except HistoryDamaged as error:
                detail = error.detail
        from nextword.history.repair import repair  # here: it is hardly ever needed

        try:
            found = repair(self._path, self._backups, detail, rows_only=detail.startswith(NOT_TEXT))
        except sqlite3.Error as error:
            raise to_history_error(error, self._path) from error
        except OSError as error:
            raise HistoryDamaged(str(self._path), f"{detail}; {error}") from error
        self._tell(self.opened.emit, found)
        return open_database(self._path)

    def _is_emptied(self) -> bool:
        """Say whether the file was cut to nothing; SQLite would take it for a new one."""
        if self._backups is None or not self._path.exists() or os.path.exists(f"{self._path}-wal"):
            return False
        from nextword.history.backup import backups_in

        return self._path.stat().st_size == 0 and bool(backups_in(self._backups))

    def _begin_keeping(self, *, check: bool, changed: bool) -> None:
        if self._backups is not None:
            from nextword.history.keeper import Keeper

            self._keeper = Keeper(
                self._path,
                self._backups,
                self._on_connection,
                failed=self._tell_not_backed_up,
                damaged=lambda detail: self._submit_quietly(partial(self._repair_quietly, detail)),
            )
            self._keeper.begin(check=check, changed=changed)

    def _on_connection(self, work: Callable[[sqlite3.Connection], int]) -> Future[int]:
        return self._executor.submit(self._with_connection, work)

    def _with_connection(self, work: Callable[[sqlite3.Connection], int]) -> int:
        if self._db is None:
            raise sqlite3.OperationalError("closed")
        return work(self._db.conn)

    def _tell_not_backed_up(self, error: BackupFailed) -> None:
        if error.reason not in self._not_backed_up:
            self._not_backed_up.add(error.reason)
            self._tell(self.backup_failed.emit, error)

    def _repair(self, detail: str) -> None:
        """Close the database, which turned out to be damaged, and open what can be made of it."""
        self._damage = detail
        self._repairs += 1
        self._shut()
        self._open()
        self._tell(self.changed.emit, HistoryChange(conversations=True))

    def _repair_quietly(self, detail: str) -> None:
        with contextlib.suppress(HistoryError, ProfileInUse):  # `opened` has told it
            self._repair(detail)

    def _read_backups(self, _conversations: Conversations) -> list[tuple[Backup, BackupContents]]:
        from nextword.history.backup import backups_in, contents

        found: list[tuple[Backup, BackupContents]] = []
        for backup in backups_in(self._backups) if self._backups is not None else []:
            with contextlib.suppress(sqlite3.Error):
                found.append((backup, contents(backup)))
        return found

    def _restore(self, backup: Backup, _conversations: Conversations) -> Path:
        from nextword.history.backup import copy_backup
        from nextword.history.swap import making, new_stamp, remove, swap_in

        self._outbox.flush()
        if self._outbox.waiting is not None:
            raise self._outbox.waiting
        stamp = new_stamp(self._path)
        made = making(self._path, stamp)
        try:
            copy_backup(backup, made)
        except BaseException:
            remove(made)
            raise
        self._shut()
        try:
            return swap_in(self._path, made, "replaced", stamp)
        finally:
            self._open()
            self._tell(self.replaced.emit, None)

    def _shut(self) -> None:
        """Close the database, to open it again."""
        if self._keeper is not None:
            self._keeper.stop()
        self._keeper = self._conversations = None
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None

    def _close(self) -> None:
        try:
            self._outbox.flush()
        finally:
            self._shut()

    def _tell(self, listener: Callable[[T], None] | None, value: T) -> None:
        if listener is not None:
            self._deliver(partial(self._hear, listener, value))

    def _hear(self, listener: Callable[[T], None], value: T) -> None:
        if not self._closed:
            listener(value)
