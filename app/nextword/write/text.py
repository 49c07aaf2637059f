"""The text of a document and its tokens: what is edited, what is known of it, and the way back.

Knows neither the engine nor the window. Places are characters (code points) from 0.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from nextword.engine.tokens import TokenStep
from nextword.write.spelling import MODEL, ORIGIN, STALE, Piece


@dataclass(slots=True)
class Change:
    """What a splice did, for its way back. marks: of the tokens behind it before, None when none of them changed.

    laid: how often tokens were laid anew before it.
    """

    start: int
    removed: Piece
    added: Piece
    marks: list[int] | None
    laid: int = 0


class WrittenText:
    """Tokens lie one behind the other, with gaps where text has none yet. steps, starts, ends, marks: a column each."""

    def __init__(self) -> None:
        self.text = ""
        self.steps: list[TokenStep] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.marks: list[int] = []
        self.laid = 0

    def __len__(self) -> int:
        return len(self.steps)

    # --- looking --------------------------------------------------------------------------------------------

    def token_at(self, place: int) -> int | None:
        """Return the token that covers the character at `place`, the first of several; None in a gap."""
        index = bisect_right(self.ends, place)
        return index if index < len(self.steps) and self.starts[index] <= place else None

    def tokens_in(self, start: int, end: int) -> range:
        """Return the tokens that cover some of the characters between two places."""
        return range(bisect_right(self.ends, start), bisect_left(self.starts, end))

    def is_stale(self, token: int) -> bool:
        """Whether what stands before a token has changed since it got its numbers."""
        return bool(self.marks[token] & STALE)

    def by_model(self, token: int) -> bool:
        """Whether a token keeps its id: the model wrote it, or somebody chose it among the model's tokens."""
        return bool(self.marks[token] & MODEL)

    def covered(self, start: int, end: int) -> bool:
        """Whether every character between two places belongs to a token."""
        at = start
        for token in self.tokens_in(start, end):
            if self.starts[token] > at:
                return False
            at = max(at, self.ends[token])
        return at >= end

    def parts(self, start: int, end: int) -> list[str | list[int]]:
        """Return what stands between two places as it is sent: text of a person as text, tokens of the model as ids.

        A token of the model that is cut by a border is text: there is no id for its half.
        """
        parts: list[str | list[int]] = []
        at = start
        for token in self.tokens_in(start, end):
            first, last = self.starts[token], self.ends[token]
            if not self.by_model(token) or first < start or last > end:
                continue
            if first > at:
                parts.append(self.text[at:first])
            if parts and isinstance(parts[-1], list):
                parts[-1].append(self.steps[token].id)
            else:
                parts.append([self.steps[token].id])
            at = max(at, last)
        if at < end:
            parts.append(self.text[at:end])
        return parts

    # --- changing -------------------------------------------------------------------------------------------

    def splice(self, start: int, end: int, piece: Piece, *, stale: bool = True) -> Change:
        """Put `piece` in the place of what stands between two places; tokens that are cut by a border are lost.

        stale: whether the tokens behind it lose their validity.
        """
        first, last = self._widened(start, end)
        shift = start - first
        added = Piece(
            self.text[first:start] + piece.text + self.text[end:last],
            list(piece.steps),
            [place + shift for place in piece.starts],
            [place + shift for place in piece.ends],
            list(piece.marks),
        )
        return self._put(first, last, added, stale=stale)

    def take_back(self, change: Change) -> Change:
        """Undo the last change that is not undone; return the change that does it again.

        Tokens that were scored since are stale then, behind the change: their numbers are of the text as it was.
        """
        same = change.laid == self.laid
        redone = self.splice(change.start, change.start + len(change.added.text), change.removed, stale=not same)
        if same and change.marks is not None:
            behind = len(self) - len(change.marks)
            redone.marks = self.marks[behind:]
            self.marks[behind:] = change.marks
        return redone

    def piece(self, start: int, end: int) -> Piece:
        """Return what stands between two places that cut no token."""
        low, high = self._inner(start, end)
        return Piece(
            self.text[start:end],
            self.steps[low:high],
            [place - start for place in self.starts[low:high]],
            [place - start for place in self.ends[low:high]],
            self.marks[low:high],
        )

    def renew(self, first: int, steps: Sequence[TokenStep], *, origin: int) -> None:
        """Give tokens that are there new numbers; text and author stay."""
        self.laid += 1
        last = first + len(steps)
        self.steps[first:last] = steps
        # a token of the model keeps what made it, unless another model judges it now
        self.marks[first:last] = [
            (mark & MODEL) + ORIGIN * (mark // ORIGIN if mark & MODEL and mark // ORIGIN else origin)
            for mark in self.marks[first:last]
        ]

    def lay(self, piece: Piece) -> None:
        """Give the text up to the end of `piece`, which is the same text, its tokens."""
        self.laid += 1
        high = bisect_left(self.starts, len(piece.text))
        while high > 0 and self.ends[high - 1] > len(piece.text):
            high -= 1
        self.steps[:high], self.starts[:high] = piece.steps, piece.starts
        self.ends[:high], self.marks[:high] = piece.ends, piece.marks

    def _put(self, start: int, end: int, added: Piece, *, stale: bool) -> Change:
        """Replace whole tokens: no token is cut by the borders, except by an empty replacement beside it."""
        low, high = self._inner(start, end)
        removed = self.piece(start, end)
        delta = len(added.text) - (end - start)
        self.text = self.text[:start] + added.text + self.text[end:]
        behind_starts, behind_ends = self.starts[high:], self.ends[high:]
        if delta:
            behind_starts = [place + delta for place in behind_starts]
            behind_ends = [place + delta for place in behind_ends]
        behind = self.marks[high:]
        before: list[int] | None = None
        if stale and any(not mark & STALE for mark in behind):
            before = behind
            behind = [mark | STALE for mark in behind]
        self.steps[low:high] = added.steps
        self.starts[low:] = [place + start for place in added.starts] + behind_starts
        self.ends[low:] = [place + start for place in added.ends] + behind_ends
        self.marks[low:] = added.marks + behind
        return Change(start, removed, added, before, self.laid)

    def _widened(self, start: int, end: int) -> tuple[int, int]:
        """Return the least stretch around two places whose borders cut no token; tokens of one character overlap."""
        while True:
            first, last = start, end
            for place in (start, end):
                for token in range(bisect_right(self.ends, place), bisect_left(self.starts, place)):
                    first, last = min(first, self.starts[token]), max(last, self.ends[token])
            if (first, last) == (start, end):
                return first, last
            start, end = first, last

    def _inner(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of tokens that lie between two places; one without width at the start stays before."""
        low = bisect_left(self.starts, start)
        while low < len(self) and self.ends[low] <= start and start < end:
            low += 1
        if start == end:
            low = bisect_right(self.ends, start)
            return low, low
        return low, max(low, bisect_left(self.starts, end))
