"""Places in a text as Python counts them (characters) and as Qt does (UTF-16 units), and what Qt cannot show."""

from __future__ import annotations

import re
from bisect import bisect_left

_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")
_NOT_SHOWN = {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
_NOT_SHOWN |= {0x7F: "\u2421", 0x2029: "\n", 0xFDD0: "\ufffd", 0xFDD1: "\ufffd"}
_NOT_SHOWN |= {code: "\u240d" for code in (0x0D, 0x85)}
_STRANGE = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2029\ufdd0\ufdd1\ud800-\udfff]")


def as_shown(text: str) -> str:
    """Return a text of the same length in which every character can be seen: a sign for each control character."""
    if _STRANGE.search(text) is None:
        return text
    return _STRANGE.sub(lambda found: _NOT_SHOWN.get(ord(found[0]), "\ufffd"), text)


class Places:
    """The two ways of counting, for one text."""

    def __init__(self, text: str = "") -> None:
        self._wide: list[int] = []
        self._wide_units: list[int] = []
        if not text.isascii():
            self._wide = [found.start() for found in _TWO_UNITS.finditer(text)]
            self._wide_units = [place + number for number, place in enumerate(self._wide)]

    def units(self, place: int) -> int:
        """Return where Qt has a place."""
        return place + bisect_left(self._wide, place)

    def characters(self, units: int) -> int:
        """Return the place that Qt has there; within a character: before it."""
        return units - bisect_left(self._wide_units, units)


def changed_span(before: str, after: str) -> tuple[int, int, int]:
    """Return what differs: where it begins, where it ends in `before`, where it ends in `after`."""
    low, high = 0, min(len(before), len(after))
    while low < high:  # the longest common beginning, by halves: comparing slices is fast
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    start = low
    low, high = 0, min(len(before), len(after)) - start
    while low < high:
        middle = (low + high + 1) // 2
        if before[len(before) - middle : len(before) - low] == after[len(after) - middle : len(after) - low]:
            low = middle
        else:
            high = middle - 1
    return start, len(before) - low, len(after) - low
