"""A few threads that do what would keep the window waiting; they end with the program, whatever they wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

CLOSE_SECONDS = 3.0


class WorkerThreads:
    """Starts its threads with the first work. Work handles its own errors."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._lost = 0  # threads that ended by a fault of ours

    def submit(self, work: Callable[[], None]) -> None:
        """Do `work` when a thread is free; nothing after `close`. On the owner's thread."""
        if self._closed:
            return
        self._work.put(work)
        if len(self._threads) - self._lost < self._count:
            name = f"{self._name}_{len(self._threads)}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Drop what was not begun, and wait for what was, at most three seconds."""
        self._closed = True
        while not self._work.empty():
            self._work.get()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                if not self._closed:
                    work()
        except BaseException:  # the hook for threads tells it; another thread takes the place of this one
            self._lost += 1
            raise
