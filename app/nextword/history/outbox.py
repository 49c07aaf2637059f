"""Writes that could not be done yet: kept in memory in their order and tried again until there is room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nextword.errors import HistoryError, NotSaved, SavingWaits

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

AGAIN_SECONDS = 2.0
_PASSING = ("disk_full", "io", "read_only", "locked")


class KeptWrite(Struct):
    """A write. done, failed: as for History.run; waits: called once when it has to wait for room."""

    work: Callable[[Conversations], Any]
    done: Callable[[Any], None] | None = None
    waits: Callable[[HistoryError], None] | None = None
    failed: Callable[[HistoryError], None] | None = None
    has_waited: bool = False


class Outbox:
    """On the history thread. attempt: do a write, raising our errors; tell: deliver a value to a listener.

    again: ask for `flush` after a while; told: the error while something waits, then None.
    """

    def __init__(
        self,
        attempt: Callable[[Callable[[Conversations], Any]], Any],
        tell: Callable[[Callable[[Any], None] | None, Any], None],
        *,
        again: Callable[[], None],
        told: Callable[[SavingWaits | None], None],
    ) -> None:
        self._attempt = attempt
        self._tell = tell
        self._again = again
        self._told = told
        self._waiting: list[KeptWrite] = []
        self._said: str | None = None

    @property
    def waiting(self) -> SavingWaits | None:
        """What waits, and why; None if nothing does."""
        return None if not self._waiting else SavingWaits(self._said or "other", waiting=len(self._waiting))

    def add(self, write: KeptWrite) -> None:
        """Do a write as soon as those before it are done."""
        self._waiting.append(write)
        self.flush()

    def flush(self) -> None:
        """Do what waits, the first first, as far as there is room."""
        reason = None
        while self._waiting and reason is None:
            write = self._waiting[0]
            try:
                result = self._attempt(write.work)
            except NotSaved as error:
                if error.reason in _PASSING:
                    reason = error.reason
                    continue
                self._drop(error)
            except HistoryError as error:
                self._drop(error)
            except BaseException as error:  # a fault of ours: what comes behind it may not wait for ever
                self._drop(NotSaved("other", f"{type(error).__name__}: {error}"[:200]))
                self.flush()
                raise
            else:
                self._waiting.pop(0)
                self._tell(write.done, result)
        self._wait(reason)

    def _wait(self, reason: str | None) -> None:
        if reason is not None:
            for write in self._waiting:
                if not write.has_waited:
                    write.has_waited = True
                    self._tell(write.waits, NotSaved(reason))
            self._again()
        if reason != self._said:
            self._said = reason
            self._told(self.waiting)

    def _drop(self, error: HistoryError) -> None:
        self._tell(self._waiting.pop(0).failed, error)


class Again:
    """Calls a function after a while, on a thread of its own, once for however many times it is asked."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._timer: threading.Timer | None = None
        self._closed = False
        self._lock = threading.Lock()

    def ask(self) -> None:
        """Have it called in AGAIN_SECONDS, unless that is so already."""
        with self._lock:
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(AGAIN_SECONDS, self._call)
                self._timer.name = "history-again"
                self._timer.start()

    def close(self) -> None:
        """Call nothing any more; the thread is joined."""
        with self._lock:
            self._closed = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()

    def _call(self) -> None:
        with self._lock:
            self._timer = None
            if self._closed:
                return
        self._function()
