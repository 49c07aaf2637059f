"""The column at the left: search, a new chat, and the conversations of the history."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from nextword.history.database import History
from nextword.history.records import (
    ConversationId,
    Filters,
    Folder,
    FolderId,
    HistoryChange,
)
from nextword.ui.chat.conversation_acts import ConversationActs
from nextword.ui.chat.conversation_desk import ConversationDesk
from nextword.ui.chat.conversation_filters import Choices, FilterChips, FilterMenu, read_choices
from nextword.ui.chat.conversation_list import ConversationList, FolderRow, Listed
from nextword.ui.chat.conversation_menu import ConversationMenu, versions_of
from nextword.ui.chat.conversation_reader import ConversationReader, Page
from nextword.ui.chat.conversation_search import ConversationSearch
from nextword.ui.chat.conversation_view import ConversationView
from nextword.ui.chat.trash import TrashBar
from nextword.ui.notices import Notices
from nextword.ui.theme import GAP, GAP_SMALL, current_theme
from nextword.ui.widgets.icons import set_icon

_NARROWEST, _WIDEST, _CHARACTERS = 228, 340, 32

_SEARCH_MILLISECONDS = 80
_CHANGED_MILLISECONDS = 120
"""What an import writes many times a second is shown so often."""


class ConversationColumn(QFrame):
    """opened: the person chose a conversation; None: a new one. found: at this message of it.

    deleted: conversations that are in the trash now. versions_restored: of messages, of whatever conversation.
    """

    opened = Signal(object)  # ConversationId | None
    found = Signal(object, object)  # ConversationId, MessageId
    deleted = Signal(object)  # ConversationId
    temporary_wanted = Signal()
    versions_restored = Signal()

    def __init__(self, history: History, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self._notices = notices
        self._shown: ConversationId | None = None
        self._folders: tuple[Folder, ...] = ()
        self._page = Page(())
        self._new_folder: FolderId | None = None
        self._enter_waits = False
        self.setProperty("look", "side")
        self.conversations = ConversationList(self)
        self.reader = ConversationReader(history, self)
        self.acts = ConversationActs(history, notices, self)
        self.menus = ConversationMenu(self.acts, self)
        self.desk = ConversationDesk(history, notices, self.acts, self)
        self._build()
        self._connect()
        self._timer = self._single_shot(self.refresh)
        self._midnight = self._single_shot(self.refresh)  # Today becomes Yesterday while the window stays open
        self._stop_listening = history.changed.connect(self._on_history_changed)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        QTimer.singleShot(0, self, self.refresh)  # the window is seen before the database is opened

    def _single_shot(self, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    def close_column(self) -> None:
        """Listen to the history no more."""
        self._timer.stop()
        self._midnight.stop()
        self.reader.stop()
        self.trash.close_bar()
        self.desk.close_desk()
        self._stop_listening()

    # --- parts ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = ConversationSearch(self)
        self.new_button = QPushButton(self.tr("New chat"), self)
        self.new_button.setToolTip(self.tr("Ctrl+N"))
        set_icon(self.new_button, "plus", size=14)
        self.new_button.setStyleSheet("text-align: left")
        self.temporary_button = QToolButton(self)
        self.temporary_button.setCheckable(True)
        set_icon(self.temporary_button, "ghost", checked="accent", size=16)
        self.temporary_button.setAccessibleName(self.tr("Temporary chat"))
        self.temporary_button.setToolTip(self.tr("Temporary chat: nothing of it is kept (Ctrl+Shift+N)"))
        self.more_button = QToolButton(self)
        set_icon(self.more_button, "dots-three", size=16)
        self.more_button.setAccessibleName(self.tr("All conversations"))
        self.more_button.setToolTip(self.tr("Folders, archive, trash, import and export"))
        self.chips = FilterChips(self)
        self.filter_menu = FilterMenu(self.chips)
        self.list = ConversationView(self.conversations, self)
        self._delegate = self.list.rows
        self.trash = TrashBar(self._history, self._notices, self)
        self.trash.hide()
        self._nothing = QLabel(self)
        self._nothing.setProperty("type", "secondary")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(GAP_SMALL, 0, GAP_SMALL, 0)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        buttons.addWidget(self.new_button, 1)
        buttons.addWidget(self.temporary_button)
        buttons.addWidget(self.more_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GAP_SMALL, GAP, GAP_SMALL, GAP_SMALL)
        self._column.setSpacing(GAP_SMALL)
        self._column.addWidget(self.search)
        self._column.addLayout(buttons)
        self._column.addWidget(self.chips)
        self._column.addWidget(self.trash)
        self._column.addWidget(self._nothing)
        self._column.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search_changed)
        self.search.returnPressed.connect(self._on_search_entered)
        self.search.left.connect(self._on_search_left)
        self.search.cleared.connect(self._on_search_cleared)
        self.search.filter_action.triggered.connect(self._on_filter)
        self.new_button.clicked.connect(self._on_new)
        self.temporary_button.clicked.connect(self.temporary_wanted)
        self.more_button.clicked.connect(self._on_more)
        self.chips.changed.connect(self._on_filters_changed)
        rows = self.conversations
        rows.renamed.connect(self._on_renamed)
        rows.folder_renamed.connect(self._on_folder_renamed)
        rows.moved.connect(self._on_moved)
        rows.more_wanted.connect(self.reader.read_more)
        view = self.list
        view.chosen.connect(self._on_chosen)
        view.restore_clicked.connect(self._on_restore_clicked)
        view.went_up.connect(self._on_went_up)
        view.menu_wanted.connect(self._on_menu)
        view.act.connect(self._on_act)
        view.rows.closeEditor.connect(self.refresh)
        self.reader.read.connect(self._on_read)
        self.reader.counted.connect(self._on_counted)
        self.reader.failed.connect(self.acts.tell_failed)
        self.acts.deleted.connect(self._on_deleted)
        self.acts.restored.connect(self.opened)
        self.acts.versions_restored.connect(self.versions_restored)
        self.acts.made.connect(self._on_folder_made)
        menus = self.menus
        menus.rename_wanted.connect(self.rename)
        menus.folder_rename_wanted.connect(self._edit_folder)
        menus.delete_wanted.connect(self._delete_items)
        menus.restore_wanted.connect(self._restore_items)
        menus.export_wanted.connect(self._on_export)
        menus.tags_wanted.connect(self._on_tags)
        menus.folder_wanted.connect(self._on_folder_wanted)

    # --- what the page asks ---------------------------------------------------------------------------------

    def show_current(self, conversation: ConversationId | None) -> None:
        """Mark the conversation that is open."""
        changed, self._shown = conversation != self._shown, conversation
        self.list.rows.open_conversation = conversation
        self.list.viewport().update()
        row = self.conversations.row_of(conversation)
        if row < 0:
            if changed:
                self.list.clearSelection()
        elif changed or not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self.conversations.index(row))

    def delete(self, conversation: ConversationId, title: str) -> None:
        """Put a conversation into the trash and offer to take it out again."""
        self.acts.delete([conversation], title)

    @Slot(object)
    def rename(self, conversation: ConversationId) -> None:
        """Let the person type another title in the row."""
        row = self.conversations.row_of(conversation)
        if row >= 0:
            self.list.edit_row(row)

    # --- reading --------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self._timer.stop()
        self.reader.text = self.search.text()
        self.reader.filters = self.chips.filters
        self.reader.refresh(len(self.conversations.items))

    @Slot(object)
    def _on_read(self, page: Page) -> None:
        if self._delegate.editing:  # a title that is being typed must not be taken away; it is read again then
            return
        items = (*self.conversations.items, *page.items) if page.added else page.items
        self._folders = page.folders or (self._folders if page.added or self.reader.is_search else ())
        self._page = replace(page, items=items)
        self._show_rows()
        self.conversations.set_more(page.more and not page.searching)
        if self._enter_waits and self.reader.is_search and not page.searching:
            self._on_search_entered()

    def _show_rows(self) -> None:
        now = datetime.datetime.now().astimezone()
        items, filters = self._page.items, self.chips.filters
        if self.reader.is_search:
            self.conversations.show_plain(items)
        elif filters.place == "trash":
            self.conversations.show_plain(items, groups=self._trash_group)
        else:
            rows = self._folder_rows(filters)
            self.conversations.show([item.summary for item in items], now, folders=rows)
        midnight = (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=5)
        self._midnight.start(int((midnight - now).total_seconds() * 1000))
        self._nothing.setText(self._nothing_words())
        self._nothing.setVisible(not items)
        self.trash.setVisible(filters.place == "trash" and bool(items))
        self.show_current(self._shown)
        if self._new_folder is not None:
            self._edit_folder(self._new_folder)

    def _trash_group(self, item: Listed) -> str:
        return self.tr("Conversations") if item.version is None else self.tr("Versions of messages")

    def _folder_rows(self, filters: Filters) -> list[FolderRow]:
        """Return the folders to go into from here, and the one to go back to."""
        inside = filters.folder
        if inside is None and filters != Filters(place=filters.place) or filters.place == "archive":
            return []
        rows: list[FolderRow] = []
        here = next((folder for folder in self._folders if folder.id == inside), None)
        if here is not None:
            above = next((folder for folder in self._folders if folder.id == here.parent), None)
            name = above.name if above is not None else self.tr("All conversations")
            rows.append(FolderRow(here.parent, name, up=True))
        return rows + [FolderRow(folder.id, folder.name) for folder in self._folders if folder.parent == inside]

    def _nothing_words(self) -> str:
        filters = self.chips.filters
        if self._page.searching:
            return self.tr("Searching…")
        if self.reader.is_search:
            return self.tr("Nothing found.")
        if filters.place == "trash":
            return self.tr("The trash is empty.")
        if filters.place == "archive":
            return self.tr("Nothing is in the archive.")
        if filters.folder is not None:
            return self.tr("This folder is empty. Drag conversations into it.")
        return self.tr("What you ask is kept here.") if filters == Filters(place="shown") else self.tr("Nothing found.")

    @Slot(int)
    def _on_counted(self, messages: int) -> None:
        words = self.tr("Search {count} messages") if messages else self.tr("Search messages")
        self.search.setPlaceholderText(words.format(count=f"{messages:,}"))

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.conversations and not self._timer.isActive():
            self._timer.start(_CHANGED_MILLISECONDS)

    # --- search and filters ---------------------------------------------------------------------------------

    @Slot()
    def _on_search_changed(self) -> None:
        self._enter_waits = False
        self._timer.start(_SEARCH_MILLISECONDS)

    @Slot()
    def _on_search_entered(self) -> None:
        row = self.list.currentIndex().row() if self.list.selectionModel().hasSelection() else -1
        if self.conversations.listed(row) is None:
            row = self._first_row()
        searching = bool(self.search.text().strip())
        self._enter_waits = searching and self._timer.isActive()  # quicker than the search: the first that it finds
        if row >= 0 and self.reader.is_search and not self._enter_waits:
            self._on_chosen(row)

    @Slot()
    def _on_search_left(self) -> None:
        if self.conversations.rowCount():
            self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            if self.reader.is_search or not self.list.selectionModel().hasSelection():
                self.list.setCurrentIndex(self.conversations.index(max(0, self._first_row())))

    @Slot()
    def _on_search_cleared(self) -> None:
        self.search.clear()
        self.chips.clear()

    def _first_row(self) -> int:
        """Return the first row with a conversation, -1 when there is none."""
        return next((at for at in range(self.conversations.rowCount()) if self.conversations.listed(at)), -1)

    @Slot()
    def _on_filter(self) -> None:
        where = self.search.mapToGlobal(QPoint(0, self.search.height() + 2))
        self._history.run(read_choices, done=partial(self._show_filter_menu, where), failed=self.acts.tell_failed)

    def _show_filter_menu(self, where: QPoint, choices: Choices) -> None:
        menu = self._menu()
        self.filter_menu.fill(menu, choices)
        menu.popup(where)

    @Slot(object)
    def _on_filters_changed(self, _filters: Filters) -> None:
        self.refresh()

    @Slot()
    def _on_went_up(self) -> None:
        row = self.list.folder_row(0)
        if row is not None and row.up:
            self._go_to_folder(row)
        elif self.chips.filters.place != "shown":
            self.chips.clear()

    def _go_to_folder(self, row: FolderRow) -> None:
        self.chips.set_folder(row.folder, row.name)

    # --- what is done with rows -----------------------------------------------------------------------------

    @Slot(int)
    def _on_chosen(self, row: int) -> None:
        folder, item = self.list.folder_row(row), self.conversations.listed(row)
        if folder is not None:
            self._go_to_folder(folder)
        elif item is None:
            return
        elif item.summary.deleted:
            self._restore_items([item])
        elif item.message is not None:
            self.found.emit(item.summary.id, item.message)
        elif item.summary.id != self._shown:
            self.opened.emit(item.summary.id)

    @Slot(int)
    def _on_restore_clicked(self, row: int) -> None:
        item = self.conversations.listed(row)
        if item is not None:
            self._restore_items([item])

    @Slot(object)
    def _restore_items(self, items: Sequence[Listed]) -> None:
        whole = [item.summary.id for item in items if item.version is None]
        self.acts.restore(whole, versions_of(items))

    @Slot(object)
    def _delete_items(self, items: Sequence[Listed]) -> None:
        gone = [item for item in items if not item.summary.deleted]
        if gone:
            title = self.conversations.title(gone[0].summary)
            self.acts.delete([item.summary.id for item in gone], title)

    @Slot(str)
    def _on_act(self, name: str) -> None:
        items = [item for item in self.list.chosen_items() if not item.summary.deleted]
        chosen = [item.summary.id for item in items]
        folder = self._folder_of(self.list.currentIndex().row())
        if name == "undo":
            self.acts.undo_last()
        elif name == "delete" and folder is not None:
            self.acts.delete_folder(folder)
        elif not items:
            return
        elif name == "delete":
            self._delete_items(items)
        elif name == "pin":
            self.acts.pin(chosen, on=not all(item.summary.pinned for item in items))
        elif name == "archive":
            self.acts.archive(chosen, on=not all(item.summary.archived for item in items))
        elif name == "tags":
            self._on_tags(chosen)

    def _folder_of(self, row: int) -> Folder | None:
        """Return the folder that stands in a row and can be changed there."""
        found = self.list.folder_row(row)
        if found is None or found.up:
            return None
        return next((folder for folder in self._folders if folder.id == found.folder), None)

    @Slot(object)
    def _on_deleted(self, conversations: Sequence[ConversationId]) -> None:
        for conversation in conversations:
            self.deleted.emit(conversation)

    @Slot(int, str)
    def _on_renamed(self, conversation: int, title: str) -> None:
        row = self.conversations.row_of(ConversationId(conversation))
        summary = self.conversations.summary(row)
        self.acts.rename(ConversationId(conversation), title, summary.title if summary is not None else title)

    @Slot(int, str)
    def _on_folder_renamed(self, folder: int, name: str) -> None:
        found = next((known for known in self._folders if known.id == folder), None)
        if found is not None:
            self.acts.rename_folder(found, name)

    @Slot(object, object)
    def _on_moved(self, conversations: Sequence[ConversationId], folder: FolderId | None) -> None:
        name = next((known.name for known in self._folders if known.id == folder), "")
        self.acts.put(conversations, folder, name)

    @Slot(object, object)
    def _on_folder_wanted(self, conversations: Sequence[ConversationId], parent: FolderId | None) -> None:
        self.acts.make_folder(self.tr("New folder"), parent, conversations)

    @Slot(object)
    def _on_folder_made(self, folder: FolderId) -> None:
        self._new_folder = folder
        self.refresh()

    @Slot(object)
    def _edit_folder(self, folder: FolderId) -> None:
        """Let the person type another name of a folder."""
        self._new_folder = None
        for row in range(self.conversations.rowCount()):
            found = self._folder_of(row)
            if found is not None and found.id == folder:
                self.list.edit_row(row)

    @Slot(object)
    def _on_export(self, items: Sequence[Listed]) -> None:
        title = self.conversations.title(items[0].summary) if len(items) == 1 else ""
        self.desk.export_some([item.summary.id for item in items], title)

    @Slot(object)
    def _on_tags(self, conversations: Sequence[ConversationId]) -> None:
        items = [item.summary for item in self.conversations.items if item.summary.id in conversations]
        title = self.conversations.title(items[0]) if len(items) == 1 else ""
        self.desk.tag_some(conversations, {tag for item in items for tag in item.tags}, title)

    # --- menus ----------------------------------------------------------------------------------------------

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    @Slot(QPoint)
    def _on_menu(self, where: QPoint) -> None:
        menu, folder = self._menu(), self._folder_of(self.list.currentIndex().row())
        items = self.list.chosen_items()
        if folder is not None:
            self.menus.fill_for_folder(menu, folder, self._folders)
        elif items:
            self.menus.fill(menu, items, self._folders)
        menu.popup(where)

    @Slot()
    def _on_more(self) -> None:
        menu = self._menu()
        self.fill_more(menu)
        menu.popup(self.more_button.mapToGlobal(QPoint(0, self.more_button.height() + 2)))

    def fill_more(self, menu: QMenu) -> None:
        """Add what is done with all conversations."""
        inside = self.chips.filters.folder
        menu.addAction(self.tr("New folder…"), lambda: self._on_folder_wanted([], inside))
        menu.addSeparator()
        menu.addAction(self.tr("Archive"), lambda: self.chips.set_place("archive"))
        menu.addAction(self.tr("Trash"), lambda: self.chips.set_place("trash"))
        menu.addSeparator()
        menu.addAction(self.tr("Import…"), self.desk.import_some)
        menu.addAction(self.tr("Export all…"), lambda: self.desk.export_some([]))

    @Slot()
    def _on_new(self) -> None:
        self.opened.emit(None)

    @Slot()
    def _on_theme_changed(self) -> None:
        theme = current_theme()
        wanted = QFontMetrics(theme.font()).averageCharWidth() * _CHARACTERS
        self.setFixedWidth(max(_NARROWEST, min(_WIDEST, wanted)))
        self.list.scheduleDelayedItemsLayout()
        self.list.viewport().update()
