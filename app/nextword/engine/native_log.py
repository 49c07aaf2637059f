"""The log of llama.cpp: its last lines are the reason in an error message, its warnings go to standard error."""

from __future__ import annotations

import ctypes
import re
import sys
import threading
from collections import deque

import llama_cpp

KEPT_LINES = 200
_WARN = 3  # enum ggml_log_level: NONE 0, DEBUG 1, INFO 2, WARN 3, ERROR 4, CONT 5 (goes on with the line before)
_ERROR = 4
_CONTINUED = 5
_BUFFER = re.compile(r":\s+(?P<where>\S+)\s+(?P<what>model|KV|RS|compute|output) buffer size =\s*(?P<size>[\d.]+) MiB")


class NativeLog:
    """Takes every message of llama.cpp from now on; keep the object alive as long as the library is used."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, str]] = deque(maxlen=KEPT_LINES)
        self._buffers: list[tuple[str, str, int]] = []
        self._open = ""  # the line that has no end yet
        self._level = 0
        self._lock = threading.Lock()
        self._callback = llama_cpp.llama_log_callback(self._on_text)
        self.listen()

    def listen(self) -> None:
        """Take every message from now on, also after somebody else did."""
        llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))

    def lines(self) -> tuple[str, ...]:
        """Return the last lines of every level, oldest first."""
        with self._lock:
            return tuple(text for _, text in self._lines)

    def reasons(self, count: int = 20) -> tuple[str, ...]:
        """Return the last lines that say what went wrong; without any, the last lines there are."""
        with self._lock:
            errors = [text for level, text in self._lines if level == _ERROR]
            return tuple(errors[-count:] or [text for _, text in self._lines][-count:])

    def buffers(self) -> tuple[tuple[str, str, int], ...]:
        """Return what memory was taken since `clear`: where ("CPU", "CPU_Mapped", "CPU_REPACK"), what for ("model",
        "KV", "RS", "compute", "output") and how many bytes, in steps of a hundredth of a MiB."""
        with self._lock:
            return tuple(self._buffers)

    def clear(self) -> None:
        """Forget the lines, so that the next failure has only its own."""
        with self._lock:
            self._lines.clear()
            self._buffers.clear()

    def _on_text(self, level: int, text: bytes, _user_data: object) -> None:
        with self._lock:
            if level != _CONTINUED:
                self._end_line()
                self._level = level
            self._open += text.decode("utf-8", "replace")
            while "\n" in self._open:
                line, self._open = self._open.split("\n", 1)
                self._keep(line)

    def _end_line(self) -> None:
        if self._open.strip():
            self._keep(self._open)
        self._open = ""

    def _keep(self, line: str) -> None:
        line = line.rstrip()[:1000]
        # A load without numbers prints one dot per step.
        if not line.strip("."):
            return
        self._lines.append((self._level, line))
        if found := _BUFFER.search(line):  # kept apart: hundreds of other lines follow them
            self._buffers.append((found["where"], found["what"], round(float(found["size"]) * (1 << 20))))
        if self._level >= _WARN:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - standard error is the engine's log
