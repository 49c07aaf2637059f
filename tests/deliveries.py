"""A queue that stands in for the GUI thread: other threads deliver to it, the test runs what was delivered."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable


class Deliveries:
    """Call an instance to deliver a function; `until` runs deliveries until a condition holds."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def __call__(self, function: Callable[[], None]) -> None:
        self._queue.put(function)

    def run_waiting(self) -> None:
        """Run what is there, wait for nothing."""
        while not self._queue.empty():
            self._queue.get()()

    def until(self, condition: Callable[[], object], *, seconds: float = 60.0) -> None:
        """Run deliveries until `condition()` is true. Raises TimeoutError when it never is."""
        end = time.monotonic() + seconds
        while not condition():
            try:
                self._queue.get(timeout=max(0.0, min(0.2, end - time.monotonic())))()
            except queue.Empty:
                if time.monotonic() >= end:
                    raise TimeoutError(f"not reached within {seconds} s") from None
