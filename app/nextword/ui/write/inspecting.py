"""Asking the tokens of a document: the card under the pointer, the Inspector at the right, keys from token to token."""

from __future__ import annotations

import math
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.explain import explain
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.widgets.ghost_word import GhostWord
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.probability_bars import BarRow
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_hover import TokenHover
from nextword.ui.write.canvas import Canvas
from nextword.write.finding import Finding, Finds
from nextword.write.session import WriteSession

PANE = "inspector"
_HOVER_MILLISECONDS = 300


class Inspecting(QObject):
    """Stands between the canvas and the Inspector. page: where the card may lie, and whose the keys are."""

    def __init__(
        self, session: WriteSession, canvas: Canvas, *, side: SidePanes, services: Services, page: QWidget
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._canvas = canvas
        self._side = side
        self._services = services
        self._page = page
        self._finding = Finding(session)
        self._wanted = True  # a click opens the Inspector until somebody closes it
        self._shown = ""  # the pane that was seen last
        self.card = TokenHover(page)
        self.ghost = GhostWord(canvas.viewport())
        self._hovered = -1
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_HOVER_MILLISECONDS)
        self._timer.timeout.connect(self._on_hover_time)
        side.add(PANE, self.tr("Inspector"), self._build)
        side.shown_changed.connect(self._on_side_changed)
        action = QAction(self.tr("Inspector: the numbers of the token at the cursor"), page)
        action.setShortcut(QKeySequence("Ctrl+I"))
        action.triggered.connect(self._on_toggle)
        page.addAction(action)
        canvas.token_pinned.connect(self._on_clicked)
        canvas.token_hovered.connect(self._on_hovered)
        canvas.neighbour_requested.connect(self._on_neighbour)
        canvas.jump_requested.connect(self._on_jump)
        canvas.placed.connect(self._on_placed)
        self._disconnect = [
            session.pinned_changed.connect(self._on_pinned),
            session.tokens_changed.connect(self._on_tokens),
            session.busy_changed.connect(self._on_busy),
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
        made = Inspector(parent, way=self.tr("Click a token that has numbers, or press Alt+Left and Alt+Right"))
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

    def facts(self, token: int | None) -> TokenFacts | None:
        """Return what is shown of a token; numbers of another model are none."""
        session = self._session
        if token is None or not 0 <= token < len(session.steps):
            return None
        step, board = session.steps[token], session.board
        foreign = board.is_foreign(token)
        if foreign:
            step = TokenStep(step.id, step.text, 0.0, 1, 0.0, 0.0, 0, (), step.special)
        origin = board.origin_of(token)
        return TokenFacts(
            step=step,
            position=token,
            count=len(session.steps),
            vocabulary=session.model.vocabulary if session.model is not None and not foreign else 0,
            sampling=origin.sampling if origin is not None else {},
            can_branch=not session.busy and not foreign,
        )

    def _show(self) -> None:
        if self.inspector is not None:
            self.inspector.show_facts(self.facts(self._session.pinned))

    def _pin(self, token: int | None, *, visible: bool = True) -> None:
        self._hide_card()
        self._session.pin(token)
        self._canvas.show_pinned(token, visible=visible)

    @Slot(int)
    def _on_clicked(self, token: int) -> None:
        self._pin(None if token < 0 else token, visible=False)
        if token >= 0 and self._wanted and not self._side.shown and self._session.steps[token].candidates:
            self._side.show_pane(PANE)
            self._show()

    def _on_pinned(self, token: int | None) -> None:
        self.ghost.hide()
        self._finding.forget()
        self._canvas.show_pinned(token)
        self._show()

    def _on_tokens(self, _none: None) -> None:
        if self._side.shown == PANE and self._session.pinned is not None and not self._session.busy:
            self._show()

    def _on_busy(self, _task: object) -> None:
        self._show()

    @Slot(str)
    def _on_side_changed(self, shown: str) -> None:
        if shown == PANE:
            self._wanted = True
            self._show()
        elif not shown and self._shown == PANE:
            self._wanted = False
        self._shown = shown

    @Slot()
    def _on_toggle(self) -> None:
        if self._side.shown == PANE and self._canvas.hasFocus() is False:
            self._side.close_pane()
            return
        if self._session.pinned is None:
            self._pin(self._token_near_caret())
        self._side.show_pane(PANE).setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._show()

    def _token_near_caret(self) -> int | None:
        written = self._session.written
        place = self._canvas.caret
        found = written.token_at(max(0, place - 1))
        return found if found is not None else written.token_at(place)

    @Slot()
    def _on_left(self) -> None:
        self.ghost.hide()
        self._pin(None)
        self._canvas.setFocus()

    @Slot(int)
    def _on_branch(self, token_id: int) -> None:
        token = self._session.pinned
        if token is None:
            return
        step = self._session.steps[token]
        candidate = next((other for other in step.candidates if other.id == token_id), None)
        if candidate is not None:
            self._session.branch(token, candidate)
            self._canvas.setFocus()

    @Slot(object)
    def _on_pointed(self, row: BarRow | None) -> None:
        """Show in the text what would stand there instead."""
        token = self._session.pinned
        if row is None or row.id is None or row.chosen or token is None:
            self.ghost.hide()
        else:
            self.ghost.show_over(self._canvas.token_rect(token), row.label)

    # --- going from token to token --------------------------------------------------------------------------

    @Slot(int)
    def _on_neighbour(self, step: int) -> None:
        pinned = self._session.pinned
        if pinned is None:
            near = self._token_near_caret()
            token = near if near is not None else (0 if self._session.steps else None)
        else:
            token = max(0, min(len(self._session.steps) - 1, pinned + step))
        self._pin(token)

    @Slot(str, int)
    def _on_jump(self, jump: str, step: int) -> None:
        """Go to the next token where the model was undecided, or that was not its first choice; beyond the end to the
        first."""
        steps = self._session.steps
        limit = self._services.settings.value.chat.uncertain_bits
        start = self._session.pinned
        if start is None:
            near = self._token_near_caret()
            start = near if near is not None else -1
        order = [*range(start + step, len(steps) if step > 0 else -1, step)]
        order += [*range(0 if step > 0 else len(steps) - 1, start, step)]
        for token in order:
            found = steps[token]
            if found.candidates and (found.rank > 1 if jump == "fork" else found.entropy_bits > limit):
                self._pin(token)
                return

    @Slot(float)
    def _on_uncertain_changed(self, uncertain_bits: float) -> None:
        change(self._services.settings, self._services.notices, "chat.uncertain_bits", uncertain_bits)

    # --- how likely any text was ----------------------------------------------------------------------------

    @Slot(str)
    def _on_find(self, text: str) -> None:
        if self.inspector is None or self._session.pinned is None:
            return
        if self._session.busy:
            self.inspector.finder.show_words(self.tr("The model is writing: ask when it has finished."))
            return
        self.inspector.finder.show_words(self.tr("The model is asked …"))
        self._finding.find(self._session.pinned, text, self._on_found)

    def _on_found(self, finds: Finds) -> None:
        if self.inspector is None:
            return
        if finds.error is not None:
            words = explain(finds.error)
            self.inspector.finder.show_words(" ".join(part for part in (words.title, words.text) if part))
        elif not finds.texts:
            self.inspector.finder.show_words(self.tr("Score the text first: what stands before has no tokens yet."))
        else:
            texts = [(found.steps, found.logprob) for found in finds.texts if not math.isnan(found.logprob)]
            self.inspector.finder.show_texts(texts, same=True)

    # --- the card under the pointer -------------------------------------------------------------------------

    @Slot(int)
    def _on_hovered(self, token: int) -> None:
        self._hovered = token
        if token < 0:
            self._hide_card()
        elif self.card.isVisible():
            self._on_hover_time()
        else:
            self._timer.start()

    @Slot()
    def _on_hover_time(self) -> None:
        facts = self.facts(self._hovered if self._hovered >= 0 else None)
        if facts is not None:
            rect = self._canvas.token_rect(self._hovered)
            rect.moveTopLeft(self._canvas.viewport().mapTo(self._page, rect.topLeft()))
            self.card.show_at(facts, rect)

    @Slot()
    def _on_placed(self) -> None:
        self._hide_card()
        self.ghost.hide()

    def _hide_card(self) -> None:
        self._timer.stop()
        self.card.hide()
