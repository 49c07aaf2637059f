"""Where each token lies in a text; no widget here.

Places are counted in UTF-16 units, as Qt counts them. Several tokens that make up one character together all lie on
that character; a control token lies at a place and covers nothing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nextword.engine.tokens import TokenStep


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_out(text: str, start: int, end: int) -> str:
    """Return the part of `text` between two places in UTF-16 units."""
    data = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
    return data.decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to and not including `end`."""

    start: int
    end: int


class TokenSpans:
    """The spans of the tokens read so far and the text they make; grows with the tokens."""

    def __init__(self, steps: Iterable[TokenStep] = ()) -> None:
        self.spans: list[Span] = []
        self.text = ""
        self._length = 0
        self._waiting: list[int] = []  # tokens that end within a character
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.extend(steps)

    def extend(self, steps: Iterable[TokenStep]) -> None:
        """Add tokens at the end."""
        for step in steps:
            self._add(b"" if step.special else step.text)

    def _add(self, data: bytes) -> None:
        start = self._length
        new = self._decoder.decode(data)
        if new and self._waiting:
            end = start + units(new[0])
            for index in self._waiting:
                self.spans[index] = Span(self.spans[index].start, end)
            self._waiting.clear()
        self.text += new
        self._length += units(new)
        self.spans.append(Span(start, self._length))
        if data and self._decoder.getstate()[0]:
            self._waiting.append(len(self.spans) - 1)

    def offset_in(self, text: str) -> int | None:
        """Return the place in `text` where the tokens begin; None when they do not make up its end.

        An answer that was edited and then continued has tokens for its last part alone.
        """
        if text.endswith(self.text):
            return units(text[: len(text) - len(self.text)])
        if text.startswith(self.text):  # a half character at the end, shown as a replacement sign
            return 0
        return None


class TokensInText:
    """Where the tokens of a text stand in it; both may grow. offset: where the first begins, None when they do not make
    up the end of the text."""

    def __init__(self) -> None:
        self.offset: int | None = 0
        self._steps: Sequence[TokenStep] = ()
        self._spans = TokenSpans()

    @property
    def spans(self) -> list[Span]:
        """The spans, counted from `offset`."""
        return self._spans.spans

    def take(self, steps: Sequence[TokenStep], text: str) -> int:
        """Follow `steps`: those of the last call, which may have grown, or others. Return the first place of the text
        whose tokens are not as they were."""
        known = len(self.spans)
        same = steps is self._steps and 0 < known <= len(steps)
        changed_from = self.spans[-1].start if same else 0
        if same:
            self._spans.extend(steps[known:])
        else:
            self._spans = TokenSpans(steps)
        self._steps = steps
        before, self.offset = self.offset, self._spans.offset_in(text)
        return changed_from + self.offset if same and self.offset is not None and self.offset == before else 0


class Surprisals:
    """The surprisal in bits of each token of a sequence that may grow; only what is new is computed."""

    def __init__(self) -> None:
        self.bits: list[float] = []
        self._steps: Sequence[TokenStep] = ()
        self._total_bits = 0.0

    def take(self, steps: Sequence[TokenStep]) -> None:
        """Follow `steps`: the sequence of the last call, which may have grown, or another one."""
        if steps is not self._steps or len(steps) < len(self.bits):
            self.bits, self._steps, self._total_bits = [], steps, 0.0
        for step in steps[len(self.bits) :]:
            self.bits.append(step.surprisal_bits)
            self._total_bits += step.surprisal_bits

    def mean_bits(self) -> float | None:
        """Return the mean per token, None without tokens."""
        return self._total_bits / len(self.bits) if self.bits else None
