"""How high the rows of a long list are: measured where a row was seen, estimated elsewhere; no Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class RowHeights:
    """Heights in px and where each row begins. Estimates are replaced by what was measured."""

    def __init__(self) -> None:
        self._heights: list[float] = []
        self._measured: list[bool] = []
        self._tops: list[float] | None = None

    def reset(self, estimates: Iterable[float]) -> None:
        """Forget everything; one estimate per row."""
        self._heights = list(estimates)
        self._measured = [False] * len(self._heights)
        self._tops = None

    def insert(self, row: int, estimate: float) -> None:
        """Add a row."""
        self._heights.insert(row, estimate)
        self._measured.insert(row, False)
        self._tops = None

    def replace_from(self, row: int, estimates: Iterable[float]) -> None:
        """Forget a row and those after it; estimates for what stands there now."""
        self._heights[row:] = estimates
        self._measured[row:] = [False] * (len(self._heights) - row)
        self._tops = None

    def set(self, row: int, height: float) -> None:
        """Set what was measured."""
        self._measured[row] = True
        if self._heights[row] != height:
            self._heights[row] = height
            self._tops = None

    def invalidate(self, row: int) -> None:
        """Say that a row has to be measured again; its last height serves until then."""
        self._measured[row] = False

    def is_measured(self, row: int) -> bool:
        return self._measured[row]

    def height(self, row: int) -> float:
        return self._heights[row]

    def top(self, row: int) -> float:
        """Return where a row begins; for the row after the last: where the list ends."""
        return self._all_tops()[row]

    def total(self) -> float:
        return self._all_tops()[-1]

    def row_at(self, y: float) -> int:
        """Return the row that covers y; the first or the last outside the list. The list must not be empty."""
        return max(0, min(len(self._heights) - 1, bisect_right(self._all_tops(), y) - 1))

    def rows_between(self, top: float, bottom: float) -> range:
        """Return the rows that lie at least partly between two heights."""
        if not self._heights:
            return range(0)
        return range(self.row_at(top), self.row_at(bottom) + 1)

    def __len__(self) -> int:
        return len(self._heights)

    def _all_tops(self) -> list[float]:
        if self._tops is None:
            self._tops = list(accumulate(self._heights, initial=0.0))
        return self._tops
