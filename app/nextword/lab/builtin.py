"""The five data sets that ship with the program as tasks, for base models and for instruction-tuned ones.

The formats are those that the starter models are evaluated with (packaging/starter/corpus/sets.py; a test compares).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from nextword import resources
from nextword.lab.splits import Shares, Splits, frozen, split
from nextword.lab.task import Form, Item, Label, Task, Template

BuiltIn: TypeAlias = Literal["sentiment", "topic", "antonyms", "plurals", "foobar"]
Part: TypeAlias = Literal["test", "examples"]

NAMES: Final[tuple[BuiltIn, ...]] = ("sentiment", "topic", "antonyms", "plurals", "foobar")

_TEMPLATES: Final[dict[BuiltIn, Template]] = {
    "sentiment": Template("sentiment", input_prefix="Review: ", output_prefix="\nSentiment:"),
    "topic": Template("topic", input_prefix="Text: ", output_prefix="\nTopic:"),
    "antonyms": Template("antonyms", input_prefix="Word: ", output_prefix=" ->", separator="\n"),
    "plurals": Template("plurals", input_prefix="Word: ", output_prefix=" ->", separator="\n"),
    "foobar": Template("foobar", output_prefix=" ->", separator="\n"),
}
_QUESTIONS: Final[dict[BuiltIn, Template]] = {
    "sentiment": Template("sentiment", input_prefix="Is this review positive or negative?\n"),
    "topic": Template(
        "topic", input_prefix="What is the topic of this sentence: sports, food, weather or technology?\n"
    ),
    "antonyms": Template("antonyms", input_prefix="What is the opposite of ", output_prefix="?"),
    "plurals": Template("plurals", input_prefix="What is the plural of ", output_prefix="?"),
    "foobar": Template("foobar"),
}
_LABELS: Final[dict[BuiltIn, tuple[Label, ...]]] = {
    "sentiment": (Label("positive", ("pos",)), Label("negative", ("neg",))),
    "topic": tuple(Label(name, (name,)) for name in ("sports", "food", "weather", "technology")),
    "foobar": (Label("foo", ("foo",)), Label("bar", ("bar",))),
}


class _Row(msgspec.Struct):
    input: str
    split: str
    label: str = ""
    answer: str = ""


def task(name: BuiltIn, *, form: Form = "text") -> Task:
    """Return a set as a task. As chat turns it is the question that instruction-tuned models are evaluated with, and
    the words of its labels are the labels' own names."""
    labels = _LABELS.get(name, ())
    if form == "turns":
        labels = tuple(Label(label.name, (label.name,)) for label in labels)
    template = _QUESTIONS[name] if form == "turns" else _TEMPLATES[name]
    return Task(name, "labels" if labels else "answers", template, labels, form)


def items(name: BuiltIn, part: Part, folder: Path = resources.DATA) -> tuple[Item, ...]:
    """Return the items of one part of a set, in the order of its file. Raises OSError when the file is gone."""
    decoder = msgspec.json.Decoder(_Row)
    found = []
    for number, line in enumerate((folder / f"{name}.jsonl").read_bytes().splitlines(), start=1):
        row = decoder.decode(line)
        if row.split == part:
            found.append(Item(row.input, row.answer or row.label, number))
    return tuple(found)


def splits(name: BuiltIn, *, seed: int = 0) -> Splits:
    """Return a set with its test items frozen, and a third of its examples to choose prompts by."""
    parts = split(items(name, "examples"), Shares(test=0.0, tuning=1 / 3), seed=seed)
    return frozen(Splits(parts.pool, parts.tuning, items(name, "test"), seed))
