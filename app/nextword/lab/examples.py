"""Which examples stand in a prompt, and in which order: drawn with a seed, labels evenly mixed.

The draw is the one that the starter models are evaluated with, so the same seed gives the same examples.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

from nextword.lab.task import Item

FAN = 24
"""How many orders of more than four examples are tried: as many as four examples have."""


def draw(pool: Sequence[Item], count: int, *, seed: int | str, balanced: bool = True) -> tuple[Item, ...]:
    """Return `count` different items of `pool` in random order; fewer where the pool is smaller.

    balanced: labels as even as the count allows; where a label runs out, the others fill up. Which labels come once
    more than others is drawn, and so is the place of each item, so that no label is always the last.
    """
    source = random.Random(seed)
    shuffled = source.sample(list(pool), len(pool))
    count = max(0, min(count, len(shuffled)))
    if not balanced:
        return tuple(shuffled[:count])
    by_label: dict[str, list[Item]] = {}
    for item in shuffled:
        by_label.setdefault(_label(item), []).append(item)
    turns = [by_label[label] for label in source.sample(sorted(by_label), len(by_label))]
    chosen = list(itertools.islice(_in_turn(turns), count))
    return tuple(source.sample(chosen, count))


def orders(examples: Sequence[Item], count: int = FAN, *, seed: int = 0) -> tuple[tuple[Item, ...], ...]:
    """Return different orders of `examples`: all of them where there are at most `count`, else a sample of `count`.

    The order that is given comes first.
    """
    numbers = tuple(range(len(examples)))
    if math.factorial(min(len(numbers), 20)) <= count:
        found = list(itertools.permutations(numbers))
    else:
        source = random.Random(f"orders {seed}")
        found = [numbers]
        seen = {numbers}
        while len(found) < count:
            order = tuple(source.sample(numbers, len(numbers)))
            if order not in seen:
                seen.add(order)
                found.append(order)
    return tuple(tuple(examples[number] for number in order) for order in found)


def is_balanced(examples: Sequence[Item], labels: Sequence[str]) -> bool:
    """Whether no label of `labels` has two examples more than another."""
    golds = [item.gold for item in examples]
    counts = [golds.count(label) for label in labels]
    return not counts or max(counts) - min(counts) <= 1


def _label(item: Item) -> str:
    return "" if item.gold is None else item.gold


def _in_turn(lists: Sequence[Sequence[Item]]) -> itertools.chain[Item]:
    """Return the first of each list, then the second of each that has one, and so on."""
    rounds = itertools.zip_longest(*lists)
    return itertools.chain.from_iterable([item for item in round_ if item is not None] for round_ in rounds)
