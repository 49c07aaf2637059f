"""The label distributions as a drawing and as a table, to leave the program."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter

from nextword.lab.looking import Bars, Looked
from nextword.lab.task import Task
from nextword.tables import Cell, Table
from nextword.ui.colours import Colours
from nextword.ui.lab.label_bars import LabelRow, bar_height, paint_row
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, current_theme

_WIDTH = 420.0


class LabelFigure(Struct, frozen=True):
    """See ui/widgets/figure.py. parts: the name of a condition with its rows."""

    title: str
    parts: tuple[tuple[str, tuple[LabelRow, ...]], ...]
    numbers: Table

    def figure_size(self) -> QSizeF:
        """Return the size that all rows take."""
        lines = 1 + sum(1 + len(rows) for _, rows in self.parts)
        return QSizeF(_WIDTH, lines * bar_height() + len(self.parts) * GAP_SMALL + 2 * GAP_PAGE)

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        """Draw title, conditions and bars below one another."""
        theme, line = current_theme(), bar_height()
        width, y = size.width() - 2 * GAP_PAGE, float(GAP_PAGE)
        painter.setPen(QColor(look.text))
        painter.setFont(theme.font("strong"))
        painter.drawText(QPointF(GAP_PAGE, y + line * 0.7), self.title)
        y += line
        for number, (name, rows) in enumerate(self.parts):
            y += GAP_SMALL
            painter.setPen(QColor(look.accent if number else look.secondary))
            painter.setFont(theme.font("strong" if number else "text"))
            painter.drawText(QPointF(GAP_PAGE, y + line * 0.7), name)
            y += line
            for row in rows:
                paint_row(painter, QRectF(GAP_PAGE, y, width, line), row, accent=bool(number), look=look)
                y += line

    def table(self) -> Table:
        """Return all numbers."""
        return self.numbers


def table_of(task: Task, conditions: Sequence[tuple[str, Bars]], looked: Looked) -> Table:
    """Return a row for each label of each condition, and one for what no label has."""
    columns = (
        "condition",
        "label",
        "score",
        "share",
        "model_probability",
        "bias",
        "rule",
        "calibration",
        "examples_used",
    )
    rows: list[tuple[Cell, ...]] = []
    for name, bars in conditions:
        end: tuple[Cell, ...] = (looked.rule, looked.question.calibration, bars.used)
        for number, label in enumerate(task.labels):
            score = bars.scores.scores[number] if number < len(bars.scores.scores) else None
            bias = bars.bias[number] if bars.bias is not None else None
            numbers = (score, bars.scores.probabilities[number], bars.plain.masses[number], bias)
            rows.append((name, label.name, *numbers, *end))
        rows.append((name, "off-label", None, None, bars.plain.off_label, None, *end))
    return Table(columns, tuple(rows))
