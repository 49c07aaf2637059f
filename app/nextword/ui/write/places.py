"""Places in a text as Python counts them (characters) and as Qt does (UTF-16 units), and how a text is shown by Qt."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

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


LONGEST_CHARACTERS = 10_000
"""A longer paragraph is shown in pieces: Qt lays a whole one out anew at every key, 2 MB of it in half a second."""

_NEAR = 200  # characters before the end of a piece in which a space is looked for


class Places:
    """The two ways of counting, for one text.

    breaks: places before which the view begins a new line that is not in the text; they rise.
    """

    def __init__(self, text: str = "", breaks: Sequence[int] = ()) -> None:
        self._wide: list[int] = []
        self._wide_units: list[int] = []
        if not text.isascii():
            self._wide = [found.start() for found in _TWO_UNITS.finditer(text)]
            self._wide_units = [place + number for number, place in enumerate(self._wide)]
        self._breaks = list(breaks)
        self._break_units = [
            place + bisect_left(self._wide, place) + number for number, place in enumerate(self._breaks)
        ]

    def units(self, place: int) -> int:
        """Return where Qt has a place; behind the line break of the view, if there is one."""
        return place + bisect_left(self._wide, place) + bisect_right(self._breaks, place)

    def characters(self, units: int) -> int:
        """Return the place that Qt has there; within a character: before it."""
        units -= bisect_left(self._break_units, units)
        return units - bisect_left(self._wide_units, units)


class ShownText:
    """A text as the view holds it. text: of the same length as the document's. raw: with the breaks of the view."""

    def __init__(self) -> None:
        self.text = ""
        self.raw = ""
        self.breaks: list[int] = []

    def places(self) -> Places:
        """Return where Qt has what."""
        return Places(self.text, self.breaks)

    def replace(self, start: int, end: int, added: str) -> str:
        """Put `added` for what stands between two places of the text; return it as the view is to insert it."""
        parts = pieces(added)
        new = "\n".join(parts)
        first, last = (place + bisect_right(self.breaks, place) for place in (start, end))
        found, at = [], start
        for part in parts[:-1]:
            at += len(part)
            found.append(at)
        behind = [place + len(added) - (end - start) for place in self.breaks if place > end]
        self.breaks = [*(place for place in self.breaks if place <= start), *found, *behind]
        self.text = self.text[:start] + added + self.text[end:]
        self.raw = self.raw[:first] + new + self.raw[last:]
        return new

    def follow(self, raw: str) -> tuple[int, int, str]:
        """Take what the view holds now; return the change of the text: from where to where, and what stands there.

        Where a break of the view alone went, nothing has changed.
        """
        first, last, stop = changed_span(self.raw, raw)
        marks = [place + number for number, place in enumerate(self.breaks)]  # where the breaks are in raw
        low, high = bisect_left(marks, first), bisect_left(marks, last)
        start, end, added = first - low, last - high, raw[first:stop]
        shift = len(added) - (end - start)
        self.breaks = [*self.breaks[:low], *(place + shift for place in self.breaks[high:])]
        self.text = self.text[:start] + added + self.text[end:] if self.breaks else raw
        self.raw = raw
        return start, end, added


def pieces(text: str) -> list[str]:
    """Cut paragraphs that are longer than LONGEST_CHARACTERS, behind a space where there is one."""
    if len(text) <= LONGEST_CHARACTERS:
        return [text]
    found: list[str] = []
    begin = at = 0
    while at < len(text):
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        while line_end - at > LONGEST_CHARACTERS:
            cut = at + LONGEST_CHARACTERS
            space = text.rfind(" ", cut - _NEAR, cut)
            at = cut if space < 0 else space + 1
            found.append(text[begin:at])
            begin = at
        at = line_end + 1
    found.append(text[begin:])
    return found


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
