"""Classes of words for the tasks: pools of items that no evaluation set asks about."""

from __future__ import annotations

import random

from starter.corpus import words
from starter.corpus.evaluated import TASK_PLURALS, task_items
from starter.corpus.grammar import pick

PAST_TENSES = tuple(
    (present, past)
    for present, past in (
        line.split() for line in (words.TABLES / "past_tenses.txt").read_text(encoding="utf-8").splitlines() if line
    )
    if task_items((present, past)) == (present, past)
)

_BIG = ("elephant", "whale", "mountain", "castle", "ship", "giraffe", "tower", "bridge", "truck", "rhino", "planet",
        "airport", "stadium", "church", "hippo", "forest", "ocean", "skyscraper", "lorry", "bison", "camel", "hospital",
        "submarine", "airplane", "factory", "shark", "volcano", "desert", "tractor", "crocodile")  # fmt: skip
_SMALL = ("ant", "flea", "pea", "coin", "needle", "button", "bee", "seed", "pin", "mouse", "crumb", "bean", "pebble",
          "thimble", "ring", "grape", "stamp", "wasp", "berry", "nail", "dice", "marble", "raisin", "key", "snail",
          "ladybird", "drop", "spider", "acorn", "earring")  # fmt: skip
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
                 "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
                 "twenty")  # fmt: skip
NUMBER_WORDS = _NUMBER_WORDS

POOLS: dict[str, tuple[str, ...]] = {
    name: task_items(pool)
    for name, pool in {
        "animal": words.ANIMALS, "tool": words.TOOLS, "vehicle": words.VEHICLES, "food": words.FOODS,
        "fruit": words.FRUITS, "clothes": words.CLOTHES, "furniture": words.FURNITURE, "body": words.BODY_PARTS,
        "job": words.JOBS, "place": words.PLACES, "instrument": words.INSTRUMENTS, "sport": words.SPORTS,
        "colour": words.COLOURS, "weather": words.WEATHER, "plant": words.PLANTS, "material": words.MATERIALS,
        "drink": words.DRINKS, "toy": words.TOYS, "country": tuple(words.CAPITALS), "name": words.FIRST_NAMES,
        "city": tuple(words.CAPITALS.values()), "good": words.POSITIVE_ADJECTIVES, "bad": words.NEGATIVE_ADJECTIVES,
        "big": _BIG, "small": _SMALL, "number": _NUMBER_WORDS, "past": tuple(past for _, past in PAST_TENSES),
        "present": tuple(present for present, _ in PAST_TENSES), "singular": tuple(one for one, _ in TASK_PLURALS),
        "plural": tuple(many for _, many in TASK_PLURALS if many.endswith("s")),
    }.items()
}  # fmt: skip

# What a list of things is called when its label is the plain word for it.
CATEGORIES = ("animal", "tool", "vehicle", "fruit", "instrument", "sport", "colour", "plant", "drink", "toy",
              "country", "job", "furniture", "clothes")  # fmt: skip

_POLAR = (("good", "bad"), ("big", "small"), ("past", "present"), ("singular", "plural"))
_NOT_NOUNS = frozenset(("good", "bad", "number", "past", "present", "big", "small", "singular", "plural"))
_NOUN_POOLS = tuple(name for name in POOLS if name not in _NOT_NOUNS)
_WITH_ADJECTIVE = tuple(
    name
    for name in ("animal", "tool", "vehicle", "food", "fruit", "clothes", "furniture", "instrument", "toy", "plant")
)


def classes(rng: random.Random, count: int = 2) -> tuple[str, ...]:
    """Return the names of `count` pools that make a sensible choice between classes."""
    if count == 2 and rng.random() < 0.3:
        pair = rng.choice(_POLAR) if rng.random() < 0.6 else ("good", "bad")
        return pair if rng.random() < 0.5 else pair[::-1]
    return tuple(rng.sample(_NOUN_POOLS, count))


def without_overlap(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the pools of these names without the words that two of them share ("orange")."""
    pools = [set(POOLS[name]) for name in names]
    return [
        tuple(word for word in POOLS[name] if not any(word in other for other in pools if other is not own))
        for name, own in zip(names, pools, strict=True)
    ]


def plain_phrase(rng: random.Random, noun: str) -> str:
    """Return a phrase such as "small otter"; the evaluation's phrases have other adjectives."""
    return f"{pick(rng, words.NEUTRAL_ADJECTIVES)} {noun}"


def adjective_classes(rng: random.Random, count: int = 2) -> tuple[str, ...]:
    """Return pools whose words go with an adjective."""
    return tuple(rng.sample(_WITH_ADJECTIVE, count))
