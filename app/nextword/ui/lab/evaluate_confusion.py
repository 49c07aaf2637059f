"""The confusion matrix: right labels down, predicted ones across; a click on a cell shows its items."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSizeF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.lab.evaluate_items import Cell
from nextword.ui.lab.lab_words import label_name
from nextword.ui.theme import GAP, current_theme

Index: TypeAlias = QModelIndex | QPersistentModelIndex
SHARE = Qt.ItemDataRole.UserRole
_CELL = 56.0
_NARROWEST, _WIDEST = 40, 84


class Matrix(Struct, frozen=True):
    """labels: names. counts: a row for each right label; the last column is what has no label."""

    labels: tuple[str, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()

    @property
    def has_none(self) -> bool:
        return any(row[-1] for row in self.counts)

    @property
    def columns(self) -> tuple[str | None, ...]:
        """Names of the predicted labels, None for no label, where there are such."""
        return (*self.labels, None) if self.has_none else self.labels


class MatrixFigure(Struct, frozen=True):
    """See ui/widgets/figure.py."""

    title: str
    matrix: Matrix

    def figure_size(self) -> QSizeF:
        """Return the size that all cells take."""
        width = _names_width(self.matrix) + _CELL * len(self.matrix.columns) + 2 * GAP
        return QSizeF(max(width, 260.0), _CELL * (len(self.matrix.labels) + 1) + 2 * GAP)

    def paint_figure(self, painter: QPainter, _size: QSizeF, look: Colours) -> None:
        """Draw title, names and cells."""
        theme, matrix = current_theme(), self.matrix
        left = GAP + _names_width(matrix)
        painter.setPen(QColor(look.text))
        painter.setFont(theme.font("strong"))
        painter.drawText(QRectF(GAP, GAP, 2000, 20), Qt.AlignmentFlag.AlignLeft, self.title)
        painter.setFont(theme.font("small"))
        metrics = QFontMetricsF(theme.font("small"))
        for column, name in enumerate(matrix.columns):
            place = QRectF(left + column * _CELL, GAP + 20, _CELL - 4, _CELL - 20)
            shown = metrics.elidedText(_shown(name), Qt.TextElideMode.ElideRight, _CELL - 4)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)
        for number, counts in enumerate(matrix.counts):
            top = GAP + _CELL * (number + 1)
            painter.setPen(QColor(look.text))
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(QRectF(GAP, top, left - GAP, _CELL), align, _shown(matrix.labels[number]))
            for column in range(len(matrix.columns)):
                place = QRectF(left + column * _CELL, top, _CELL - 2, _CELL - 2)
                paint_cell(painter, place, counts[column], _share(counts, column), look)

    def table(self) -> Table:
        """Return the counts."""
        columns = ("gold", *(_shown(name) for name in self.matrix.columns))
        width = len(self.matrix.columns)
        return Table(columns, tuple((name, *row[:width]) for name, row in zip(self.matrix.labels, self.matrix.counts,
                                                                            strict=True)))  # fmt: skip


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.matrix = Matrix()

    def show(self, matrix: Matrix) -> None:
        self.beginResetModel()
        self.matrix = matrix
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.matrix.counts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.matrix.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        names = self.matrix.columns if orientation == Qt.Orientation.Horizontal else self.matrix.labels
        return _shown(names[section]) if section < len(names) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.matrix.counts[index.row()]
        count = row[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(count)
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self.tr("{gold} answered as {predicted}: {count} of {whole}").format(
                    gold=_shown(self.matrix.labels[index.row()]),
                    predicted=_shown(self.matrix.columns[index.column()]),
                    count=count,
                    whole=sum(row),
                )
            case _ if role == SHARE:
                return _share(row, index.column())
        return None


class _CellDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        place = QRectF(option.rect).adjusted(1, 1, -1, -1)
        state = option.state
        paint_cell(painter, place, int(index.data()), index.data(SHARE), theme.colours)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.setPen(theme.colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


class ConfusionView(QTableView):
    """cell_chosen: the Cell that was clicked or taken by Enter; None when it was chosen already."""

    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._chosen: Cell | None = None
        self.setModel(self._model)
        self.setItemDelegate(_CellDelegate(self))
        self.setAccessibleName(self.tr("Confusion matrix: right labels down, predicted labels across"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setSectionsClickable(False)
            header.setHighlightSections(False)
            header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.verticalHeader().setDefaultSectionSize(36)
        self.clicked.connect(self._on_taken)
        self.activated.connect(self._on_taken)

    @property
    def matrix(self) -> Matrix:
        return self._model.matrix

    def show_matrix(self, matrix: Matrix) -> None:
        """Show other counts; no cell is chosen then."""
        self._chosen = None
        self._model.show(matrix)
        self._fit()

    def forget(self) -> None:
        """No cell is chosen any more."""
        self._chosen = None
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def _fit(self) -> None:
        """Make the columns as wide as there is room for, within limits; beyond them the matrix scrolls."""
        columns = max(1, self._model.columnCount())
        room = self.width() - self.verticalHeader().sizeHint().width() - 4
        self.horizontalHeader().setDefaultSectionSize(max(_NARROWEST, min(_WIDEST, room // columns)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot(QModelIndex)
    def _on_taken(self, index: QModelIndex) -> None:
        matrix = self._model.matrix
        cell = Cell(matrix.labels[index.row()], matrix.columns[index.column()])
        if cell == self._chosen:
            self.forget()
        else:
            self._chosen = cell
        self.cell_chosen.emit(self._chosen)


def paint_cell(painter: QPainter, place: QRectF, count: int, share: float, look: Colours) -> None:
    """Paint a count; the larger its share of the row, the stronger the accent behind it."""
    ground = QColor(look.accent)
    ground.setAlphaF(0.08 + 0.42 * share if count else 0.04)
    painter.fillRect(place, ground)
    painter.setFont(current_theme().font("strong" if count else "text"))
    painter.setPen(QColor(look.text if count else look.secondary))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(count))


def _share(counts: tuple[int, ...], column: int) -> float:
    return counts[column] / (sum(counts) or 1)


def _names_width(matrix: Matrix) -> float:
    metrics = QFontMetricsF(current_theme().font("small"))
    return max((metrics.horizontalAdvance(_shown(name)) for name in matrix.labels), default=40.0) + GAP


def _shown(name: str | None) -> str:
    return QCoreApplication.translate("ConfusionView", "no label") if name is None else label_name(name)
