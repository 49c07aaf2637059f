"""What else can be done with a message: begin its answer oneself, put it into the trash, read what is attached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from nextword.chat.session import ChatSession
from nextword.chat.undoing import Step
from nextword.history.records import Attachment
from nextword.ui.chat.attached_text import AttachedText
from nextword.ui.chat.growing_edit import GrowingEdit, framed
from nextword.ui.explanation import short
from nextword.ui.feature import Place, WriteText
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE

if TYPE_CHECKING:
    from nextword.ui.chat.message_pane import MessagePane

_UNDO = "undo in chat"


class MessageActs(QObject):
    """Adds to the menu of a message, and to the keys of the view."""

    def __init__(
        self, session: ChatSession, pane: MessagePane, notices: Notices, *, go: Callable[[Place], bool]
    ) -> None:
        super().__init__(pane)
        self._go = go
        self._session = session
        self._pane = pane
        self._notices = notices
        pane.menu_filled.connect(self._on_menu)
        pane.view.line_chosen.connect(self._on_line)
        self._act(self.tr("Delete the message"), QKeySequence(QKeySequence.StandardKey.Delete), self._on_delete_key)
        self._act(
            self.tr("Undo what was last done to the messages"),
            QKeySequence(QKeySequence.StandardKey.Undo),
            self._on_undo,
        )
        self._act(self.tr("Begin the answer to a message yourself"), QKeySequence("Ctrl+B"), self._on_prefill_key)
        self._deletion: Step | None = None  # what the notice offers to take back
        disconnect = [
            session.version_deleted.connect(self._on_deleted),
            session.undo_changed.connect(self._on_undo_changed),
        ]
        pane.destroyed.connect(lambda _gone: [each() for each in disconnect])

    def _act(self, words: str, keys: QKeySequence, act: object) -> None:
        action = QAction(words, self._pane.view)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(act)
        self._pane.view.addAction(action)

    @Slot(QMenu, int)
    def _on_menu(self, menu: QMenu, row: int) -> None:
        message = self._session.shown[row]
        self._add_files(menu, message.attachments)
        if message.text.strip():
            menu.addAction(self.tr("Open in Write"), partial(self._go, WriteText(message.text)))
        if self._session.busy or message.id is None:
            return
        menu.addAction(self.tr("Begin the answer yourself…"), partial(self.prefill, row))
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), partial(self._session.delete, row))

    def _add_files(self, menu: QMenu, files: Iterable[Attachment]) -> None:
        for file in files:
            name = short(file.name, 40).replace("&", "&&")
            menu.addAction(self.tr("Show {name}").format(name=name), partial(self._show, file))

    @Slot(int, QPoint)
    def _on_line(self, row: int, where: QPoint) -> None:
        """Show the text that the line under a message names; of several, ask which."""
        files = self._session.shown[row].attachments
        if len(files) == 1:
            self._show(files[0])
        elif files:
            self.files_menu(files).popup(self._pane.view.viewport().mapToGlobal(where))

    def files_menu(self, files: Iterable[Attachment]) -> QMenu:
        """Return a menu of attached texts to read; it goes when it is closed."""
        menu = QMenu(self._pane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_files(menu, files)
        return menu

    def _show(self, file: Attachment) -> None:
        AttachedText(file, self._pane.window()).open()

    def prefill(self, row: int) -> None:
        """Ask for the words that the next version of an answer begins with."""
        dialog = PrefillDialog(self._pane.window())
        dialog.chosen.connect(partial(self._on_prefilled, row))
        dialog.open()

    def _on_prefilled(self, row: int, text: str) -> None:
        if row < len(self._session.shown):
            self._session.prefill(row, text)
            self._pane.view.scroll_to_end()

    @Slot()
    def _on_prefill_key(self) -> None:
        row = self._pane.view.currentIndex().row()
        if row >= 0 and not self._session.busy:
            self.prefill(row)

    @Slot()
    def _on_delete_key(self) -> None:
        row = self._pane.view.currentIndex().row()
        if row >= 0:
            self._session.delete(row)

    @Slot()
    def _on_undo(self) -> None:
        self._notices.withdraw(_UNDO)
        self._session.undo()

    def _on_deleted(self, messages: int) -> None:
        words = self.tr("{count} messages are in the trash.").format(count=messages)
        if messages == 1:
            words = self.tr("The message is in the trash.")
        self._deletion = self._session.last_act
        undo = Action(self.tr("Undo"), self._session.undo)
        self._notices.add(Notice(text=words, actions=(undo,), key=_UNDO))

    def _on_undo_changed(self, _can: bool) -> None:
        """Take the notice back when its "Undo" would undo something else: a later act, or one in another chat."""
        if self._deletion is not None and self._session.last_act is not self._deletion:
            self._deletion = None
            self._notices.withdraw(_UNDO)


class PrefillDialog(QDialog):
    """chosen: what the answer begins with, as it was written. Shown with `open()`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Begin the answer yourself"))
        lead = QLabel(self.tr("The answer begins with these words, and the model goes on:"), self)
        self.edit = GrowingEdit(self, most_lines=10, least_lines=2)
        self.edit.setAccessibleName(self.tr("Beginning of the answer"))
        self.edit.setPlaceholderText(self.tr("For example: {example}").format(example="Yes, because"))
        self.edit.submitted.connect(self._on_answer)
        self.edit.cancelled.connect(self.reject)
        hint = QLabel(
            self.tr("It is another version; what is there stays. Enter answers, Shift+Enter makes a line."), self
        )
        hint.setProperty("type", "small")
        hint.setWordWrap(True)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.answer = QPushButton(self.tr("Answer"), self)
        self.answer.setProperty("look", "primary")
        self.answer.setAutoDefault(False)
        self.answer.clicked.connect(self._on_answer)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        line.addWidget(hint, 1)
        line.addWidget(cancel)
        line.addWidget(self.answer)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP)
        column.addWidget(lead)
        column.addWidget(framed(self.edit, self))
        column.addLayout(line)
        self.setMinimumWidth(460)
        self.edit.setFocus()

    @Slot()
    def _on_answer(self) -> None:
        text = self.edit.toPlainText()
        if text.strip():
            self.accept()
            self.chosen.emit(text)
