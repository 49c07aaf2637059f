"""A text that the model writes at a place of the document: it grows there, and is one step back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from nextword.engine.tokens import TokenStep
from nextword.write.board import Board
from nextword.write.spelling import MODEL, ORIGIN, Piece, spelled
from nextword.write.text import Change

SHOW_SECONDS = 1 / 30


Later: TypeAlias = Callable[[float, Callable[[], None]], None]
"""Call a function on this thread after some seconds."""


class Growing:
    """Tokens that come one by one, put into the text at most 30 times a second.

    start, end: where it stands now.
    """

    def __init__(self, board: Board, place: int, *, origin: int, later: Later) -> None:
        self.start = self.end = place
        self.steps: list[TokenStep] = []  # those of this run
        self._board = board
        self._mark = MODEL + ORIGIN * origin
        self._later = later
        self._waiting: list[TokenStep] = []
        self._due = False
        self._shown_at = 0.0
        self._first: Change | None = None
        self._rest = 0  # characters behind it that the first change touched
        self._tail: list[TokenStep] = []  # since the last whole character
        self._tail_start = place
        self._tail_marks: list[int] = []
        self._take_half()

    def _take_half(self) -> None:
        """Begin with the tokens before the place that end within a character: it may become whole now."""
        written = self._board.written
        head = list(written.tokens_in(max(0, self.start - 1), self.start))
        if not head or not written.text[: self.start].endswith("\ufffd"):
            return
        steps = [written.steps[token] for token in head]
        if all(written.by_model(token) for token in head) and spelled(steps, MODEL).text == "\ufffd":
            self._tail = steps
            self._tail_marks = [written.marks[token] for token in head]
            self._tail_start = self.start - 1

    def add(self, step: TokenStep) -> None:
        """Take a token; one that is never shown ends a text and is no part of it."""
        if step.special:
            return
        self.steps.append(step)
        self._waiting.append(step)
        if time.monotonic() - self._shown_at >= SHOW_SECONDS:
            self.show()
        elif not self._due:
            self._due = True
            self._later(SHOW_SECONDS, self._on_due)

    def _on_due(self) -> None:
        if self._due:
            self.show()

    def show(self) -> None:
        """Put what waits into the text."""
        self._due = False
        self._shown_at = time.monotonic()
        if not self._waiting:
            return
        self._tail += self._waiting
        self._tail_marks += [self._mark] * len(self._waiting)
        self._waiting = []
        piece = spelled(self._tail, self._mark)
        piece.marks = list(self._tail_marks)
        end = self._tail_start + len(piece.text)
        change = self._board.put(self._tail_start, self.end, piece, caret=end)
        if self._first is None:
            self._first = change
            self._rest = len(change.added.text) - (self._tail_start - change.start) - len(piece.text)
        self.end = end
        self._keep_tail(piece)

    def _keep_tail(self, piece: Piece) -> None:
        """Remember the tokens that may still change: those of a character at the end that is not whole."""
        if not piece.text.endswith("\ufffd"):
            self._tail, self._tail_marks, self._tail_start = [], [], self.end
            return
        last = piece.starts[-1]
        begin = next(place for place, start in enumerate(piece.starts) if start >= last or piece.ends[place] > last)
        self._tail, self._tail_marks = self._tail[begin:], self._tail_marks[begin:]
        self._tail_start += piece.starts[begin]

    def trim(self, size_bytes: int) -> None:
        """Take the beginning of a stop text off the end."""
        self.show()
        if not size_bytes or not self.steps:
            return
        last = self.steps[-1].text[-size_bytes:].decode("utf-8", "replace")
        if self._board.written.text[self.start : self.end].endswith(last):
            self._board.put(self.end - len(last), self.end, Piece(), caret=self.end - len(last))
            self.end -= len(last)

    def finish(self) -> list[Change]:
        """Show the rest; return the one change that all of it was."""
        self.show()
        first = self._first
        if first is None:
            return []
        whole = self._board.written.piece(first.start, self.end + self._rest)
        return [Change(first.start, first.removed, whole, first.marks, first.laid)]
