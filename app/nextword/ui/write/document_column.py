"""The documents at the left: search, open, rename, into the trash and back, export."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationId, ConversationSummary, Filters, HistoryChange
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.icons import set_icon
from nextword.ui.write.document_rows import DocumentRows

WIDTH = 228
_PAGE = 200
_SEARCH_MILLISECONDS = 150


class _View(QListView):
    """A list in which Delete and Enter do what they say."""

    delete_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class DocumentColumn(QFrame):
    """opened: a document, None for a new one. deleted: one went into the trash. export_requested: one and its name."""

    opened = Signal(object)
    deleted = Signal(object)
    export_requested = Signal(object, str)

    def __init__(self, history: History, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self._notices = notices
        self._current: ConversationId | None = None
        self._asked = 0
        self._in_trash = False
        self.setProperty("look", "side")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Documents"))
        self.rows = DocumentRows(self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SEARCH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self.search.textChanged.connect(self._timer.start)
        self._disconnect = [
            history.changed.connect(self._on_history_changed),
            history.replaced.connect(lambda _none: self.refresh()),
        ]
        self.refresh()

    def _build(self) -> None:
        self.new = QPushButton(self.tr("New document"), self)
        self.new.setToolTip(self.tr("New document (Ctrl+Alt+N)"))
        set_icon(self.new, "plus", size=16)
        self.new.clicked.connect(self._on_new)
        self.trash = QToolButton(self)
        self.trash.setCheckable(True)
        self.trash.setAccessibleName(self.tr("Trash"))
        self.trash.setToolTip(self.tr("Show the documents in the trash"))
        set_icon(self.trash, "trash", checked="accent", size=16)
        self.trash.toggled.connect(self._on_trash)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search the documents"))
        self._build_view()
        self.empty = QLabel(self)
        self.empty.setProperty("type", "small")
        self.empty.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self.new, 1)
        head.addWidget(self.trash)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_SMALL, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        column.setSpacing(GAP_SMALL)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addWidget(self.empty)
        column.addWidget(self.view, 1)

    def _build_view(self) -> None:
        self.view = _View(self)
        self.view.setModel(self.rows)
        self.view.setAccessibleName(self.tr("Documents"))
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.setUniformItemSizes(True)
        self.view.setSpacing(1)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.clicked.connect(self._on_activated)
        self.view.activated.connect(self._on_activated)
        self.view.delete_requested.connect(self._on_delete)
        self.rows.renamed.connect(self._on_renamed)
        self.rows.more_wanted.connect(self._on_more)

    def close_column(self) -> None:
        """Listen no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    # --- reading --------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Read the first page again."""
        self._asked += 1
        self._read(self._asked, None)

    def _read(self, asked: int, after: ConversationSummary | None) -> None:
        filters = Filters(place="trash" if self._in_trash else "shown", kind="document")
        text = self.search.text()
        self._history.run(
            lambda conversations: conversations.list(text, limit=_PAGE, filters=filters, after=after),
            done=partial(self._on_read, asked, after is not None),
            failed=self._on_failed,
        )

    def _on_read(self, asked: int, further: bool, found: list[ConversationSummary]) -> None:
        if asked != self._asked:
            return
        more = len(found) == _PAGE and not self.search.text().strip()
        if further:
            self.rows.add(found, more=more)
        else:
            self.rows.show(found, more=more)
        self.show_current(self._current)
        self.empty.setVisible(not self.rows.rowCount())
        if self.search.text().strip():
            self.empty.setText(self.tr("No document has these words."))
        elif self._in_trash:
            self.empty.setText(self.tr("No document is in the trash."))
        else:
            self.empty.setText(self.tr("Documents are kept here while you write."))

    @Slot()
    def _on_more(self) -> None:
        self._read(self._asked, self.rows.last)

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.conversations and not self._timer.isActive():
            self._timer.start()

    def show_current(self, document: ConversationId | None) -> None:
        """Mark the document that is open."""
        self._current = document
        row = self.rows.row_of(document)
        index = self.rows.index(row) if row >= 0 else QModelIndex()
        if self.view.currentIndex() != index:
            self.view.setCurrentIndex(index)

    # --- acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _on_new(self) -> None:
        self.trash.setChecked(False)
        self.opened.emit(None)

    @Slot(bool)
    def _on_trash(self, on: bool) -> None:
        self._in_trash = on
        self.refresh()

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        summary = self.rows.summary(index.row())
        if summary is None:
            return
        if summary.deleted:
            self._restore([summary.id])
        elif summary.id != self._current:
            self.opened.emit(summary.id)

    @Slot(int, str)
    def _on_renamed(self, document: ConversationId, title: str) -> None:
        self._history.run(lambda conversations: conversations.rename(document, title), failed=self._on_failed)

    @Slot(QPoint)
    def _on_menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        summary = self.rows.summary(index.row())
        if summary is None:
            return
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if summary.deleted:
            menu.addAction(self.tr("Restore")).triggered.connect(lambda: self._restore([summary.id]))
        else:
            menu.addAction(self.tr("Open")).triggered.connect(lambda: self.opened.emit(summary.id))
            menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.view.edit(index))
            title = self.rows.title(summary)
            export = menu.addAction(self.tr("Export…"))
            export.triggered.connect(lambda: self.export_requested.emit(summary.id, title))
            menu.addSeparator()
            menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.delete(summary.id))
        menu.popup(self.view.viewport().mapToGlobal(point))

    @Slot()
    def _on_delete(self) -> None:
        summary = self.rows.summary(self.view.currentIndex().row())
        if summary is not None and not summary.deleted:
            self.delete(summary.id)

    def rename(self, document: ConversationId) -> None:
        """Let the person type another name."""
        row = self.rows.row_of(document)
        if row >= 0:
            self.view.edit(self.rows.index(row))

    def delete(self, document: ConversationId) -> None:
        """Put a document into the trash; a notice brings it back."""

        def done(gone: Sequence[ConversationId]) -> None:
            if not gone:
                return
            undo = Action(self.tr("Undo"), lambda: self._restore(gone))
            self._notices.add(
                Notice(text=self.tr("The document is in the trash."), actions=(undo,), key="document deleted")
            )
            self.deleted.emit(document)

        self._history.run(
            lambda conversations: conversations.shelves.delete([document]), done=done, failed=self._on_failed
        )

    def _restore(self, documents: Sequence[ConversationId]) -> None:
        def done(_came: Sequence[ConversationId]) -> None:
            self._notices.withdraw("document deleted")
            self.trash.setChecked(False)
            self.opened.emit(documents[0])

        self._history.run(
            lambda conversations: conversations.shelves.restore(documents), done=done, failed=self._on_failed
        )

    def _on_failed(self, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key="documents"))
