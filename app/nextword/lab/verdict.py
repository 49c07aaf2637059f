"""What can be said of two conditions of an experiment, as data; the words are the window's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from nextword.lab.statistics import (
    MOST_ITEMS,
    Interval,
    benjamini_hochberg,
    bootstrap,
    bootstrap_difference,
    items_needed,
    mcnemar_exact,
    paired,
    wilson,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_ITEMS = 15
"""Below this nothing is said: no interval of so few items means anything."""

ALPHA = 0.05
Finding: TypeAlias = Literal["too_few", "same", "undecided", "better", "worse"]
"""too_few: items. same: no item differs. undecided: the difference can be chance. better, worse: the second condition
against the first."""

Rows: TypeAlias = Sequence[Sequence[float]]
"""A row for each example set: for each item 1 (or True) right, 0 wrong; between them the mean over orders of a set."""


class Verdict(Struct, frozen=True):
    """Two conditions compared. first, second: share right with its interval. only_first, only_second: items that one
    alone got right. p: exact McNemar of those two.

    adjusted_p: p among all verdicts that were made together (Benjamini-Hochberg). difference: second less first, with
    its interval. sets: example sets behind it; with more than one, an item counts as right where most of them have
    it right, and the intervals are over sets and items. short_of: what an undecided one has too few of, "" when it
    is decided. more_items: how many more would decide it if the difference stays as it is; None: cannot be said.
    """

    finding: Finding
    items: int
    first: Interval
    second: Interval
    only_first: int
    only_second: int
    p: float
    adjusted_p: float
    difference: Interval
    sets: int = 1
    short_of: Literal["", "items", "sets"] = ""
    more_items: int | None = None


def verdict(first: Rows, second: Rows, *, seed: int = 0) -> Verdict:
    """Compare two conditions. first, second: a row for each example set, for each item whether it was right.

    Raises ValueError when they are not about the same items, or a condition has no row.
    """
    majorities = [majority(rows) for rows in (first, second)]
    pair = paired(*majorities)
    sets = max(len(first), len(second))
    if sets == 1:
        before, after = (wilson(sum(row), pair.items) for row in majorities)
        difference = pair.difference
    else:
        before, after = (accuracy(rows, seed=seed) for rows in (first, second))
        difference = bootstrap_difference(_matrix(first), _matrix(second), seed=seed)
    counts = (pair.only_first, pair.only_second)
    return _decided(Verdict("too_few", pair.items, before, after, *counts, pair.p, pair.p, difference, sets))


def adjusted(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts that were made together, each as what its p is worth among so many."""
    counted = [each for each in verdicts if each.items >= FEWEST_ITEMS]
    values = iter(benjamini_hochberg([each.p for each in counted]))
    return tuple(
        _decided(replace(each, adjusted_p=next(values))) if each.items >= FEWEST_ITEMS else each for each in verdicts
    )


def among_others(found: Verdict, adjusted_p: float) -> Verdict:
    """Return a verdict with what its p is worth among others."""
    return _decided(replace(found, adjusted_p=adjusted_p))


def mcnemar_of(first: Rows, second: Rows) -> float:
    """Return the p of a verdict alone, which is quick."""
    pairs = list(zip(majority(first), majority(second), strict=True))
    return mcnemar_exact(sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs))


def majority(rows: Rows) -> list[bool]:
    """Return for each item whether more than half of the rows have it right. Raises ValueError without rows."""
    if not rows:
        raise ValueError("no run")
    return [sum(column) * 2 > len(rows) for column in zip(*rows, strict=True)]


def accuracy(rows: Rows, *, seed: int = 0) -> Interval:
    """Return the share right with its interval: over items, and over example sets where there are several.

    It is never narrower than Wilson's of as many items: where all are right, no resample shows that one could be wrong.
    """
    if len(rows) == 1:
        return wilson(sum(majority(rows)), len(rows[0]))
    found = bootstrap(_matrix(rows), seed=seed)
    if not rows[0]:
        return found
    least = wilson(found.value * len(rows[0]), len(rows[0]))
    return Interval(found.value, max(0.0, min(found.low, least.low)), min(1.0, max(found.high, least.high)))


def _decided(found: Verdict) -> Verdict:
    """Return the verdict with what follows from its numbers."""
    if found.items < FEWEST_ITEMS:
        return replace(found, finding="too_few", short_of="items")
    crosses = found.difference.low <= 0 <= found.difference.high
    if found.only_first == found.only_second == 0 and found.difference.value == 0:
        return replace(found, finding="same", short_of="", more_items=None)
    if found.adjusted_p >= ALPHA:
        return replace(found, finding="undecided", short_of="items", more_items=_more_items(found))
    agrees = (found.difference.value > 0) == (found.only_second > found.only_first)
    if found.sets > 1 and (crosses or not agrees):
        return replace(found, finding="undecided", short_of="sets", more_items=None)
    better = found.only_second > found.only_first
    return replace(found, finding="better" if better else "worse", short_of="", more_items=None)


def _more_items(found: Verdict) -> int | None:
    """Return how many items more a test needs that finds a difference as large in 4 of 5 cases; at least one."""
    gap = (found.only_second - found.only_first) / found.items
    differing = (found.only_second + found.only_first) / found.items
    needed = items_needed(gap, differing)
    return None if needed is None or needed >= MOST_ITEMS else max(1, needed - found.items)


def _matrix(rows: Rows) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 - the window opens without it

    return np.array(rows, dtype=np.float64)
