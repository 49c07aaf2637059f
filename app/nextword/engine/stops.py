"""Which jobs are to be stopped: told by the thread that reads, asked by the thread that computes."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Stops:
    """A Stop that comes too early, too late or for an unknown job does no harm to another job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: set[int] = set()  # waiting or running
        self._stopped: set[int] = set()
        self._stopped_lanes: set[tuple[int, int]] = set()
        self._running: int | None = None
        self._interrupt: Callable[[bool], None] = _nothing

    def interrupts(self, interrupt: Callable[[bool], None]) -> None:
        """Have `interrupt` called with True when the running job is stopped, with False when it has ended."""
        self._interrupt = interrupt

    def accept(self, job: int) -> None:
        """Know a job from now on."""
        with self._lock:
            self._accepted.add(job)

    def begin(self, job: int) -> None:
        """Say that `job` runs now; it may have been stopped while it waited."""
        with self._lock:
            self._running = job
            self._interrupt(job in self._stopped)

    def stop(self, job: int, lane: int = -1) -> None:
        """Stop a job that waits or runs, or one lane of it."""
        with self._lock:
            if job in self._accepted and lane >= 0:
                self._stopped_lanes.add((job, lane))
                return
            if job in self._accepted:
                self._stopped.add(job)
            if job == self._running:
                self._interrupt(True)

    def is_stopped(self, job: int, lane: int = -1) -> bool:
        """Whether `job`, or that lane of it, is to end."""
        return job in self._stopped or (job, lane) in self._stopped_lanes

    def end(self, job: int) -> None:
        """Forget a job that has ended."""
        with self._lock:
            self._running = None
            self._accepted.discard(job)
            self._stopped.discard(job)
            self._stopped_lanes = {stopped for stopped in self._stopped_lanes if stopped[0] != job}
            self._interrupt(False)


def _nothing(_on: bool) -> None:
    """There is no model yet that could be interrupted."""
