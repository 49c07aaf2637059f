"""What belongs to the evaluation sets alone: sentences, adjectives of phrases, pairs of antonyms and plurals."""

from __future__ import annotations

import hashlib

from starter.corpus import words
from starter.corpus.held_out import normalised

ANTONYM_PAIRS = 100
PLURAL_PAIRS = 100
# In the made-up label set every animal and every tool stands behind one of these; in training none does.
EVALUATED_ADJECTIVES = (
    "special", "ordinary", "different", "real", "hidden", "common", "rare", "dark", "modern", "simple", "famous",
    "strong",
)  # fmt: skip


def _rank(text: str) -> int:
    digest = hashlib.blake2s(normalised(text).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def reserved_sentence(text: str) -> bool:
    """Say whether a review or a topic sentence is kept for evaluation: about one in 30."""
    return _rank(text) % 30 == 7


def _held_out(pairs: tuple[tuple[str, str], ...], count: int) -> frozenset[tuple[str, str]]:
    ordered = sorted(pairs, key=lambda pair: _rank(f"{pair[0]} {pair[1]}"))
    return frozenset(ordered[:count])


def _plain_plurals() -> tuple[tuple[str, str], ...]:
    """The plurals a speller could get right: no irregular ones, which only memory can give."""
    return tuple(pair for pair in words.PLURALS if pair[1].startswith(pair[0]) and pair[1] != pair[0])


HELD_OUT_ANTONYMS = _held_out(words.ANTONYMS, ANTONYM_PAIRS)
HELD_OUT_PLURALS = _held_out(_plain_plurals(), PLURAL_PAIRS)

TASK_ANTONYMS = tuple(pair for pair in words.ANTONYMS if pair not in HELD_OUT_ANTONYMS)
_EVALUATED_WORDS = frozenset(
    [word for pair in HELD_OUT_ANTONYMS for word in pair] + [word for pair in HELD_OUT_PLURALS for word in pair]
)
TASK_PLURALS = tuple(pair for pair in words.PLURALS if not _EVALUATED_WORDS & set(pair))


def may_be_item(text: str) -> bool:
    """Say whether a word may be the input of a training task: not if an evaluation set asks about it."""
    return text.lower() not in _EVALUATED_WORDS


def task_items(pool: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of `pool` that may be inputs of training tasks."""
    return tuple(word for word in pool if may_be_item(word))
