"""The conversations, newest first under Today, Yesterday and so on: a list model and the row that shows it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nextword.history.records import ConversationId, ConversationSummary
from nextword.ui.theme import GAP_SMALL, GAP_TINY, RADIUS, current_theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle

Index = QModelIndex | QPersistentModelIndex

SUMMARY = Qt.ItemDataRole.UserRole
"""ConversationSummary, None for the heading of a group."""


class ConversationList(QAbstractListModel):
    """Rows are headings (text) and conversations."""

    renamed = Signal(int, str)  # conversation, new title

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[str | ConversationSummary] = []

    def show(self, summaries: Sequence[ConversationSummary], now: datetime.datetime) -> None:
        """Replace the rows. summaries: newest first; now: local time, with its zone."""
        rows = list(self._grouped(summaries, now))
        if rows == self._rows:
            return
        if len(rows) == len(self._rows):  # an answer was added: keep the row in use and the scroll position
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1), [])
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_of(self, conversation: ConversationId | None) -> int:
        """Return the row of a conversation, -1 if it is not listed."""
        for number, row in enumerate(self._rows):
            if isinstance(row, ConversationSummary) and row.id == conversation:
                return number
        return -1

    def summary(self, row: int) -> ConversationSummary | None:
        """Return the conversation of a row, None for a heading."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, ConversationSummary) else None

    def _grouped(self, summaries: Sequence[ConversationSummary], now: datetime.datetime) -> Iterator[Any]:
        last = ""
        for summary in summaries:
            day = datetime.datetime.fromtimestamp(summary.updated, now.tzinfo).date()
            heading = self._heading((now.date() - day).days)
            if heading != last:
                yield heading
                last = heading
            yield summary

    def _heading(self, days: int) -> str:
        if days <= 0:
            return self.tr("Today")
        if days == 1:
            return self.tr("Yesterday")
        return self.tr("Previous 7 days") if days <= 7 else self.tr("Older")

    def title(self, summary: ConversationSummary) -> str:
        """Return the title on one line; a conversation without one is called new."""
        return " ".join(summary.title.split()) or self.tr("New chat")

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            return row if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self.title(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.title(row)}. {row.preview}"
            case _ if role == SUMMARY:
                return row
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        summary = self.summary(index.row())
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or summary is None or not title:
            return False
        if title != self.title(summary):
            self.renamed.emit(summary.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.summary(index.row()) is None:
            return Qt.ItemFlag.ItemNeverHasChildren
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemNeverHasChildren
        )


class ConversationDelegate(QStyledItemDelegate):
    """A heading, or a card of two lines: title and the beginning of the last answer. editing: a title is typed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.editing = False
        self.closeEditor.connect(self._on_editor_closed)

    @Slot()
    def _on_editor_closed(self) -> None:
        self.editing = False

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        self.editing = True
        return super().createEditor(parent, option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        summary: ConversationSummary | None = index.data(SUMMARY)
        theme = current_theme()
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = str(index.data())
        if summary is None:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("secondary"))
            room = rect.adjusted(GAP_SMALL, 0, 0, -GAP_TINY)
            painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)
        else:
            self._paint_card(painter, rect.adjusted(0.5, 1.5, -0.5, -1.5), option.state)
            room = rect.adjusted(GAP_SMALL, GAP_SMALL, -GAP_SMALL, -GAP_SMALL)
            title, preview = QFontMetrics(theme.font("text")), QFontMetrics(theme.font("small"))
            elide, width = Qt.TextElideMode.ElideRight, int(room.width())
            painter.setFont(theme.font("text"))
            painter.setPen(theme.colour("text"))
            painter.drawText(room, Qt.AlignmentFlag.AlignTop, title.elidedText(text, elide, width))
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("secondary"))
            painter.drawText(room, Qt.AlignmentFlag.AlignBottom, preview.elidedText(summary.preview, elide, width))
        painter.restore()

    def _paint_card(self, painter: QPainter, card: QRectF, state: QStyle.StateFlag) -> None:
        theme = current_theme()
        from PySide6.QtWidgets import QStyle  # a long list of names: not before there is a row

        selected = bool(state & QStyle.StateFlag.State_Selected)
        if not selected and not state & QStyle.StateFlag.State_MouseOver:
            return
        focused = selected and bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setBrush(theme.colour("surface" if selected else "hover"))
        painter.setPen(theme.colour("accent" if focused else "line") if selected else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(card, RADIUS, RADIUS)

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = current_theme()
        small = QFontMetrics(theme.font("small")).height()
        if index.data(SUMMARY) is None:
            return QSize(100, small + GAP_SMALL + GAP_TINY)
        return QSize(100, QFontMetrics(theme.font("text")).height() + small + 2 * GAP_SMALL + 2)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        rect = option.rect
        editor.setGeometry(rect.adjusted(0, 2, 0, -(rect.height() - editor.sizeHint().height()) + 2))
