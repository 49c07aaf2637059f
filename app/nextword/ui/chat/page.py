"""The chat page: the list of conversations, the conversation that is open, and the box to write in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nextword.chat.session import ChatSession
from nextword.engine.client import EngineStatus
from nextword.errors import EngineDied, EngineGaveUp, EngineNotResponding, EngineNotStarted, NextwordError
from nextword.history.records import Attachment, ConversationId, MessageId
from nextword.settings import SettingsChange
from nextword.ui.chat.attaching import Attaching
from nextword.ui.chat.column import column_for
from nextword.ui.chat.context_watch import ContextWatch
from nextword.ui.chat.conversation_column import ConversationColumn
from nextword.ui.chat.drafting import Drafting
from nextword.ui.chat.first_steps import Try
from nextword.ui.chat.found_message import FoundMessage
from nextword.ui.chat.inserting import Inserting
from nextword.ui.chat.message_box import MessageBox
from nextword.ui.chat.model_notes import ModelNotes
from nextword.ui.chat.top_bar import TopBar
from nextword.ui.chat.welcome import Welcome
from nextword.ui.feature import OpenExperiment, ShowModels
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.theme import GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.keyed_action import keyed_action
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.tint import Tint

if TYPE_CHECKING:
    from nextword.ui.chat.copying import Form
    from nextword.ui.chat.inspecting import Inspecting
    from nextword.ui.chat.message_pane import MessagePane

_NARROW = 756
"""Below this width of the page (820 px of the window) the conversations hide behind a button; so they do when a pane
at the right leaves no more to both."""

_BOX_MARGIN = 20
"""The box is so much wider than the column of words, on each side."""

_TOLD_BY_ENGINE = (EngineDied, EngineGaveUp, EngineNotResponding, EngineNotStarted)
"""Errors for which the program shows a notice of its own, with a button that starts the engine again."""


class ChatPage(QWidget):
    """Owns the session. The window calls `shut_down` before it goes."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._was_empty: bool | None = None
        self._last_tint = "surprisal"  # that Ctrl+T brings back
        self._pane: MessagePane | None = None
        self._inspecting: Inspecting | None = None
        self.session = ChatSession(
            services.engine, services.history, settings=services.settings, library=services.library, later=self._later
        )
        self._found = FoundMessage(self.session, lambda: self.pane.view, self)
        self._build()
        self._drafting = Drafting(self.session, self.box, self)
        self.attaching = Attaching(services, self.session, box=self.box, page=self)
        self.inserting = Inserting(services.history, self.box, self)
        self.notes = ModelNotes(services, self.session, welcome=self.welcome, box=self.box, side=self.side)
        self._connect()
        self._show_tint(services.settings.value.chat.tint)
        self.session.open(None)  # with the draft that was left in it
        self._on_path_changed(None)
        self._on_preferences_changed(None)
        self._on_status(services.engine.status)

    def _later(self, seconds: float, function: Callable[[], None]) -> None:
        # WORKAROUND: PySide6 6.11 does not keep the object of a bound method alive here and crashes when it is gone;
        # a function that holds it is kept.
        QTimer.singleShot(int(seconds * 1000), self, lambda: function())

    def _build(self) -> None:
        services = self._services
        self.column = ConversationColumn(services.history, services.notices, self)
        self.top = TopBar(services.engine, services.library, services.go, self)
        self.welcome = Welcome(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.welcome)
        self.box = MessageBox(self)
        self.side = SidePanes(self)
        self.side.shown_changed.connect(self._on_side_changed)
        self.side.resized.connect(self._share_room)
        self.side.left.connect(self._on_write)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.column)
        line.addLayout(self._lay_out_right(), 1)
        self._add_actions()
        self._add_panes()
        self.watch = ContextWatch(self.session, services.engine, self)

    def _lay_out_right(self) -> QVBoxLayout:
        """Below the top bar: the messages with the box at the left, a pane at the right."""
        self._middle = QWidget(self)
        box_line = QHBoxLayout()
        box_line.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP_WIDE)
        box_line.addStretch(1)
        box_line.addWidget(self.box, 1000)  # all the room up to its greatest width
        box_line.addStretch(1)
        centre = QVBoxLayout(self._middle)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.setSpacing(0)
        centre.addWidget(self._stack, 1)
        centre.addLayout(box_line)
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._middle)
        splitter.addWidget(self.side)
        splitter.setStretchFactor(0, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.top)
        right.addWidget(splitter, 1)
        return right

    def _add_panes(self) -> None:
        self.side.add("settings", self.tr("Settings of this chat"), self._make_settings)
        self.side.add("examples", self.tr("Examples"), self._make_examples)
        self.top.settings.clicked.connect(self.side.toggling("settings"))
        keyed_action(self, self.tr("Settings of this chat"), "Ctrl+Shift+S").triggered.connect(
            self.side.toggling("settings")
        )

    def _make_settings(self, parent: QWidget) -> QWidget:
        from nextword.ui.chat.settings_panel import SettingsPanel  # fields and their words: not before it is asked for

        return SettingsPanel(self.session, self._services, parent)

    def _make_examples(self, parent: QWidget) -> QWidget:
        from nextword.ui.chat.examples_panel import ExamplesPanel  # few look for it

        return ExamplesPanel(self.session, self._services.notices, parent)

    def _add_actions(self) -> None:
        keyed_action(self, self.tr("Tint words by surprisal, or not"), "Ctrl+T").triggered.connect(
            self._on_tint_toggled
        )
        keyed_action(self, self.tr("Search the conversations"), "Ctrl+F").triggered.connect(self._on_search)
        keyed_action(self, self.tr("Temporary chat"), "Ctrl+Shift+N").triggered.connect(self.open_temporary)
        keyed_action(self, self.tr("Write a message"), "Ctrl+L").triggered.connect(self._on_write)
        keyed_action(self, self.tr("Attach files"), "Ctrl+Shift+A").triggered.connect(self._on_attach)
        keyed_action(self, self.tr("Insert a prompt"), "Ctrl+Shift+L").triggered.connect(self._on_prompts)
        self.setProperty(
            "shortcut_notes",
            [
                ["Enter", self.tr("Send the message")],
                ["Shift+Enter", self.tr("New line in the message")],
                ["Esc", self.tr("Stop the answer; let go of a word; close a pane")],
                ["Shift with arrows", self.tr("Select words and lines, also of several messages; Ctrl+A twice: all")],
                ["Up · Down", self.tr("Previous, next message")],
                ["Left · Right", self.tr("Previous, next word of an answer")],
                ["Enter", self.tr("Ask the word; in the Inspector: go on with another one")],
                ["U · Shift+U", self.tr("Next, previous word where the model was undecided")],
                ["F · Shift+F", self.tr("Next, previous word that was not its first choice")],
                ["S", self.tr("In the Inspector: the model's distribution, or what the sampler left of it")],
                ["Alt+Left · Alt+Right", self.tr("Previous, next version of a message")],
                ["F2", self.tr("Rename the conversation")],
                ["Backspace", self.tr("In the list: out of a folder, the archive or the trash")],
            ],
        )

    @property
    def pane(self) -> MessagePane:
        """The messages; built when there is one to show: the start of the window does not wait for them."""
        if self._pane is None:
            from nextword.ui.chat.message_acts import MessageActs
            from nextword.ui.chat.message_pane import MessagePane

            self._pane = MessagePane(self.session, self)
            self._pane.view.set_tint(cast(Tint, self._services.settings.value.chat.tint))
            self._pane.show_status(self._services.engine.status)
            self.acts = MessageActs(self.session, self._pane, self._services.notices, go=self._services.go)
            self._stack.addWidget(self._pane)
            self._inspecting = self._make_inspecting(self._pane)
            self.box.come_after(self._pane.view)
            self.watch.attach(self._pane)
        return self._pane

    def _make_inspecting(self, pane: MessagePane) -> Inspecting:
        from nextword.ui.chat.inspecting import Inspecting

        return Inspecting(self.session, pane.view, side=self.side, services=self._services, page=self)

    def _connect(self) -> None:
        services, session = self._services, self.session
        self._disconnect = [
            session.reset.connect(self._on_path_changed),
            session.message_added.connect(self._on_path_changed),
            session.message_changed.connect(self._on_path_changed),
            session.busy_changed.connect(self._on_busy_changed),
            session.failed.connect(self._on_failed),
            session.preferences_changed.connect(self._on_preferences_changed),
            services.engine.status_changed.connect(self._on_status),
            services.settings.changed.connect(self._on_settings_changed),
        ]
        self.column.opened.connect(self.open_conversation)
        self.column.deleted.connect(self._on_deleted)
        self.column.found.connect(self._on_found)
        self.column.trash.emptied.connect(self._on_trash_emptied)
        self.column.versions_restored.connect(self.session.reload)
        self.column.temporary_wanted.connect(self.open_temporary)
        self.top.export_requested.connect(self._on_export)
        self.top.list_toggled.connect(self._on_list_toggled)
        self.top.rename_requested.connect(self._on_rename)
        self.top.copy_requested.connect(self._on_copy)
        self.top.delete_requested.connect(self._on_delete)
        self.welcome.try_chosen.connect(self._on_try)
        self.welcome.models_wanted.connect(self._on_models_wanted)
        self.box.sent.connect(self._on_sent)
        self.box.stop_requested.connect(self.session.stop)
        self.box.edit.cancelled.connect(self._on_escape)
        self.box.tint_chosen.connect(self._on_tint_chosen)
        self.box.tray.opened.connect(self._on_attachment_opened)
        current_theme().changed.connect(self._share_room)

    def shut_down(self) -> None:
        """End the session: what there is of an answer is kept."""
        for disconnect in self._disconnect:
            disconnect()
        if self._inspecting is not None:
            self._inspecting.stop()
        if self._pane is not None:
            self._pane.close_pane()
        self._drafting.close()
        self.notes.close()
        self.attaching.close()
        self.watch.shut_down()
        self.side.shut_down()
        self.column.close_column()
        self._found.close()
        self.session.close()

    @Slot(object)
    def open_conversation(self, conversation: ConversationId | None) -> None:
        """Show a conversation (None: a new one) with the draft that was left in it."""
        if conversation is None or conversation != self.session.conversation:
            self.side.flush()
            self._drafting.leave()
            self.session.open(conversation)
            if self._pane is not None:
                self._pane.view.scroll_to_end()
        self._begin_writing()

    @Slot()
    def open_temporary(self) -> None:
        """Begin a chat of which nothing is kept; from one, go back to a usual one."""
        self.side.flush()
        self._drafting.leave()
        self.session.open(None, temporary=not self.session.temporary)
        self._begin_writing()

    def _begin_writing(self) -> None:
        if self.top.list_button.isVisible():
            self.top.list_button.setChecked(False)
        self.box.edit.setFocus()

    @Slot(object, object)
    def _on_found(self, conversation: ConversationId, message: MessageId) -> None:
        self._found.show(
            conversation,
            message,
            history=self._services.history,
            failed=self._on_failed,
            open_conversation=self.open_conversation,
        )

    @Slot()
    def _on_trash_emptied(self) -> None:
        self._services.engine.forget_snapshots()

    # --- sending --------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_sent(self, text: str) -> None:
        if self.session.busy:
            return
        attachments = self.box.tray.files
        self._drafting.leave()
        self._send(text, attachments)

    @Slot(object)
    def _on_try(self, chosen: Try) -> None:
        if chosen.in_lab:
            self._services.go(OpenExperiment(data_set="sentiment"))
            return
        if self.session.busy:
            return
        if chosen.tints:
            self._on_tint_chosen("surprisal")
        self._send(chosen.prompt)
        self._on_write()  # the button is gone

    def _send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        self.pane.view.choose_nothing()
        self.side.flush()
        self.session.send(text, attachments)
        self.pane.view.scroll_to_end()

    @Slot()
    def _on_prompts(self) -> None:
        self.inserting.open()

    @Slot()
    def _on_attach(self) -> None:
        self.attaching.ask_for_files()

    @Slot(object)
    def _on_attachment_opened(self, file: Attachment) -> None:
        from nextword.ui.chat.attached_text import AttachedText

        AttachedText(file, self.window()).open()

    def _on_failed(self, error: NextwordError) -> None:
        if not isinstance(error, _TOLD_BY_ENGINE):
            self._services.notices.add(Notice(error=error, level="error", key="chat"))

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_path_changed(self, _what: object) -> None:
        empty = not self.session.shown and self.session.conversation is None
        if empty != self._was_empty:
            self._was_empty = empty
            self._stack.setCurrentWidget(self.welcome if empty else self.pane)
        self.top.set_conversation(self.session.conversation is not None)
        self.top.set_temporary(self.session.temporary)
        self.column.temporary_button.setChecked(self.session.temporary)
        self.column.show_current(self.session.conversation)

    def _on_preferences_changed(self, _none: None) -> None:
        self.top.show_preferences(self.session.preferences)

    def _on_busy_changed(self, busy: bool) -> None:
        self.box.set_busy(busy)

    def _on_status(self, status: EngineStatus) -> None:
        if self._pane is not None:
            self._pane.show_status(status)

    # --- tint -----------------------------------------------------------------------------------------------

    @Slot()
    def _on_tint_toggled(self) -> None:
        tint = self._services.settings.value.chat.tint
        self._on_tint_chosen("off" if tint != "off" else self._last_tint)
        self._last_tint = tint if tint != "off" else self._last_tint

    @Slot(str)
    def _on_tint_chosen(self, value: str) -> None:
        change(self._services.settings, self._services.notices, "chat.tint", value)

    def _on_settings_changed(self, changed: SettingsChange) -> None:
        if changed.old.chat.tint != changed.new.chat.tint:
            self._show_tint(changed.new.chat.tint)

    def _show_tint(self, value: str) -> None:
        self.box.set_tint(value)
        if self._pane is not None:
            self._pane.view.set_tint(cast(Tint, value))

    # --- the conversation as a whole ------------------------------------------------------------------------

    @Slot()
    def _on_rename(self) -> None:
        if self.session.conversation is not None:
            self.column.show()
            self.column.rename(self.session.conversation)

    @Slot(str)
    def _on_copy(self, form: str) -> None:
        self.pane.copy_all(cast("Form", form))

    @Slot()
    def _on_export(self) -> None:
        conversation = self.session.conversation
        if conversation is not None:
            summary = self.column.conversations.summary(self.column.conversations.row_of(conversation))
            title = self.column.conversations.title(summary) if summary is not None else self.session.title
            self.column.desk.export_some([conversation], title)

    @Slot()
    def _on_delete(self) -> None:
        conversation = self.session.conversation
        summary = self.column.conversations.summary(self.column.conversations.row_of(conversation))
        if conversation is not None:
            title = self.column.conversations.title(summary) if summary is not None else self.session.title
            self.column.delete(conversation, title)

    @Slot(object)
    def _on_deleted(self, conversation: ConversationId) -> None:
        if conversation == self.session.conversation:
            self.session.stop()
            self.open_conversation(None)

    @Slot()
    def _on_models_wanted(self) -> None:
        self._services.go(ShowModels())

    @Slot()
    def _on_search(self) -> None:
        if self.column.isHidden():
            self.top.list_button.setChecked(True)
        self.column.search.setFocus()
        self.column.search.selectAll()

    @Slot()
    def _on_write(self) -> None:
        self.box.edit.setFocus()

    # --- sizes ----------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_list_toggled(self, shown: bool) -> None:
        self.column.setVisible(shown or not self._is_narrow())
        self._place_box()

    @Slot(str)
    def _on_side_changed(self, pane: str) -> None:
        self.top.settings.setChecked(pane == "settings")
        self._share_room()

    def _is_narrow(self) -> bool:
        return self.width() - self._side_width() < _NARROW * max(1.0, current_theme().scale)

    def _side_width(self) -> int:
        """Return what the pane at the right takes; before it is laid out, what it wants."""
        return 0 if self.side.isHidden() else max(self.side.width(), self.side.minimumSizeHint().width())

    @Slot()
    def _place_box(self) -> None:
        room = self.width() - self._side_width() - (0 if self.column.isHidden() else self.column.width())
        self.box.setMaximumWidth(int(column_for(room).width) + 2 * _BOX_MARGIN)

    @Slot()
    def _share_room(self) -> None:
        narrow = self._is_narrow()
        self.top.list_button.setVisible(narrow)
        self.column.setVisible(not narrow or self.top.list_button.isChecked())
        self._place_box()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.box.edit.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_escape(self) -> None:
        """Stop the answer; without one, close the pane."""
        if self.session.busy:
            self.session.stop()
        else:
            self.side.close_pane()
