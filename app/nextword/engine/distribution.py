"""What a row of logits says: the exact probabilities over the whole vocabulary, and what the sampler made of them.

Knows no model, no text and no sampler settings: rows of float32 in, numbers out.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.engine.tokens import Cut
from nextword.errors import LogitsNotFinite, NoCandidates

Logits: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

LISTED = 64  # the most candidates a token is ever described with
_ROWS = 64  # a row is looked at as this many rows of columns
_LARGE = 4096  # to sort more takes long
_SMALL = 256  # up to so many places a dictionary is faster than a table over the whole vocabulary


@dataclass(slots=True)
class Row:
    """A row of logits, shape (n_vocab,), and what was already found in it. The logits are not changed and not copied.

    best: the highest logit. Making one raises LogitsNotFinite for NaN or infinity, NoCandidates when all are -inf.
    """

    logits: Logits
    best: float = 0.0
    _columns: Logits = field(init=False, repr=False)
    _ranking: Ids | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        width = self.logits.size // _ROWS
        if width:
            self._columns = np.maximum.reduce(self.logits[: _ROWS * width].reshape(_ROWS, width), axis=0)
            self.best = float(self._columns.max())
        else:
            self._columns = self.logits[:0]
            self.best = -math.inf
        tail = self.logits[_ROWS * width :]
        if tail.size:
            self.best = float(np.maximum(np.float32(self.best), tail.max()))
        if not math.isfinite(self.best):  # the maximum is NaN when one of them is
            self._refuse()

    def _refuse(self) -> None:
        if self.best == -math.inf:
            raise NoCandidates
        bad = np.flatnonzero(np.isnan(self.logits) | (self.logits == np.inf))
        raise LogitsNotFinite(int(bad[0]), int(bad.size), self.logits.size)

    def top(self, count: int) -> Ids:
        """Return the ids of the `count` highest logits, best first; of equal ones the lower id comes first."""
        count = min(count, self.logits.size)
        if self._ranking is None or self._ranking.size < count:
            self._ranking = self._find(max(count, min(LISTED, self.logits.size)))
        return self._ranking[:count]

    def moved(self, logits: Logits) -> Row:
        """Return the same row with the logits at another place: what was found is kept."""
        other = copy(self)
        other.logits = logits
        return other

    def _find(self, count: int) -> Ids:
        width = self._columns.size
        if count > width // 4:
            return _best_of(self.logits, np.arange(self.logits.size), count)
        # At least `count` columns hold a logit as good as the count-th best column, so the count-th best logit is no
        # worse, and everything as good lies in those columns.
        border = np.partition(self._columns, width - count)[width - count]
        if border == -np.inf:  # nearly all was cut
            alive = np.flatnonzero(self.logits > border)
            ids = alive if alive.size >= count else np.union1d(alive, np.flatnonzero(self.logits == border)[:count])
            return _best_of(self.logits[ids], ids, count)
        columns = np.flatnonzero(self._columns >= border)
        block = self.logits[: _ROWS * width].reshape(_ROWS, width)[:, columns]
        rows, places = np.nonzero(block >= border)
        ids = rows * width + columns[places]
        tail = np.flatnonzero(self.logits[_ROWS * width :] >= border)
        if tail.size:
            ids = np.concatenate((ids, tail + _ROWS * width))
        return _best_of(self.logits[ids], ids, count)


def _best_of(scores: Logits, ids: Ids, count: int) -> Ids:
    """Return the `count` best of `ids`, which rise."""
    if scores.size > 4 * count:
        border = np.partition(scores, scores.size - count)[scores.size - count]
        better = np.flatnonzero(scores > border)
        equal = np.flatnonzero(scores == border)[: count - better.size]  # there can be very many
        chosen = np.sort(np.concatenate((better, equal)))
        scores, ids = scores[chosen], ids[chosen]
    return ids[ranking(scores, ids)[:count]]


def ranking(scores: Logits, ids: Ids) -> Ids:
    """Return the order that puts the best score first; of equal ones the lower id. ids: below 2**32.

    Of many, score and id are packed into one whole number each: NumPy sorts those many times faster than it sorts
    stably. Of few, one call costs less than the packing.
    """
    rising = ids.size < 2 or bool((ids[1:] > ids[:-1]).all())
    if rising and scores.size <= _SMALL:
        return np.argsort(-scores, kind="stable")
    if rising:
        places = np.arange(ids.size)  # the places stand in the order of the ids
        return _sorted_places(scores, places)
    by_id = np.argsort(ids, kind="stable")
    return by_id[_sorted_places(scores[by_id], np.arange(ids.size))]


def _sorted_places(scores: Logits, places: Ids) -> Ids:
    bits = (scores + np.float32(0.0)).view(np.uint32)  # + 0 makes one zero of the two
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))  # the order of the floats
    keys = (~rising).astype(np.uint64) << np.uint64(32) | places.astype(np.uint64)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates that are left between two stages of the sampler, as llama.cpp keeps them.

    values: their logits, changed by the stages; one that is -inf is still counted and can never be drawn. ids: None
    for the whole vocabulary in its order. ranked: best first, of equal ones the lower id.
    """

    values: Logits
    ids: Ids | None = None
    ranked: bool = False

    @property
    def size(self) -> int:
        return self.values.size

    def left(self) -> Ids:
        """Return the ids that can be drawn, in the order of the pool."""
        alive = np.flatnonzero(self.values > -np.inf)
        return alive if self.ids is None else self.ids[alive]

    def values_of(self, tokens: Sequence[int]) -> list[float]:
        """Return the value of each of `tokens`, -inf for those that are not in the pool."""
        if self.ids is None:
            return self.values[np.asarray(tokens, np.int64)].tolist() if tokens else []
        if self.ids.size <= _SMALL:
            known = dict(zip(self.ids.tolist(), self.values.tolist(), strict=True))
            return [known.get(token, -math.inf) for token in tokens]
        wanted = np.asarray(tokens, np.int64)
        table = np.full(int(max(self.ids.max(), wanted.max(initial=0))) + 1, -np.inf, np.float32)
        table[self.ids] = self.values
        found: list[float] = table[wanted].tolist()
        return found


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the sampler that was applied, and what it left. cut: the reason for what it removed."""

    stage: str
    cut: Cut
    pool: Pool


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn token and how it came to be.

    logprob: natural log after the sampler. kept: how many tokens could be drawn. log_total: the logarithm of the sum
    of exp(value) over the last pool, to make logprobs of its values. row: the logits as they came, and what was found
    in them; they may have changed since. chance: the uniform number that decided.
    """

    id: int
    logprob: float
    kept: int
    log_total: float
    row: Row
    steps: tuple[Step, ...]
    last: Pool
    chance: float

    def moved(self, logits: Logits) -> Draw:
        """Return the same draw with the row at another place: a copy of it, for when the original is written over."""
        last = Pool(logits) if self.last.values is self.row.logits else self.last
        return replace(self, row=self.row.moved(logits), last=last)


