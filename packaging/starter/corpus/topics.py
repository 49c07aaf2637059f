"""Sentences on ten topics, rich in the words that belong to each of them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.evaluated import reserved_sentence
from starter.corpus.grammar import fill, pick, sentences
from starter.corpus.words import FIRST_NAMES, TABLES

_DAYS = ("on Sunday", "on Monday", "tomorrow", "next week", "in May", "tonight", "this weekend")
_SLOTS: dict[str, str | Sequence[str]] = {
    "who": (*FIRST_NAMES, "my sister", "our neighbour", "the boy", "my aunt", "a friend", "the old man"),
    "day": _DAYS,
}


def _read_table() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    section = ""
    for line in (TABLES / "topics.txt").read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"\[\w+\]", line):
            section = line.strip("[]")
            table[section] = []
        elif line.strip():
            table[section].append(line)
    return {topic: tuple(lines) for topic, lines in table.items()}


_TEMPLATES = _read_table()
TOPICS = tuple(_TEMPLATES)
EVALUATED_TOPICS = ("sports", "food", "weather", "technology")


def topic_sentence(rng: random.Random, topic: str, *, for_evaluation: bool = False) -> str:
    """Return a sentence on `topic`; training and evaluation never share one (see `reserved_sentence`)."""
    while True:
        text = sentences(fill(pick(rng, _TEMPLATES[topic]), rng, _SLOTS))
        if reserved_sentence(text) == for_evaluation:
            return text


_HEADINGS = (
    "{name}", "News: {name}", "{name} today", "A page about {topic}", "Notes on {topic}", "All about {topic}",
)  # fmt: skip
_ABOUT = (
    "this [text|page|part|story] is about {topic}.",
    "the topic is {topic}.",
    "[here is some news|here is more] about {topic}.",
    "so much for {topic}.",
    "people who like {topic} will [like|enjoy] this.",
)


def topic_page(rng: random.Random) -> Document:
    """Return a short page on one topic, often with a heading or a sentence that names it."""
    topic = pick(rng, TOPICS)
    slots = {"topic": topic, "name": topic.capitalize()}
    body = [topic_sentence(rng, topic) for _ in range(rng.randint(2, 5))]
    if rng.random() < 0.5:
        about = sentences(fill(pick(rng, _ABOUT), rng, slots))
        body.insert(rng.choice((0, len(body))), about)
    heading = fill(pick(rng, _HEADINGS), rng, slots) + "\n" if rng.random() < 0.4 else ""
    return plain(heading + " ".join(body))


def mixed_news(rng: random.Random) -> Document:
    """Return news items of several topics, each under the name of its topic."""
    parts = []
    for topic in rng.sample(TOPICS, rng.randint(2, 5)):
        body = " ".join(topic_sentence(rng, topic) for _ in range(rng.randint(1, 2)))
        parts.append(f"{topic.capitalize()} news: {body}")
    return plain("\n".join(parts))


DOMAINS: dict[str, DocumentGenerator] = {"topic_page": topic_page, "mixed_news": mixed_news}
GROUPS = dict.fromkeys(DOMAINS, "text")
