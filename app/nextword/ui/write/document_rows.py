"""The documents as rows of a list, newest first, in pages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics

from nextword.history.records import ConversationId, ConversationSummary
from nextword.ui.theme import GAP_SMALL, current_theme

Index = QModelIndex | QPersistentModelIndex
SUMMARY = Qt.ItemDataRole.UserRole


class DocumentRows(QAbstractListModel):
    """renamed: a document and the name that was typed for it. more_wanted: the end of what was read is in sight."""

    renamed = Signal(int, str)
    more_wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[ConversationSummary] = []
        self.has_more = False

    def show(self, rows: Sequence[ConversationSummary], *, more: bool) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows, self.has_more = list(rows), more
        self.endResetModel()

    def add(self, rows: Sequence[ConversationSummary], *, more: bool) -> None:
        """Add a page."""
        self.has_more = more
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    @property
    def last(self) -> ConversationSummary | None:
        """The last row, after which the next page begins."""
        return self._rows[-1] if self._rows else None

    def row_of(self, document: ConversationId | None) -> int:
        """Return the row of a document, -1 for none."""
        return next((place for place, row in enumerate(self._rows) if row.id == document), -1)

    def summary(self, row: int) -> ConversationSummary | None:
        """Return a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def title(self, summary: ConversationSummary) -> str:
        """Return what a document is called."""
        return summary.title or self.tr("Untitled")

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        summary = self.summary(index.row()) if index.isValid() else None
        if summary is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self.title(summary)
            case Qt.ItemDataRole.ToolTipRole:
                moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.updated))
                return f"{self.title(summary)}\n{moment}"
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, QFontMetrics(current_theme().font()).height() + 2 * GAP_SMALL)
            case Qt.ItemDataRole.UserRole:
                return summary
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        summary = self.summary(index.row()) if index.isValid() else None
        if summary is None or role != Qt.ItemDataRole.EditRole or not str(value).strip():
            return False
        self.renamed.emit(summary.id, str(value).strip())
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def canFetchMore(self, parent: Index) -> bool:
        return self.has_more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        if self.has_more and not parent.isValid():
            self.has_more = False
            self.more_wanted.emit()