@dataclass(frozen=True, slots=True)
class Choice:
    """A token and the distribution it comes from; the fields are those of TokenStep.

    candidates: the model's most likely tokens, best first, as (id, logprob, sampled logprob or None, cut).
    """

    id: int
    logprob: float
    rank: int
    entropy_bits: float
    sampled_logprob: float
    kept: int
    candidates: tuple[tuple[int, float, float | None, Cut], ...]


def describe(logits: Logits, draw: Draw, alternatives: int) -> Choice:
    """Return what the model thought of the drawn token and of its `alternatives` most likely ones.

    logits: the row that was sampled from, or a copy of it.
    """
    draw = draw.moved(logits)
    log_total, entropy_bits = _normalise(logits, draw.row.best)
    listed = draw.row.top(alternatives)
    ids: list[int] = listed.tolist()
    scores: list[float] = logits[listed].tolist()
    candidates = tuple(
        (token, score - log_total, None if cut else value - draw.log_total, cut)
        for token, score, value, cut in zip(ids, scores, draw.last.values_of(ids), reasons(draw, ids), strict=True)
    )
    return Choice(
        id=draw.id,
        logprob=float(logits[draw.id]) - log_total,
        rank=_rank(logits, draw.id, scores),
        entropy_bits=entropy_bits,
        sampled_logprob=draw.logprob,
        kept=draw.kept,
        candidates=candidates,
    )


