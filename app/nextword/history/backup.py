"""Backups of the database: made, checked, counted, thinned out with age.

A backup is named by a number that only grows and by its time, so that a wrong clock does not harm their order. Its
file has the time stamp of the database it was made of: the same stamp means that nothing changed since.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from nextword.errors import BackupFailed
from nextword.history.swap import sync

EACH_SECONDS = 30 * 60
ALWAYS_KEPT = 5
ROOM_LEFT_BYTES = 64 * 1024 * 1024
DAY = 24 * 3600
_NAME = re.compile(r"history-(\d{6,})-(\d{8}T\d{6}Z)\.db")
_AGES = ((DAY, 1), (8 * DAY, DAY), (36 * DAY, 7 * DAY), (220 * DAY, 30 * DAY))
"""(younger than, one in): all of a day, then one a day of a week, one a week of four, one a month of six."""


class Backup(Struct, frozen=True):
    """A backup. number: the higher the newer. made: seconds since 1970 as the clock said then."""

    path: Path
    number: int
    made: float
    size_bytes: int


class BackupContents(Struct, frozen=True):
    """How much a backup holds."""

    conversations: int
    messages: int


def backups_in(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first; none if there is no such folder."""
    found: list[Backup] = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for entry in os.scandir(folder):
            named = _NAME.fullmatch(entry.name)
            with contextlib.suppress(ValueError, OSError):
                if named is not None and entry.is_file(follow_symlinks=False):
                    moment = datetime.strptime(named[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                    size_bytes = entry.stat().st_size
                    found.append(Backup(Path(entry.path), int(named[1]), moment.timestamp(), size_bytes))
    return sorted(found, key=lambda backup: backup.number, reverse=True)


def contents(backup: Backup) -> BackupContents:
    """Count what a backup holds. Raises sqlite3.Error when it cannot be read."""
    with contextlib.closing(_read_only(backup.path)) as connection:
        conversations = connection.execute("select count(*) from conversations where deleted is null").fetchone()[0]
        messages = connection.execute("select count(*) from messages").fetchone()[0]
        return BackupContents(int(conversations), int(messages))


def is_unchanged(path: Path, folder: Path) -> bool:
    """Say whether the newest backup is of the database as it is on disk, with nothing in its log."""
    newest = next(iter(backups_in(folder)), None)
    with contextlib.suppress(OSError):
        log = Path(f"{path}-wal")
        if newest is not None and not (log.exists() and log.stat().st_size):
            return newest.path.stat().st_mtime_ns == path.stat().st_mtime_ns
    return False


def make_backup(source: sqlite3.Connection, folder: Path, *, stamp_ns: int) -> Backup:
    """Write a backup of what `source` reads, check it, then thin out the older ones.

    stamp_ns: the time stamp of the database's file. Raises BackupFailed; interrupted: sqlite3.OperationalError.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    remove_half_made(folder)
    _want_room(source, folder)
    older = backups_in(folder)
    number = older[0].number + 1 if older else 1
    now = time.time()
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"history-{number:06d}-{moment}.db"
    part = path.with_suffix(".part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        source.execute("vacuum into ?", [str(part)])
        _check(part)
        os.utime(part, ns=(stamp_ns, stamp_ns))
        sync(part)
        os.replace(part, path)
        sync(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise _worded(error) from error
    made = Backup(path, number, now, path.stat().st_size)
    for old in thinned([made, *older], now=now, budget_bytes=_budget(folder, made.size_bytes)):
        with contextlib.suppress(OSError):
            old.path.unlink()
    return made


def copy_backup(backup: Backup, target: Path) -> None:
    """Copy a backup that is sound. Raises BackupFailed."""
    try:
        if fault := fault_of(backup.path):
            raise BackupFailed("damaged" if backup.path.exists() else "missing", fault)
        free = shutil.disk_usage(target.parent).free
        if free < backup.size_bytes:
            raise BackupFailed("no_room", needed_bytes=backup.size_bytes, free_bytes=free)
        shutil.copyfile(backup.path, target)
    except OSError as error:
        raise BackupFailed("io", error.strerror or str(error)) from error


def thinned(backups: Sequence[Backup], *, now: float, budget_bytes: int) -> list[Backup]:
    """Return which of `backups`, the newest first, have to go.

    Ages are counted from clocks that may have been wrong: an older backup is never taken for younger than a newer
    one, and the newest ALWAYS_KEPT stay. Above budget_bytes the one goes whose next newer one is nearest in time.
    """
    keep: list[tuple[Backup, float]] = []
    moment = now
    slots: set[tuple[int, int]] = set()
    for at, backup in enumerate(backups):
        moment = min(moment, backup.made)
        slot = _slot(now - moment, moment)
        if at < ALWAYS_KEPT or (slot is not None and (slot not in slots or slot[0] == 0)):
            keep.append((backup, moment))
            slots.add(slot or (-1, 0))
    while len(keep) > ALWAYS_KEPT and sum(backup.size_bytes for backup, _ in keep) > budget_bytes:
        gaps = [keep[at - 1][1] - keep[at][1] for at in range(ALWAYS_KEPT, len(keep))]
        del keep[ALWAYS_KEPT + gaps.index(min(gaps))]
    kept = {backup.number for backup, _ in keep}
    return [backup for backup in backups if backup.number not in kept]


def remove_half_made(folder: Path) -> None:
    """Remove what a kill left of a backup that was being made."""
    for part in folder.glob("history-*.part*"):
        with contextlib.suppress(OSError):
            part.unlink()


def fault_of(path: Path) -> str:
    """Return what is wrong with a backup, "" if nothing is."""
    try:
        with contextlib.closing(_read_only(path)) as connection:
            verdict = str(connection.execute("pragma quick_check(1)").fetchone()[0])
            return "" if verdict == "ok" else verdict
    except sqlite3.Error as error:
        return str(error)


def _slot(age_seconds: float, moment: float) -> tuple[int, int] | None:
    """Return the slot of time that a backup of this age is in, None when it is too old for any."""
    for number, (younger_than, one_in) in enumerate(_AGES):
        if age_seconds < younger_than:
            return number, int(moment // one_in)
    return None


def _budget(folder: Path, size_bytes: int) -> int:
    """Return how many bytes backups may take: a fifth of what they and the free room are together."""
    taken = sum(backup.size_bytes for backup in backups_in(folder))
    return max((taken + shutil.disk_usage(folder).free) // 5, ALWAYS_KEPT * size_bytes)


def _want_room(source: sqlite3.Connection, folder: Path) -> None:
    pages = source.execute("pragma page_count").fetchone()[0] - source.execute("pragma freelist_count").fetchone()[0]
    needed = pages * source.execute("pragma page_size").fetchone()[0] + ROOM_LEFT_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFailed("no_room", needed_bytes=needed, free_bytes=free)


def _check(part: Path) -> None:
    if fault := fault_of(part):
        raise BackupFailed("damaged", fault)


def _worded(error: BaseException) -> BaseException:
    match error:
        case OSError():
            return BackupFailed("io", error.strerror or str(error))
        case sqlite3.OperationalError() if getattr(error, "sqlite_errorname", "").startswith("SQLITE_INTERRUPT"):
            return error
        case sqlite3.Error():
            corrupt = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
            return BackupFailed("damaged" if corrupt else "io", str(error))
        case _:
            return error


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.execute("pragma trusted_schema=off")
    return connection
