"""Where the tokens of one paragraph lie on its lines, and how they are painted behind the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextBlock, QTextLayout, QTextLine

from nextword.ui.theme import current_theme
from nextword.ui.widgets.text_lines import cursor_x, extents, runs_both_ways
from nextword.ui.widgets.tint import Tint, strength_of
from nextword.ui.write.places import Places
from nextword.write.board import Board

_STALE_SHARE = 0.3
"""So much is left of the colour of a token whose numbers do not hold any more."""
_NARROWEST = 5.0
_CORNER = 3.0


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of the tokens. authors: a line under what the model wrote."""

    tint: Tint = "surprisal"
    authors: bool = True
    pinned: int | None = None


class BlockMarks:
    """all: the tokens that begin or go on in a paragraph, with their rectangles on its lines."""

    def __init__(self, block: QTextBlock, board: Board, places: Places) -> None:
        self.all: list[tuple[int, QRectF]] = []
        written = board.written
        layout = block.layout()
        if not layout.lineCount() or not len(written):
            return
        begin = places.characters(block.position())
        end = places.characters(block.position() + block.length() - 1)
        shift = block.position()
        mixed = runs_both_ways(block.text())
        tokens = written.tokens_in(begin, end + 1)  # the line break is a place, too
        for token in tokens:
            start = max(places.units(written.starts[token]) - shift, 0)
            stop = min(places.units(written.ends[token]) - shift, block.length() - 1)
            self.all += [(token, rect) for rect in _rects(layout, start, stop, mixed=mixed)]
            if written.ends[token] > end >= written.starts[token] and start >= stop:
                self.all.append((token, _narrow(layout, block.length() - 1)))
        self._split_shared()

    def _split_shared(self) -> None:
        """Give tokens that share a character a part of its rectangle each."""
        at = 0
        while at < len(self.all):
            token, whole = self.all[at]
            last = at + 1
            while last < len(self.all) and self.all[last][1] == whole and self.all[last][0] != token:
                last += 1
            width = whole.width() / (last - at)
            for part in range(at, last if last > at + 1 else at):
                left = whole.left() + (part - at) * width
                self.all[part] = (self.all[part][0], QRectF(left, whole.top(), width, whole.height()))
            at = last

    def token_at(self, point: QPointF) -> int | None:
        """Return the token at a point of the paragraph."""
        return next((token for token, mark in self.all if mark.contains(point)), None)

    def rect_of(self, token: int) -> QRectF:
        """Return where a token begins; an empty rectangle if it is not here."""
        return next((mark for other, mark in self.all if other == token), QRectF())


def paint_marks(painter: QPainter, marks: BlockMarks, board: Board, look: Look) -> None:
    """Paint colours, authors and the frame of the pinned token; the painter stands at the paragraph."""
    theme = current_theme()
    written = board.written
    line = theme.colour("accent")
    line.setAlphaF(0.55)
    for token, mark in marks.all:
        if token >= len(written):
            continue
        if look.tint != "off" and not board.is_foreign(token):
            strength = strength_of(written.steps[token], look.tint)
            if written.is_stale(token):
                strength *= _STALE_SHARE
            if strength:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.tint(strength))
                painter.drawRoundedRect(mark.adjusted(0.5, 0, -0.5, 0), _CORNER, _CORNER)
        if look.authors and written.by_model(token):
            painter.fillRect(QRectF(mark.left(), mark.bottom() + 1, mark.width(), 1), line)
        if token == look.pinned:
            painter.setPen(QPen(theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(mark, _CORNER, _CORNER)


def _rects(layout: QTextLayout, start: int, end: int, *, mixed: bool) -> Iterator[QRectF]:
    if start >= end:
        return
    number = layout.lineForTextPosition(start).lineNumber()
    while start < end and number < layout.lineCount():
        line = layout.lineAt(number)
        line_end = min(end, line.textStart() + line.textLength())
        for left, right in extents(line, start, line_end, mixed=mixed):
            yield _on_line(line, min(left, right), max(1.0, abs(right - left)))
        if line_end <= start:
            return
        start, number = line_end, number + 1


def _on_line(line: QTextLine, left: float, width: float) -> QRectF:
    # the room that the line height adds stands above the words
    height = line.ascent() + line.descent()
    return QRectF(left, line.y() + line.height() - height - 1, width, height + 1)


def _narrow(layout: QTextLayout, place: int) -> QRectF:
    line = layout.lineForTextPosition(place)
    if not line.isValid():
        return QRectF()
    return _on_line(line, cursor_x(line, place) + 1, _NARROWEST)
