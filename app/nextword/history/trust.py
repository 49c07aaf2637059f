"""Whether a database is one of ours: nothing in it may act by itself that our own steps did not put there."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable
from functools import cache

from sqlite_utils import Database

from nextword.history.migrations import migrations
from nextword.history.shapes import STEPS_TABLE

_STEP = re.compile(r"m\d{3}_[a-z0-9_]+")
_NUMBER_CHARACTERS = 4
_ACTING = "type in ('trigger', 'view') or lower(sql) like 'create virtual%'"


@cache
def steps() -> tuple[str, ...]:
    """Return the names of all migrations, the first first."""
    with contextlib.closing(Database(memory=True, execute_plugins=False)) as db:
        return tuple(step.name for step in migrations.pending(db))


def steps_of_later_versions(applied: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a later version gave its steps; a name that no version gives is damaged, not new."""
    last = max(steps())[:_NUMBER_CHARACTERS]
    return tuple(name for name in applied if _STEP.fullmatch(name) and name[:_NUMBER_CHARACTERS] > last)


def apply_up_to(db: Database, applied: Iterable[str]) -> None:
    """Apply the migrations as far as a database has them that `applied` is known of; all, if nothing is."""
    known = set(applied)
    names = steps()
    last = max((at for at, name in enumerate(names) if name in known), default=len(names) - 1)
    migrations.apply(db, stop_before=names[last + 1] if last + 1 < len(names) else None)


def foreign_part(connection: sqlite3.Connection) -> str:
    """Return the name of something in the schema that is not ours and could act by itself, or of a whole foreign
    database; "" if there is none."""
    names = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if names and STEPS_TABLE not in names:
        return str(min(names))
    acting = set(connection.execute(f"select type, name, sql from sqlite_master where {_ACTING}").fetchall())
    if not acting or acting <= _own_acting_parts(steps()[-1:]):
        return ""
    return min((str(name) for _, name, _ in acting - _own_acting_parts(steps())), default="")


@cache
def _own_acting_parts(after: tuple[str, ...]) -> frozenset[tuple[str, str, str]]:
    """Return every trigger, view and virtual table that a database of ours has after any of these steps."""
    found: set[tuple[str, str, str]] = set()
    names = steps()
    with contextlib.closing(Database(memory=True, execute_plugins=False)) as db:
        for step, following in zip(names, (*names[1:], None), strict=True):
            if step in after:
                migrations.apply(db, stop_before=following)
                found.update(db.execute(f"select type, name, sql from sqlite_master where {_ACTING}").fetchall())
    return frozenset(found)
