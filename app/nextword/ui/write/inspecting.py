"""Asking the tokens of a document: which token is meant, what a click on another one does, keys from token to token."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtWidgets import QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.services import Services
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.keyed_action import keyed_action
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_inspecting import PANE, TokenInspecting
from nextword.ui.write.canvas import Canvas
from nextword.write.finding import Finding, Finds
from nextword.write.session import WriteSession


class Inspecting(TokenInspecting[int]):
    """Stands between the canvas and the Inspector. A place is the number of a token."""

    def __init__(
        self, session: WriteSession, canvas: Canvas, *, side: SidePanes, services: Services, page: QWidget
    ) -> None:
        super().__init__(canvas, side=side, services=services, page=page)
        self._session = session
        self._canvas = canvas
        self._finding = Finding(session)
        self._wanted = True  # a click opens the Inspector until somebody closes it
        self._shown = ""
        side.shown_changed.connect(self._on_side_changed)
        words = self.tr("Inspector: the numbers of the token at the cursor")
        keyed_action(page, words, "Ctrl+I").triggered.connect(self._on_toggle)
        canvas.token_pinned.connect(self._on_clicked)
        canvas.token_hovered.connect(self._on_hovered)
        canvas.neighbour_requested.connect(self._on_neighbour)
        canvas.jump_requested.connect(self._on_jump)
        canvas.placed.connect(self.follow)
        self._disconnect = [
            session.pinned_changed.connect(self._on_pinned),
            session.tokens_changed.connect(self._on_tokens),
            session.busy_changed.connect(self._on_busy),
        ]

    def stop(self) -> None:
        super().stop()
        self._finding.forget()
        for disconnect in self._disconnect:
            disconnect()

    def make_inspector(self, parent: QWidget) -> Inspector:
        made = Inspector(parent, way=self.tr("Click a token that has numbers, or press Alt+Left and Alt+Right"))
        made.branch_requested.connect(self._on_branch)
        made.neighbour_requested.connect(self._on_neighbour)
        made.jump_requested.connect(self._on_jump)
        made.left.connect(self._on_left)
        return made

    # --- the token that is pinned ---------------------------------------------------------------------------

    def pinned(self) -> int | None:
        return self._session.pinned

    def rect(self, place: int) -> QRect:
        return self._canvas.token_rect(place)

    def is_busy(self) -> bool:
        return bool(self._session.busy)

    def facts(self, place: int | None) -> TokenFacts | None:
        """Return what is shown of a token; numbers of another model are none."""
        session, token = self._session, place
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

    def _pin(self, token: int | None, *, visible: bool = True) -> None:
        self.hide_card()
        self._session.pin(token)
        self._canvas.show_pinned(token, visible=visible)

    @Slot(int)
    def _on_clicked(self, token: int) -> None:
        self._pin(None if token < 0 else token, visible=False)
        if token >= 0 and self._wanted and not self._side.shown and self._session.steps[token].candidates:
            self._side.show_pane(PANE)
            self.show_pinned()

    def _on_pinned(self, token: int | None) -> None:
        self.ghost.hide()
        self._finding.forget()
        self._canvas.show_pinned(token)
        self.show_pinned()

    def _on_tokens(self, _none: None) -> None:
        if self._side.shown == PANE and self._session.pinned is not None and not self._session.busy:
            self.show_pinned()

    def _on_busy(self, _task: object) -> None:
        self.show_pinned()

    @Slot(str)
    def _on_side_changed(self, shown: str) -> None:
        if shown == PANE:
            self._wanted = True
            self.show_pinned()
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
        self.show_pinned()

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
        limit = self.uncertain_bits
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

    # --- how likely any text was ----------------------------------------------------------------------------

    def find(self, place: int, text: str) -> None:
        self._finding.find(place, text, self._on_found)

    def _on_found(self, finds: Finds) -> None:
        if finds.error is not None:
            self.show_error(finds.error)
        elif self.inspector is not None and not finds.texts:
            self.inspector.finder.show_words(self.tr("Score the text first: what stands before has no tokens yet."))
        elif self.inspector is not None:
            texts = [(found.steps, found.logprob) for found in finds.texts if not math.isnan(found.logprob)]
            self.inspector.finder.show_texts(texts, same=True)

    @Slot(int)
    def _on_hovered(self, token: int) -> None:
        self.hover(None if token < 0 else token)
