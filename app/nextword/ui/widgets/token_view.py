"""Text made of tokens: lays words out, paints how surprising each was behind it, finds the token under a point.

Not a widget: a view owns many of these and paints those that can be seen. The text is laid out in blocks (lines of
the text, long ones in pieces), and a text that grows is laid out again in its last block alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from nextword.engine.tokens import TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.text_lines import cursor_x, extents, runs_both_ways
from nextword.ui.widgets.tint import Tint, strength_of
from nextword.ui.widgets.token_spans import TokensInText, units

LINE_HEIGHT = 1.5
"""In sizes of the font."""

_LONGEST_BLOCK = 2_000  # characters; shaping time grows with the block, not with the message
_NARROWEST_MARK = 5.0  # px; a line break or a control token has no width of its own


@dataclass(slots=True)
class _Block:
    start: int  # place of its first character in the whole text
    text: str
    layout: QTextLayout
    top: float
    height: float
    width: float
    breaks: bool  # a line break of the text follows, which takes one place
    mixed: bool  # parts of it run from right to left
    marks: list[tuple[int, QRectF]] | None = None  # token, rectangle within the block

    @property
    def end(self) -> int:
        return self.start + units(self.text) + self.breaks


@dataclass(frozen=True, slots=True)
class TokenLook:
    """What to show on top of the words. selection: places in the text; token: the one with a frame."""

    tint: Tint = "off"
    token: int | None = None
    selection: tuple[int, int] | None = None
    colour: QColor = field(default_factory=QColor)


class TokenText:
    """One text at one width. height and natural_width are known after `lay_out`."""

    def __init__(self, font: QFont) -> None:
        self.text = ""
        self.steps: Sequence[TokenStep] = ()
        self.width = 0.0
        self.height = 0.0
        self.natural_width = 0.0
        self._font = font
        self._line_height = round(QFontInfo(font).pixelSize() * LINE_HEIGHT)
        self._blocks: list[_Block] = []
        self._tokens = TokensInText()

    @property
    def line_height(self) -> float:
        return self._line_height

    def lay_out(self, text: str, width: float) -> None:
        """Break `text` into lines; what was laid out before and did not change is kept."""
        keep = 0
        if width == self.width and self._blocks and text.startswith(self.text):
            keep = len(self._blocks) - 1
        start = self._blocks[keep].start if keep else 0
        begin = sum(len(block.text) + block.breaks for block in self._blocks[:keep])
        del self._blocks[keep:]
        self.text, self.width = text, width
        top = self._blocks[-1].top + self._blocks[-1].height if self._blocks else 0.0
        for piece, breaks in _pieces(text[begin:]):
            block = self._make_block(piece, breaks, start, top)
            self._blocks.append(block)
            start, top = block.end, top + block.height
        self.height = top
        self.natural_width = max((block.width for block in self._blocks), default=0.0)

    def set_steps(self, steps: Sequence[TokenStep]) -> None:
        """Take the tokens that make up the text (after `lay_out`); tokens added at the end are cheap."""
        changed_from = self._tokens.take(steps, self.text)
        self.steps = steps
        for block in self._blocks:
            if block.end >= changed_from:
                block.marks = None

    def token_count(self) -> int:
        """Return how many tokens can be pointed at."""
        return 0 if self._tokens.offset is None else len(self._tokens.spans)

    def token_at(self, point: QPointF) -> int | None:
        """Return the token under a point, None beside the words."""
        for block in self._blocks:
            if block.top <= point.y() < block.top + block.height:
                inside = point - QPointF(0, block.top)
                return next((token for token, mark in self._marks(block) if mark.contains(inside)), None)
        return None

    def token_rect(self, token: int) -> QRectF:
        """Return where a token begins to be seen (its first line); an empty rectangle if it is nowhere."""
        for block in self._blocks:
            for index, mark in self._marks(block):
                if index == token:
                    return mark.translated(0, block.top)
        return QRectF()

    def place_at(self, point: QPointF) -> int:
        """Return the place in the text nearest to a point, for selecting."""
        if not self._blocks:
            return 0
        block = next((b for b in self._blocks if point.y() < b.top + b.height), self._blocks[-1])
        line = _line_at(block.layout, point.y() - block.top, self._line_height)
        return block.start + int(line.xToCursor(point.x())) if line.isValid() else block.start

    def end_rect(self) -> QRectF:
        """Return where the next character will stand; width is that of a caret."""
        if not self._blocks:
            return QRectF(0, 0, 8, self._line_height)
        block = self._blocks[-1]
        line = block.layout.lineAt(block.layout.lineCount() - 1)
        x = cursor_x(line, units(block.text)) if line.isValid() else 0.0
        return QRectF(x + 2, block.top + block.height - self._line_height, 8, self._line_height)

    def paint(self, painter: QPainter, origin: QPointF, look: TokenLook, clip: QRectF) -> None:
        """Paint at `origin` what lies within `clip` (both in the painter's coordinates)."""
        painter.save()
        painter.translate(origin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = clip.translated(-origin)
        for block in self._blocks:
            if block.top > area.bottom() or block.top + block.height < area.top():
                continue
            painter.translate(0, block.top)
            self._paint_block(painter, block, look)
            painter.translate(0, -block.top)
        painter.restore()

    def _paint_block(self, painter: QPainter, block: _Block, look: TokenLook) -> None:
        theme = current_theme()
        if look.tint != "off":
            painter.setPen(Qt.PenStyle.NoPen)
            for token, mark in self._marks(block):
                strength = strength_of(self.steps[token], look.tint)
                if strength:
                    painter.setBrush(theme.tint(strength))
                    painter.drawRoundedRect(mark.adjusted(0, 1, 0, -1), 3, 3)
        painter.setPen(look.colour)
        block.layout.draw(painter, QPointF(0, 0), _selected(block, look.selection))
        if look.token is not None:
            painter.setPen(QPen(theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for token, mark in self._marks(block):
                if token == look.token:
                    painter.drawRoundedRect(mark.adjusted(0, 1, 0, -1), 3, 3)

    def _make_block(self, text: str, breaks: bool, start: int, top: float) -> _Block:
        layout = QTextLayout(text, self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        y, widest = 0.0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, self.width))
            line.setPosition(QPointF(0, y + (self._line_height - line.height()) / 2))
            widest = max(widest, line.naturalTextWidth())
            y += self._line_height
        layout.endLayout()
        height = y if text.strip() else self._line_height / 2  # an empty line parts two paragraphs
        return _Block(start, text, layout, top, height, widest, breaks, runs_both_ways(text))

    def _marks(self, block: _Block) -> list[tuple[int, QRectF]]:
        if block.marks is None:
            block.marks = list(self._find_marks(block))
        return block.marks

    def _find_marks(self, block: _Block) -> Iterator[tuple[int, QRectF]]:
        if self._tokens.offset is None:
            return
        spans, shift = self._tokens.spans, self._tokens.offset - block.start
        last_place = units(block.text)
        limit = last_place + block.breaks
        first = bisect_left(spans, -shift, key=lambda span: span.end)
        behind = bisect_right(spans, limit - shift, key=lambda span: span.start)
        for index in range(first, behind):
            start, end = spans[index].start + shift, spans[index].end + shift
            if start == end:  # a control token
                if 0 <= start < limit or (start == limit and block is self._blocks[-1]):
                    yield index, self._narrow(block, min(start, last_place))
                continue
            for mark in self._rects(block, max(0, start), min(end, last_place)):
                yield index, mark
            if block.breaks and start <= last_place < end:
                yield index, self._narrow(block, last_place)

    def _rects(self, block: _Block, start: int, end: int) -> Iterator[QRectF]:
        number = block.layout.lineForTextPosition(start).lineNumber() if start < end else 0
        while start < end:
            line = block.layout.lineAt(number)
            line_end = min(end, line.textStart() + line.textLength())
            for left, right in extents(line, start, line_end, mixed=block.mixed):
                left, right = min(left, self.width), min(right, self.width)  # a space at the end hangs over the edge
                yield QRectF(left, number * self._line_height, max(1.0, right - left), self._line_height)
            if line_end <= start:
                return
            start, number = line_end, number + 1

    def _narrow(self, block: _Block, place: int) -> QRectF:
        line = block.layout.lineForTextPosition(place)
        if not line.isValid():
            return QRectF(0, 0, _NARROWEST_MARK, min(block.height, self._line_height))
        x = cursor_x(line, place)
        height = min(block.height, self._line_height)
        return QRectF(x + 1, line.lineNumber() * self._line_height, _NARROWEST_MARK, height)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into the blocks that are laid out alone: its lines, and pieces of very long lines."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        while len(line) > _LONGEST_BLOCK:
            cut = line.rfind(" ", _LONGEST_BLOCK // 2, _LONGEST_BLOCK) + 1 or _LONGEST_BLOCK
            yield line[:cut], False
            line = line[cut:]
        yield line, number < len(lines) - 1


def _line_at(layout: QTextLayout, y: float, line_height: float) -> QTextLine:
    return layout.lineAt(max(0, min(layout.lineCount() - 1, int(y / line_height))))


def _selected(block: _Block, selection: tuple[int, int] | None) -> list[QTextLayout.FormatRange]:
    if selection is None:
        return []
    start, end = min(selection) - block.start, max(selection) - block.start
    start, end = max(0, start), min(end, units(block.text))
    if start >= end:
        return []
    chosen = QTextLayout.FormatRange()
    chosen.start, chosen.length = start, end - start
    chosen.format = QTextCharFormat()
    chosen.format.setBackground(current_theme().colour("accent"))
    chosen.format.setForeground(current_theme().colour("on_accent"))
    return [chosen]
