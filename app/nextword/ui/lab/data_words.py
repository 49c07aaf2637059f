"""What was found in a data file, in words: its form, its broken lines, its labels."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QCoreApplication

from nextword.lab.dataset import Imported, RawTable
from nextword.lab.dataset_problem import Problem, ProblemKind
from nextword.ui.lab.lab_words import label_name

_SHOWN_LINES = 12
_SHOWN_LABELS = 12


def table_words(raw: RawTable) -> str:
    """Return format, encoding and counts of a file."""
    parts: list[str] = [raw.format, raw.encoding]
    if raw.delimiter:
        names = {",": _tr("comma"), ";": _tr("semicolon"), "\t": _tr("tab"), "|": _tr("bar"), " ": _tr("blank")}
        parts.append(_tr("columns by {sign}").format(sign=names.get(raw.delimiter, raw.delimiter)))
    count = len(raw.rows)
    parts.append(_tr("1 row") if count == 1 else _tr("{count} rows").format(count=f"{count:,}"))
    return " · ".join(parts)


def label_words(imported: Imported) -> str:
    """Return the labels with their counts."""
    shown = [f"{label_name(name)} {count:,}" for name, count in imported.labels[:_SHOWN_LABELS]]
    more = len(imported.labels) - len(shown)
    if more > 0:
        shown.append(_tr("{count} more").format(count=more))
    return " · ".join(shown)


def problem_words(problems: tuple[Problem, ...]) -> str:
    """Return what is wrong with which lines: a sentence for each kind, with the numbers of the first lines."""
    if not problems:
        return ""
    counts = Counter(problem.kind for problem in problems)
    left_out = len({problem.line for problem in problems})
    many = _tr("{count} lines are left out.").format(count=f"{left_out:,}")
    lines = [_tr("1 line is left out.") if left_out == 1 else many]
    for kind, count in counts.items():
        numbers = [_line(problem) for problem in problems if problem.kind == kind][:_SHOWN_LINES]
        listed = ", ".join(numbers) + (" …" if count > len(numbers) else "")
        what = _what(kind)
        if count == 1:
            lines.append(_tr("Line {lines}: {what}").format(lines=listed, what=what))
        else:
            lines.append(_tr("{count} lines ({lines}): {what}").format(count=f"{count:,}", lines=listed, what=what))
    return "\n".join(lines)


def _line(problem: Problem) -> str:
    return f"{problem.line}–{problem.last}" if problem.last > problem.line else str(problem.line)


def _what(kind: ProblemKind) -> str:
    return {
        "encoding": _tr("bytes that are no text in this encoding. Save the file as UTF-8."),
        "quote": _tr("a quote that is not closed, or text behind one."),
        "cells": _tr("more or fewer cells than the first row has."),
        "json": _tr("no JSON."),
        "not_object": _tr("JSON, but no object with names."),
        "no_text": _tr("no text in the chosen column."),
        "no_gold": _tr("no answer in the chosen column."),
    }[kind]


def warnings(imported: Imported) -> str:
    """Return what to mind about the items as a whole, "" for nothing."""
    parts = []
    if len(imported.labels) == 1:
        parts.append(_tr("All rows have the same label: there is nothing to tell apart. Is this the right column?"))
    if imported.repeated:
        parts.append(
            _tr("{count} texts come more than once; the same text never stands on two sides of the division.").format(
                count=f"{imported.repeated:,}"
            )
        )
    if imported.contradicting:
        parts.append(
            _tr("{count} of them have another answer than before.").format(count=f"{imported.contradicting:,}")
        )
    return " ".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data_words", text)
