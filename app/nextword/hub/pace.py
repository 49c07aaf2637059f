"""How fast bytes come: measured over the last seconds, and held to a limit."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_SECONDS = 5.0
_SHORTEST = 0.25


class Meter:
    """Bytes per second over the last five seconds. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._since = time.monotonic()
        self.total_bytes = 0

    def add(self, count: int) -> None:
        """Note that `count` bytes came now."""
        now = time.monotonic()
        with self._lock:
            self.total_bytes += count
            self._sum += count
            if self._samples and now - self._samples[-1][0] < 0.05:
                moment, before = self._samples[-1]
                self._samples[-1] = (moment, before + count)
            else:
                self._samples.append((now, count))
            self._drop(now)

    def rate(self) -> float:
        """Return bytes per second."""
        now = time.monotonic()
        with self._lock:
            self._drop(now)
            return self._sum / max(_SHORTEST, min(WINDOW_SECONDS, now - self._since))

    def restart(self) -> None:
        """Begin to measure anew, as after a pause."""
        with self._lock:
            self._samples.clear()
            self._sum = 0
            self._since = time.monotonic()

    def _drop(self, now: float) -> None:
        while self._samples and now - self._samples[0][0] > WINDOW_SECONDS:
            self._sum -= self._samples.popleft()[1]


class Limit:
    """Lets at most so many bytes a second through, all threads together; 0 lets all through."""

    def __init__(self, bytes_per_second: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._rate = bytes_per_second
        self._free_at = time.monotonic()

    def set(self, bytes_per_second: float) -> None:
        """Hold to another rate from now on."""
        with self._lock:
            self._rate = bytes_per_second
            self._free_at = time.monotonic()

    def take(self, count: int, stop: threading.Event) -> None:
        """Wait until `count` more bytes may come, or until `stop` is set."""
        with self._lock:
            if self._rate <= 0:
                return
            now = time.monotonic()
            self._free_at = max(self._free_at, now - 0.5) + count / self._rate
            wait = self._free_at - now
        if wait > 0:
            stop.wait(wait)
