"""An import or an export that goes on piece by piece, between whatever else is asked of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from nextword.errors import HistoryError, ProfileInUse
from nextword.events import Event
from nextword.history.database import History

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations


class Progress(Protocol):
    """How far a transfer is; done: nothing is left to do."""

    @property
    def done(self) -> bool: ...


P_co = TypeVar("P_co", bound=Progress, covariant=True)
P = TypeVar("P", bound=Progress)


class Pieces(Protocol[P_co]):
    """What `Importing` and `Exporting` are: work that is done by calling `advance` until it is done."""

    def advance(self, conversations: Conversations) -> P_co: ...

    def close(self) -> None: ...


class Transfer(Generic[P]):
    """progressed: after each piece; ended: None when all is done, else the error. Both come on the window's thread.

    Cancel it before the history is closed: half-written files are removed then.
    """

    def __init__(self, history: History, work: Pieces[P]) -> None:
        self.progressed: Event[P] = Event()
        self.ended: Event[HistoryError | ProfileInUse | None] = Event()
        self.running = False
        self._history = history
        self._work = work

    def start(self) -> None:
        """Begin."""
        self.running = True
        self._next()

    def cancel(self) -> None:
        """Stop after the piece that is being done; what was imported stays, a file half-written is removed."""
        if self.running:
            self.running = False
            self._close()

    def _next(self) -> None:
        self._history.run(self._work.advance, done=self._on_piece, failed=self._on_failed)

    def _on_piece(self, progress: P) -> None:
        if not self.running:
            return
        self.running = not progress.done
        self.progressed.emit(progress)
        if progress.done:
            self._close()
            self.ended.emit(None)
        elif self.running:  # a listener may have cancelled it
            self._next()

    def _on_failed(self, error: HistoryError | ProfileInUse) -> None:
        if self.running:
            self.running = False
            self._close()
            self.ended.emit(error)

    def _close(self) -> None:
        """Let go on the history thread, where the work was: after the piece that is being done."""
        self._history.run(lambda _conversations: self._work.close())
