"""Rows out of a damaged database into a sound one, table by table, without SQLite ever opening the damaged file.

1. The schema's own table says where each table begins. 2. Each table is walked from there; what is damaged is told as
a range of row ids. 3. If anything was lost, every page that no tree led to is looked at: a row belongs where its
columns fit, and is taken only where something was lost. 4. So are the pages behind a damage in the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from nextword.history.page_image import TABLE_INTERIOR, TABLE_LEAF, PageImage
from nextword.history.page_rows import HIGHEST, LOWEST, Found, Row, Value, children_of, leaf_rows, walk
from nextword.history.shapes import STEPS_TABLE, Shape, columns_as_written, fit

Range: TypeAlias = tuple[int, int]

_BATCH = 500
_SCHEMA_KINDS = {"table", "index", "trigger", "view"}


@dataclass(slots=True)
class Plan:
    """What the damaged file says of itself. tables: root page and SQL by name. steps: the migrations it has had."""

    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()


@dataclass(slots=True)
class Salvaged:
    """What came of it. lost: by table, the ranges of row ids in which rows may be missing.

    torn: rows whose end is missing, by table; they are better than nothing.
    """

    lost: dict[str, list[Range]] = field(default_factory=dict)
    torn: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    damaged_pages: int = 0


def read_plan(image: PageImage) -> Plan:
    """Find out which tables the file has and where, from leaves without a tree where its first page is damaged."""
    found = Found()
    plan = Plan()
    for row in walk(image, 1, found):
        _take_schema(plan, row)
    strays = list(_stray_leaves(image, found, None)) if found.lost or not plan.tables else []
    for rows in strays:
        for row in rows:
            _take_schema(plan, row)
    steps_found = Found()
    root = plan.tables.get(STEPS_TABLE, (0, ""))[0]
    steps = [row for row in walk(image, root, steps_found)]
    if steps_found.lost:
        steps += [row for rows in strays or _stray_leaves(image, Found(), None) for row in rows]
    plan.steps = tuple(dict.fromkeys(name for row in steps if (name := _step(row))))
    return plan


def salvage(image: PageImage, plan: Plan, into: sqlite3.Connection, shapes: dict[str, Shape]) -> Salvaged:
    """Copy every row that can be read of the tables in `shapes`; `into` has them, empty."""
    result = Salvaged()
    met = Found()
    orders: dict[str, tuple[str, ...]] = {}
    for name, shape in shapes.items():
        root, sql = plan.tables.get(name, (0, ""))
        orders[name] = columns_as_written(name, sql, shape) or tuple(column.name for column in shape.columns)
        found = Found(pages=met.pages, chained=met.chained)
        _write_all(into, shape, _placed(walk(image, root, found), shape, orders[name], result))
        result.lost[name] = joined(found.lost)
    for name, (root, _) in plan.tables.items():
        if name not in shapes and root:
            for _row in walk(image, root, Found(pages=met.pages, chained=met.chained)):
                pass  # so that its pages are not taken for lost ones
    if any(result.lost.values()):
        for rows in _stray_leaves(image, met, image.freelist()):
            _take_strays(into, shapes, orders, rows, result.lost)
    for page in image.loose:
        if page[0] == TABLE_LEAF:
            newer = {name: [*result.lost[name], (_last(into, shape) + 1, HIGHEST)] for name, shape in shapes.items()}
            _take_strays(into, shapes, orders, leaf_rows(image, page), newer)
    result.damaged_pages = sum(len(ranges) for ranges in result.lost.values())
    return result


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return the same row ids in as few ranges as possible, in their order."""
    result: list[Range] = []
    for low, high in sorted(each for each in ranges if each[0] <= each[1]):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def inside(rowid: int, ranges: Iterable[Range]) -> bool:
    """Say whether a row id lies in one of the ranges."""
    return any(low <= rowid <= high for low, high in ranges)


def write_rows(into: sqlite3.Connection, shape: Shape, rows: Iterable[dict[str, Value]]) -> int:
    """Insert rows whose ids are not there yet; return how many were."""
    before = into.total_changes
    _write_all(into, shape, rows)
    return into.total_changes - before


def _take_schema(plan: Plan, row: Row) -> None:
    if len(row.values) != 5 or row.values[0] not in _SCHEMA_KINDS:
        return
    kind, name, _, root, sql = row.values
    if kind == "table" and isinstance(name, str) and isinstance(root, int):
        plan.tables.setdefault(name, (root, sql if isinstance(sql, str) else ""))


def _step(row: Row) -> str:
    """Return the name of the step that a row tells of, "" if it tells of none."""
    if len(row.values) == 4 and row.values[0] is None and row.values[1] == "nextword":
        name = row.values[2]
        return name if isinstance(name, str) else ""
    return ""


def _placed(rows: Iterable[Row], shape: Shape, order: tuple[str, ...], result: Salvaged) -> Iterator[dict[str, Value]]:
    for row in rows:
        values = fit(shape, order, row, strict=False)
        if values is not None and row.whole:
            yield values
        elif values is not None:
            result.torn.setdefault(shape.name, []).append(values)


def _stray_leaves(image: PageImage, met: Found, free: set[int] | None) -> Iterator[list[Row]]:
    """Yield the rows of each leaf that no tree led to; those an interior page still points to come first."""
    passed = met.pages | met.chained | (free or set())
    leaves: list[int] = []
    pointed_at: set[int] = set()
    for number in range(2, image.page_count + 1):
        if number in passed:
            continue
        page = image.page(number)
        if page[0] == TABLE_LEAF:
            leaves.append(number)
        elif page[0] == TABLE_INTERIOR:
            pointed_at.update(children_of(image, page))
    leaves.sort(key=lambda number: number not in pointed_at)
    for number in leaves:
        yield leaf_rows(image, image.page(number))


def _take_strays(
    into: sqlite3.Connection,
    shapes: dict[str, Shape],
    orders: dict[str, tuple[str, ...]],
    rows: list[Row],
    missing: dict[str, list[Range]],
) -> None:
    """Put the rows of a leaf into the table that most of them fit, where that table misses something."""
    best: tuple[str, list[dict[str, Value]]] = ("", [])
    for name, shape in shapes.items():
        fitting = [values for row in rows if (values := fit(shape, orders[name], row, strict=True)) is not None]
        if len(fitting) > len(best[1]):
            best = name, fitting
    name, fitting = best
    if fitting:
        key = shapes[name].key
        wanted = (values for values in fitting if inside(_number(values[key]), missing[name]))
        _write_all(into, shapes[name], wanted)


def _write_all(into: sqlite3.Connection, shape: Shape, rows: Iterable[dict[str, Value]]) -> None:
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        by_columns: dict[tuple[str, ...], list[tuple[Value, ...]]] = {}
        for values in batch:
            by_columns.setdefault(tuple(values), []).append(tuple(values.values()))
        for columns, lines in by_columns.items():
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            into.executemany(f'insert or ignore into "{shape.name}" ({names}) values ({marks})', lines)


def _last(into: sqlite3.Connection, shape: Shape) -> int:
    return _number(into.execute(f'select coalesce(max("{shape.key}"), 0) from "{shape.name}"').fetchone()[0])


def _number(value: Value) -> int:
    return value if isinstance(value, int) else LOWEST
