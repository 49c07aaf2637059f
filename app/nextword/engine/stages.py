"""The stages of llama.cpp's sampler chain as pure functions: a pool of candidates in, what is left of it out.

Each does what the stage of that name in llama.cpp (src/llama-sampler.cpp) does, with sums in double precision. A stage
that is switched off returns the pool it got. Logits stay float32, as there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.engine.distribution import Ids, Logits, Pool, Row, ranking

Weights: TypeAlias = NDArray[np.float64] | NDArray[np.float32]

MIROSTAT_TOKENS = 100  # how many of the best tokens mirostat 1 looks at, llama.cpp's m

_LARGE = 4096  # from here on single precision is used for exp, and as little as possible is sorted
_NEAR = 8.0  # nats below the best
_BINS = 4096  # distances of large pools are sorted into so many
_SPAN = 32.0  # nats that the bins cover


def logit_bias(pool: Pool, biases: Sequence[tuple[int, float]]) -> Pool:
    """Add to the logits of some tokens; those that are not in the pool are ignored."""
    if not biases:
        return pool
    wanted: dict[int, float] = {}
    for token, bias in biases:
        wanted[token] = wanted.get(token, 0.0) + bias
    places, tokens = _places(pool, list(wanted))
    values = pool.values.copy()
    values[places] += np.array([wanted[token] for token in tokens], np.float32)
    return Pool(values, pool.ids)


def penalties(pool: Pool, counts: Mapping[int, int], repeat: float, frequency: float, presence: float) -> Pool:  # noqa: PLR0913
    """Make tokens that were said before less likely. counts: how often each was said."""
    if not counts or (repeat == 1.0 and frequency == 0.0 and presence == 0.0):
        return pool
    places, tokens = _places(pool, list(counts))
    values = pool.values.copy()
    said = values[places]
    factor = np.float32(repeat)
    # Dividing alone would make tokens with a negative logit more likely.
    said = np.where(said <= 0, said * factor, said / factor)
    times = np.array([counts[token] for token in tokens], np.float32)
    values[places] = said - (times * np.float32(frequency) + np.float32(presence))
    return Pool(values, pool.ids)


def dry(pool: Pool, repeats: Mapping[int, float]) -> Pool:
    """Take from each token of `repeats` what it would cost to go on with a passage that was said before."""
    return logit_bias(pool, [(token, -cost) for token, cost in repeats.items()])


def top_n_sigma(pool: Pool, sigmas: float) -> Pool:
    """Remove what is more than so many standard deviations of the logits below the best."""
    if sigmas <= 0 or pool.size <= 1:
        return pool
    values = pool.values
    alive = values
    best, mean = float(values.max()), float(values.mean())
    if not math.isfinite(mean):  # some are -inf: they do not count
        alive = values[values > -np.inf]
        mean = float(alive.mean()) if alive.size else 0.0
    apart = alive - np.float32(mean)
    deviation = math.sqrt(float(np.dot(apart, apart)) / max(1, alive.size))
    left = np.where(values < np.float32(best - sigmas * deviation), np.float32(-np.inf), values)
    return Pool(left, pool.ids, pool.ranked)


def top_k(pool: Pool, count: int, row: Row | None = None) -> Pool:
    """Keep the `count` best. row: that of the model, which may have been looked at already."""
    if count <= 0:
        return pool
    if pool.ranked:
        return Pool(pool.values[:count], _first(pool.ids, count), ranked=True)
    if pool.ids is None:
        # Of a row as the model gave it more of the best are found at once, for who describes the draw.
        known = row if row is not None and row.logits is pool.values else Row(pool.values)
        ids = known.top(count)
        return Pool(pool.values[ids], ids, ranked=True)
    order = ranking(pool.values, pool.ids)[:count]
    return Pool(pool.values[order], pool.ids[order], ranked=True)


def typical(pool: Pool, share: float) -> Pool:
    """Keep the tokens whose surprise is closest to the expected one, until they hold more than `share`."""
    if share >= 1 or pool.size == 0:
        return pool
    pool = _tidy(pool)
    exact: Weights = pool.values if pool.size > _LARGE else pool.values.astype(np.float64)
    apart = exact - exact.max()
    weights = np.exp(apart)
    total = float(weights.sum())
    with np.errstate(invalid="ignore"):
        mean = float(np.dot(weights, apart))
    if math.isnan(mean):  # 0 * -inf
        mean = float(np.dot(weights, np.maximum(apart, -1000.0)))
    # how far a surprise, log(total) - apart, is from the expected one, log(total) - mean / total
    distances = np.abs(apart - apart.dtype.type(mean / total))
    wanted = math.nextafter(share * total, math.inf)  # more than that, not as much
    return _keep(pool, _closest(distances, weights, wanted))


def top_p(pool: Pool, share: float) -> Pool:
    """Keep the fewest best tokens that hold at least `share` of the probability."""
    if share >= 1 or pool.size == 0:
        return pool
    pool = _tidy(pool)
    weights = _weights(pool.values)
    wanted = share * float(weights.sum())
    if not pool.ranked:
        best = pool.values.max()
        near = np.flatnonzero(pool.values > best - _NEAR)
        if near.size > _LARGE or float(weights[near].sum()) <= wanted * (1 + 1e-6):
            return _keep(pool, _closest(best - pool.values, weights, wanted))
        pool = _keep(pool, near)  # nearly always so: the others hold less than what is to go
        weights = _weights(pool.values)
    count = int(np.searchsorted(np.cumsum(weights), wanted, side="left")) + 1
    return Pool(pool.values[:count], _first(pool.ids, count), ranked=True)


def min_p(pool: Pool, share: float) -> Pool:
    """Remove what is less likely than `share` of the best."""
    if share <= 0 or pool.size == 0:
        return pool
    best = pool.values[0] if pool.ranked else pool.values.max()
    kept = np.flatnonzero(pool.values >= best + np.float32(math.log(share)))
    if kept.size == 0:
        return top_k(pool, 1)
    return _keep(pool, kept)


def xtc(pool: Pool, probability: float, threshold: float, *, chance: float) -> Pool:
    """Remove all tokens that have at least the probability `threshold` but the least likely of them.

    It happens when chance, uniform in [0, 1), is not above `probability`.
    """
    if probability <= 0 or threshold > 0.5 or pool.size < 2 or chance > probability:
        return pool
    best = float(pool.values.max())
    total = float(_weights(pool.values).sum())
    floor = best + math.log(threshold * total) if threshold > 0 else -math.inf
    likely = np.flatnonzero(pool.values >= floor)
    if likely.size < 2:
        return pool
    ids = _ids(pool)
    gone = likely[ranking(pool.values[likely], ids[likely])[:-1]]
    return Pool(np.delete(pool.values, gone), np.delete(ids, gone), pool.ranked)


def temperature(pool: Pool, degrees: float, spread: float, exponent: float) -> Pool:
    """Divide the logits. spread > 0: by degrees +- spread, the more the flatter the distribution is.

    At 0 degrees and below the best token alone is left.
    """
    if spread > 0:
        if pool.size <= 1:
            return pool
        low, high = max(0.0, degrees - spread), degrees + spread
        degrees = low + (high - low) * float(_flatness(pool) ** exponent)
    if degrees <= 0:
        return top_k(pool, 1)
    if degrees == 1:
        return pool
    return Pool(pool.values / np.float32(degrees), pool.ids, pool.ranked)


def mirostat(pool: Pool, vocabulary: int, mu: float) -> Pool:
    """Keep the k best; k aims at the surprise `mu` bits for a distribution that falls like that of the best tokens."""
    best = top_k(pool, MIROSTAT_TOKENS)
    values = best.values[best.values > -np.inf].astype(np.float64)
    steps = -np.diff(values)
    if steps.size == 0:
        return top_k(pool, 1)
    places = np.log1p(1.0 / np.arange(1, steps.size + 1))
    slope = float(np.dot(places, steps) / np.dot(places, places))
    excess = slope - 1.0
    with np.errstate(all="ignore"):
        inner = np.float64(excess) * 2.0**mu / (1.0 - np.float64(vocabulary) ** -excess)
        count = float(inner ** (1.0 / np.float64(slope)))
    if math.isnan(count):
        return top_k(pool, 1)
    return top_k(pool, max(1, int(min(count, pool.size))))


def mirostat_2(pool: Pool, mu: float) -> Pool:
    """Remove what surprises by more than `mu` bits; the best token stays."""
    best = float(pool.values.max())
    floor = best + math.log(float(_weights(pool.values).sum())) - mu * math.log(2)
    kept = np.flatnonzero(pool.values >= floor)
    if kept.size == 0:
        return top_k(pool, 1)
    return _keep(pool, kept)


def ranked(pool: Pool) -> Pool:
    """Return the pool with the best first."""
    if pool.ranked:
        return pool
    ids = _ids(pool)
    order = ranking(pool.values, ids)
    return Pool(pool.values[order], ids[order], ranked=True)


def _tidy(pool: Pool) -> Pool:
    """Rank a pool unless that takes long; then at least its ids rise, so that of equal values the lower comes first."""
    if pool.size <= _LARGE:
        return ranked(pool)
    if pool.ids is None or bool((pool.ids[1:] > pool.ids[:-1]).all()):
        return pool
    order = np.argsort(pool.ids)
    return Pool(pool.values[order], pool.ids[order])


def _keep(pool: Pool, places: Ids) -> Pool:
    """Return the pool with these places of it alone; places rise."""
    return _tidy(Pool(pool.values[places], _ids(pool)[places], pool.ranked))


def _closest(distances: Weights, weights: Weights, wanted: float) -> Ids:
    """Return the fewest places, nearest first, whose weights sum up to `wanted`; the result rises.

    Of a large pool only those at the border are sorted.
    """
    kept = np.zeros(distances.size, bool)
    edge, before = np.arange(distances.size), 0.0
    if distances.size > _LARGE:
        bins = (np.minimum(distances, _SPAN) * (_BINS / _SPAN)).astype(np.int32)
        sums = np.cumsum(np.bincount(bins, weights, _BINS + 1))
        border = min(int(np.searchsorted(sums, wanted, side="left")), _BINS)
        kept = bins < border
        edge = np.flatnonzero(bins == border)
        before = float(sums[border - 1]) if border else 0.0
    order = edge[np.argsort(distances[edge], kind="stable")]
    mass = np.cumsum(weights[order], dtype=np.float64) + before
    kept[order[: int(np.searchsorted(mass, wanted, side="left")) + 1]] = True
    return np.flatnonzero(kept)


def _weights(values: Logits) -> Weights:
    """Return exp(value - best), in double precision where that costs little."""
    exact: Weights = values if values.size > _LARGE else values.astype(np.float64)
    weights: Weights = np.exp(exact - exact.max())
    return weights


def _flatness(pool: Pool) -> float:
    """Return the entropy as a share, 0 to 1, of the highest one possible."""
    values = pool.values[pool.values > -np.inf].astype(np.float64)
    values -= values.max()
    weights = np.exp(values)
    total = float(weights.sum())
    entropy = math.log(total) - float(np.dot(weights, values)) / total
    return max(0.0, entropy / math.log(pool.size))


def _places(pool: Pool, tokens: list[int]) -> tuple[Ids, list[int]]:
    """Return where those of `tokens` are that the pool has, and which they are."""
    if pool.ids is None:
        found = [token for token in tokens if 0 <= token < pool.size]
        return np.array(found, np.int64), found
    where = {token: place for place, token in enumerate(pool.ids.tolist())}
    found = [token for token in tokens if token in where]
    return np.array([where[token] for token in found], np.int64), found


def _ids(pool: Pool) -> Ids:
    return np.arange(pool.size) if pool.ids is None else pool.ids


def _first(ids: Ids | None, count: int) -> Ids:
    if ids is None:
        raise AssertionError("a ranked pool has ids")
    return ids[:count]
