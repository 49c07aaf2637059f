"""A message that is shown and may grow: its leaves, of which only the last blocks are parsed again."""

from __future__ import annotations

from nextword.chat.markup import parser
from nextword.chat.markup.blocks import Box, Fold, Leaf
from nextword.chat.markup.thinking import Thought, find_thought
from nextword.chat.markup.wide_text import wide

MOST_PARSED = 300_000
"""Characters; a longer message is shown as it was written. So many lines without an empty one also are."""

_MOST_LINES = 20_000


class _Part:
    """A stretch of a message that is parsed by itself and may grow at its end."""

    def __init__(self, start: int, *, raw: bool, inside: tuple[Box, ...] = ()) -> None:
        self.start = start
        self.leaves: list[Leaf] = []
        self.raw = raw
        self._inside = inside
        self._starts: list[tuple[int, int]] = []  # blocks at the top: place, number of its first leaf

    def parse(self, source: str, end: int, *, open_end: bool) -> None:
        """Follow what was added; leaves that stay as they were stay the same objects.

        The last two blocks are parsed again: a line that is not whole yet may still join the block before it.
        """
        place, number = self._starts[-2] if len(self._starts) > 1 else (self.start, 0)
        if self.raw:
            blocks = parser.raw(source, place, end)
        else:
            blocks = parser.parse(source, place, end, open_end=open_end, inside=self._inside)
        self._starts = [begun for begun in self._starts if begun[1] < number and begun[0] < place]
        self._starts += [(begun, number + first) for begun, first in blocks.starts]
        leaves = self.leaves[:number] + blocks.leaves
        while number < min(len(self.leaves), len(leaves)) and self.leaves[number] == leaves[number]:
            leaves[number] = self.leaves[number]
            number += 1
        self.leaves = leaves


class MarkupDocument:
    """Knows the leaves of one message. A fold, where there is one, is the first of them."""

    def __init__(self, *, raw: bool = False) -> None:
        self.source = ""
        self.leaves: list[Leaf] = []
        self._raw = raw
        self._text = ""
        self._open_end = False
        self._thoughts: _Part | None = None
        self._rest = _Part(0, raw=raw)

    def update(self, text: str, *, open_end: bool = False) -> int:
        """Show `text`; open_end: it is being written.

        Return the number of leaves that stayed as they were; the fold at the beginning may be another one.
        """
        if text == self._text and open_end == self._open_end:
            return len(self.leaves)
        grown = bool(self._text) and text.startswith(self._text)
        self.source = self.source + wide(text[len(self._text) :]) if grown else wide(text)
        self._text, self._open_end = text, open_end
        raw = self._raw or len(self.source) > MOST_PARSED or self.source.count("\n") > _MOST_LINES
        if not grown or raw != self._rest.raw:
            self._thoughts, self._rest = None, _Part(0, raw=raw)
        thought = None if raw else find_thought(self.source)
        leaves = self._parse_thought(thought)
        begin = 0 if thought is None else thought.end
        if self._rest.start != begin:
            self._rest = _Part(begin, raw=raw)
        self._rest.parse(self.source, len(self.source), open_end=open_end)
        return self._take([*leaves, *self._rest.leaves], same=1 if leaves else 0)

    def _parse_thought(self, thought: Thought | None) -> list[Leaf]:
        if thought is None:
            self._thoughts = None
            return []
        first, last = thought.inner
        if self._thoughts is None or self._thoughts.start != first:
            self._thoughts = _Part(first, raw=False, inside=(Box("thinking", thought.start),))
        self._thoughts.parse(self.source, last, open_end=self._open_end and not thought.closed)
        words = len(self.source[first:last].split())
        fold = Fold(thought.start, thought.end, ((thought.start, first),), words=words, closed=thought.closed)
        return [fold, *self._thoughts.leaves]

    def _take(self, leaves: list[Leaf], *, same: int) -> int:
        """Take new leaves; return how many at the beginning are as before. same: so many need not be looked at."""
        old = self.leaves
        same = min(same, len(old)) if old and isinstance(old[0], Fold) else 0
        while same < min(len(old), len(leaves)) and old[same] is leaves[same]:  # parts keep what is the same
            same += 1
        self.leaves = leaves
        return same
