"""Asking words of answers: the card under the pointer, the Inspector at the right, keys from word to word."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QWidget

from nextword.chat.answer import ShownMessage
from nextword.chat.finding import Finding, Finds
from nextword.chat.session import ChatSession
from nextword.settings import SettingsChange
from nextword.ui.chat.message_view import MessageView
from nextword.ui.chat.token_jumps import Jump, TokenJumps
from nextword.ui.explain import explain
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.ghost_word import GhostWord
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.probability_bars import BarRow
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_hover import TokenHover

_HOVER_MILLISECONDS, _NOTE_MILLISECONDS = 250, 4_000
PANE = "inspector"


class Inspecting(QObject):
    """Stands between the messages and the Inspector. page: where the card may lie, and whose the keys are."""

    def __init__(
        self, session: ChatSession, view: MessageView, *, side: SidePanes, services: Services, page: QWidget
    ) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._side = side
        self._services = services
        self._page = page
        self._finding = Finding(session, services.engine)
        self._jumps = TokenJumps(session, view)
        self.card = TokenHover(page)
        self.note = QLabel(view.viewport())
        self.note.setProperty("look", "card")
        self.note.setMargin(GAP_SMALL)
        self.note.hide()
        self.ghost = GhostWord(view.viewport())
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(_NOTE_MILLISECONDS)
        self._note_timer.timeout.connect(self.note.hide)
        self._hovered = (-1, -1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_HOVER_MILLISECONDS)
        self._timer.timeout.connect(self._on_hover_time)
        side.add(PANE, self.tr("Inspector"), self._build)
        action = QAction(self.tr("Inspector: the numbers of a word"), self)
        action.setShortcut(QKeySequence("Ctrl+I"))
        action.triggered.connect(self._on_toggle)
        page.addAction(action)
        self._connect()

    def _connect(self) -> None:
        self._view.token_opened.connect(self._on_opened)
        self._view.token_entered.connect(self._on_entered)
        self._view.token_selected.connect(self._on_selected)
        self._view.token_hovered.connect(self._on_hovered)
        self._view.jump_requested.connect(self._on_jump)
        self._view.placed.connect(self._on_placed)
        self._view.dismissed.connect(self._hide_card)
        self._view.messages.modelReset.connect(self._on_reset)
        self._view.messages.dataChanged.connect(self._on_data_changed)
        self._jumps.nothing_found.connect(self._on_nothing_found)
        self._disconnect = [
            self._session.busy_changed.connect(self._on_busy_changed),
            self._services.settings.changed.connect(self._on_settings_changed),
        ]

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()
        self._finding.forget()
        for disconnect in self._disconnect:
            disconnect()

    @property
    def inspector(self) -> Inspector | None:
        """The Inspector; None until it is first shown."""
        return cast(Inspector | None, self._side.widget(PANE))

    def _build(self, parent: QWidget) -> QWidget:
        made = Inspector(parent)
        made.show_uncertain(self._services.settings.value.chat.uncertain_bits)
        made.branch_requested.connect(self._on_branch)
        made.neighbour_requested.connect(self._on_neighbour)
        made.jump_requested.connect(self._on_jump)
        made.uncertain_changed.connect(self._on_uncertain_changed)
        made.find_requested.connect(self._on_find)
        made.left.connect(self._on_left)
        made.bars.token_pointed.connect(self._on_pointed)
        return made

    # --- the token that is pinned ---------------------------------------------------------------------------

    def _facts(self, row: int, token: int) -> TokenFacts | None:
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
        self._hide_card()
        made = cast(Inspector, self._side.show_pane(PANE))
        self._show()
        return made

    def _show(self) -> None:
        if self.inspector is not None:
            token = self._view.token
            self.inspector.show_facts(None if token is None else self._facts(*token))

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
        self._show()

    @Slot()
    def _on_reset(self) -> None:
        self._hide_card()
        self.ghost.hide()
        self._finding.forget()
        if self.inspector is not None:
            self.inspector.show_facts(None)

    @Slot()
    def _on_data_changed(self) -> None:
        if self._side.shown == PANE and self._view.token is not None:
            self._show()

    def _on_busy_changed(self, _busy: bool) -> None:
        self._show()

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

    @Slot(object)
    def _on_pointed(self, row: BarRow | None) -> None:
        """Show in the text what would stand there instead."""
        token = self._view.token
        if row is None or row.id is None or row.chosen or token is None:
            self.ghost.hide()
        else:
            self.ghost.show_over(self._view.token_rect(*token), row.label)

    @Slot(int)
    def _on_neighbour(self, step: int) -> None:
        self._view.move_token(step)

    # --- going from word to word ----------------------------------------------------------------------------

    @Slot(str, int)
    def _on_jump(self, jump: str, step: int) -> None:
        self._jumps.jump(cast(Jump, jump), step, self._services.settings.value.chat.uncertain_bits)

    @Slot(str, int)
    def _on_nothing_found(self, jump: str, step: int) -> None:
        bits = f"{self._services.settings.value.chat.uncertain_bits:g}"
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

    @Slot(float)
    def _on_uncertain_changed(self, uncertain_bits: float) -> None:
        change(self._services.settings, self._services.notices, "chat.uncertain_bits", uncertain_bits)

    def _on_settings_changed(self, changed: SettingsChange) -> None:
        if self.inspector is not None and changed.old.chat.uncertain_bits != changed.new.chat.uncertain_bits:
            self.inspector.show_uncertain(changed.new.chat.uncertain_bits)

    # --- how likely any text was ----------------------------------------------------------------------------

    @Slot(str)
    def _on_find(self, text: str) -> None:
        if self.inspector is None or self._view.token is None:
            return
        if self._session.busy:
            self.inspector.finder.show_words(self.tr("The model is writing: ask when it has finished."))
            return
        self.inspector.finder.show_words(self.tr("The model is asked …"))
        row, position = self._view.token
        self._finding.find(row, position, text, self._on_found)

    def _on_found(self, finds: Finds) -> None:
        if self.inspector is None:
            return
        if finds.error is not None:
            words = explain(finds.error)
            self.inspector.finder.show_words(" ".join(part for part in (words.title, words.text) if part))
        else:
            self.inspector.finder.show_texts([(found.steps, found.logprob) for found in finds.texts], same=finds.same)

    # --- the card under the pointer -------------------------------------------------------------------------

    @Slot(int, int)
    def _on_hovered(self, row: int, token: int) -> None:
        self._hovered = (row, token)
        if token < 0:
            self._hide_card()
        elif self.card.isVisible():
            self._on_hover_time()
        else:
            self._timer.start()

    @Slot()
    def _on_hover_time(self) -> None:
        row, token = self._hovered
        if not 0 <= row < self._view.messages.rowCount():
            return
        facts = self._facts(row, token)
        if facts is not None:
            rect: QRect = self._view.token_rect(row, token)
            rect.moveTopLeft(self._view.viewport().mapTo(self._page, rect.topLeft()))
            self.card.show_at(facts, rect)

    @Slot()
    def _on_placed(self) -> None:
        self._hide_card()
        self.ghost.hide()

    @Slot()
    def _hide_card(self) -> None:
        self._timer.stop()
        self.card.hide()