def reasons(draw: Draw, tokens: Sequence[int]) -> list[Cut]:
    """Return for each of `tokens` the reason of the first stage that removed it; KEPT: it could be drawn.

    The row that was drawn from must still be as it was; see Draw.moved.
    """
    row = draw.row.logits
    found = [Cut.BANNED if row[token] == -np.inf else Cut.KEPT for token in tokens]
    for step in draw.steps:
        if step.cut is Cut.KEPT:  # it only changed logits
            continue
        for place, value in enumerate(step.pool.values_of(tokens)):
            if value == -math.inf and not found[place]:
                found[place] = step.cut
    return found


@dataclass(frozen=True, slots=True)
class View:
    """What one stage of the sampler left, to be looked at.

    stage: "" for the row as the model gave it. ids: the best, in order; probabilities: theirs, 0 to 1. left: how many
    tokens can be drawn after the stage.
    """

    stage: str
    ids: tuple[int, ...]
    probabilities: tuple[float, ...]
    left: int


def trace(draw: Draw, count: int) -> list[View]:
    """Return what was left after each stage that changed something, at most `count` tokens of each, in order.

    The row that was drawn from must still be as it was; see Draw.moved.
    """
    pools = [("", Pool(draw.row.logits)), *((step.stage, step.pool) for step in draw.steps)]
    return [_view(stage, pool, count) for stage, pool in pools]


def _view(stage: str, pool: Pool, count: int) -> View:
    alive = np.flatnonzero(pool.values > -np.inf)
    values = pool.values[alive]
    ids = alive if pool.ids is None else pool.ids[alive]
    weights = np.exp(values.astype(np.float64) - float(values.max()))
    best = ranking(values, ids)[:count] if ids.size <= _LARGE else Row(values).top(count)
    shares = weights[best] / weights.sum()
    return View(stage, tuple(ids[best].tolist()), tuple(shares.tolist()), int(alive.size))


def judge(logits: Logits, token: int, alternatives: int) -> Choice:
    """Return what the model thought of a token that was not drawn but stands in a given text."""
    row = Row(logits)
    log_total, entropy_bits = _normalise(logits, row.best)
    listed = row.top(alternatives)
    scores: list[float] = logits[listed].tolist()
    logprob = float(logits[token]) - log_total
    candidates = tuple(
        (other, value := score - log_total, value, Cut.KEPT)
        for other, score in zip(listed.tolist(), scores, strict=True)
    )
    return Choice(token, logprob, _rank(logits, token, scores), entropy_bits, logprob, logits.size, candidates)


def top(logits: Logits, count: int) -> Ids:
    """Return the ids of the `count` highest logits, best first; of equal ones the lower id comes first."""
    return Row(logits).top(count)


def rank(logits: Logits, token: int) -> int:
    """Return 1 for the model's first choice; equal logits have the same rank."""
    return int(np.count_nonzero(logits > logits[token])) + 1


def normalise(logits: Logits) -> tuple[float, float]:
    """Return the logarithm of the sum of exp(logits), and the entropy of the softmax in bits.

    Raises LogitsNotFinite for NaN or infinity, NoCandidates when all are -inf.
    """
    return _normalise(logits, Row(logits).best)


def _rank(logits: Logits, token: int, best_scores: Sequence[float]) -> int:
    score = float(logits[token])
    if best_scores and score >= best_scores[-1]:
        return sum(other > score for other in best_scores) + 1
    return rank(logits, token)


_threads = threading.local()


def _scratch(size: int) -> tuple[Logits, Logits]:
    """Return two rows of this thread: new memory for each token takes half as long again as the arithmetic in it."""
    kept: tuple[Logits, Logits] | None = getattr(_threads, "rows", None)
    if kept is None or kept[0].size != size:
        kept = _threads.rows = (np.empty(size, np.float32), np.empty(size, np.float32))
    return kept


def _normalise(logits: Logits, best: float) -> tuple[float, float]:
    shifted, weights = _scratch(logits.size)
    np.subtract(logits, np.float32(best), out=shifted)
    np.exp(shifted, out=weights)
    total = float(weights.sum())  # NumPy adds in pairs: nearly as exact as double precision
    with np.errstate(invalid="ignore"):
        mean = float(np.dot(weights, shifted))
    if math.isnan(mean):  # 0 * -inf
        np.maximum(shifted, np.float32(-200.0), out=shifted)
        mean = float(np.dot(weights, shifted))
    entropy = max(0.0, math.log(total) - mean / total)
    return best + math.log(total), entropy / math.log(2)
