"""Where the tokens of a leaf are seen: on their words, or as narrow marks where they are not shown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from nextword.ui.widgets.markdown.leaf import LeafView
from nextword.ui.widgets.token_spans import Span

MARK_WIDTH = 5.0
"""In px, of what is not shown: signs of Markdown, line breaks, control tokens."""

_MOST_BESIDE = 12


def marks_of(view: LeafView, spans: Sequence[Span], shift: int, zone: tuple[int, int]) -> Iterator[tuple[int, QRectF]]:
    """Yield each token of a leaf's zone, a range of the message. shift: place in the message of the first token."""
    begin, end = zone
    seen: list[tuple[int, QRectF]] = []
    hidden: list[tuple[int, QRectF]] = []
    for index in range(bisect_left(spans, begin - shift, key=lambda span: span.end), len(spans)):
        start, stop = spans[index].start + shift, spans[index].end + shift
        if start >= end:
            break
        marks = list(view.rects(max(start, begin), min(stop, end)))
        if marks:
            seen += ((index, mark) for mark in marks)
        elif start >= begin:
            hidden.append((index, view.narrow_rect(start)))
    yield from seen
    yield from _spread(hidden, [mark for _, mark in seen])


def paint_mark(painter: QPainter, mark: QRectF) -> None:
    """Paint the rectangle of a token with pen and brush of the painter."""
    edge = 1.0 if mark.height() > 6 else 0.0
    painter.drawRoundedRect(mark.adjusted(0, edge, 0, -edge), min(3.0, mark.height() / 3), min(3.0, mark.height() / 3))


def _spread(hidden: list[tuple[int, QRectF]], seen: list[QRectF]) -> Iterator[tuple[int, QRectF]]:
    """Part the marks that would lie on one another: side by side behind a line, else one below the other."""
    groups: dict[tuple[float, float], list[tuple[int, QRectF]]] = {}
    for index, mark in hidden:
        groups.setdefault((mark.x(), mark.y()), []).append((index, mark))
    for group in groups.values():
        first, count = group[0][1], len(group)
        wide = QRectF(first.x() + 1, first.y() + 1, count * (MARK_WIDTH + 1), max(1.0, first.height() - 2))
        free = count <= _MOST_BESIDE and not any(wide.intersects(mark) for mark in seen)
        for number, (index, mark) in enumerate(group):
            if free:
                yield index, mark.translated(number * (MARK_WIDTH + 1), 0)
            else:
                part = mark.height() / count
                yield index, QRectF(mark.x(), mark.y() + number * part, mark.width(), part)
