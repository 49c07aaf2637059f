"""Logits to one choice and what there is to know about it: pure numbers in, numbers out.

The stages and their order are those of llama.cpp: repeat penalty, top-k, top-p, min-p, temperature, draw.
Knows no model and no text. Everything reported as the model's own is computed from the logits as they came,
over the whole vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.engine.protocol import Sampling
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates

PENALTY_TOKENS = 64  # how far back the repeat penalty looks

Logits: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

_NEAR = 8.0  # tokens whose logit is so close to the best are looked at first: nearly always enough


@dataclass(frozen=True, slots=True)
class Draw:
    """What the sampler left and what it took.

    left: ids that can be chosen, best first (in the order of the vocabulary when nothing was cut); log_weights:
    their logprobs after the sampler, same order. after_top_k, after_top_p: how many each stage left.
    order: the ids that were ranked, best first; it begins with `left`.
    """

    id: int
    logprob: float
    left: Ids
    log_weights: NDArray[np.float64]
    order: Ids
    after_top_k: int
    after_top_p: int


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


def choose(
    logits: Logits, sampling: Sampling, *, draw: float, recent: Sequence[int] = (), alternatives: int = 0
) -> Choice:
    """Pick the next token.

    logits: shape (n_vocab,), raw, not changed. draw: uniform in [0, 1), so that a seed repeats a text. recent: the
    tokens before, for the repeat penalty. Raises NoCandidates if no token can be chosen.
    """
    return describe(logits, sample(logits, sampling, draw=draw, recent=recent), alternatives)


def sample(logits: Logits, sampling: Sampling, *, draw: float, recent: Sequence[int] = ()) -> Draw:
    """Pick the next token and say nothing more about it; as `choose`."""
    scores = _penalise(logits, sampling.repeat_penalty, recent[-PENALTY_TOKENS:])
    best = float(scores.max()) if scores.size else math.nan
    if not math.isfinite(best):
        raise NoCandidates
    # Temperature 0 is top-k with k = 1.
    top_k = 1 if sampling.temperature <= 0 else sampling.top_k
    order, after_top_k, after_top_p, left = _cut(scores, best, top_k, sampling)
    ids = order[:left]
    temperature = sampling.temperature if sampling.temperature > 0 else 1.0
    weights = (scores[ids].astype(np.float64) - best) / temperature
    cumulative = np.cumsum(np.exp(weights))
    total = float(cumulative[-1])
    index = min(int(np.searchsorted(cumulative, draw * total, side="right")), left - 1)
    log_weights = weights - math.log(total)
    return Draw(int(ids[index]), float(log_weights[index]), ids, log_weights, order, after_top_k, after_top_p)


def describe(logits: Logits, draw: Draw, alternatives: int) -> Choice:
    """Return what the model thought of the drawn token and of its `alternatives` most likely ones."""
    log_total, entropy_bits = _normalise(logits)
    best = top(logits, alternatives)
    place = np.full(logits.size, logits.size - 1, np.int64)  # not ranked: behind everything
    place[draw.order] = np.arange(draw.order.size)
    candidates = []
    for token in best.tolist():
        at = int(place[token])
        cut = _reason(at, draw, float(logits[token]))
        after = float(draw.log_weights[at]) if cut is Cut.KEPT else None
        candidates.append((token, float(logits[token]) - log_total, after, cut))
    return Choice(
        id=draw.id,
        logprob=float(logits[draw.id]) - log_total,
        rank=_rank(logits, draw.id),
        entropy_bits=entropy_bits,
        sampled_logprob=draw.logprob,
        kept=draw.left.size,
        candidates=tuple(candidates),
    )


def judge(logits: Logits, token: int, alternatives: int) -> Choice:
    """Return what the model thought of a token that was not drawn but stands in a given text."""
    log_total, entropy_bits = _normalise(logits)
    logprob = float(logits[token]) - log_total
    candidates = tuple(
        (other, value := float(logits[other]) - log_total, value, Cut.KEPT)
        for other in top(logits, alternatives).tolist()
    )
    return Choice(token, logprob, _rank(logits, token), entropy_bits, logprob, logits.size, candidates)


def top(scores: Logits, count: int) -> Ids:
    """Return the ids of the `count` highest scores, best first; of equal ones the lower id comes first."""
    count = min(count, scores.size)
    if count <= 0:
        return np.empty(0, np.int64)
    pool = _pool(scores, float(scores.max()), count)
    if pool.size > 4 * count:
        # Everything as good as the count-th best, so that equal scores at the border are all compared.
        border = np.partition(scores[pool], pool.size - count)[pool.size - count]
        pool = pool[scores[pool] >= border]
    return _sorted(scores, pool)[:count]


def _pool(scores: Logits, best: float, count: int) -> Ids:
    """Return ids among which the `count` highest scores are, as few as can be found fast."""
    width = _NEAR
    while width < 64:
        near = np.flatnonzero(scores > best - width)
        if near.size >= count:
            return near
        width *= 2
    return np.arange(scores.size)


def _sorted(scores: Logits, ids: Ids) -> Ids:
    """Sort ids by score, best first; of equal ones the lower id comes first.

    Score and id are packed into one whole number each: NumPy sorts those many times faster than it sorts stably.
    """
    bits = (scores[ids] + np.float32(0.0)).view(np.uint32)  # + 0 makes one zero of the two
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))  # the order of the floats
    keys = (~rising).astype(np.uint64) << np.uint64(32) | ids.astype(np.uint64)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _penalise(logits: Logits, penalty: float, recent: Sequence[int]) -> Logits:
    if penalty == 1.0 or not recent:
        return logits
    scores = logits.copy()
    seen = np.unique(np.asarray(recent, np.int64))
    values = scores[seen]
    scores[seen] = np.where(values > 0, values / np.float32(penalty), values * np.float32(penalty))
    return scores


def _cut(scores: Logits, best: float, top_k: int, sampling: Sampling) -> tuple[Ids, int, int, int]:
    """Return the ranked ids, and how many are left after top-k, top-p and min-p (a prefix of them each)."""
    size = scores.size
    floor = best + math.log(sampling.min_p) if sampling.min_p > 0 else -math.inf
    if 0 < top_k < size:
        order = top(scores, top_k)
        after_top_k = order.size
        order_total = float(np.exp(scores[order].astype(np.float64) - best).sum())
    elif sampling.top_p < 1:
        after_top_k = size
        order, order_total = _enough(scores, best, sampling.top_p)
    elif sampling.min_p > 0:
        order = _sorted(scores, np.flatnonzero(scores >= floor))
        return order, size, size, order.size
    else:
        order = np.flatnonzero(scores > -np.inf)
        return order, size, size, order.size
    after_top_p = after_top_k
    if sampling.top_p < 1:
        mass = np.cumsum(np.exp(scores[order].astype(np.float64) - best)) / order_total
        after_top_p = min(order.size, int(np.searchsorted(mass, sampling.top_p, side="left")) + 1)
    among = scores[order[:after_top_p]]
    left = max(1, int(np.count_nonzero((among >= floor) & (among > -np.inf))))
    return order, after_top_k, after_top_p, left


def _enough(scores: Logits, best: float, top_p: float) -> tuple[Ids, float]:
    """Return the best ids that hold the share `top_p` of the probability, and the sum of exp(score - best) of all."""
    weights = np.exp(scores - np.float32(best))
    total = float(weights.sum(dtype=np.float64))
    width = _NEAR
    while width < 64:
        near = np.flatnonzero(scores > best - width)
        if float(weights[near].sum(dtype=np.float64)) > top_p * total * (1 + 1e-6):
            return _sorted(scores, near), total
        width *= 2
    return _sorted(scores, np.arange(scores.size)), total


def _reason(place: int, draw: Draw, logit: float) -> Cut:
    if logit == -math.inf:
        return Cut.BANNED
    if place < draw.left.size:
        return Cut.KEPT
    if place < draw.after_top_p:
        return Cut.MIN_P
    return Cut.TOP_P if place < draw.after_top_k else Cut.TOP_K


def _normalise(logits: Logits) -> tuple[float, float]:
    """Return the logarithm of the sum of exp(logits), and the entropy of the softmax in bits."""
    best = logits.max()
    shifted = np.maximum(logits - best, np.float32(-200.0))  # exp is 0 there, and 0 * -inf would not be
    weights = np.exp(shifted)
    total = float(weights.sum(dtype=np.float64))
    mean = float(np.dot(weights, shifted)) / total
    entropy = max(0.0, math.log(total) - mean)
    return float(best) + math.log(total), entropy / math.log(2)


def _rank(logits: Logits, token: int) -> int:
    return int(np.count_nonzero(logits > logits[token])) + 1
