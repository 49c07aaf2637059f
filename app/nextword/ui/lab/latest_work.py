"""Work on a thread of its own, all of it or the newest alone: the window never waits for 100,000 rows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from nextword.thread_faults import tell_fault

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]


class LatestWork:
    """The thread begins with the first work; `close` lets it end. thread: how it is called."""

    def __init__(self, deliver: Deliver, *, thread: str = "lab-data") -> None:
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=thread)
        self._asked = 0

    def run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `work`; tell its result if nothing was asked since, and leave out what waits meanwhile. It handles its own
        errors."""
        self._asked += 1
        asked = self._asked

        def told(result: T) -> None:
            if asked == self._asked:
                done(result)

        def worked() -> None:
            if asked != self._asked:
                return
            result = work()
            self._deliver(lambda: told(result))

        with contextlib.suppress(RuntimeError):  # it was closed meanwhile
            self._executor.submit(worked).add_done_callback(tell_fault)

    def forget(self) -> None:
        """Tell nothing of what was asked up to now."""
        self._asked += 1

    def close(self) -> None:
        """Tell nothing more."""
        self._asked += 1
        self._executor.shutdown(wait=False, cancel_futures=True)


class WorkInTurn:
    """Does all that it is given, one after the other; as `LatestWork` else."""

    def __init__(self, deliver: Deliver, *, thread: str) -> None:
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=thread)
        self._closed = False

    def run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `work`; tell its result. It handles its own errors."""

        def told(result: T) -> None:
            if not self._closed:
                done(result)

        def worked() -> None:
            result = work()
            self._deliver(lambda: told(result))

        with contextlib.suppress(RuntimeError):  # it was closed meanwhile
            self._executor.submit(worked).add_done_callback(tell_fault)

    def close(self) -> None:
        """Tell nothing more; what is begun is done to its end."""
        self._closed = True
        self._executor.shutdown(wait=False)
