"""Bars of one condition: a row for each label and one for everything else, with exact numbers as a list model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nextword.ui.colours import Colours
from nextword.ui.lab.examples_model import Index
from nextword.ui.theme import GAP_SMALL, current_theme
from nextword.ui.widgets.token_text import percent

ROW = Qt.ItemDataRole.UserRole


class LabelRow(Struct, frozen=True):
    """One bar. fraction: its length, 0 to 1. best: the prediction. off_label: the mass of everything else, hatched.

    note: a sentence for the tooltip.
    """

    name: str
    fraction: float
    best: bool = False
    off_label: bool = False
    note: str = ""


class LabelRows(QAbstractListModel):
    """The rows; every number that is drawn can be read here."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[LabelRow, ...] = ()

    def show(self, rows: Sequence[LabelRow]) -> None:
        """Replace the rows; where there are as many, whoever looks at one goes on looking at it."""
        before, after = self.rows, tuple(rows)
        if len(before) == len(after) and after:
            self.rows = after
            self.dataChanged.emit(self.index(0), self.index(len(after) - 1))
            return
        self.beginResetModel()
        self.rows = after
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{row.name}  {percent(row.fraction)}"
            case Qt.ItemDataRole.AccessibleTextRole:
                words = f"{row.name}, {percent(row.fraction)}"
                return self.tr("{words}, the prediction").format(words=words) if row.best else words
            case Qt.ItemDataRole.ToolTipRole:
                return f"{row.name}: {percent(row.fraction)}. {row.note}".strip()
            case _ if role == ROW:
                return row
        return None


class LabelBars(QListView):
    """row_chosen: the number of the row that was clicked, or taken by Enter. accent: the bars of the examples."""

    row_chosen = Signal(int)

    def __init__(self, name: str, *, accent: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.bars = LabelRows(self)
        self.setModel(self.bars)
        self.setItemDelegate(_BarDelegate(accent, self))
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.clicked.connect(self._on_taken)
        self.activated.connect(self._on_taken)
        current_theme().changed.connect(self._fit)
        self._fit()

    def show_rows(self, rows: Sequence[LabelRow]) -> None:
        """Show the rows, in a height that fits."""
        count = len(self.bars.rows)
        self.bars.show(rows)
        if count != len(rows):
            self._fit()

    @Slot()
    def _fit(self) -> None:
        self.setFixedHeight(len(self.bars.rows) * bar_height())
        self.scheduleDelayedItemsLayout()

    @Slot(QModelIndex)
    def _on_taken(self, index: QModelIndex) -> None:
        self.row_chosen.emit(index.row())


class _BarDelegate(QStyledItemDelegate):
    def __init__(self, accent: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._accent = accent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, bar_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        place = QRectF(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(place, theme.colour("selected" if state & QStyle.StateFlag.State_HasFocus else "hover"))
        paint_row(painter, place, index.data(ROW), accent=self._accent, look=theme.colours)


_TINY = "<\N{NO-BREAK SPACE}0.0001\N{NO-BREAK SPACE}%"


def bar_height() -> int:
    """Return the height of a row in px."""
    return QFontMetrics(current_theme().font("text")).height() + 10


def _short_percent(fraction: float) -> str:
    """Write a share where there is little room; the exact number of a tiny one is in the words of its row."""
    return percent(fraction) if fraction >= 1e-6 or fraction <= 0 else _TINY


def paint_row(painter: QPainter, place: QRectF, row: LabelRow, *, accent: bool, look: Colours) -> None:
    """Paint name, bar and percent in three columns; what is off the labels is hatched."""
    theme = current_theme()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = theme.font("strong" if row.best else "text")
    metrics, strong = QFontMetrics(font), QFontMetrics(theme.font("strong"))
    number_width = max(map(strong.horizontalAdvance, (_TINY, "0.00020 %"))) + GAP_SMALL
    name_width = min(place.width() * 0.34, strong.averageCharWidth() * 13.0)
    room = place.adjusted(name_width + GAP_SMALL, 0, -number_width, 0)
    middle = room.center().y()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.pressed))
    painter.drawRoundedRect(QRectF(room.left(), middle - 7, room.width(), 14), 2, 2)
    width = max(2.0, room.width() * min(1.0, row.fraction)) if row.fraction > 0 else 0.0
    bar = QRectF(room.left(), middle - 7, width, 14)
    colour = QColor(look.accent if accent else look.bar)
    if row.off_label:
        painter.setPen(colour)
        painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        bar.adjust(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setBrush(colour)
    painter.drawRoundedRect(bar, 2, 2)
    painter.setFont(font)
    painter.setPen(QColor(look.secondary if row.off_label else look.text))
    name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(name_width))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, _short_percent(row.fraction))
    painter.restore()
