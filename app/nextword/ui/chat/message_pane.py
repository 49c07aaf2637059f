"""The messages with everything that belongs to them: bars, editor, menus, the way to the end."""

from __future__ import annotations

import sys
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from nextword.chat.session import ChatSession
from nextword.engine.client import EngineStatus
from nextword.ui.chat.copying import Form, Spoken, copy_messages, copy_part
from nextword.ui.chat.message_list import MessageList
from nextword.ui.chat.message_overlays import MessageOverlays
from nextword.ui.chat.message_view import MessageView
from nextword.ui.theme import GAP
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.link_question import LinkQuestion
from nextword.ui.widgets.token_spans import units

_MOST_LOADED = 60
"""Answers whose tokens are held at a time."""


_MOST_OFFERED = 12  # links and code blocks in the menu of a message


def _short(text: str) -> str:
    """Return a line for a menu; "&" would be the mark of a key."""
    return (text if len(text) <= 60 else text[:59] + "…").replace("&", "&&")


class MessagePane(QWidget):
    """Shows a session and does what a person asks of its messages.

    menu_filled: the menu of a row is about to be shown, others may add to it.
    """

    menu_filled = Signal(QMenu, int)

    seen_wanted = Signal(int)  # row: what the model got to read before it wrote this

    def __init__(self, session: ChatSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: set[int] = set()  # messages whose tokens were asked for
        self.messages = MessageList(session, self)
        self.view = MessageView(self.messages, self)
        self.overlays = MessageOverlays(self.view)
        self._jump = QToolButton(self)
        set_icon(self._jump, "arrow-line-down", size=16)
        self._jump.setAccessibleName(self.tr("To the end"))
        self._jump.setToolTip(self.tr("To the end of the conversation (End)"))
        self._jump.clicked.connect(self._on_jump)
        self._jump.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._connect()
        self._stop_listening = session.busy_changed.connect(self._on_busy_changed)
        self._on_busy_changed(session.busy)

    def _connect(self) -> None:
        self.overlays.version_requested.connect(self._on_version)
        self.overlays.action_requested.connect(self._on_action)
        self.overlays.edited.connect(self._on_edited)
        self.view.version_requested.connect(self._on_version)
        self.view.tokens_wanted.connect(self._on_tokens_wanted)
        self.view.hovered.connect(self._on_hovered)
        self.view.menu_requested.connect(self._on_menu)
        self.view.copy_requested.connect(self._on_copy_requested)
        self.view.code_copied.connect(self._on_code_copied)
        self.view.link_chosen.connect(self._on_link)
        self.view.placed.connect(self._on_placed)
        self.view.at_end_changed.connect(self._on_at_end_changed)
        self.messages.modelReset.connect(self._asked.clear)

    def close_pane(self) -> None:
        """Listen no more."""
        self._stop_listening()
        self.messages.close()

    def show_status(self, status: EngineStatus) -> None:
        """Say under an answer that has not begun that the model is still loading, and how far."""
        words = ""
        if status.state == "starting":
            words = self.tr("Waiting for the model: the engine is starting.")
        elif status.state == "loading":
            percent = f"{100 * status.load_fraction:.0f}"
            words = self.tr("Waiting for the model: loading, {percent} %.").format(percent=percent)
        self.messages.set_waiting(words)

    # --- what a person does with a message ------------------------------------------------------------------

    @Slot(int, int)
    def _on_version(self, row: int, delta: int) -> None:
        self._session.switch(row, delta)
        if row < self.messages.rowCount():
            self.view.setCurrentIndex(self.messages.index(row))

    @Slot(int, str)
    def _on_action(self, row: int, action: str) -> None:
        if not 0 <= row < self.messages.rowCount():
            return
        match action:
            case "copy":
                self._copy(row, "markdown")
            case "edit":
                self.overlays.open_editor(row)
            case "continue":
                self._session.continue_answer(row)
                self.view.scroll_to_end()
            case "regenerate":
                self._session.regenerate(row)
                self.view.scroll_to_end()

    @Slot(int, str)
    def _on_edited(self, row: int, text: str) -> None:
        if text != self.messages.message(row).text:
            self._session.edit(row, text)

    @Slot(int, QPoint)
    def _on_menu(self, row: int, where: QPoint) -> None:
        self.menu_for(row).popup(where)

    def menu_for(self, row: int) -> QMenu:
        """Return the menu of a message; it goes when it is closed."""
        message = self.messages.message(row)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_copying(menu, row)
        self._add_parts(menu, row)
        if message.role == "assistant":
            menu.addAction(self.tr("What the model saw"), partial(self.seen_wanted.emit, row))
        if not self._session.busy:
            menu.addAction(self.tr("Edit"), partial(self._on_action, row, "edit"))
            if message.role == "assistant":
                menu.addAction(self.tr("Continue"), partial(self._on_action, row, "continue"))
                menu.addAction(self.tr("Regenerate"), partial(self._on_action, row, "regenerate"))
        self.menu_filled.emit(menu, row)
        return menu

    def _add_copying(self, menu: QMenu, row: int) -> None:
        selected = self.view.selection is not None and row in self.view.selection.rows
        if selected:
            menu.addAction(self.tr("Copy selection"), partial(self._copy, row, "rich"))
        forms: tuple[tuple[Form, str], ...] = (
            ("markdown", self.tr("As Markdown")),
            ("text", self.tr("As plain text")),
            ("rich", self.tr("As rich text")),
        )
        title = self.tr("Copy selection as") if selected else self.tr("Copy message as")
        more = menu.addMenu(title)
        for form, words in forms:
            more.addAction(words, partial(self._copy, row, form))
        if not selected:
            menu.insertAction(more.menuAction(), self._action(menu, self.tr("Copy message"), row))

    def _action(self, menu: QMenu, words: str, row: int) -> QAction:
        action = QAction(words, menu)
        action.triggered.connect(partial(self._on_action, row, "copy"))
        return action

    def _add_parts(self, menu: QMenu, row: int) -> None:
        """Offer by keys what a click in the message does: its links, its code, its other look."""
        message = self.messages.message(row)
        words = self.view.words_of(row)
        links = words.links()[:_MOST_OFFERED]
        if links:
            submenu = menu.addMenu(self.tr("Links"))
            for address in links:
                submenu.addAction(_short(address), partial(self._on_link, address))
        codes = words.codes()[:_MOST_OFFERED]
        if codes:
            submenu = menu.addMenu(self.tr("Copy code"))
            for code in codes:
                submenu.addAction(_short(code.strip().split("\n")[0]), partial(self._on_code_copied, code))
        if message.role == "assistant" and message.text and message.state != "generating":
            raw = self.view.is_raw(row)
            title = self.tr("Show formatted") if raw else self.tr("Show as it was written")
            menu.addAction(title, partial(self.view.show_raw, row, not raw))

    def _copy(self, row: int, form: Form) -> None:
        selection = self.view.selection
        if selection is not None and row in selection.rows and len(selection.rows) > 1:
            copy_messages([self._spoken(each, selection.part(each)) for each in selection.rows], form)
            return
        whole = (0, units(self.messages.message(row).text))
        part = selection.part(row) if selection is not None else None
        copy_part(self.view.words_of(row).document, part or whole, form)

    def copy_all(self, form: Form) -> None:
        """Put the whole path that is shown on the clipboard."""
        copy_messages([self._spoken(row, None) for row in range(self.messages.rowCount())], form)

    def _spoken(self, row: int, part: tuple[int, int] | None) -> Spoken:
        """Return a part of a message, or all of it, with who says it."""
        message = self.messages.message(row)
        raw = message.role != "assistant" or self.view.is_raw(row)
        return Spoken(self.messages.who(message), message.text, part or (0, sys.maxsize), raw)

    @Slot(int)
    def _on_copy_requested(self, row: int) -> None:
        if 0 <= row < self.messages.rowCount():
            self._copy(row, "markdown" if self.view.selection is None else "rich")

    @Slot(str)
    def _on_code_copied(self, code: str) -> None:
        QGuiApplication.clipboard().setText(code)

    @Slot(str)
    def _on_link(self, address: str) -> None:
        LinkQuestion(address, self.window()).open()

    @Slot(int)
    def _on_tokens_wanted(self, row: int) -> None:
        message = self.messages.message(row)
        if message.has_tokens and not message.steps:
            self._session.load_tokens(row)

    # --- following the view ---------------------------------------------------------------------------------

    @Slot()
    def _on_placed(self) -> None:
        self._ask_for_tokens()

    def _ask_for_tokens(self) -> None:
        """Load the tokens that are shown: those of the last answer for its figures, with the tint all in view."""
        count = self.messages.rowCount()
        rows = set(self.view.visible_rows()) if self.view.tinted else set()
        for row in rows | set(range(max(0, count - 1), count)):
            self._ask_for(row)
        if len(self._asked) > _MOST_LOADED:
            self._forget_tokens(keep=rows | {count - 1})

    @Slot(int)
    def _on_hovered(self, row: int) -> None:
        """Load the tokens of an answer under the pointer: its words are asked next."""
        if 0 <= row < self.messages.rowCount():
            self._ask_for(row)

    def _ask_for(self, row: int) -> None:
        message = self.messages.message(row)
        if message.has_tokens and not message.steps and message.id is not None and message.id not in self._asked:
            self._asked.add(message.id)
            self._session.load_tokens(row)

    def _forget_tokens(self, *, keep: set[int]) -> None:
        """Let go of tokens that are out of view and in the history: 500 tokens with their candidates take 2 MB."""
        for row in range(self.messages.rowCount()):
            message = self.messages.message(row)
            if row not in keep and message.id in self._asked and message.has_tokens and message.state != "generating":
                message.steps = []
                self._asked.discard(message.id)

    def _on_busy_changed(self, busy: bool) -> None:
        self.overlays.set_busy(busy)

    @Slot(bool)
    def _on_at_end_changed(self, at_end: bool) -> None:
        self._jump.setVisible(not at_end)

    @Slot()
    def _on_jump(self) -> None:
        self.view.scroll_to_end()
        self.view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._jump.sizeHint()
        self._jump.resize(size)
        self._jump.move((self.width() - size.width()) // 2, self.height() - size.height() - GAP)
        self._jump.raise_()
