"""Some rows of a table: cells as wide as their words want, narrowed to fit, scrolled sideways when they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from nextword.chat.markup.blocks import Table
from nextword.chat.markup.inline import runs_of
from nextword.chat.markup.tables import cells
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.leaf import LeafView, text_look, with_pictures
from nextword.ui.widgets.markdown.sideways import Sideways
from nextword.ui.widgets.markdown.text_block import TextBlock
from nextword.ui.widgets.markdown.view_parts import Measures

_PADDING_X, _PADDING_Y = 10.0, 4.0
_WIDEST_CELL = 420.0
_NARROWEST_CELL = 64.0
_ROWS_MEASURED = 100
_ALIGNMENTS = {
    "left": Qt.AlignmentFlag.AlignLeft, "right": Qt.AlignmentFlag.AlignRight, "center": Qt.AlignmentFlag.AlignHCenter,
}  # fmt: skip


def column_widths(leaves: Sequence[Table], source: str, width: float, font: QFont) -> list[float]:
    """Return the width of each column of a table with its padding; together at most `width` where that can be."""
    count = len(leaves[0].aligns)
    natural, least = [0.0] * count, [0.0] * count
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    plain_metrics, bold_metrics = QFontMetricsF(font), QFontMetricsF(bold)
    rows = [(leaf.header and number == 0, line) for leaf in leaves for number, line in enumerate(leaf.lines)]
    for head, (first, last) in rows[:_ROWS_MEASURED]:
        metrics = bold_metrics if head else plain_metrics
        for column, (start, end) in enumerate(cells(source[first:last], first)[:count]):
            text = source[start:end]
            if "](" in text:
                text = "".join(run.text for run in runs_of(source, ((start, end),)))
            natural[column] = max(natural[column], metrics.horizontalAdvance(text[:400]))
            longest = max(text[:400].split(), key=len, default="")
            least[column] = max(least[column], metrics.horizontalAdvance(longest))
    wanted = [min(_WIDEST_CELL, value) + 2 * _PADDING_X + 2 for value in natural]
    needed = [
        min(value, max(_NARROWEST_CELL, low) + 2 * _PADDING_X + 2) for value, low in zip(wanted, least, strict=True)
    ]
    return _fitted(wanted, needed, width)


def _fitted(wanted: list[float], needed: list[float], width: float) -> list[float]:
    """Give every column what it wants, or share out what there is above what each needs."""
    if sum(wanted) <= width:
        return wanted
    spare = width - sum(needed)
    if spare <= 0:
        return needed
    over = sum(want - need for want, need in zip(wanted, needed, strict=True)) or 1.0
    return [need + (want - need) * min(1.0, spare / over) for want, need in zip(wanted, needed, strict=True)]


class TableLeaf(LeafView):
    """Lines under the rows, a stronger one under the head."""

    leaf: Table

    def __init__(self, leaf: Table, source: str, sideways: Sideways) -> None:
        super().__init__(leaf, source)
        self.sideways = sideways
        self._row_ends: list[float] = []
        self._table_width = 0.0

    @property
    def shift(self) -> float:
        return self.sideways.value

    def lay_out(self, width: float, measures: Measures) -> None:
        columns = measures.columns[self.leaf.table]
        self._table_width = sum(columns)
        self.natural_width = min(width, self._table_width)
        self.sideways.add(self._table_width, width)
        y = 0.0
        self.blocks, self._row_ends = [], []
        for number, (first, last) in enumerate(self.leaf.lines):
            y += self._lay_out_row(number, y, (first, last), measures)
            self._row_ends.append(y)
        self.height = y + (8.0 if self.leaf.last and self.sideways.most > 0 else 0.0)

    def _lay_out_row(self, number: int, y: float, line: tuple[int, int], measures: Measures) -> float:
        columns, head = measures.columns[self.leaf.table], self.leaf.header and number == 0
        look = text_look(self.leaf, measures)
        if head:
            font = QFont(look.font)
            font.setWeight(QFont.Weight.DemiBold)
            look = replace(look, font=font)
        x, height = 0.0, look.line_height
        places = cells(self.source[line[0] : line[1]], line[0])
        for column, width in enumerate(columns):
            if column < len(places):
                inner = max(8.0, width - 2 * _PADDING_X)
                runs = runs_of(self.source, (places[column],))
                found, waits = with_pictures(runs, look, inner)
                self.waits_for_pictures = self.waits_for_pictures or waits
                block = TextBlock(runs, replace(look, align=_ALIGNMENTS[self.leaf.aligns[column]]), found)
                block.lay_out(inner)
                self.blocks.append((block, QPointF(x + _PADDING_X, y + _PADDING_Y)))
                height = max(height, block.height)
            x += width
        return height + 2 * _PADDING_Y

    def paint_under(self, painter: QPainter, width: float) -> None:
        theme = current_theme()
        end = min(width, self._table_width - self.shift)
        for number, y in enumerate(self._row_ends):
            head = self.leaf.header and number == 0
            painter.fillRect(QRectF(0, y - 1, end, 1), theme.colour("bar" if head else "line"))

    def narrow_rect(self, place: int) -> QRectF:
        lines = self.leaf.lines
        behind = lines[1][0] if len(lines) > 1 else self.leaf.end + 1
        if self.leaf.header and lines[0][1] < place < behind:  # the line of dashes lies on the line it stands for
            share = (place - lines[0][1]) / max(1, behind - lines[0][1])
            return QRectF(share * self._table_width - self.shift, self._row_ends[0] - 4, 4, 6)
        return super().narrow_rect(place)

    def clip_rect(self) -> QRectF | None:
        return QRectF(0, 0, self.natural_width, self.height) if self.sideways.most > 0 else None

    def paint_over(self, painter: QPainter) -> None:
        if self.leaf.last:
            self.sideways.paint(painter, QRectF(0, self.height - 6, self.natural_width, 4))
