"""What is selected of the messages: from a place in one of them to a place in the same or another."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """It began at `start` in `start_row` and was drawn, either way, to `end` in `end_row`; in UTF-16 units."""

    start_row: int
    start: int
    end_row: int
    end: int

    @classmethod
    def within(cls, row: int, start: int, end: int) -> Selection:
        """Return a selection that lies in one message."""
        return cls(row, start, row, end)

    @property
    def rows(self) -> range:
        """The messages of which something is selected."""
        return range(min(self.start_row, self.end_row), max(self.start_row, self.end_row) + 1)

    def part(self, row: int) -> tuple[int, int] | None:
        """Return from where to where a message is selected, None for nothing of it; beyond its end means all of it."""
        if row not in self.rows:
            return None
        first, last = sorted(((self.start_row, self.start), (self.end_row, self.end)))
        return first[1] if row == first[0] else 0, last[1] if row == last[0] else sys.maxsize
