"""The column at the left: search, a new chat, and the conversations of the history."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationId, ConversationSummary, HistoryChange
from nextword.ui.chat.conversation_list import ConversationDelegate, ConversationList
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_SMALL, current_theme
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

_NARROWEST, _WIDEST, _CHARACTERS = 228, 340, 32

_SEARCH_MILLISECONDS = 150


class ConversationColumn(QFrame):
    """opened: the person chose a conversation; None: a new one."""

    opened = Signal(object)  # ConversationId | None
    deleted = Signal(object)  # ConversationId

    def __init__(self, history: History, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self._notices = notices
        self._shown: ConversationId | None = None
        self._asked = 0
        self.setProperty("look", "side")
        self.conversations = ConversationList(self)
        self.conversations.renamed.connect(self._on_renamed)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SEARCH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._midnight = QTimer(self)  # Today becomes Yesterday while the window stays open
        self._midnight.setSingleShot(True)
        self._midnight.timeout.connect(self.refresh)
        self._stop_listening = history.changed.connect(self._on_history_changed)
        current_theme().changed.connect(self._on_theme_changed)
        self._take_width()
        QTimer.singleShot(0, self, self.refresh)  # the window is seen before the database is opened

    def close_column(self) -> None:
        """Listen to the history no more."""
        self._timer.stop()
        self._midnight.stop()
        self._stop_listening()

    def _build(self) -> None:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search messages"))
        self.search.setAccessibleName(self.tr("Search titles and messages"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search_changed)
        self.new_button = QPushButton(self.tr("New chat"), self)
        self.new_button.setToolTip(self.tr("Ctrl+N"))
        set_icon(self.new_button, "plus", size=14)
        self.new_button.setStyleSheet("text-align: left")
        self.new_button.clicked.connect(self._on_new)
        self.list = QListView(self)
        self.list.setModel(self.conversations)
        self._delegate = ConversationDelegate(self.list)
        self._delegate.closeEditor.connect(self.refresh)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.clicked.connect(self._on_clicked)
        self.list.activated.connect(self._on_clicked)
        self._nothing = QLabel(self)
        self._nothing.setProperty("type", "secondary")
        self._nothing.setWordWrap(True)
        delete = QAction(self.tr("Delete the conversation"), self.list)
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._on_delete_key)
        self.list.addAction(delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_SMALL, GAP, GAP_SMALL, GAP_SMALL)
        column.setSpacing(GAP_SMALL)
        for widget in (self.search, self.new_button, self._nothing):
            column.addWidget(widget)
        column.addWidget(self.list, 1)

    def _take_width(self) -> None:
        wanted = QFontMetrics(current_theme().font()).averageCharWidth() * _CHARACTERS
        self.setFixedWidth(max(_NARROWEST, min(_WIDEST, wanted)))

    def show_current(self, conversation: ConversationId | None) -> None:
        """Mark the conversation that is open."""
        self._shown = conversation
        row = self.conversations.row_of(conversation)
        if row < 0:
            self.list.selectionModel().clear()
        elif self.list.currentIndex().row() != row or not self.list.selectionModel().hasSelection():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(self.conversations.index(row), flag)

    def delete(self, conversation: ConversationId, title: str) -> None:
        """Put a conversation into the trash and offer to take it out again."""

        def trash(conversations: Conversations) -> None:
            conversations.delete(conversation)

        def done(_nothing: None) -> None:
            undo = Action(self.tr("Undo"), lambda: self._restore(conversation))
            text = self.tr("“{title}” was deleted").format(title=title)
            self._notices.add(Notice(text=text, actions=(undo,), key="conversation-deleted"))
            self.deleted.emit(conversation)

        self._history.run(trash, done=done, failed=self._failed)

    def _restore(self, conversation: ConversationId) -> None:
        def restore(conversations: Conversations) -> None:
            conversations.restore(conversation)

        def done(_nothing: None) -> None:
            self.opened.emit(conversation)

        self._history.run(restore, done=done, failed=self._failed)

    def rename(self, conversation: ConversationId) -> None:
        """Let the person type another title in the row."""
        row = self.conversations.row_of(conversation)
        if row >= 0:
            self.list.setCurrentIndex(self.conversations.index(row))
            self.list.edit(self.conversations.index(row))

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        search = self.search.text()
        self._asked += 1
        asked = self._asked

        def read(conversations: Conversations) -> tuple[list[ConversationSummary], int]:
            return conversations.list(search), conversations.count_messages()

        def done(found: tuple[list[ConversationSummary], int]) -> None:
            # a later question may have been asked; and a title that is being typed must not be taken away
            if asked == self._asked and not self._delegate.editing:
                self._show(*found)

        self._history.run(read, done=done, failed=self._failed)

    def _show(self, summaries: list[ConversationSummary], messages: int) -> None:
        now = datetime.datetime.now().astimezone()
        self.conversations.show(summaries, now)
        midnight = (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=5)
        self._midnight.start(int((midnight - now).total_seconds() * 1000))
        if messages:
            self.search.setPlaceholderText(self.tr("Search {count} messages").format(count=f"{messages:,}"))
        else:
            self.search.setPlaceholderText(self.tr("Search messages"))
        self._nothing.setVisible(not summaries)
        self._nothing.setText(
            self.tr("Nothing found.") if self.search.text().strip() else self.tr("What you ask is kept here.")
        )
        self.show_current(self._shown)

    def _failed(self, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key="conversation-list"))

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.conversations:
            self.refresh()

    @Slot()
    def _on_search_changed(self) -> None:
        self._timer.start()

    @Slot()
    def _on_new(self) -> None:
        self.opened.emit(None)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        summary = self.conversations.summary(index.row())
        if summary is not None and summary.id != self._shown:
            self.opened.emit(summary.id)

    @Slot(int, str)
    def _on_renamed(self, conversation: int, title: str) -> None:
        def rename(conversations: Conversations) -> None:
            conversations.rename(ConversationId(conversation), title)

        self._history.run(rename, failed=self._failed)

    @Slot()
    def _on_delete_key(self) -> None:
        self._delete_row(self.list.currentIndex().row())

    def _delete_row(self, row: int) -> None:
        summary = self.conversations.summary(row)
        if summary is not None:
            self.delete(summary.id, self.conversations.title(summary))

    @Slot(QPoint)
    def _on_menu(self, where: QPoint) -> None:
        index = self.list.indexAt(where)
        if self.conversations.summary(index.row()) is None:
            return
        row = index.row()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename"), lambda: self.list.edit(self.conversations.index(row)))
        menu.addAction(self.tr("Delete"), lambda: self._delete_row(row))
        menu.aboutToHide.connect(self._on_menu_closed)
        menu.popup(self.list.viewport().mapToGlobal(where))

    @Slot()
    def _on_menu_closed(self) -> None:
        self.show_current(self._shown)  # the row under the menu was marked for as long as it was open

    @Slot()
    def _on_theme_changed(self) -> None:
        self._take_width()
        self.list.scheduleDelayedItemsLayout()
        self.list.viewport().update()
