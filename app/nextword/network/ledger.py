"""Every request that left this machine: to whom, what for, how much, when; kept in memory and in a file."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections import deque
from pathlib import Path

from msgspec import Struct

KEPT = 20_000
FILE_BYTES = 4_000_000


class Entry(Struct):
    """One request. when: seconds since 1970. status: of HTTP, 0 while there is none. path: without a query.

    outcome: under_way, answered, broken, refused (by the offline switch: nothing was sent).
    """

    when: float
    host: str
    purpose: str
    method: str
    path: str
    status: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    seconds: float = 0.0
    outcome: str = "under_way"


class Ledger:
    """See the module. file: one JSON object a line, None to keep it in memory alone. Used from any thread.

    version: grows with every change, so that a screen knows when to look again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.version = 0
        self._file = file
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._read_before = file is None

    def begin(self, entry: Entry) -> Entry:
        """Note a request that is about to be sent."""
        self._read_file()
        with self._lock:
            self._entries.append(entry)
            self.version += 1
        return entry

    def count(self, entry: Entry, received_bytes: int) -> None:
        """Note bytes of an answer that came."""
        with self._lock:
            entry.received_bytes += received_bytes
            self.version += 1

    def end(self, entry: Entry, outcome: str) -> None:
        """Note how a request ended, and write it to the file."""
        with self._lock:
            if entry.outcome != "under_way":
                return
            entry.outcome = outcome
            entry.seconds = max(0.0, time.time() - entry.when)
            self.version += 1
            self._append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """Return all that is kept, the oldest first."""
        self._read_file()
        with self._lock:
            return tuple(self._entries)

    def clear(self) -> None:
        """Forget everything, in the file as well."""
        with self._lock:
            self._read_before = True
            self._entries.clear()
            self.version += 1
            if self._file is not None:
                for file in (self._file, self._older):
                    with contextlib.suppress(OSError):
                        file.unlink(missing_ok=True)

    @property
    def _older(self) -> Path:
        assert self._file is not None
        return self._file.with_suffix(".1.jsonl")

    def _append(self, entry: Entry) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # a full disk costs the file, not the request
            if self._file.exists() and self._file.stat().st_size > FILE_BYTES:
                os.replace(self._file, self._older)
            values = {name: getattr(entry, name) for name in Entry.__struct_fields__}
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(values, ensure_ascii=False) + "\n")

    def _read_file(self) -> None:
        """Put what earlier runs wrote in front, when somebody first looks."""
        with self._lock:
            if self._read_before:
                return
            self._read_before = True
            assert self._file is not None
            found: list[Entry] = []
            for file in (self._older, self._file):
                with contextlib.suppress(OSError):
                    found += [entry for line in file.read_text("utf-8", "replace").splitlines() if (entry := _of(line))]
            here = list(self._entries)
            self._entries.clear()
            self._entries.extend(found + here)


def _of(line: str) -> Entry | None:
    try:
        values = json.loads(line)
        entry = Entry(**{name: values[name] for name in Entry.__struct_fields__ if name in values})
        float(entry.when)
        return entry if isinstance(entry.host, str) and isinstance(entry.received_bytes, int) else None
    except (ValueError, TypeError, KeyError):
        return None  # a line that was cut off
