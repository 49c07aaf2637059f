"""The ladder for a damaged database: its indexes made anew; else its rows salvaged into a fresh one, with what a
backup has of those that are lost; else that backup; else nothing. The damaged file is kept whatever comes of it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from nextword.errors import HistoryDamaged, HistoryRepaired, HistoryTooNew
from nextword.history.backup import Backup, backups_in
from nextword.history.mending import mend_references, merge, write_torn
from nextword.history.migrations import migrations
from nextword.history.page_image import PageImage
from nextword.history.page_rows import HIGHEST, LOWEST
from nextword.history.salvage import Range, joined, read_plan, salvage
from nextword.history.search_index import empty_index
from nextword.history.shapes import Shape, shapes_of
from nextword.history.swap import copy_database, making, new_stamp, remove, swap_in
from nextword.history.trust import apply_up_to, foreign_part, steps, steps_of_later_versions


@dataclass(frozen=True, slots=True)
class _Counts:
    conversations: int = 0
    messages: int = 0


def repair(
    path: Path, backups: Path | None, detail: str, *, rows_only: bool = False
) -> HistoryRepaired | HistoryDamaged:
    """Put the best that can be made of the damaged, closed database `path` in its place; tell what it is.

    rows_only: the damage is in texts, which making indexes anew does not mend.
    HistoryDamaged when that is an empty one. Raises HistoryTooNew (nothing is touched), OSError and sqlite3.Error
    when there is no room for it or the folder cannot be written: nothing is touched then either.
    """
    stamp = new_stamp(path)
    made = making(path, stamp)
    try:
        result = (None if rows_only else _rebuilt(path, made)) or _salvaged(path, made, backups)
        kept = swap_in(path, made, "damaged", stamp)
    except BaseException:
        remove(made)
        raise
    if not result.messages and not result.conversations:
        return HistoryDamaged(str(path), detail, str(kept))
    result.path, result.detail, result.kept_as = str(path), detail, str(kept)
    return result


# --- the first step: indexes --------------------------------------------------------------------------------


def _rebuilt(path: Path, made: Path) -> HistoryRepaired | None:
    """Make the indexes of a copy anew; None unless the copy is then without fault."""
    copy_database(path, made)
    try:
        with _opened(made) as db:
            applied = {step.name for step in migrations.applied(db)}
            if foreign_part(db.conn) or not applied or not applied <= set(steps()):
                raise sqlite3.DatabaseError("foreign")
            db.execute("reindex")
            if _fault(db.conn):
                raise sqlite3.DatabaseError("not only indexes")
            migrations.apply(db)
            empty_index(db)
            counts = _count(db.conn)
            db.conn.commit()
            _close_whole(db.conn)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        remove(made)
        if _is_about_room(error):
            raise
        return None
    return HistoryRepaired(way="indexes", conversations=counts.conversations, messages=counts.messages)


# --- the other steps: rows ----------------------------------------------------------------------------------


def _salvaged(path: Path, made: Path, backups: Path | None) -> HistoryRepaired:
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(PageImage(path)) as image, _opened(made) as db:
        for pragma in ("journal_mode=off", "synchronous=off"):  # a kill leaves a file that is made anew
            db.execute(f"pragma {pragma}")
        plan = read_plan(image)
        if unknown := steps_of_later_versions(plan.steps):
            raise HistoryTooNew(str(path), unknown)
        apply_up_to(db, plan.steps)
        salvaged = salvage(image, plan, db.conn, shapes_of(db.conn))
        db.conn.commit()
        migrations.apply(db)
        result = HistoryRepaired(way="rows")
        shapes = shapes_of(db.conn)
        own = _count(db.conn)
        if any(salvaged.lost.values()):
            lost = {name: salvaged.lost.get(name, []) for name in shapes}  # a table of a later step has lost nothing
            backup = _merge_backup(db.conn, shapes, lost, made, backups)
            result.backup_made = 0 if backup is None else backup.made
        merged = _count(db.conn)
        write_torn(db.conn, shapes, {name: rows for name, rows in salvaged.torn.items() if name in shapes})
        result.lost_messages = _missing(db.conn, salvaged.lost.get("messages", []))
        result.messages = _count(db.conn).messages
        mend_references(db.conn, salvaged.lost.get("messages", [(LOWEST, HIGHEST)]))
        result.conversations = _count(db.conn).conversations
        result.from_backup = merged.messages - own.messages
        if not own.messages and not own.conversations and result.backup_made:
            result.way = "backup"
        db.conn.commit()
        _close_whole(db.conn)
    return result


def _merge_backup(
    into: sqlite3.Connection, shapes: dict[str, Shape], lost: dict[str, list[Range]], made: Path, folder: Path | None
) -> Backup | None:
    """Fill what was lost from the newest backup that is sound; return which that was."""
    for backup in backups_in(folder) if folder is not None else []:
        copy = made.with_name(f"{made.name}.backup")
        try:
            copy_database(backup.path, copy)
            with _opened(copy) as db:
                if foreign_part(db.conn) or _fault(db.conn):
                    continue
                migrations.apply(db)
                merge(into, db.conn, shapes, lost)
                return backup
        except sqlite3.DatabaseError as error:
            if _is_about_room(error):
                raise
        except FileNotFoundError:
            continue
        finally:
            remove(copy)
    return None


def _missing(connection: sqlite3.Connection, lost: list[Range]) -> int:
    """Return how many numbers of messages are in use by none where messages were lost: at most so many are gone.

    Numbers are given one after the other; only emptying the trash leaves others free.
    """
    last = connection.execute(
        "select max(n) from (select max(id) n from messages union all select max(head) from conversations"
        " union all select max(message) from origins union all select max(message) from token_blocks)"
    ).fetchone()[0]
    count = 0
    for low, high in joined((max(low, 1), min(high, last or 0)) for low, high in lost):
        there = connection.execute("select count(*) from messages where id between ? and ?", [low, high]).fetchone()[0]
        count += high - low + 1 - int(there)
    return count


# --- SQLite -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Database]:
    connection = sqlite3.connect(path)
    try:
        for pragma in ("trusted_schema=off", "cell_size_check=on", "mmap_size=0", "foreign_keys=off"):
            connection.execute(f"pragma {pragma}")
        yield Database(connection, execute_plugins=False)
    finally:
        connection.close()


def _fault(connection: sqlite3.Connection) -> str:
    verdict = str(connection.execute("pragma integrity_check(1)").fetchone()[0])
    return "" if verdict == "ok" else verdict


def _close_whole(connection: sqlite3.Connection) -> None:
    """Have everything in the one file, without a log beside it. Raises sqlite3.DatabaseError if it is not sound."""
    connection.execute("pragma journal_mode=wal")  # as it will be used; closing it empties the log
    if fault := _fault(connection):
        raise sqlite3.DatabaseError(fault)


def _count(connection: sqlite3.Connection) -> _Counts:
    conversations = connection.execute("select count(*) from conversations").fetchone()[0]
    return _Counts(int(conversations), int(connection.execute("select count(*) from messages").fetchone()[0]))


def _is_about_room(error: Exception) -> bool:
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_CANTOPEN"))
