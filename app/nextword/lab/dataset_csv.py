"""CSV as people have it: the delimiter is found out, and a broken line does not take the rest of the file with it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from nextword.lab.dataset_problem import Problem

DELIMITERS = (",", "\t", ";", "|")
NO_DELIMITER = "\x1f"
"""What a file of one column is divided by: nothing that is in it."""

_SAMPLE_LINES = 200
_LONGEST_FIELD = 64 * 1024 * 1024
_LONGEST_NAME = 60


class Dialect(Struct, frozen=True):
    """How a CSV file is written. escaped: quotes in quotes have a backslash before them instead of being doubled."""

    delimiter: str
    escaped: bool = False
    skips_space: bool = False


class Record(Struct, frozen=True):
    """One row. line, last: of the file, where it begins and ends, from 1."""

    line: int
    last: int
    cells: tuple[str, ...]


def find_dialect(lines: Sequence[str]) -> Dialect:
    """Return the delimiter that divides the first lines most evenly, into as many cells as the first line has."""
    sample = lines[:_SAMPLE_LINES]
    text = "".join(sample)
    escaped = text.count('\\"') > text.count('""')
    best = (0.0, 0, NO_DELIMITER)
    for delimiter in DELIMITERS:
        counts = [len(record.cells) for record in _records(sample, _dialect(text, delimiter, escaped), [])]
        if not counts or counts[0] < 2:
            continue
        best = max(best, (counts.count(counts[0]) / len(counts), counts[0], delimiter))
    return _dialect(text, best[2], escaped)


def _dialect(text: str, delimiter: str, escaped: bool) -> Dialect:
    """Return a dialect. A space after the first delimiter is no part of the cells."""
    return Dialect(delimiter, escaped, f"{delimiter} " in text.split("\n", 1)[0])


def read_records(lines: Sequence[str], dialect: Dialect) -> tuple[list[Record], list[Problem]]:
    """Return the rows and what is wrong with the others: each broken line is told, none is dropped in silence.

    A row has as many cells as most rows have. Lines without anything are no rows.
    """
    problems: list[Problem] = []
    records = list(_records(lines, dialect, problems))
    if not records:
        return [], problems
    width = len(records[0].cells)
    fits = [record for record in records if len(record.cells) == width]
    problems += [
        Problem(record.line, "cells", f"{len(record.cells)}/{width}", record.last)
        for record in records
        if len(record.cells) != width
    ]
    return fits, sorted(problems, key=lambda problem: problem.line)


def has_names(records: Sequence[Record]) -> bool:
    """Whether the first row looks like names: short, different, no numbers, and none comes again below."""
    if not records:
        return False
    first = [cell.strip() for cell in records[0].cells]
    if len(set(first)) < len(first) or not all(first) or any(len(cell) > _LONGEST_NAME for cell in first):
        return False
    if any(_is_number(cell) for cell in first):
        return False
    return not any(
        record.cells[column].strip() == name for column, name in enumerate(first) for record in records[1:_SAMPLE_LINES]
    )


def _records(lines: Sequence[str], dialect: Dialect, problems: list[Problem]) -> Iterator[Record]:
    """Read row by row. After a row with a broken quote, reading goes on in the line after the one it began in."""
    csv.field_size_limit(_LONGEST_FIELD)
    start = 0
    while start < len(lines):
        reader = csv.reader(
            (lines[number] for number in range(start, len(lines))),
            delimiter=dialect.delimiter,
            doublequote=not dialect.escaped,
            escapechar="\\" if dialect.escaped else None,
            skipinitialspace=dialect.skips_space,
            strict=True,
        )
        read = 0
        try:
            for cells in reader:
                if lines[start + read].strip():
                    yield Record(start + read + 1, start + reader.line_num, tuple(cells))
                read = reader.line_num
        except csv.Error as error:
            problems.append(Problem(start + read + 1, "quote", str(error)))
            start += read + 1
        else:
            return


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def repeated(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that are each there once: a second "text" becomes "text (2)", an empty one its number."""
    seen: Counter[str] = Counter()
    found = []
    for number, name in enumerate(names, 1):
        plain = name.strip() or f"column {number}"
        seen[plain] += 1
        found.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return tuple(found)
