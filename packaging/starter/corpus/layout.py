"""How an in-context task looks on the page: layouts, label words, and how much each part counts in the loss."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starter.corpus.document import Document, Piece
from starter.corpus.evaluated import may_be_item
from starter.corpus.grammar import pick
from starter.corpus.words import COLOURS, FIRST_NAMES, FRUITS, MATERIALS, PLACES

Row = tuple[str, str]
# lookup: the answer is known only if the item was seen before; labels: once every label was seen;
# open: from the second example on, because the first one shows what the task is.
Policy = Literal["lookup", "labels", "known", "open"]

UNGUESSABLE = 0.2
ANSWER = 2.0


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands before an item, between item and answer, and between two examples.

    The space before an answer belongs to the answer, as it does in the evaluation's prompts.
    """

    before: str
    between: str
    separator: str
    space: str = " "


_WORD_FIELDS = (
    ("", " ->"), ("", " ->"), ("", " ->"), ("", ":"), ("", ":"), ("", " ="), ("", " =>"), ("", " is"), ("", " -"),
    ("- ", ":"), ("* ", " ->"), ('"', '" ->'), ("(", ") ="), ("", " |"), ("", ","), ("", " means"), ("", " goes to"),
    ("Input: ", " Output:"), ("Q: ", " A:"), ("word: ", ", label:"), ("Item: ", " Group:"), ("Word: ", " ->"),
)  # fmt: skip
_LINE_FIELDS = (
    ("Input: ", "\nOutput:"), ("Input: ", "\nOutput:"), ("Q: ", "\nA:"), ("Question: ", "\nAnswer:"),
    ("Text: ", "\nLabel:"), ("In: ", "\nOut:"), ("Word: ", "\nLabel:"), ("Item: ", "\nClass:"), ("x: ", "\ny:"),
    ("Example: ", "\nAnswer:"), ("Given: ", "\nResult:"), ("> ", "\n"), ("[", "]\n"),
)  # fmt: skip
_WORD_SEPARATORS = ("\n", "\n", "\n", "\n", "\n\n", ", ", "; ", " | ", " ; ", "\n###\n", " / ", ". ")
_LINE_SEPARATORS = ("\n", "\n\n", "\n\n", "\n---\n", "\n###\n")


def word_layout(rng: random.Random) -> Layout:
    """Return a layout for short items."""
    if rng.random() < 0.3:
        before, between = rng.choice(_LINE_FIELDS)
        return Layout(before, between, pick(rng, _LINE_SEPARATORS), "" if between.endswith("\n") else " ")
    before, between = rng.choice(_WORD_FIELDS)
    separator = pick(rng, _WORD_SEPARATORS)
    if (separator == ", " and between == ",") or before in ("- ", "* "):
        separator = "\n"
    return Layout(before, between, separator)


def line_layout(rng: random.Random, fields: Sequence[tuple[str, str]] = _LINE_FIELDS) -> Layout:
    """Return a layout for items as long as a sentence; `fields` are what stands before and between."""
    before, between = rng.choice(fields)
    multiline = "\n" in between
    separator = pick(rng, _LINE_SEPARATORS) if multiline else pick(rng, ("\n", "\n", "\n\n", " | ", "\n###\n"))
    return Layout(before, between, separator, "" if between.endswith("\n") else " ")


_WEIGHT_OF_ITEM: dict[Policy, float] = {"lookup": 0.15, "labels": 0.3, "known": 0.5, "open": 0.3}


def _weight(policy: Policy, row: int, known: bool, all_labels: bool) -> float:
    if policy == "lookup":
        return ANSWER if known else 0.1
    if policy == "labels":
        return ANSWER if all_labels else UNGUESSABLE
    if policy == "known":
        return ANSWER
    return ANSWER if row else 0.5


def render(
    layout: Layout, rows: Sequence[Row], *, policy: Policy, heading: str = "", numbered: bool = False
) -> Document:
    """Return the rows as one document; the answer of every row is a piece of its own."""
    labels = {answer for _, answer in rows}
    seen_items: set[str] = set()
    seen_labels: set[str] = set()
    pieces = [Piece(heading + "\n", 0.5)] if heading else []
    item_weight = _WEIGHT_OF_ITEM[policy]
    for number, (item, answer) in enumerate(rows):
        mark = f"{number + 1}. " if numbered else ""
        pieces.append(Piece(f"{mark}{layout.before}{item}{layout.between}", item_weight))
        # Two labels are settled by seeing one of them only if the reader knows both names: it does not.
        weight = _weight(policy, number, item in seen_items, seen_labels == labels)
        if policy == "labels" and answer in seen_labels and weight < ANSWER:
            weight = 0.6
        pieces.append(Piece(layout.space + answer, weight))
        if number + 1 < len(rows):
            pieces.append(Piece(layout.separator, 0.5))
        seen_items.add(item)
        seen_labels.add(answer)
    return tuple(pieces)


_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z",
           "bl", "fl", "gr", "pl", "tr", "sk")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "b", "f", "l", "m", "n", "p", "x", "z")


def pseudo_word(rng: random.Random) -> str:
    """Return a word that means nothing, of one or two syllables."""
    word = pick(rng, _ONSETS) + pick(rng, _VOWELS)
    if rng.random() < 0.5:
        word += pick(rng, _CODAS[1:])
    else:
        word += pick(rng, _ONSETS[:15]) + pick(rng, _VOWELS) + pick(rng, _CODAS)
    return word if may_be_item(word) else pseudo_word(rng)


MADE_UP_LABELS: tuple[tuple[str, str], ...] = (
    ("foo", "bar"), ("foo", "bar"), ("foo", "bar"), ("A", "B"), ("A", "B"), ("0", "1"), ("X", "Y"), ("x", "y"),
    ("a", "b"), ("1", "2"), ("blue", "red"), ("green", "red"), ("left", "right"), ("up", "down"), ("+", "-"),
    ("yes", "no"), ("true", "false"), ("Yes", "No"), ("True", "False"), ("black", "white"), ("one", "two"),
    ("cat", "dog"), ("in", "out"), ("on", "off"), ("sun", "moon"), ("alpha", "beta"), ("this", "that"),
    ("first", "second"), ("here", "there"), ("P", "Q"), ("I", "II"), ("yin", "yang"), ("good", "bad"), ("tic", "tac"),
)  # fmt: skip
_REAL_WORDS = (*COLOURS, *MATERIALS, *FRUITS, *FIRST_NAMES, *(place for place in PLACES if " " not in place))
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def made_up_labels(rng: random.Random, count: int = 2, *, allow_foo: bool = True) -> list[str]:
    """Return `count` different labels in random order that say nothing about what they stand for."""
    shape = rng.random()
    if count == 2 and shape < 0.5:
        labels = list(rng.choice(MADE_UP_LABELS))
        while not allow_foo and "foo" in labels:
            labels = list(rng.choice(MADE_UP_LABELS))
        rng.shuffle(labels)
        return labels
    if shape < 0.65:
        return rng.sample(_REAL_WORDS, count)
    if shape < 0.75:
        return rng.sample(_LETTERS, count)
    if shape < 0.8:
        return [str(number) for number in rng.sample(range(10), count)]
    labels = [pseudo_word(rng) for _ in range(count)]
    return labels if len(set(labels)) == count else made_up_labels(rng, count, allow_foo=allow_foo)
