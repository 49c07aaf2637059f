"""Two answers to each item, judged by a person who does not know which is whose.

Which stands on the left is drawn for each item anew; what is kept says which of the two was better, not which side.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from nextword.lab.statistics import Interval, mcnemar_exact, wilson

Better: TypeAlias = Literal[0, 1, 2]
"""1: the first run's answer, 2: the second's, 0: neither."""


class Pair(Struct, frozen=True):
    """An item to be judged. left, right: the answers as they are shown. swapped: left is the second run's."""

    item: int
    left: str
    right: str
    swapped: bool


class Rating(Struct, frozen=True):
    """What a person said. note: "" for none."""

    better: Better
    note: str = ""


class Tally(Struct, frozen=True):
    """first, second, ties: how often each was better. p: exact sign test over the items that were not ties.

    share: of the first among those, with its Wilson interval.
    """

    first: int
    second: int
    ties: int
    p: float
    share: Interval


def pairs(first: Sequence[str], second: Sequence[str], *, seed: int = 0) -> tuple[Pair, ...]:
    """Return the items whose answers differ, in random order, sides drawn for each. Equal answers are no question."""
    source = random.Random(f"rating {seed}")
    items = [item for item, (a, b) in enumerate(zip(first, second, strict=True)) if a.strip() != b.strip()]
    source.shuffle(items)
    found = []
    for item in items:
        swapped = source.random() < 0.5
        left, right = (second[item], first[item]) if swapped else (first[item], second[item])
        found.append(Pair(item, left, right, swapped))
    return tuple(found)


def rated(pair: Pair, side: Better) -> Rating:
    """Return what it means that a side was chosen: 1 left, 2 right, 0 neither."""
    if side == 0 or not pair.swapped:
        return Rating(side)
    return Rating(2 if side == 1 else 1)


def tally(ratings: Mapping[int, Rating]) -> Tally:
    """Count what was said."""
    first = sum(rating.better == 1 for rating in ratings.values())
    second = sum(rating.better == 2 for rating in ratings.values())
    return Tally(
        first, second, len(ratings) - first - second, mcnemar_exact(first, second), wilson(first, first + second)
    )


def rating_text(rating: Rating) -> str:
    """Return a rating as JSON."""
    return msgspec.json.encode(rating).decode()


def rating_from(text: str) -> Rating:
    """Return the rating that a text holds. Raises ValueError."""
    return msgspec.json.decode(text, type=Rating)
