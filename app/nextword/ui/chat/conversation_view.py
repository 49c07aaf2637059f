"""The list of conversations as a person works with it: clicks, keys, several chosen at once, dragging."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QListView, QWidget

from nextword.ui.chat.conversation_delegate import ConversationDelegate
from nextword.ui.chat.conversation_list import ConversationList, FolderRow, Index, Listed

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CHOOSING_SEVERAL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class ConversationView(QListView):
    """chosen: a row was clicked or Enter pressed on it; went_up: Backspace; act: a key for what is chosen.

    restore_clicked: the sign at the right of a row in the trash, or a double click on the row.
    """

    chosen = Signal(int)
    restore_clicked = Signal(int)
    went_up = Signal()
    menu_wanted = Signal(QPoint)  # in the coordinates of the screen
    act = Signal(str)  # delete, undo, pin, archive, tags

    def __init__(self, conversations: ConversationList, parent: QWidget) -> None:
        super().__init__(parent)
        self.conversations = conversations
        self.setModel(conversations)
        self.rows = ConversationDelegate(conversations, self)
        self.setItemDelegate(self.rows)
        self.setAccessibleName(self.tr("Conversations"))
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragEnabled(True)
        self._pressed = -1
        self._all_wanted = False
        conversations.more_known.connect(self._on_more)
        self._add_keys()

    def _add_keys(self) -> None:
        standard = QKeySequence.StandardKey
        for name, words, keys in (
            ("delete", self.tr("Delete the chosen conversations"), QKeySequence(standard.Delete)),
            ("undo", self.tr("Undo the last change of the list"), QKeySequence(standard.Undo)),
            ("pin", self.tr("Pin the chosen conversations, or not"), QKeySequence("Ctrl+D")),
            ("archive", self.tr("Archive the chosen conversations, or not"), QKeySequence("Ctrl+E")),
            ("tags", self.tr("Tags of the chosen conversations"), QKeySequence("Ctrl+G")),
        ):
            action = QAction(words, self)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, name=name: self.act.emit(name))
            self.addAction(action)

    def chosen_items(self) -> list[Listed]:
        """Return what is selected, from the top down; the current row if nothing is."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        found = [item for row in rows if (item := self.conversations.listed(row)) is not None]
        current = self.conversations.listed(self.currentIndex().row())
        return found or ([current] if current is not None and not rows else [])

    def selectAll(self) -> None:
        super().selectAll()
        if self.conversations.canFetchMore(QModelIndex()):
            self._all_wanted = True  # also those that are not read yet
            self.conversations.fetchMore(QModelIndex())

    @Slot()
    def _on_more(self) -> None:
        """A page has come: the one that was asked for, or the list anew, which makes that one void."""
        if self._all_wanted:
            self._all_wanted = False
            self.selectAll()

    def edit_row(self, row: int) -> None:
        """Let the person type another name in a row."""
        index = self.conversations.index(row)
        self.setFocus()
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self.edit(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._all_wanted = False
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.RightButton:
            if index.isValid() and not self.selectionModel().isSelected(index):
                self.setCurrentIndex(index)
            return
        self._pressed = index.row()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, -1
        dragged = self.state() != QListView.State.NoState
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & _CHOOSING_SEVERAL
        if not plain or dragged or not index.isValid() or index.row() != pressed:
            return
        if not self._in_trash(index):
            self.chosen.emit(index.row())
        elif self.rows.sign_rect(self.visualRect(index)).contains(event.position().toPoint()):
            self.restore_clicked.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._in_trash(index):
            self.restore_clicked.emit(index.row())

    def _in_trash(self, index: Index) -> bool:
        item = self.conversations.listed(index.row())
        return item is not None and item.summary.deleted

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid() and not isinstance(self.conversations.row(index.row()), str):
            middle = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(event.globalPos() if by_mouse else middle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._all_wanted = False
        row = self.currentIndex().row()
        if event.key() in _ENTER and self.state() == QListView.State.EditingState:
            event.accept()  # it was for the editor
        elif event.key() in _ENTER and row >= 0:
            self.chosen.emit(row)
        elif event.key() == Qt.Key.Key_Backspace:
            self.went_up.emit()
        elif event.key() == Qt.Key.Key_Escape and len(self.selectionModel().selectedRows()) > 1:
            self.setCurrentIndex(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def folder_row(self, row: int) -> FolderRow | None:
        """Return the folder that stands in a row, None for another row."""
        found = self.conversations.row(row)
        return found if isinstance(found, FolderRow) else None
