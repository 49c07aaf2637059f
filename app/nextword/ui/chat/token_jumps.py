"""Goes to the next word of a kind, through all answers of a conversation; tokens are loaded on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from PySide6.QtCore import QModelIndex, QObject, Signal, Slot

from nextword.chat.session import ChatSession
from nextword.engine.tokens import TokenStep
from nextword.ui.chat.message_view import MessageView

Jump: TypeAlias = Literal["uncertain", "fork"]
"""uncertain: the model was undecided. fork: what was taken was not its first choice."""

Wanted: TypeAlias = Callable[[TokenStep], bool]


def wanted_by(jump: Jump, uncertain_bits: float) -> Wanted:
    """Return what tells the tokens that a jump goes to; those written by hand have no numbers."""
    if jump == "fork":
        return lambda step: bool(step.candidates) and step.rank > 1
    return lambda step: bool(step.candidates) and step.entropy_bits > uncertain_bits


def next_token(steps: Sequence[TokenStep], after: int | None, step: int, wanted: Wanted) -> int | None:
    """Return the next token that is wanted. after: where to begin, None: at the first, or for step -1 the last."""
    if after is None:
        after = -1 if step > 0 else len(steps)
    places = range(after + 1, len(steps)) if step > 0 else range(min(after, len(steps)) - 1, -1, -1)
    return next((place for place in places if wanted(steps[place])), None)


class TokenJumps(QObject):
    """nothing_found: there is no such word further on; step 1 or -1."""

    nothing_found = Signal(str, int)

    def __init__(self, session: ChatSession, view: MessageView) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._waiting: tuple[Jump, int, int, Wanted] | None = None  # jump, step, row whose tokens are being loaded
        view.messages.dataChanged.connect(self._on_data_changed)
        view.messages.modelReset.connect(self._on_reset)

    def jump(self, jump: Jump, step: int, uncertain_bits: float) -> None:
        """Go on from the token that is chosen, or from the message that is."""
        view = self._view
        if not view.messages.rowCount():
            return
        row, after = view.token if view.token is not None else (view.currentIndex().row(), None)
        if row < 0:
            row = view.visible_rows().start if step > 0 else view.visible_rows().stop - 1
        self._seek(jump, step, (row, after), wanted_by(jump, uncertain_bits))

    def _seek(self, jump: Jump, step: int, start: tuple[int, int | None], wanted: Wanted) -> None:
        self._waiting = None
        row, after = start
        while 0 <= row < self._view.messages.rowCount():
            message = self._view.messages.message(row)
            if message.role == "assistant" and message.has_tokens and not message.steps:
                self._waiting = (jump, step, row, wanted)
                self._session.load_tokens(row)
                return
            token = next_token(message.steps, after, step, wanted) if message.role == "assistant" else None
            if token is not None:
                self._view.hold_place()
                self._view.select_token(row, token)
                return
            row, after = row + step, None
        self.nothing_found.emit(jump, step)

    @Slot(QModelIndex, QModelIndex)
    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if self._waiting is None:
            return
        jump, step, row, wanted = self._waiting
        if first.row() <= row <= last.row() and self._view.messages.message(row).steps:
            self._seek(jump, step, (row, None), wanted)

    @Slot()
    def _on_reset(self) -> None:
        self._waiting = None
