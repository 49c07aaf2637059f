"""A message that is shown and may grow: its leaves, of which only the last blocks are parsed again."""

from __future__ import annotations

import re

from nextword.chat.markup import parser
from nextword.chat.markup.blocks import Box, Fold, Leaf, Lines
from nextword.chat.markup.thinking import Thought, find_thought
from nextword.chat.markup.wide_text import wide

MOST_PARSED = 300_000
"""Characters; a longer message is shown as it was written. So many lines without an empty one also are."""

_MOST_LINES = 20_000
_WORD = re.compile(r"\S+")


class MarkupDocument:
    """Knows the leaves of one message; `update` says from which leaf on they are new."""

    def __init__(self, *, raw: bool = False) -> None:
        self.source = ""
        self.leaves: list[Leaf] = []
        self._raw = raw
        self._text = ""
        self._open_end = False
        self._starts: list[tuple[int, int]] = []  # blocks at the top: place, number of its first leaf
        self._thought: Thought | None = None

    def update(self, text: str, *, open_end: bool = False) -> int:
        """Show `text`; open_end: it is being written. Return the number of leaves that stayed as they were."""
        if text == self._text and open_end == self._open_end:
            return len(self.leaves)
        grown = text.startswith(self._text) and bool(self._text)
        self.source = self.source + wide(text[len(self._text) :]) if grown else wide(text)
        self._text, self._open_end = text, open_end
        thought = None if self._raw else find_thought(self.source)
        same_thought = thought == self._thought or (thought is not None and not thought.closed)
        self._thought = thought
        raw = self._raw or len(self.source) > MOST_PARSED or self.source.count("\n") > _MOST_LINES
        if raw:
            return self._parse_from(0, 0, raw=True) if not grown or not self._raw else self._parse_tail(raw=True)
        if not grown or not same_thought or thought is not None:
            return self._parse_all(thought)
        return self._parse_tail(raw=False)

    def _parse_tail(self, *, raw: bool) -> int:
        """Parse the last two blocks again: a line that is not whole yet may still join the block before it."""
        if len(self._starts) < 2:
            return self._parse_from(0, 0, raw=raw)
        place, number = self._starts[-2]
        return self._parse_from(place, number, raw=raw)

    def _parse_from(self, place: int, number: int, *, raw: bool) -> int:
        kept = self.leaves[:number]
        end = len(self.source)
        blocks = (
            parser.raw(self.source, place, end)
            if raw
            else parser.parse(self.source, place, end, open_end=self._open_end)
        )
        self._starts = [start for start in self._starts if start[1] < number and start[0] < place]
        self._starts += [(start, number + first) for start, first in blocks.starts]
        return self._replace(kept + blocks.leaves, number)

    def _parse_all(self, thought: Thought | None) -> int:
        if thought is None:
            self._starts = []
            return self._parse_from(0, 0, raw=False)
        box = Box("thinking", thought.start)
        first, last = thought.inner
        inner = parser.parse(
            self.source, first, last, open_end=self._open_end and not thought.closed, inside=(box,)
        ).leaves
        lines: Lines = ((thought.start, first),)
        words = sum(1 for _ in _WORD.finditer(self.source, first, last))
        fold = Fold(thought.start, thought.end, lines, words=words, closed=thought.closed)
        rest = parser.parse(self.source, thought.end, len(self.source), open_end=self._open_end)
        self._starts = []
        return self._replace([fold, *inner, *rest.leaves], 0)

    def _replace(self, leaves: list[Leaf], same: int) -> int:
        """Take new leaves; return how many at the beginning are as before."""
        old = self.leaves
        while same < min(len(old), len(leaves)) and old[same] == leaves[same]:
            same += 1
        self.leaves = leaves
        return same
