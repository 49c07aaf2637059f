"""Splits items into a pool of examples, a tuning set to choose prompts by, and a test set that stays what it is.

The test set is drawn with a seed of its own and known by a hash, so that choosing other examples does not change it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from nextword.lab.task import Item


class Splits(Struct, frozen=True):
    """seed: of pool and tuning set. test_hash: of the frozen test set, "" while it is not frozen. test_seed: what
    the test set was drawn with."""

    pool: tuple[Item, ...]
    tuning: tuple[Item, ...]
    test: tuple[Item, ...]
    seed: int = 0
    test_hash: str = ""
    test_seed: int = 0

    @property
    def is_frozen(self) -> bool:
        """Whether the test set is locked."""
        return bool(self.test_hash)

    @property
    def is_changed(self) -> bool:
        """Whether a frozen test set is no longer what it was."""
        return self.is_frozen and self.test_hash != hash_of(self.test)


class Shares(Struct, frozen=True):
    """How many of the items go where, 0..1; the rest is the pool."""

    test: float = 0.5
    tuning: float = 0.2


USUAL = Shares()


class Leak(Struct, frozen=True):
    """An item that stands on both sides: indexes in the two lists that were compared."""

    example: int
    test: int


def split(items: Sequence[Item], shares: Shares = USUAL, *, seed: int = 0, test_seed: int = 0) -> Splits:
    """Return the items in three parts, each label in the same proportion everywhere, and the test set frozen.

    Items whose texts are the same go to the same part, so nothing can leak. With another `seed` the test set stays.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(leak_key(item.text), []).append(item)
    rest, test = _taken(list(groups.values()), shares.test, random.Random(f"test {test_seed}"))
    left = 1.0 - shares.test
    pool, tuning = _taken(rest, shares.tuning / left if left > 0 else 0.0, random.Random(f"pool {seed}"))
    return frozen(Splits(_flat(pool), _flat(tuning), _flat(test), seed, test_seed=test_seed))


def by_parts(items: Sequence[Item], parts: Sequence[str], part_of: Callable[[str], str]) -> Splits:
    """Return the items as a column of the data has them. part_of: from its value to "pool", "tuning" or "test"."""
    found: dict[str, list[Item]] = {"pool": [], "tuning": [], "test": []}
    for item, value in zip(items, parts, strict=True):
        found[part_of(value)].append(item)
    return frozen(Splits(tuple(found["pool"]), tuple(found["tuning"]), tuple(found["test"])))


def part_named(value: str) -> str:
    """Return where rows go whose column says `value`, by the names that data sets have for their parts."""
    name = value.strip().casefold()
    if name.startswith(("test", "eval")):
        return "test"
    return "tuning" if name.startswith(("dev", "val", "tun")) else "pool"


def frozen(splits: Splits) -> Splits:
    """Return the same with the test set locked as it is."""
    return replace(splits, test_hash=hash_of(splits.test))


def thawed(splits: Splits) -> Splits:
    """Return the same with the test set open to change."""
    return replace(splits, test_hash="")


def hash_of(items: Iterable[Item]) -> str:
    """Return the SHA-256 of texts and answers, whatever their order."""
    rows = sorted(f"{len(item.text)}:{item.text}{'-' if item.gold is None else '+' + item.gold}" for item in items)
    whole = hashlib.sha256()
    for row in rows:
        data = row.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def leak_key(text: str) -> str:
    """Return what two texts have in common that are the same but for case and white space."""
    return " ".join(text.split()).casefold()


def leaks(examples: Sequence[Item], test: Sequence[Item]) -> tuple[Leak, ...]:
    """Return every example that is an item of the test set too, case and white space aside."""
    asked: dict[str, int] = {}
    for number, item in enumerate(test):
        asked.setdefault(leak_key(item.text), number)
    found = ((number, asked.get(leak_key(item.text), -1)) for number, item in enumerate(examples))
    return tuple(Leak(example, number) for example, number in found if number >= 0)


def without_leaks(examples: Sequence[Item], test: Sequence[Item]) -> tuple[Item, ...]:
    """Return the examples that are no item of the test set."""
    leaking = {leak.example for leak in leaks(examples, test)}
    return tuple(item for number, item in enumerate(examples) if number not in leaking)


def _taken(
    groups: Sequence[list[Item]], share: float, source: random.Random
) -> tuple[list[list[Item]], list[list[Item]]]:
    """Return what stays and what is taken: of each label the same share, as nearly as whole items allow."""
    by_label: dict[str, list[list[Item]]] = {}
    for group in groups:
        by_label.setdefault(f"{group[0].gold}", []).append(group)
    taken: set[int] = set()
    wanted = taken_items = 0.0
    for label in sorted(by_label):
        chosen = source.sample(by_label[label], len(by_label[label]))
        wanted += share * sum(map(len, chosen))
        for group in chosen:
            if taken_items + len(group) / 2 > wanted:
                break
            taken.add(id(group))
            taken_items += len(group)
    return [group for group in groups if id(group) not in taken], [group for group in groups if id(group) in taken]


def _flat(groups: Iterable[Iterable[Item]]) -> tuple[Item, ...]:
    return tuple(item for group in groups for item in group)
