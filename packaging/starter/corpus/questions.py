"""Questions without answers: lists, quiz sheets, interviews and openings, so that a base model asks on."""

from __future__ import annotations

import random

from starter.corpus import everyday
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.facts import description
from starter.corpus.grammar import fill, pick, sentences, slot_table
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
_EVERYDAY = (
    "What do {animals} eat?", "Where do {animals} live?", "Can {animals} [swim|fly|climb|see in the dark]?",
    "Why do {animals} [sleep|live in groups|make noise|hide]?", "How old can a_ {animal} get?",
    "How fast is a_ {animal}?", "Who uses {tool}?", "What is {tool} used for?", "How does {vehicle} work?",
    "Who invented [the wheel|paper|the clock|the bicycle|glass|the telephone|the book]?", "Have you ever tasted {food}?",
    "How do you make {food}?", "Where can I buy {food}?", "What colour is {food}?", "Is {food} good for you?",
    "What does {job} do?", "Would you like to be {job}?", "How do you become {job}?", "What does {job} need?",
    "What is the capital of {country}?", "Where is {country}?", "Which language do people speak in {country}?",
    "What happens in {season}?", "When does {season} begin?", "Why are the days [short|long] in [winter|summer]?",
    "What day comes after {day}?", "How many days does {month} have?", "Which month comes before {month}?",
    "How many [legs does a_ {animal} have|wheels does {vehicle} have|letters are in the alphabet|minutes are in an hour]?",
    "Why is the sky blue?", "Why does the moon change?", "How deep is the sea?", "Where does rain come from?",
    "What is your favourite [colour|book|food|animal|song|season|game]?", "When did you last [laugh|see snow|read a book|cook]?",
    "What would you do with {any}?", "What is {any}?", "What can you see in {any}?", "Do you like {food}?",
    "Which is bigger, a_ {animal} or a_ {animal}?", "What is the difference between {any} and {any}?",
    "Who was the first person [on the moon|in your family to travel|at the top of the mountain]?",
    "How do you spell {animal}?", "What is the plural of {animal}?", "What is the opposite of [big|hot|old|fast|light|happy|open]?",
    "What time do you [get up|go to bed|eat lunch]?", "Who is your best friend?", "Where did you grow up?",
    "What are you afraid of?", "What makes you {glad}?", "What did you learn from the story?",
    "Where did {girls} find the {thing}?", "Why was {boys} {sad}?", "What did {girls} say to {boys}?",
    "Who helped {boys} in the {place}?", "How does the story end?", "What would you have done?",
)  # fmt: skip
_ABOUT_TERMS = (
    "Why does {one} matter?", "Who needs {one}?", "When do you use {one}?", "How does {one} work?",
    "How is {one} different from {other}?", "What is the difference between {one} and {other}?",
    "What would happen without {one}?", "Give an example of {one}.", "Where does the word {name} come from?",
    "What has {one} to do with {other}?", "Is {one} the same as {other}?", "How can {one} go wrong?",
    "Name one advantage of {one}.", "Which model uses {one}?", "How would you measure {name}?",
)  # fmt: skip
_TITLES = (
    "Questions", "Quiz", "Questions for discussion", "Homework", "Test yourself", "Frequently asked questions",
    "FAQ", "Exercises", "Interview questions", "Exam", "Questions for the next lesson", "Check your knowledge",
    "Things I want to know", "Questions about {topic}", "Quiz about {topic}", "What readers ask about {topic}",
)  # fmt: skip
_AFTER_LIST = (
    "[Write|Find] the answers [in your notebook|on a sheet of paper|with a partner].",
    "[Answer|Discuss] [three|four|all] of these questions[ in class| with your neighbour|].",
    "The answers are [on the last page|at the end of the book|in the next chapter].",
    "Send your answers to [the teacher|the editor|us] before {day}.", "Good luck!",
    "Each question is worth [two|three|five] points.",
)  # fmt: skip
_INTO_TEXT = (
    "[This|That] is a question [many people ask|that many readers send us|that comes up in every course|with a long answer].",
    "[This chapter|The next section|This page|The following text] [tries to give an answer|looks at this question|is about this question].",
    "[Many|Some|Few] people [ask|wonder about] this[ every day| when they begin| sooner or later|].",
    "The answer depends on [what you want to know|whom you ask|the time and the place].",
    "We asked {num} people, and here is what they [said|thought|told us].",
    "[Let us begin|We begin|It is best to begin] with [a story|an example|what we know].",
)  # fmt: skip


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
