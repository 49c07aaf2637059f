"""Reads a data file, makes items of it and divides them, all on one thread beside the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nextword.errors import NextwordError
from nextword.lab.dataset import Imported, Mapping, RawTable, read, to_items
from nextword.lab.splits import Shares, Splits, by_parts, part_named, split
from nextword.ui.lab.latest_work import Deliver, LatestWork

SHARES = Shares(test=0.5, tuning=0.2)


class DataReading:
    """Whatever is asked later makes the answer to what was asked before of no interest: it is not told."""

    def __init__(self, deliver: Deliver) -> None:
        self._work = LatestWork(deliver)

    def read(
        self,
        path: Path,
        has_header: bool | None,
        *,
        done: Callable[[RawTable], None],
        failed: Callable[[NextwordError], None],
    ) -> None:
        """Read a file."""

        def work() -> RawTable | NextwordError:
            try:
                return read(path, has_header=has_header)
            except NextwordError as error:
                return error

        def told(found: RawTable | NextwordError) -> None:
            if isinstance(found, RawTable):
                done(found)
            else:
                failed(found)

        self._work.run(work, told)

    def items(self, raw: RawTable, mapping: Mapping, done: Callable[[Imported, Splits], None]) -> None:
        """Make items of a table, divided by its own column or at random."""

        def work() -> tuple[Imported, Splits]:
            imported = to_items(raw, mapping)
            if mapping.part:
                return imported, by_parts(imported.items, imported.parts, part_named)
            return imported, split(imported.items, SHARES)

        self._work.run(work, lambda found: done(*found))

    def close(self) -> None:
        """Tell nothing more."""
        self._work.close()
