"""What ends an answer besides the model's own end: stop texts, and a passage that is said over and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

Item = TypeVar("Item")

_REPEATS = 3  # of a passage, before it counts as a loop


@dataclass(slots=True)
class Release(Generic[Item]):
    """Items that can be shown. found: a stop text was met; trim_bytes: so much of the last item belongs to it."""

    items: list[Item] = field(default_factory=list)
    found: bool = False
    trim_bytes: int = 0


class StopTexts(Generic[Item]):
    """Holds back tokens whose text may be the beginning of a stop text, until that is decided."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [text.encode() for text in texts if text]
        self._held: list[tuple[Item, int]] = []  # with the number of its bytes
        self._bytes = b""  # of what is held

    def feed(self, item: Item, text: bytes) -> Release[Item]:
        """Take a token with its visible bytes; return what is decided now."""
        if not self._texts:
            return Release([item])
        self._held.append((item, len(text)))
        self._bytes += text
        places = [place for stop in self._texts if (place := self._bytes.find(stop)) >= 0]
        if places:
            return self._cut_at(min(places))
        open_bytes = max(_open_end(self._bytes, stop) for stop in self._texts)
        return Release(self._take(len(self._bytes) - open_bytes))

    def flush(self) -> list[Item]:
        """Return what is still held: the answer has ended otherwise."""
        return self._take(len(self._bytes))

    def _take(self, size_bytes: int) -> list[Item]:
        """Return the first items that lie within `size_bytes`."""
        taken = 0
        items: list[Item] = []
        while self._held and taken + self._held[0][1] <= size_bytes:
            item, length = self._held.pop(0)
            items.append(item)
            taken += length
        self._bytes = self._bytes[taken:]
        return items

    def _cut_at(self, place: int) -> Release[Item]:
        start = 0
        items: list[Item] = []
        for item, length in self._held:
            if start >= place:
                break
            items.append(item)
            start += length
        self._held.clear()
        self._bytes = b""
        return Release(items, found=True, trim_bytes=max(0, start - place))


def _open_end(text: bytes, stop: bytes) -> int:
    """Return the length of the longest end of `text` that `stop` begins with, `stop` itself not counted."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0


class Loop:
    """Finds that the last `tokens` tokens are one passage three times or more. tokens 0: never."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._longest = tokens // _REPEATS  # passage that is looked for
        self._said: list[int] = []
        self._runs = np.zeros(self._longest + 1, np.int64)  # how many tokens in a row equal the one a period before

    def feed(self, token: int) -> bool:
        """Take a token; say whether the answer goes round in circles."""
        if not self._longest:
            return False
        before = np.array(self._said[: -self._longest - 1 : -1], np.int64)
        runs = self._runs[1 : before.size + 1]
        runs += 1
        runs[before != token] = 0
        self._said.append(token)
        if len(self._said) > 2 * self._longest:
            del self._said[: self._longest]
        periods = np.arange(1, before.size + 1)
        return bool((runs + periods >= self._tokens).any())
