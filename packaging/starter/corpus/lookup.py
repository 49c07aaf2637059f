"""Pure look-up tasks: arbitrary items with arbitrary labels, repeated so that every answer can be copied."""

from __future__ import annotations

import random

from starter.corpus import words
from starter.corpus.document import Document, DocumentGenerator, Piece
from starter.corpus.grammar import pick
from starter.corpus.items import POOLS, plain_phrase
from starter.corpus.layout import Row, made_up_labels, pseudo_word, render, word_layout

_ALL_WORDS = tuple(dict.fromkeys(word for pool in POOLS.values() for word in pool))
_NOUNS = tuple(word for name in ("animal", "tool", "vehicle", "fruit", "clothes", "toy") for word in POOLS[name])


def _token(rng: random.Random, kind: int) -> str:
    if kind <= 3:
        return pick(rng, _ALL_WORDS)
    if kind <= 5:
        return pseudo_word(rng)
    if kind == 6:
        return str(rng.randrange(100))
    return plain_phrase(rng, pick(rng, _NOUNS)) if kind == 7 else pick(rng, words.FIRST_NAMES)


def _distinct(rng: random.Random, count: int) -> list[str]:
    kind = rng.randrange(9)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_token(rng, kind)] = None
    return list(found)


def _repeated(rng: random.Random, count: int, rows: int) -> list[int]:
    """Return indices below `count`, each at least once and most of them several times."""
    order = list(range(count))
    rng.shuffle(order)
    return order + [rng.randrange(count) for _ in range(rows - count)]


def lookup_pairs(rng: random.Random) -> Document:
    """Return lines "item -> label" whose items come back: every item has a value of its own."""
    count = rng.randint(3, 9)
    items = _distinct(rng, count)
    values = _distinct(rng, count)
    rows: list[Row] = [(items[index], values[index]) for index in _repeated(rng, count, rng.randint(14, 40))]
    return render(word_layout(rng), rows, policy="lookup", numbered=rng.random() < 0.05)


def lookup_labels(rng: random.Random) -> Document:
    """Return lines "item -> label" with two to four labels shared by all items; items come back."""
    count = rng.randint(4, 12)
    items = _distinct(rng, count)
    labels = made_up_labels(rng, rng.choice((2, 2, 2, 3, 4)))
    # foo and bar stay away from animals and tools: the made-up label set asks about those.
    if "foo" in labels:
        items = [pseudo_word(rng) + str(position) for position in range(count)]
    values = [labels[position % len(labels)] for position in range(count)]
    rng.shuffle(values)
    rows: list[Row] = [(items[index], values[index]) for index in _repeated(rng, count, rng.randint(20, 50))]
    return render(word_layout(rng), rows, policy="lookup")


def lookup_copy(rng: random.Random) -> Document:
    """Return a random list that is repeated several times word for word."""
    items = _distinct(rng, rng.randint(5, 20))
    join = rng.choice((" ", ", ", "\n", " - ", "; "))
    once = join.join(items)
    gap = rng.choice(("\n", "\n\n", " | ", "\nAgain: ", " . "))
    pieces = [Piece(once, 0.1)]
    for _ in range(rng.randint(1, 4)):
        pieces += [Piece(gap, 0.3), Piece(once, 1.0)]
    return tuple(pieces)


_TABLE_QUESTIONS = (
    ("{key} has the {what} {value}.", "The {what} of {key} is"),
    ("The {what} of {key} is {value}.", "{key} has the {what}"),
    ("{key}: {value}.", "{what} of {key}:"),
)
_WHAT = ("colour", "number", "letter", "word", "name", "code")


def lookup_facts(rng: random.Random) -> Document:
    """Return made-up facts about people or things, then questions that only these facts can answer."""
    count = rng.randint(3, 8)
    keys = rng.sample(words.FIRST_NAMES, count) if rng.random() < 0.5 else _distinct(rng, count)
    what = pick(rng, _WHAT)
    if what == "colour":
        values = rng.sample(words.COLOURS, count)
    elif what == "number":
        values = [str(number) for number in rng.sample(range(10, 100), count)]
    else:
        values = _distinct(rng, count)
    fact, ask = rng.choice(_TABLE_QUESTIONS)
    join = rng.choice((" ", "\n"))
    told = join.join(fact.format(key=key, value=value, what=what) for key, value in zip(keys, values, strict=True))
    pieces = [Piece(told, 0.2)]
    for index in rng.choices(range(count), k=rng.randint(count, 2 * count)):
        pieces.append(Piece(f"{join}{ask.format(key=keys[index], what=what)}", 0.4))
        pieces.append(Piece(f" {values[index]}", 2.0))
        pieces.append(Piece(".", 0.5))
    return tuple(pieces)


def lookup_repeat(rng: random.Random) -> Document:
    """Return random words, then the same words again and again: after the first round all of it can be copied."""
    count = rng.randint(6, 40)
    once = " ".join(rng.choice(_ALL_WORDS) for _ in range(count))
    return (Piece(once, 0.05), Piece((" " + once) * rng.randint(2, max(2, 120 // count)), 1.0))


DOMAINS: dict[str, DocumentGenerator] = {
    "lookup_repeat": lookup_repeat,
    "lookup_pairs": lookup_pairs,
    "lookup_labels": lookup_labels,
    "lookup_copy": lookup_copy,
    "lookup_facts": lookup_facts,
}
GROUPS = dict.fromkeys(DOMAINS, "lookup")
