"""Asking words of answers: which word is meant, what a click on another one does, and keys from word to word."""

from __future__ import annotations

from typing import TypeAlias, cast

from PySide6.QtCore import QRect, Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

from nextword.chat.answer import ShownMessage
from nextword.chat.finding import Finding, Finds
from nextword.chat.session import ChatSession
from nextword.ui.chat.message_view import MessageView
from nextword.ui.chat.token_jumps import Jump, TokenJumps
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.keyed_action import keyed_action
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_inspecting import PANE, TokenInspecting

_NOTE_MILLISECONDS = 4_000

Word: TypeAlias = tuple[int, int]
"""Row and token."""


class Inspecting(TokenInspecting[Word]):
    """Stands between the messages and the Inspector."""

    def __init__(
        self, session: ChatSession, view: MessageView, *, side: SidePanes, services: Services, page: QWidget
    ) -> None:
        super().__init__(view, side=side, services=services, page=page)
        self._session = session
        self._view = view
        self._finding = Finding(session, services.engine)
        self._jumps = TokenJumps(session, view)
        self.note = QLabel(view.viewport())
        self.note.setProperty("look", "card")
        self.note.setMargin(GAP_SMALL)
        self.note.hide()
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(_NOTE_MILLISECONDS)
        self._note_timer.timeout.connect(self.note.hide)
        keyed_action(page, self.tr("Inspector: the numbers of a word"), "Ctrl+I").triggered.connect(self._on_toggle)
        self._connect()

    def _connect(self) -> None:
        self._view.token_opened.connect(self._on_opened)
        self._view.token_entered.connect(self._on_entered)
        self._view.token_selected.connect(self._on_selected)
        self._view.token_hovered.connect(self._on_hovered)
        self._view.jump_requested.connect(self._on_jump)
        self._view.placed.connect(self.follow)
        self._view.dismissed.connect(self.hide_card)
        self._view.messages.modelReset.connect(self._on_reset)
        self._view.messages.dataChanged.connect(self._on_data_changed)
        self._jumps.nothing_found.connect(self._on_nothing_found)
        self._disconnect = self._session.busy_changed.connect(self._on_busy_changed)

    def stop(self) -> None:
        super().stop()
        self._finding.forget()
        self._disconnect()

    def make_inspector(self, parent: QWidget) -> Inspector:
        made = super().make_inspector(parent)
        made.branch_requested.connect(self._on_branch)
        made.neighbour_requested.connect(self._on_neighbour)
        made.jump_requested.connect(self._on_jump)
        made.left.connect(self._on_left)
        return made

    # --- the token that is pinned ---------------------------------------------------------------------------

    def pinned(self) -> Word | None:
        return self._view.token

    def rect(self, place: Word) -> QRect:
        return self._view.token_rect(*place)

    def is_busy(self) -> bool:
        return self._session.busy

    def facts(self, place: Word | None) -> TokenFacts | None:
        if place is None or not 0 <= place[0] < self._view.messages.rowCount():
            return None
        row, token = place
        message = self._view.messages.message(row)
        if not 0 <= token < len(message.steps):
            return None
        return TokenFacts(
            step=message.steps[token],
            position=token,
            count=len(message.steps),
            vocabulary=self._vocabulary(message),
            sampling=message.origin.sampling if message.origin is not None else {},
            can_branch=not self._session.busy and message.id is not None,
        )

    def _vocabulary(self, message: ShownMessage) -> int:
        """Return the number of tokens of the model that wrote a message, 0 when another one is loaded now."""
        model = self._services.engine.status.model
        same = model is not None and message.origin is not None and message.origin.model_file == model.path
        return model.vocabulary if same and model is not None else 0

    def _pin(self) -> Inspector:
        self._view.hold_place()
        self.hide_card()
        made = cast(Inspector, self._side.show_pane(PANE))
        self.show_pinned()
        return made

    @Slot()
    def _on_toggle(self) -> None:
        if self._side.shown == PANE:
            self._side.close_pane()
        else:
            self._pin().setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(int, int)
    def _on_opened(self, _row: int, _token: int) -> None:
        self._pin()

    @Slot(int, int)
    def _on_entered(self, _row: int, _token: int) -> None:
        self._pin().setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(int, int)
    def _on_selected(self, _row: int, _token: int) -> None:
        self.note.hide()
        self._finding.forget()
        self.show_pinned()

    @Slot()
    def _on_reset(self) -> None:
        self.hide_card()
        self.ghost.hide()
        self._finding.forget()
        if self.inspector is not None:
            self.inspector.show_facts(None)

    @Slot()
    def _on_data_changed(self) -> None:
        if self._side.shown == PANE and self._view.token is not None:
            self.show_pinned()

    def _on_busy_changed(self, _busy: bool) -> None:
        self.show_pinned()

    @Slot()
    def _on_left(self) -> None:
        self.ghost.hide()
        self._view.setFocus()

    @Slot(int)
    def _on_branch(self, token_id: int) -> None:
        if self._view.token is None:
            return
        row, position = self._view.token
        self._session.branch(row, position, token_id)
        if row < self._view.messages.rowCount():
            self._view.setCurrentIndex(self._view.messages.index(row))
        self._view.setFocus()
        self._view.scroll_to_end()

    @Slot(int)
    def _on_neighbour(self, step: int) -> None:
        self._view.move_token(step)

    # --- going from word to word ----------------------------------------------------------------------------

    @Slot(str, int)
    def _on_jump(self, jump: str, step: int) -> None:
        self._jumps.jump(cast(Jump, jump), step, self.uncertain_bits)

    @Slot(str, int)
    def _on_nothing_found(self, jump: str, step: int) -> None:
        bits = f"{self.uncertain_bits:g}"
        if jump == "fork":
            words = self.tr("From here on the first choice was always taken.") if step > 0 else self.tr(
                "Before this the first choice was always taken."
            )  # fmt: skip
        elif step > 0:
            words = self.tr("No uncertain word after this: the entropy is {bits} bits or less.").format(bits=bits)
        else:
            words = self.tr("No uncertain word before this: the entropy is {bits} bits or less.").format(bits=bits)
        self._view.setAccessibleDescription(words)
        self.note.setText(words)
        self.note.adjustSize()
        room = self._view.viewport().size()
        self.note.move((room.width() - self.note.width()) // 2, room.height() - self.note.height() - GAP)
        self.note.show()
        self.note.raise_()
        self._note_timer.start()

    # --- how likely any text was ----------------------------------------------------------------------------

    def find(self, place: Word, text: str) -> None:
        self._finding.find(*place, text, self._on_found)

    def _on_found(self, finds: Finds) -> None:
        if finds.error is not None:
            self.show_error(finds.error)
        elif self.inspector is not None:
            self.inspector.finder.show_texts([(found.steps, found.logprob) for found in finds.texts], same=finds.same)

    @Slot(int, int)
    def _on_hovered(self, row: int, token: int) -> None:
        self.hover(None if token < 0 else (row, token))
