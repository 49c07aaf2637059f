"""Whether a difference is real: intervals and tests for few items, in plain formulas that the tests hold to SciPy.

Sources: Wilson 1927; McNemar's exact test; Clopper and Pearson 1934; Miller 2024 (arXiv 2411.00640) for paired errors;
Benjamini and Hochberg 1995.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.95
POWER = 0.8
RESAMPLES = 2_000
FEWEST_RESAMPLES = 400
MOST_DRAWS = 4_000_000  # with very many items fewer resamples do: the interval is short anyway
MOST_ITEMS = 1_000_000
_TOGETHER = 256  # resamples at once: memory stays small with many items


class Interval(Struct, frozen=True):
    """A value and the bounds of its confidence interval."""

    value: float
    low: float
    high: float


class Paired(Struct, frozen=True):
    """Two conditions on the same items. only_first, only_second: items that one alone got right. p: McNemar, exact,
    two-sided. difference: second less first, with the interval that goes with that test: it holds 0 exactly where p is
    above 0.05, and takes as given how many items differ. standard_error: of the difference, over the items (Miller)."""

    items: int
    only_first: int
    only_second: int
    p: float
    difference: Interval
    standard_error: float


class Calibrated(Struct, frozen=True):
    """How far probabilities can be taken at their word. bins: (mean confidence, share right, items) of each bin that
    holds any. ece: expected calibration error, 0..1. brier: mean of the squared distances to the right answer, 0..2."""

    bins: tuple[tuple[float, float, int], ...]
    ece: float
    brier: float


def z_of(confidence: float = CONFIDENCE) -> float:
    """Return the quantile of the normal distribution for a two-sided interval: 1.96 for 0.95."""
    return float(NormalDist().inv_cdf(0.5 + confidence / 2))


def wilson(right: float, items: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return a share with its Wilson interval; of no items anything from 0 to 1 is possible."""
    if items == 0:
        return Interval(math.nan, 0.0, 1.0)
    z2 = z_of(confidence) ** 2
    p = right / items
    middle = p + z2 / (2 * items)
    half = math.sqrt(z2) * math.sqrt(p * (1 - p) / items + z2 / (4 * items * items))
    whole = 1 + z2 / items
    # the exact bounds of nothing and of all are 0 and 1; rounding would put them beside
    return Interval(p, (middle - half) / whole if right else 0.0, (middle + half) / whole if right < items else 1.0)


