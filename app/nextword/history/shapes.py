"""What the tables of the history look like, so that a row without its table is known for what it is."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from nextword.history.page_rows import Row, Value

STEPS_TABLE = "_sqlite_migrations"
_ALLOWED: dict[tuple[str, str], dict[str, str]] = {
    ("conversations", "kind"): dict.fromkeys(("chat", "document"), "chat"),
    ("messages", "role"): dict.fromkeys(("system", "user", "assistant"), "user"),
    ("messages", "state"): dict.fromkeys(("complete", "generating", "stopped", "interrupted"), "interrupted"),
}
"""The words a column can hold, each with the one that stands in for a word that is damaged."""
_STAND_INS: dict[tuple[str, str], Value] = {
    ("messages", "state"): "interrupted",
    ("messages", "created"): 0.0,
    ("conversations", "created"): 0.0,
    ("conversations", "updated"): 0.0,
}
"""What is written where the end of a row was torn off."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. kind: INTEGER, REAL, TEXT or BLOB. required: a row without it does not exist, it has no default."""

    name: str
    kind: str
    nullable: bool
    required: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A table."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """The column that is the row id."""
        return next((column.name for column in self.columns if column.is_key), "rowid")


def shapes_of(connection: sqlite3.Connection) -> dict[str, Shape]:
    """Return the tables that hold what a person made: without those that SQLite or a search index keeps itself."""
    rows = connection.execute("select name, sql from sqlite_master where type = 'table'").fetchall()
    virtual = tuple(f"{name}_" for name, sql in rows if (sql or "").lower().startswith("create virtual"))
    return {
        name: Shape(name, _columns(connection, name))
        for name, sql in rows
        if not name.startswith("sqlite_") and not f"{name}_".startswith(virtual or ("\0",)) and name != STEPS_TABLE
    }


def columns_as_written(name: str, sql: str, own: Shape) -> tuple[str, ...] | None:
    """Return the order of columns that `sql` gives the table `name`; None when it is not the table we know.

    Only the table itself is made, in a database in memory that may do nothing else.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute("pragma trusted_schema=off")
        scratch.set_authorizer(_only_a_table)
        try:
            scratch.execute(sql)
            scratch.set_authorizer(None)
            columns = tuple(column.name for column in _columns(scratch, name))
        except (sqlite3.Error, sqlite3.Warning, ValueError):
            return None
    required = {column.name for column in own.columns if column.required}
    return columns if required <= set(columns) else None


def fit(shape: Shape, order: tuple[str, ...], row: Row, *, strict: bool) -> dict[str, Value] | None:
    """Return the values of a row by column, None if it is none of this table.

    order: the columns as the row has them. strict: nothing but the row itself says whose it is.
    """
    if len(row.values) > len(order) or (strict and not row.whole):
        return None
    named = dict(zip(order, row.values, strict=False))
    key = shape.key
    if strict and named.get(key) is not None:
        return None
    named[key] = row.rowid
    if not row.whole:
        named = {name: value for (table, name), value in _STAND_INS.items() if table == shape.name} | named
    result: dict[str, Value] = {} if any(column.is_key for column in shape.columns) else {key: row.rowid}
    for column in shape.columns:
        value = _stood_in(shape.name, column, named.get(column.name), strict=strict)
        if not _takes(column, value):
            return None
        if column.name in named and (value is not None or column.nullable):  # else its default is written
            result[column.name] = value
    return result


def _stood_in(table: str, column: Column, value: Value, *, strict: bool) -> Value:
    words = _ALLOWED.get((table, column.name))
    if words is None or value in words:
        return value
    return b"" if strict else next(iter(words.values()))  # bytes: no such column takes them


def _takes(column: Column, value: Value) -> bool:
    match value:
        case None:
            return not column.required
        case int():
            return column.kind in ("INTEGER", "REAL")
        case float():
            return column.kind == "REAL" and value == value
        case str():
            return column.kind == "TEXT"
        case bytes():
            return column.kind == "BLOB"


def _columns(connection: sqlite3.Connection, table: str) -> tuple[Column, ...]:
    rows: Iterable[tuple[int, str, str, int, str | None, int]] = connection.execute(
        'select cid, name, type, "notnull", dflt_value, pk from pragma_table_info(?)', [table]
    )
    found = [(name, _kind(declared), bool(notnull), default, pk) for _, name, declared, notnull, default, pk in rows]
    lone_key = sum(bool(pk) for *_, pk in found) == 1
    return tuple(
        Column(
            name,
            kind,
            nullable=not notnull,
            required=notnull and default is None,
            is_key=bool(pk) and lone_key and kind == "INTEGER",
        )
        for name, kind, notnull, default, pk in found
    )


def _kind(declared: str) -> str:
    """Return the affinity that a declared type has (https://www.sqlite.org/datatype3.html, section 3.1)."""
    declared = declared.upper()
    for parts, kind in ((("INT",), "INTEGER"), (("CHAR", "CLOB", "TEXT"), "TEXT"), (("BLOB",), "BLOB")):
        if any(part in declared for part in parts):
            return kind
    return "REAL" if any(part in declared for part in ("REAL", "FLOA", "DOUB")) else "BLOB"


def _only_a_table(action: int, first: str | None, _second: str | None, _db: str | None, _by: str | None) -> int:
    allowed = {sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_READ, sqlite3.SQLITE_CREATE_INDEX}
    master = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE}
    if action in allowed or (action in master and first == "sqlite_master"):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
