"""JSON Lines, and JSON as a list of objects, an object with such a list, or an object of columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from nextword.lab.dataset_problem import Problem
from nextword.lab.task import BETWEEN_ANSWERS

Row: TypeAlias = tuple[int, Mapping[str, str | None]]
"""The number of a line or an element, from 1, and its cells."""

_decode = msgspec.json.Decoder().decode


class NotJson(ValueError):
    """The whole of a text is no JSON. line, detail: where and why."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


def read_lines(lines: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    """Return the rows of JSON Lines, and the lines that are none; blank lines count for nothing."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = _decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            problems.append(Problem(number, "json", str(error)[:200]))
            continue
        if isinstance(value, dict):
            rows.append((number, _cells(value)))
        else:
            problems.append(Problem(number, "not_object", type(value).__name__))
    return rows, problems


def read_whole(text: str) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a JSON file. Raises NotJson."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, error.msg) from error
    except RecursionError as error:
        raise NotJson(1, "nested too deep") from error
    return _of_list(_elements(value))


def _elements(value: object) -> list[object]:
    """Return the list of rows in `value`; an object without one is one row."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return [value]
    lists = [each for each in value.values() if isinstance(each, list)]
    if lists and len(lists) == len(value) and len({len(each) for each in lists}) == 1 and not _holds_objects(lists[0]):
        return [dict(zip(value, cells, strict=True)) for cells in zip(*lists, strict=True)]
    of_objects = [each for each in lists if _holds_objects(each)]
    return of_objects[0] if len(of_objects) == 1 else [value]


def _holds_objects(values: list[object]) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _of_list(values: list[object]) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            rows.append((number, _cells(value)))
        else:
            problems.append(Problem(number, "not_object", type(value).__name__))
    return rows, problems


def _cells(values: Mapping[str, object]) -> dict[str, str | None]:
    return {key: _cell(value) for key, value in values.items()}


def _cell(value: object) -> str | None:
    """Return a value as a cell: texts as they are, a list of texts as several answers, all else as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return BETWEEN_ANSWERS.join(value)
    return json.dumps(value, ensure_ascii=False)
