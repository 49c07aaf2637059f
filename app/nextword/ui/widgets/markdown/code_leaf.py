"""A piece of a code block: its surface, the language and the copy button above the first, coloured words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath

from nextword.chat.markup.blocks import Code, Run
from nextword.chat.markup.highlight import MOST_CHARACTERS, coloured
from nextword.chat.markup.inline import raw_runs
from nextword.ui.theme import GAP, GAP_SMALL, current_theme
from nextword.ui.widgets.markdown.leaf import LeafView
from nextword.ui.widgets.markdown.sideways import Sideways
from nextword.ui.widgets.markdown.text_block import BlockLook, Format, TextBlock, coloured_format, line_height_of
from nextword.ui.widgets.markdown.view_parts import Measures

_RADIUS = 6.0
_CONTEXT_LINES = 16


class CodeLeaf(LeafView):
    """Lines are not broken: what is wider than the column is scrolled sideways, all pieces of a block together."""

    leaf: Code

    def __init__(self, leaf: Code, source: str, sideways: Sideways) -> None:
        super().__init__(leaf, source)
        self.sideways = sideways
        self.copy_rect = QRectF()
        self._header_height = 0.0

    @property
    def shift(self) -> float:
        return self.sideways.value

    def lay_out(self, width: float, measures: Measures) -> None:
        leaf, theme = self.leaf, current_theme()
        font = theme.font("mono")
        font.setPointSizeF(measures.font.pointSizeF() * 0.92)
        look = BlockLook(font, line_height_of(font, 1.45), wraps=False)
        runs = raw_runs(self.source, leaf.lines)
        block = TextBlock(runs, look)
        block.lay_out(width, self._formats(runs))
        small = theme.font("small")
        self._header_height = line_height_of(small, 2.0) if leaf.first else 0.0
        top = self._header_height
        self.blocks = [(block, QPointF(GAP, top))] if leaf.lines else []
        self.height = top + (block.height if leaf.lines else 0.0) + (GAP if leaf.last else 0.0)
        self.natural_width = width
        self.sideways.add(block.natural_width + 2 * GAP, width)
        if leaf.first:
            advance = QFontMetricsF(small).horizontalAdvance(copy_words())
            self.copy_rect = QRectF(width - advance - 2 * GAP, 0, advance + 2 * GAP, self._header_height)

    def _formats(self, runs: list[Run]) -> list[Format]:
        """Colour the words; the whole block is read when it is complete and short, else some lines before too."""
        leaf, theme = self.leaf, current_theme()
        if not leaf.language or not leaf.lines:
            return []
        first, last = leaf.lines[0][0], leaf.lines[-1][1]
        begin = first
        if leaf.first or not (leaf.closed and first - leaf.block[0] < MOST_CHARACTERS // 4):
            for _ in range(_CONTEXT_LINES if not leaf.first else 0):
                begin = max(leaf.block[0], self.source.rfind("\n", 0, max(0, begin - 1)) + 1)
        else:
            begin = leaf.block[0]
        formats: list[Format] = []
        for start, length, kind in coloured(self.source[begin:last], leaf.language):
            for run_start, run_length in _painted(runs, begin + start, begin + start + length):
                formats.append(coloured_format(run_start, run_length, theme.syntax(kind)))
        return formats

    def narrow_rect(self, place: int) -> QRectF:
        if self.leaf.first and (not self.leaf.lines or place < self.leaf.lines[0][0]):
            # the fence: on the name of the language
            line = max(1, self.source.find("\n", self.leaf.start) - self.leaf.start)
            return QRectF(GAP + 48 * (place - self.leaf.start) / line, 4, 5, self._header_height - 6)
        return super().narrow_rect(place)

    def paint_under(self, painter: QPainter, width: float) -> None:
        theme, leaf = current_theme(), self.leaf
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(_surface(QRectF(0, 0, width, self.height), leaf.first, leaf.last), theme.colour("bubble"))
        if leaf.first:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("secondary"))
            middle = Qt.AlignmentFlag.AlignVCenter
            name = QRectF(GAP, 0, width - self.copy_rect.width() - 2 * GAP, self._header_height)
            painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, leaf.language)
            painter.drawText(self.copy_rect, middle | Qt.AlignmentFlag.AlignHCenter, copy_words())

    def clip_rect(self) -> QRectF | None:
        return QRectF(GAP_SMALL, 0, self.natural_width - 2 * GAP_SMALL, self.height)

    def paint_over(self, painter: QPainter) -> None:
        if self.leaf.last:
            self.sideways.paint(painter, QRectF(GAP, self.height - 7, self.natural_width - 2 * GAP, 4))


def copy_words() -> str:
    """Return the words of the copy button of a code block."""
    return QCoreApplication.translate("CodeLeaf", "Copy")


def _painted(runs: list[Run], start: int, end: int) -> list[tuple[int, int]]:
    found, at = [], 0
    for run in runs:
        first, last = max(start, run.start), min(end, run.end)
        if first < last and run.verbatim:
            found.append((at + first - run.start, last - first))
        at += len(run.text)
        if run.start >= end:
            break
    return found


def _surface(rect: QRectF, first: bool, last: bool) -> QPainterPath:
    """Return the rectangle with round corners where the block begins and ends."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addRoundedRect(rect, _RADIUS, _RADIUS)
    if not first:
        path.addRect(QRectF(rect.left(), rect.top(), rect.width(), rect.height() / 2))
    if not last:
        path.addRect(QRectF(rect.left(), rect.center().y(), rect.width(), rect.height() / 2))
    return path
