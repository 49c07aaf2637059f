"""Reads a data file on a thread of its own, so that the window never waits for 100,000 rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nextword.errors import NextwordError
from nextword.lab.dataset import Imported, Mapping, RawTable, read, to_items

Deliver = Callable[[Callable[[], None]], None]


class DataReading:
    """Whatever is asked later makes the answer to what was asked before of no interest: it is not told."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lab-data")
        self._asked = 0

    def read(
        self,
        path: Path,
        has_header: bool | None,
        *,
        done: Callable[[RawTable], None],
        failed: Callable[[NextwordError], None],
    ) -> None:
        """Read a file."""
        self._asked += 1
        asked = self._asked

        def work() -> None:
            try:
                raw = read(path, has_header=has_header)
            except NextwordError as error:
                kept = error
                self._tell(asked, lambda: failed(kept))
            else:
                self._tell(asked, lambda: done(raw))

        self._executor.submit(work)

    def items(self, raw: RawTable, mapping: Mapping, done: Callable[[Imported], None]) -> None:
        """Make items of a table."""
        self._asked += 1
        asked = self._asked

        def work() -> None:
            imported = to_items(raw, mapping)
            self._tell(asked, lambda: done(imported))

        self._executor.submit(work)

    def close(self) -> None:
        """Tell nothing more."""
        self._asked += 1
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _tell(self, asked: int, say: Callable[[], None]) -> None:
        def told() -> None:
            if asked == self._asked:
                say()

        self._deliver(told)
