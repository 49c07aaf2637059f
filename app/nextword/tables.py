"""Tables that leave the program: as CSV that a spreadsheet takes for data, and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TypeAlias

from msgspec import Struct

Cell: TypeAlias = str | int | float | bool | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet run a cell (OWASP, "CSV Injection"); the last four are the full-width forms."""


class Table(Struct, frozen=True):
    """columns: names, each once. rows: as long as `columns` each. Numbers stay numbers, None is an empty cell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def to_csv(table: Table) -> str:
    """Return CSV (RFC 4180, UTF-8, with a line of names). A text that would act as a formula gets an apostrophe before
    it; numbers are written with all their digits; NaN and infinity are empty cells."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_inert(name) for name in table.columns])
    writer.writerows([[_csv_cell(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def to_json(table: Table) -> str:
    """Return a list of objects, one a row, keys in the order of the columns; NaN and infinity are null."""
    rows = [dict(zip(table.columns, map(_json_cell, row), strict=True)) for row in table.rows]
    return json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_json_lines(table: Table) -> str:
    """Return one object a line, as `to_json` writes them: what data sets and the programs that read them use."""
    rows = (dict(zip(table.columns, map(_json_cell, row), strict=True)) for row in table.rows)
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def _csv_cell(cell: Cell) -> str | int | float | bool | None:
    if isinstance(cell, str):
        return _inert(cell)
    return _json_cell(cell)


def _inert(text: str) -> str:
    return "'" + text if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def _json_cell(cell: Cell) -> Cell:
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell
