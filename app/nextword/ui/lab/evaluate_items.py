"""The items of a run as a table that can be sorted and narrowed down: errors, differences, one cell of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from nextword.lab.evaluation import ItemRow
from nextword.ui.lab.lab_words import label_name, one_line
from nextword.ui.theme import current_theme

Index: TypeAlias = QModelIndex | QPersistentModelIndex
Which: TypeAlias = Literal["all", "errors", "differ"]

ROW = Qt.ItemDataRole.UserRole
SORT = Qt.ItemDataRole.UserRole + 1
TEXT, GOLD, PREDICTED, MARGIN, OTHER = range(5)


class Cell(Struct, frozen=True):
    """A cell of the confusion matrix. predicted None: no label."""

    gold: str
    predicted: str | None


class ItemModel(QAbstractTableModel):
    """rows: of the run that is shown. The column of the other run is empty without one."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[ItemRow, ...] = ()

    def show(self, rows: Sequence[ItemRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            names = (self.tr("Item"), self.tr("Right answer"), self.tr("Prediction"), self.tr("Margin"))
            return (*names, self.tr("Other run"))[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == MARGIN:
            return self.tr("The probability of the best label less that of the second best")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._words(row) if column == TEXT else self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._note(row, column)
            case Qt.ItemDataRole.ForegroundRole if column == PREDICTED and not row.is_right:
                return current_theme().colour("error")
            case Qt.ItemDataRole.ForegroundRole if column == OTHER and row.other_is_right is False:
                return current_theme().colour("error")
            case Qt.ItemDataRole.TextAlignmentRole if column == MARGIN:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _ if role == ROW:
                return row
            case _ if role == SORT:
                return self._order(row, column)
        return None

    def _text(self, row: ItemRow, column: int) -> str:
        match column:
            case 0:
                return one_line(row.text)
            case 1:
                return label_name(row.gold)
            case 2:
                return self._mark(row.predicted, row.is_right, row.fits)
            case 3:
                return "" if row.margin is None else f"{row.margin:.3f}"
            case _:
                return "" if row.other_is_right is None else self._mark(row.other, row.other_is_right, True)

    def _mark(self, predicted: str | None, is_right: bool, fits: bool) -> str:
        """Return a prediction with a sign for right and wrong: colour alone is not enough."""
        if not fits:
            return self.tr("✗ does not fit")
        name = self.tr("no label") if predicted is None else one_line(predicted)
        return f"{'✓' if is_right else '✗'} {name}"

    def _note(self, row: ItemRow, column: int) -> str:
        if row.fits and row.used < row.asked:
            return self.tr("{asked} examples asked for, {used} fitted into the context.").format(
                asked=row.asked, used=row.used
            )
        if not row.fits:
            return self.tr("The item is longer than the context, so it counts as wrong.")
        return row.text[:400] if column == TEXT else ""

    def _words(self, row: ItemRow) -> str:
        words = self.tr("right") if row.is_right else self.tr("wrong")
        return f"{one_line(row.text)}, {label_name(row.gold)}, {label_name(row.predicted)}, {words}"

    def _order(self, row: ItemRow, column: int) -> Any:
        match column:
            case 0:
                return row.index
            case 1:
                return row.gold or ""
            case 2:
                return f"{row.is_right:d}{row.predicted or ''}"
            case 3:
                return -1.0 if row.margin is None else row.margin
            case _:
                return f"{bool(row.other_is_right):d}{row.other or ''}"


class ItemFilter(QSortFilterProxyModel):
    """which: all items, the wrong ones, or those where two runs differ. cell: of the matrix, None for any."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.which: Which = "all"
        self.cell: Cell | None = None
        self.setSortRole(SORT)

    def narrow(self, which: Which, cell: Cell | None) -> None:
        """Show only these."""
        self.beginResetModel()
        self.which, self.cell = which, cell
        self.endResetModel()

    def filterAcceptsRow(self, source_row: int, _parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, ItemModel)
        row = model.rows[source_row]
        if self.which == "errors" and row.is_right:
            return False
        if self.which == "differ" and not row.differs:
            return False
        return self.cell is None or (row.gold == self.cell.gold and row.predicted == self.cell.predicted)
