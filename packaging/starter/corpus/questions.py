"""Questions without answers: lists, quiz sheets, interviews and openings, so that a base model asks on."""

from __future__ import annotations

import random

from starter.corpus import everyday
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.facts import description
from starter.corpus.grammar import PHRASES, fill, pick, sentences, slot_table
from starter.corpus.terms import TERMS, paragraph
from starter.corpus.wordings import kept_back, term_question

_SLOTS = {**slot_table("story_slots.txt"),
          "animal": tuple(thing.name for thing in everyday.ANIMALS),
          "animals": tuple(thing.many for thing in everyday.ANIMALS),
          "tool": tuple(thing.one for thing in everyday.TOOLS),
          "vehicle": tuple(thing.one for thing in everyday.VEHICLES),
          "food": tuple(thing.one for thing in everyday.FOODS),
          "job": tuple(thing.one for thing in everyday.JOBS),
          "country": tuple(country for country, _ in everyday.CAPITALS),
          "any": tuple(thing.one for thing in everyday.ALL),
          "season": tuple(everyday.SEASONS),
          "day": everyday.DAYS,
          "month": everyday.MONTHS}  # fmt: skip
_EVERYDAY = PHRASES["questions everyday"]
_ABOUT_TERMS = PHRASES["questions about terms"]
_TITLES = (
    "Questions", "Quiz", "Questions for discussion", "Homework", "Test yourself", "Frequently asked questions",
    "FAQ", "Exercises", "Interview questions", "Exam", "Questions for the next lesson", "Check your knowledge",
    "Things I want to know", "Questions about {topic}", "Quiz about {topic}", "What readers ask about {topic}",
)  # fmt: skip
_AFTER_LIST = PHRASES["questions after list"]
_INTO_TEXT = PHRASES["questions into text"]


def everyday_question(rng: random.Random) -> str:
    """Ask about everyday things."""
    while True:
        question = sentences(fill(pick(rng, _EVERYDAY), rng, _SLOTS))
        if not kept_back(question):
            return question


def model_question(rng: random.Random) -> str:
    """Ask about the vocabulary of language models."""
    while True:
        term, other = rng.sample(TERMS, 2)
        if rng.random() < 0.6:
            return term_question(rng, term)
        question = pick(rng, _ABOUT_TERMS).format(one=term.one, other=other.one, name=term.name)
        if not kept_back(question):
            return question


def _question(rng: random.Random, topic: str) -> str:
    if topic == "mixed":
        return rng.choice((everyday_question, model_question))(rng)
    return model_question(rng) if topic == "models" else everyday_question(rng)


def _distinct(rng: random.Random, topic: str, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[_question(rng, topic)] = None
    return list(found)


def question_list(rng: random.Random, topic: str) -> str:
    """Write a list of questions in one of many layouts, with or without a title and a last line."""
    questions = _distinct(rng, topic, rng.randint(4, 12))
    layout = rng.randrange(7)
    first = rng.randint(1, 5) if rng.random() < 0.2 else 1
    styles = ("{q}", "{n}. {q}", "- {q}", "* {q}", "{n}) {q}", "Q{n}: {q}", "{q}")
    joint = rng.choice(("\n", "\n", "\n\n")) if layout else rng.choice(("\n", "\n", " "))
    body = joint.join(styles[layout].format(n=n, q=q) for n, q in enumerate(questions, first))
    subject = {"models": "language models", "everyday": "everyday things", "mixed": "this and that"}[topic]
    title = pick(rng, _TITLES).format(topic=subject) + rng.choice(("\n", "\n\n", ":\n")) if rng.random() < 0.4 else ""
    end = "\n\n" + fill(pick(rng, _AFTER_LIST), rng, _SLOTS) if rng.random() < 0.3 else ""
    return title + body + end


def question_then_text(rng: random.Random, topic: str) -> str:
    """Open with one to three questions and go on with text, as articles do."""
    questions = _distinct(rng, topic, rng.randint(1, 3))
    lines = [sentences(fill(pick(rng, _INTO_TEXT), rng, _SLOTS)) for _ in range(rng.randint(1, 2))]
    if topic == "models":
        lines.append(paragraph(rng, rng.choice(TERMS)))
    else:
        lines.append(description(rng, rng.choice(everyday.ALL)))
    return " ".join(questions) + rng.choice(("\n\n", "\n", " ")) + " ".join(dict.fromkeys(lines))


def questions(rng: random.Random) -> Document:
    """Write a page of questions, or a text that opens with some."""
    topic = rng.choice(("models", "models", "everyday", "mixed"))
    if rng.random() < 0.75:
        return plain(question_list(rng, topic) + "\n")
    return plain(question_then_text(rng, topic) + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"questions": questions}
