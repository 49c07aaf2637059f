"""Places within a line that Qt has laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from PySide6.QtGui import QTextLine

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\ud802-\ud803\ud83a\ud83b]|[\U00010800-\U00010fff]"
)


def runs_both_ways(text: str) -> bool:
    """Say whether parts of `text` may run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def cursor_x(line: QTextLine, place: int) -> float:
    """Return where a place of the text stands in its line."""
    found: object = line.cursorToX(place)  # a pair of x and the place, in spite of what the stubs say
    return float(cast(float, found[0] if isinstance(found, tuple) else found))


def extents(line: QTextLine, start: int, end: int, *, mixed: bool) -> Iterator[tuple[float, float]]:
    """Yield left and right of what stands between two places of a line; more than once where directions change."""
    if not mixed:
        yield cursor_x(line, start), cursor_x(line, end)
        return
    for run in line.glyphRuns(start, end - start):
        lefts = [position.x() for position in run.positions()]
        advances = run.rawFont().advancesForGlyphIndexes(run.glyphIndexes())
        if lefts:
            yield min(lefts), max(left + advance.x() for left, advance in zip(lefts, advances, strict=True))
