"""What was said before, kept so that the sampler's penalties cost little per token: counts, and repeated passages."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

_BREAKER_BYTES = 40  # llama.cpp cuts longer ones
_TAIL_TOKENS = 20
_LARGEST_LOG = 88.7228391  # of the largest float32; llama.cpp ends the growth of the penalty there
_HIGHEST = 1e30  # of a penalty: a logit stays a number


class Pieces(Protocol):
    """The tokens of a model, as far as the sampler looks at them. suppressed: ids that its file says never to draw."""

    size: int

    @property
    def suppressed(self) -> Sequence[int]: ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text`, nothing added."""
        ...


class Counts:
    """How often each of the last `window` tokens was said. window: -1 for all, 0 for none."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._recent: deque[int] = deque()
        self.of: Counter[int] = Counter()

    def begin(self, ids: Sequence[int]) -> None:
        """Forget all and begin with `ids`."""
        kept = ids if self._window < 0 else ids[max(0, len(ids) - self._window) :]
        self._recent = deque(kept)
        self.of = Counter(kept)

    def accept(self, token: int) -> None:
        """Count a token; the one that leaves the window is counted no more."""
        if self._window == 0:
            return
        self.of[token] += 1
        self._recent.append(token)
        if 0 < self._window < len(self._recent):
            old = self._recent.popleft()
            self.of[old] -= 1
            if self.of[old] == 0:
                del self.of[old]


class Breakers:
    """The tokens at which a repeated passage is interrupted, found once in the whole vocabulary.

    A breaker text can begin in the middle of a token and go on in the next ones: heads says for each token in which
    such a text begins what has to follow, () when the token holds it whole.
    """

    def __init__(self, texts: Sequence[str], vocabulary: Pieces) -> None:
        self.heads: dict[int, list[tuple[int, ...]]] = {}
        pieces = [vocabulary.piece(token) for token in range(vocabulary.size)]
        for text in texts:
            wanted = text.encode("utf-8", "replace")[:_BREAKER_BYTES]
            if wanted:
                self._find(wanted, pieces, vocabulary)

    def whole(self, token: int) -> bool:
        """Whether the token holds a whole breaker; it is never made less likely."""
        return () in self.heads.get(token, ())

    def limit(self, tokens: NDArray[np.int32], farthest: int) -> int | None:
        """Return how many tokens were said since the last breaker, None if there is none within `farthest`."""
        last = tokens.size - 1
        for back in range(min(farthest, tokens.size)):
            tails = self.heads.get(int(tokens[last - back]))
            if tails is None:
                continue
            # Of several breakers that begin here the longest counts.
            lengths = [len(tail) for tail in tails if self._follows(tail, tokens, last - back)]
            if lengths:
                return back - max(lengths)
        return None

    @staticmethod
    def _follows(tail: tuple[int, ...], tokens: NDArray[np.int32], place: int) -> bool:
        end = place + 1 + len(tail)
        return end <= tokens.size and tuple(tokens[place + 1 : end].tolist()) == tail

    def _find(self, wanted: bytes, pieces: Sequence[bytes], vocabulary: Pieces) -> None:
        first = wanted[:1]
        tails: dict[bytes, tuple[int, ...]] = {}
        for token, piece in enumerate(pieces):
            if first not in piece:
                continue
            if wanted in piece:
                self._add(token, ())
                continue
            for place in range(len(piece)):
                if wanted.startswith(piece[place:]):
                    rest = wanted[len(piece) - place :]
                    if rest not in tails:
                        ids = vocabulary.tokenize(rest.decode("utf-8", "replace"), special=False)
                        tails[rest] = tuple(ids[:_TAIL_TOKENS])
                    self._add(token, tails[rest])

    def _add(self, token: int, tail: tuple[int, ...]) -> None:
        known = self.heads.setdefault(token, [])
        if tail not in known:
            known.append(tail)


_breakers: WeakKeyDictionary[Pieces, dict[tuple[str, ...], Breakers]] = WeakKeyDictionary()


def breakers_of(texts: tuple[str, ...], vocabulary: Pieces) -> Breakers:
    """Return the breakers of a vocabulary; looking through it takes a moment, so it is done once."""
    known = _breakers.setdefault(vocabulary, {})
    if texts not in known:
        known[texts] = Breakers(texts, vocabulary)
    return known[texts]


class Passages:
    """Which tokens would go on with a passage that was said before, and what DRY takes from their logits for it.

    For every earlier position it is known how many tokens up to there are the same as the last tokens of all; one
    more token costs one pass over these lengths. window: how many tokens back, -1 for all.
    """

    def __init__(self, window: int, allowed: int, breakers: Breakers) -> None:
        self._window = window
        self._allowed = allowed
        self._breakers = breakers
        self._size = 0
        self._tokens: NDArray[np.int32] = np.empty(1024, np.int32)
        self._lengths: NDArray[np.int32] = np.zeros(1024, np.int32)

    def begin(self, ids: Sequence[int]) -> None:
        """Forget all and begin with `ids`."""
        self._size = len(ids)
        self._tokens = np.empty(len(ids) + 1024, np.int32)
        self._tokens[: len(ids)] = ids
        self._lengths = np.zeros(len(ids) + 1024, np.int32)
        if len(ids) > 1:
            self._lengths[: len(ids) - 1] = _common_ends(self._tokens[: len(ids)])

    def accept(self, token: int) -> None:
        """Add a token that was said."""
        size = self._size
        if size == self._tokens.size:
            self._tokens = np.concatenate((self._tokens, np.empty_like(self._tokens)))
            self._lengths = np.concatenate((self._lengths, np.zeros_like(self._lengths)))
        if size:
            longer = self._lengths[:size]
            longer[1:] = longer[:-1] + 1
            longer[0] = 1
            longer *= self._tokens[:size] == token
        self._tokens[size] = token
        self._size = size + 1

    def costs(self, multiplier: float, base: float) -> dict[int, float]:
        """Return what each token loses that would go on with a repeated passage of at least `allowed` tokens."""
        start = 0 if self._window < 0 else max(0, self._size - self._window)
        tokens = self._tokens[start : self._size]
        if tokens.size <= self._allowed:
            return {}
        lengths = np.minimum(self._lengths[start : self._size - 1], np.arange(1, tokens.size))
        limit = self._breakers.limit(tokens, int(lengths.max(initial=0)) + _TAIL_TOKENS + 1)
        if limit is not None:
            lengths = np.minimum(lengths, limit)
            if limit < self._allowed:
                return {}
        places = np.flatnonzero(lengths >= self._allowed)
        longest: dict[int, int] = {}
        for token, length in zip(tokens[places + 1].tolist(), lengths[places].tolist(), strict=True):
            longest[token] = max(length, longest.get(token, 0))
        most = int(_LARGEST_LOG / math.log(base)) if base > 1.000001 else 0

        def cost(length: int) -> float:
            over = length - self._allowed
            return max(-_HIGHEST, min(multiplier * base ** (min(over, most) if most > 0 else over), _HIGHEST))

        return {token: cost(length) for token, length in longest.items() if not self._breakers.whole(token)}


def _common_ends(tokens: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for every position but the last how many tokens up to it are the same as the last ones of all.

    The Z algorithm on the reversed tokens: linear in their number.
    """
    backwards: list[int] = tokens[::-1].tolist()
    size = len(backwards)
    same = [0] * size
    left = right = 0
    for at in range(1, size):
        length = min(right - at, same[at - left]) if at < right else 0
        while at + length < size and backwards[length] == backwards[at + length]:
            length += 1
        same[at] = length
        if at + length > right:
            left, right = at, at + length
    return np.array(same[1:][::-1], np.int32)
