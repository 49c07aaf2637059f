"""The evaluation sets and their prompts; `python -m starter.corpus.sets` (from packaging/) writes resources/data/."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starter.corpus import words
from starter.corpus.document import Chat, Turn
from starter.corpus.evaluated import (
    EVALUATED_ADJECTIVES,
    HELD_OUT_ANTONYMS,
    HELD_OUT_PLURALS,
    TASK_ANTONYMS,
    TASK_PLURALS,
)
from starter.corpus.grammar import pick
from starter.corpus.reviews import review
from starter.corpus.topics import EVALUATED_TOPICS, topic_sentence

DATA = Path(__file__).resolve().parents[3] / "resources" / "data"
SEED = 20_251_122

Item = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """One set: how its prompt is laid out and which words stand for its labels.

    verbalizers: label in the file -> word in the prompt of the base model; empty for a set of pairs.
    """

    name: str
    before: str
    between: str
    separator: str
    verbalizers: Mapping[str, str]
    question: str


SETS: dict[str, EvaluationSet] = {
    "sentiment": EvaluationSet(
        "sentiment", "Review: ", "\nSentiment:", "\n\n", {"positive": "pos", "negative": "neg"},
        "Is this review positive or negative?\n{input}",
    ),
    "topic": EvaluationSet(
        "topic", "Text: ", "\nTopic:", "\n\n", {name: name for name in EVALUATED_TOPICS},
        "What is the topic of this sentence: sports, food, weather or technology?\n{input}",
    ),
    "antonyms": EvaluationSet("antonyms", "Word: ", " ->", "\n", {}, "What is the opposite of {input}?"),
    "plurals": EvaluationSet("plurals", "Word: ", " ->", "\n", {}, "What is the plural of {input}?"),
    "foobar": EvaluationSet("foobar", "", " ->", "\n", {"foo": "foo", "bar": "bar"}, "{input}"),
}  # fmt: skip


def answer(set_name: str, item: Item) -> str:
    """Return the word that the base model should write after the prompt, without its leading space."""
    label = item.get("answer") or item["label"]
    return SETS[set_name].verbalizers.get(label, label)


def prompt(set_name: str, examples: Sequence[Item], item: Item) -> str:
    """Return the base model's prompt; it ends without a space, so the answer is `" " + answer(...)`."""
    layout = SETS[set_name]
    shown = [f"{layout.before}{row['input']}{layout.between} {answer(set_name, row)}" for row in examples]
    return layout.separator.join([*shown, f"{layout.before}{item['input']}{layout.between}"])


def chat_prompt(set_name: str, item: Item) -> Chat:
    """Return the one user turn that asks the instruction-tuned model about an item."""
    return (Turn("user", SETS[set_name].question.format(input=item["input"])),)


def load(set_name: str, split: str, folder: Path = DATA) -> list[dict[str, str]]:
    """Return the rows of one split ("test" or "examples") of a stored set."""
    lines = (folder / f"{set_name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["split"] == split]


def _row(text: str, label: str, split: str, column: str = "label") -> dict[str, str]:
    return {"input": text, column: label, "split": split}


def _labelled(
    rng: random.Random, make: Callable[[str], str], labels: Sequence[str], counts: Mapping[str, int]
) -> list[dict[str, str]]:
    """Return balanced, shuffled rows; `counts` is how many rows each split gets."""
    rows: list[dict[str, str]] = []
    used: set[str] = set()
    for split, count in counts.items():
        part = []
        for position in range(count):
            label = labels[position % len(labels)]
            text = make(label)
            while text in used:
                text = make(label)
            used.add(text)
            part.append(_row(text, label, split))
        rng.shuffle(part)
        rows += part
    return rows


def _sentiment(rng: random.Random) -> list[dict[str, str]]:
    return _labelled(
        rng,
        lambda label: review(rng, label == "positive", for_evaluation=True),
        ("positive", "negative"),
        {"test": 200, "examples": 60},
    )


def _topic(rng: random.Random) -> list[dict[str, str]]:
    return _labelled(
        rng,
        lambda label: topic_sentence(rng, label, for_evaluation=True),
        EVALUATED_TOPICS,
        {"test": 200, "examples": 60},
    )


def _foobar_phrase(rng: random.Random, label: str) -> str:
    nouns = words.ANIMALS if label == "foo" else words.TOOLS
    return f"{pick(rng, EVALUATED_ADJECTIVES)} {pick(rng, nouns)}"


def _foobar(rng: random.Random) -> list[dict[str, str]]:
    return _labelled(rng, lambda label: _foobar_phrase(rng, label), ("foo", "bar"), {"test": 200, "examples": 60})


def _antonyms(rng: random.Random) -> list[dict[str, str]]:
    tested = [pair if rng.random() < 0.5 else pair[::-1] for pair in sorted(HELD_OUT_ANTONYMS)]
    rng.shuffle(tested)
    shown = rng.sample(TASK_ANTONYMS, 50)
    rows = [_row(first, second, "test", "answer") for first, second in tested]
    return rows + [_row(first, second, "examples", "answer") for first, second in shown]


def _plurals(rng: random.Random) -> list[dict[str, str]]:
    tested = sorted(HELD_OUT_PLURALS)
    rng.shuffle(tested)
    shown = rng.sample([pair for pair in TASK_PLURALS if pair[0] != pair[1]], 50)
    rows = [_row(one, many, "test", "answer") for one, many in tested]
    return rows + [_row(one, many, "examples", "answer") for one, many in shown]


_MAKERS: dict[str, Callable[[random.Random], list[dict[str, str]]]] = {
    "sentiment": _sentiment,
    "topic": _topic,
    "antonyms": _antonyms,
    "plurals": _plurals,
    "foobar": _foobar,
}


def rows_of(set_name: str) -> list[dict[str, str]]:
    """Return all rows of a set; the same ones at every call."""
    return _MAKERS[set_name](random.Random(f"{SEED} {set_name}"))


def write_all(folder: Path = DATA) -> None:
    """Write every set as JSON Lines into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows_of(name)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_all()
