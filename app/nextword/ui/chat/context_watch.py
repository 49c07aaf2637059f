"""Keeps the page telling what the model sees: the meter at the box, the question what to leave out, two panes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from nextword.chat.context import ContextUse
from nextword.chat.preferences import ContextPolicy
from nextword.chat.session import ChatSession
from nextword.engine.client import Engine
from nextword.history.records import Attachment, MessageId
from nextword.ui.chat.context_meter import ContextMeter
from nextword.ui.chat.fit_question import FitQuestion
from nextword.ui.widgets.keyed_action import keyed_action

if TYPE_CHECKING:
    from nextword.ui.chat.message_pane import MessagePane
    from nextword.ui.chat.page import ChatPage
    from nextword.ui.chat.seen_prompt import SeenPromptPane

SEEN, TREE = "seen", "tree"
"""The names of the panes."""

_MEASURE_MILLISECONDS = 250


class ContextWatch(QObject):
    """Built with the page. `attach` when the messages are there, `shut_down` before the page goes."""

    def __init__(self, session: ChatSession, engine: Engine, page: ChatPage) -> None:
        super().__init__(page)
        self._session = session
        self._page = page
        self._box, self._side = page.box, page.side
        box, side, top = page.box, page.side, page.top
        self._engine = engine
        self._model: tuple[str, str, int] | None = None
        self._messages: MessagePane | None = None
        self._given_back = ""
        self._awaits = False  # a measure of what is on screen now
        self.meter = ContextMeter(box)
        self.meter.clicked.connect(side.toggling(SEEN))
        self.question = FitQuestion(box)
        self.question.decided.connect(self._on_decided)
        self.question.dismissed.connect(self._on_dismissed)
        box.add_beside_button(self.meter)
        box.add_above(self.question)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_MEASURE_MILLISECONDS)
        self._timer.timeout.connect(self.measure)
        box.edit.textChanged.connect(self._on_text_changed)
        box.tray.changed.connect(self._on_text_changed)
        self._add_pane(SEEN, self.tr("What the model sees"), "Ctrl+Shift+P", top.seen, self._make_seen)
        self._add_pane(TREE, self.tr("Branches"), "Ctrl+Shift+B", top.tree, self._make_tree)
        self._buttons = {SEEN: top.seen, TREE: top.tree}
        side.shown_changed.connect(self._on_pane_changed)
        notes = self._page.property("shortcut_notes") or []
        self._page.setProperty("shortcut_notes", [*notes, ["Enter", self.tr("In the branches: show, or restore")]])
        self._disconnect = [
            session.reset.connect(self._on_path_changed),
            session.message_added.connect(self._on_changed),
            session.busy_changed.connect(self._on_busy_changed),
            session.preferences_changed.connect(self._on_changed),
            session.measured.connect(self._on_measured),
            session.draft_restored.connect(self._on_given_back),
            session.needs_decision.connect(self._on_needs_decision),
            engine.status_changed.connect(self._on_status),
        ]
        self._on_status(None)

    def _add_pane(
        self, name: str, title: str, keys: str, button: QToolButton, build: Callable[[QWidget], QWidget]
    ) -> None:
        self._side.add(name, title, build)
        button.clicked.connect(self._side.toggling(name))
        keyed_action(self._page, title, keys).triggered.connect(self._side.toggling(name))

    def _make_seen(self, parent: QWidget) -> QWidget:
        from nextword.ui.chat.seen_prompt import SeenPromptPane  # not before it is asked for

        pane = SeenPromptPane(self._session, self._draft, parent)
        if self._messages is not None:
            pane.follow(self._messages.view.currentIndex())
            self._messages.view.selectionModel().currentChanged.connect(pane.follow)
        return pane

    def _make_tree(self, parent: QWidget) -> QWidget:
        from nextword.ui.chat.tree_view import TreePane

        pane = TreePane(self._session, parent)
        pane.chosen.connect(self._on_branch_chosen)
        return pane

    def attach(self, messages: MessagePane) -> None:
        """Take the messages, which are built with the first one."""
        self._messages = messages
        messages.seen_wanted.connect(self.show_seen)
        seen = self._seen()
        if seen is not None:
            messages.view.selectionModel().currentChanged.connect(seen.follow)

    def shut_down(self) -> None:
        """Listen no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    @Slot(int)
    def show_seen(self, row: int) -> None:
        """Show what the model got to read before it wrote a message."""
        self._side.show_pane(SEEN)
        seen = self._seen()
        if seen is not None:
            seen.show_chosen(row)
            seen.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _seen(self) -> SeenPromptPane | None:
        return cast("SeenPromptPane | None", self._side.widget(SEEN))

    def _draft(self) -> tuple[str, tuple[Attachment, ...]]:
        return self._box.edit.toPlainText(), self._box.tray.files

    # --- the meter ------------------------------------------------------------------------------------------

    @Slot()
    def measure(self) -> None:
        """Count what would be sent now; nothing is counted while an answer is made, or where nothing was said."""
        draft, files = self._draft()
        model = self._engine.status.model
        if model is None or model.remote_host or not (self._session.shown or draft.strip() or files):
            self._awaits = False
            self._show_use(None)
        elif not self._session.busy:
            self._awaits = True
            self._session.measure(draft, files)

    def _on_measured(self, use: ContextUse) -> None:
        if self._awaits:  # else it is of a path that was left
            self._show_use(use)

    def _show_use(self, use: ContextUse | None) -> None:
        self.meter.show_use(use, self._session.shown)
        if self._messages is not None:
            left_out = use.left_out if use is not None else ()
            asks = use is not None and use.needs_decision
            self._messages.messages.set_left_out(left_out, decided=not asks)

    def _on_changed(self, _what: object) -> None:
        self._timer.start()

    def _on_path_changed(self, _nothing: None) -> None:
        self.question.hide()
        self._awaits = False
        self._timer.start()

    def _on_busy_changed(self, busy: bool) -> None:
        if busy:
            self.question.hide()
        self._timer.start()

    def _on_status(self, _status: object) -> None:
        """Count and show again when another model is loaded, or none is."""
        model = self._engine.status.model
        key = None if model is None else (model.path, model.template_hash, model.context_tokens)
        if key != self._model:
            self._model = key
            self._awaits = False
            self._show_use(None)
            self._timer.start()
            seen = self._seen()
            if seen is not None:
                seen.ask_again()

    @Slot()
    def _on_text_changed(self) -> None:
        self.question.hide()  # what is asked about is not what is written any more
        self._timer.start()
        seen = self._seen()
        if seen is not None:
            seen.ask_again()

    # --- the question ---------------------------------------------------------------------------------------

    def _on_given_back(self, text: str) -> None:
        self._given_back = text

    def _on_needs_decision(self, use: ContextUse) -> None:
        shown = self._session.shown
        is_draft = len(use.counts) > len(shown)
        if not is_draft:
            self._given_back = ""
        self.question.ask(use, shown[: len(use.counts)], draft=is_draft)

    @Slot(str, bool)
    def _on_decided(self, policy: str, always: bool) -> None:
        chosen = cast(ContextPolicy, policy)
        if always:
            self._session.set_preferences(replace(self._session.preferences, context_policy=chosen))
        self._take_draft()
        self._session.send_with_policy(chosen)
        self._box.edit.setFocus()

    def _take_draft(self) -> None:
        """Take what came back out of the box again; what was written behind it stays."""
        sent, self._given_back = self._given_back, ""
        written = self._box.edit.toPlainText()
        if sent and (written == sent or written.startswith(f"{sent}\n")):
            self._box.edit.set_text(written[len(sent) + 1 :])
            self._box.tray.set_files(())

    @Slot()
    def _on_dismissed(self) -> None:
        self._box.edit.setFocus()

    # --- the panes ------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_pane_changed(self, name: str) -> None:
        for pane, button in self._buttons.items():
            button.setChecked(pane == name)

    @Slot(object)
    def _on_branch_chosen(self, message: MessageId) -> None:
        """Bring a message into view that is on the path."""
        rows = [row for row, shown in enumerate(self._session.shown) if shown.id == message]
        if rows and self._messages is not None:
            view = self._messages.view
            index = view.model().index(rows[0], 0)
            view.setCurrentIndex(index)
            view.scrollTo(index)
