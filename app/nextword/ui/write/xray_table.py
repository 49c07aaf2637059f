"""The numbers of the X-ray as a table, to be read by keyboard and by a screen reader."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.tables import Cell, Table
from nextword.ui.widgets.stage_names import stage_words
from nextword.ui.widgets.token_text import percent
from nextword.ui.write.xray_figure import XrayPicture

Index = QModelIndex | QPersistentModelIndex


class XrayTable(QAbstractTableModel):
    """A row for each token, a column for each stage."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = Table((), ())
        self._stages: frozenset[str] = frozenset()

    def show(self, picture: XrayPicture) -> None:
        """Replace the numbers."""
        self.beginResetModel()
        self._table = picture.table()
        self._stages = frozenset(column.stage for column in picture.columns)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        return self._words(self._table.rows[index.row()][index.column()], self._table.columns[index.column()])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return stage_words(self._table.columns[section])
        return section + 1

    def _words(self, cell: Cell, column: str) -> str:
        if column in self._stages:
            return self.tr("cut") if cell is None else percent(float(cell))
        if isinstance(cell, float):
            return f"{cell:.1f}"
        return "" if cell is None else str(cell)
