"""Which examples stand in a few-shot prompt: drawn with a seed, labels evenly mixed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from starter.corpus.sets import Item


def mixed_examples(pool: Sequence[Item], count: int, source: random.Random) -> list[Item]:
    """Return `count` different items of `pool` in random order, labels as even as the count allows."""
    shuffled = source.sample(list(pool), len(pool))
    by_label: dict[str, list[Item]] = {}
    for item in shuffled:
        by_label.setdefault(item.get("label", ""), []).append(item)
    labels = source.sample(sorted(by_label), len(by_label))
    chosen = [by_label[labels[place % len(labels)]][place // len(labels)] for place in range(count)]
    return source.sample(chosen, count)
