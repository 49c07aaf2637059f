"""Which tokens of a text are scored in which window, and what their log-probabilities say of the whole text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """ids: what is read, the beginning token included. first: index of the first scored one, up to the last.

    position: where ids[first] stands in the text, its beginning token not counted.
    """

    ids: Sequence[int]
    first: int
    position: int


def overlapping(start: Sequence[int], text: Sequence[int], *, size: int, overlap: int) -> Iterator[Window]:
    """Yield windows of at most `size` tokens that score each token once, with `overlap` tokens of the text before it.

    start: the beginning token, which is in every window, or nothing: then the first token of the text has no
    probability. overlap: less than size - len(start), and 1 or more when start is empty.
    """
    room = size - len(start)
    begin, scored = 0, 0 if start else 1
    while scored < len(text):
        end = min(begin + room, len(text))
        yield Window([*start, *text[begin:end]], len(start) + scored - begin, scored)
        begin, scored = end - overlap, end


def side_by_side(ids: Sequence[int], *, size: int, start: int | None, lead: int) -> Iterator[Window]:
    """Yield windows by the rule of llama-perplexity (tools/perplexity/perplexity.cpp).

    Windows of `size` follow one another without overlap; the beginning token `start`, if there is one, takes the
    place of the first token of each; the second half is scored, and what fills no window is left out. lead: how many
    beginning tokens the ids have.
    """
    first = size // 2 + 1
    for at in range(0, len(ids) - size + 1, size):
        window = list(ids[at : at + size])
        if start is not None:
            window[0] = start
        if first < size:
            yield Window(window, first, at + first - lead)


class Tally:
    """Sums over scored tokens."""

    def __init__(self) -> None:
        self.tokens = 0
        self.size_bytes = 0
        self.logprob_sum = 0.0
        self._squares = 0.0

    def add(self, logprob: float, size_bytes: int) -> None:
        """Count a token. logprob: natural log. size_bytes: how long what it spells is."""
        self.tokens += 1
        self.size_bytes += size_bytes
        self.logprob_sum += logprob
        self._squares += logprob * logprob

    @property
    def perplexity(self) -> float:
        """exp(-logprob_sum / tokens); NaN when nothing was counted, infinite when a token was impossible."""
        if not self.tokens:
            return math.nan
        mean = -self.logprob_sum / self.tokens
        return math.exp(mean) if mean < _LARGEST else math.inf

    @property
    def standard_error(self) -> float:
        """Of the perplexity: perplexity * sqrt((E[v^2] - E[v]^2) / (tokens - 1)); NaN below two tokens."""
        if self.tokens < 2 or not math.isfinite(self.logprob_sum):
            return math.nan
        mean = self.logprob_sum / self.tokens
        variance = max(0.0, self._squares / self.tokens - mean * mean)
        return self.perplexity * math.sqrt(variance / (self.tokens - 1))

    @property
    def bits_per_byte(self) -> float:
        """-logprob_sum / (ln 2 * bytes); NaN when the tokens spell nothing."""
        return -self.logprob_sum / (math.log(2) * self.size_bytes) if self.size_bytes else math.nan


_LARGEST = 709.0  # exp of more does not fit into a double
