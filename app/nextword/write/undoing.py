"""The way back through the changes of a document and forth again; what was typed in one go is one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nextword.write.board import Board
from nextword.write.text import Change

_MOST_STEPS = 500
_BREAKS = " \n\t.,;:!?"


@dataclass(slots=True)
class _Step:
    changes: list[Change] = field(default_factory=list)
    before: int = 0  # where the caret was
    after: int = 0
    typing: bool = False  # another character may join


class Undoing:
    """Steps back and forth; each takes the tokens with their numbers along."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._back: list[_Step] = []
        self._forth: list[_Step] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back that can be done again."""
        return bool(self._forth)

    def clear(self) -> None:
        """Forget everything: another document is shown."""
        self._back.clear()
        self._forth.clear()

    def note(self, changes: Sequence[Change], *, before: int, after: int, typed: str = "") -> None:
        """Remember what was done. typed: the one character that was typed, "" for anything else."""
        self._forth.clear()
        last = self._back[-1] if self._back else None
        if typed and last is not None and last.typing and last.after == before:
            last.changes += changes
            last.after = after
            last.typing = typed not in _BREAKS
            return
        self._back.append(_Step(list(changes), before, after, typing=bool(typed)))
        del self._back[:-_MOST_STEPS]

    def stop_joining(self) -> None:
        """Let the next character that is typed be a step of its own."""
        if self._back:
            self._back[-1].typing = False

    def undo(self) -> None:
        """Take the last step back."""
        self._move(self._back, self._forth, forth=False)

    def redo(self) -> None:
        """Do the last step that was taken back again."""
        self._move(self._forth, self._back, forth=True)

    def _move(self, source: list[_Step], target: list[_Step], *, forth: bool) -> None:
        if not source:
            return
        step = source.pop()
        caret = step.after if forth else step.before
        done = [self._board.take_back(change, caret=caret) for change in reversed(step.changes)]
        target.append(_Step(done, step.before, step.after))
