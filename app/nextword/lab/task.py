"""What a task of the lab is: its template, its labels with the words that stand for them, and its items.

Knows neither models nor tokens; how a task becomes a prompt is in prompts.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

Form: TypeAlias = Literal["text", "turns", "one_turn"]
"""text: one plain text, for base models. turns: each example is a user's turn and the assistant's answer. one_turn:
everything in one turn of the user."""

TaskKind: TypeAlias = Literal["labels", "answers"]
"""labels: one of a few labels is right, and each gets a probability. answers: the answer is written freely."""

BETWEEN_ANSWERS = "\x1f"
"""Stands between right answers of one item (Item.gold) where it has several: ASCII's own unit separator."""


class Label(Struct, frozen=True):
    """One class. name: as in the data, where "" and "0" are names too. words: what stands for it in a prompt; they are
    alternatives and their probabilities add. An example is written with the first."""

    name: str
    words: tuple[str, ...]


class Template(Struct, frozen=True):
    """How items are written: instruction, separator, then for each input_prefix + text + output_prefix + joint + word.

    joint: what is between output_prefix and the word; nothing where output_prefix ends with white space of its own.
    """

    name: str
    instruction: str = ""
    input_prefix: str = ""
    output_prefix: str = ""
    separator: str = "\n\n"
    joint: str = " "


class Task(Struct, frozen=True):
    """A task as it is asked. prefill: what the assistant's turn begins with; not used in the form "text"."""

    name: str
    kind: TaskKind
    template: Template
    labels: tuple[Label, ...] = ()
    form: Form = "text"
    prefill: str = ""


class Item(Struct, frozen=True):
    """One row. gold: the name of its label or its right answer, None when not known. row: number in the source file,
    from 1; 0: made by hand."""

    text: str
    gold: str | None
    row: int = 0


def answers(item: Item) -> tuple[str, ...]:
    """Return the right answers of an item of free answers; none where they are not known."""
    return () if item.gold is None else tuple(item.gold.split(BETWEEN_ANSWERS))


def label_index(task: Task, name: str | None) -> int:
    """Return which label has that name, -1 for none."""
    return next((index for index, label in enumerate(task.labels) if label.name == name), -1)


def shown_word(task: Task, gold: str | None) -> str:
    """Return how an answer is written in an example: the first word of its label, or the first right answer."""
    if gold is None:
        return ""
    index = label_index(task, gold) if task.kind == "labels" else -1
    if index >= 0 and task.labels[index].words:
        return task.labels[index].words[0]
    return gold.split(BETWEEN_ANSWERS)[0]


def labels_named(names: Iterable[str]) -> tuple[Label, ...]:
    """Return a label for each different name, in their order. The word is the name; "" gets a word that is free."""
    found = tuple(dict.fromkeys(names))
    taken = {name.strip() for name in found}
    empty = next(word for word in ("none", "empty", "blank", "no label") if word not in taken or word == "no label")
    return tuple(Label(name, (name.strip() or empty,)) for name in found)