def clopper_pearson(right: int, items: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return a share with its exact interval: the shares that a binomial test of each side does not rule out."""
    if items == 0:
        return Interval(math.nan, 0.0, 1.0)
    tail = (1 - confidence) / 2
    low = _share_where(lambda share: 1 - _at_most(right - 1, items, share), tail) if right else 0.0
    high = _share_where(lambda share: -_at_most(right, items, share), -tail) if right < items else 1.0
    return Interval(right / items, low, high)


def _share_where(rising: Callable[[float], float], value: float) -> float:
    """Return where a function that rises from 0 to 1 takes `value`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def _at_most(right: int, items: int, share: float) -> float:
    """Return how likely at most `right` of `items` are."""
    if right < 0 or share >= 1:
        return 0.0 if right < items else 1.0
    if share <= 0:
        return 1.0
    logs = math.log(share), math.log1p(-share)
    whole = math.lgamma(items + 1)
    terms = (
        whole - math.lgamma(count + 1) - math.lgamma(items - count + 1) + count * logs[0] + (items - count) * logs[1]
        for count in range(right + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Return the two-sided p of as uneven a split of the differing items if both conditions were equally good."""
    differing = only_first + only_second
    if differing == 0:
        return 1.0
    tail = term = 1
    for count in range(min(only_first, only_second)):
        term = term * (differing - count) // (count + 1)  # the next binomial coefficient; each alone takes far longer
        tail += term
    return min(1.0, float(2 * tail / 2**differing))


def paired(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Compare two conditions item by item. Raises ValueError when they are not the same items."""
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    differences = [float(b) - float(a) for a, b in pairs]
    mean, error = mean_and_error(differences)
    share = clopper_pearson(only_second, only_first + only_second)
    part = (only_first + only_second) / len(pairs) if pairs else math.nan
    difference = Interval(mean, (2 * share.low - 1) * part, (2 * share.high - 1) * part)
    return Paired(len(pairs), only_first, only_second, mcnemar_exact(only_first, only_second), difference, error)


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and its standard error, sqrt(Σ(d - mean)² / (n (n - 1))); NaN where there are too few."""
    count = len(values)
    if count == 0:
        return math.nan, math.nan
    mean = math.fsum(values) / count
    if count == 1:
        return mean, math.nan
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count * (count - 1)))


def bootstrap(values: NDArray[np.float64], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """Return the mean of `values` with a percentile interval over example sets and items, which are crossed.

    values: shape (example sets, items), the same items in every row. Rows and columns are drawn again independently
    (Owen's pigeonhole bootstrap), so that neither many items nor many sets alone make the interval narrow. One row: the
    interval is over the items alone. NaN of nothing.
    """
    return bootstrap_difference(values[:0], values, seed=seed, resamples=resamples)


def bootstrap_difference(
    first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean of `second` less that of `first`, with an interval as `bootstrap` gives it.

    first: shape (example sets, items); no rows: nothing is taken off. second: any number of rows of the same items. The
    items of a resample are the same in both, the example sets are drawn for each.
    """
    import numpy as np  # noqa: PLC0415 - the window opens without it

    items = second.shape[1]
    if not len(second) or not items:
        return Interval(math.nan, math.nan, math.nan)
    source = np.random.default_rng(seed)
    resamples = min(resamples, max(FEWEST_RESAMPLES, MOST_DRAWS // items))
    means = np.empty(resamples)
    for start in range(0, resamples, _TOGETHER):
        count = min(_TOGETHER, resamples - start)
        mixed = _row_weights(source, len(second), count) @ second
        if len(first):
            mixed = mixed - _row_weights(source, len(first), count) @ first
        drawn = source.integers(0, items, size=(count, items))
        means[start : start + count] = np.take_along_axis(mixed, drawn, axis=1).mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    middle = second.mean() - (first.mean() if len(first) else 0.0)
    return Interval(float(middle), float(low), float(high))


def _row_weights(source: np.random.Generator, rows: int, count: int) -> NDArray[np.float64]:
    """Return how often each of `rows` rows is drawn in `count` resamples, as shares."""
    found: NDArray[np.float64] = source.multinomial(rows, [1 / rows] * rows, size=count) / rows
    return found


def items_needed(difference: float, differing: float, *, power: float = POWER) -> int | None:
    """Return how many items a paired test needs to see `difference` at the 5 % level (Miettinen 1968).

    difference: of the shares right, -1..1. differing: share of items that one condition alone gets right. None where
    there is no difference to be seen.
    """
    gap, differing = abs(difference), min(1.0, differing)
    if gap <= 0 or differing <= 0:
        return None
    differing = max(differing, gap)
    spread = math.sqrt(max(0.0, differing - gap * gap))
    count = ((z_of() * math.sqrt(differing) + NormalDist().inv_cdf(power) * spread) / gap) ** 2
    return min(MOST_ITEMS, math.ceil(count))


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted for how many there are; below 0.05, five in a hundred such findings are false."""
    count = len(p_values)
    found = [1.0] * count
    least = 1.0
    for rank, place in reversed(list(enumerate(sorted(range(count), key=p_values.__getitem__), start=1))):
        least = min(least, p_values[place] * count / rank)
        found[place] = least
    return tuple(found)


def confusion(golds: Sequence[int], predicted: Sequence[int], labels: int) -> tuple[tuple[int, ...], ...]:
    """Return counts: a row for each right label, a column for each predicted one and a last for none (-1)."""
    table = [[0] * (labels + 1) for _ in range(labels)]
    for gold, guess in zip(golds, predicted, strict=True):
        if 0 <= gold < labels:
            table[gold][guess if 0 <= guess < labels else labels] += 1
    return tuple(map(tuple, table))


def reliability(probabilities: Sequence[Sequence[float]], golds: Sequence[int], *, bins: int = 10) -> Calibrated:
    """Compare what the best label got with how often it was right, in bins of equal width."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    squares: list[float] = []
    for row, gold in zip(probabilities, golds, strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        held[min(bins - 1, int(row[best] * bins))].append((row[best], best == gold))
        squares.append(math.fsum((value - (index == gold)) ** 2 for index, value in enumerate(row)))
    whole = len(squares)
    if not whole:
        return Calibrated((), math.nan, math.nan)
    found = tuple(
        (math.fsum(value for value, _ in each) / len(each), sum(right for _, right in each) / len(each), len(each))
        for each in held
        if each
    )
    error = math.fsum(abs(confidence - right) * count for confidence, right, count in found) / whole
    return Calibrated(found, error, math.fsum(squares) / whole)
