"""Chats in which the user tells something about themselves and later asks for it: the answer is a copy."""

from __future__ import annotations

import random
from dataclasses import dataclass

from starter.corpus import everyday
from starter.corpus.chat_parts import Exchange, ExchangeMaker, allowed, casual
from starter.corpus.document import Turn
from starter.corpus.grammar import article, fill, pick, section_table, settle
from starter.corpus.held_out import reserved
from starter.corpus.stories import SLOTS
from starter.corpus.words import COLOURS

_PEOPLE = section_table("people.txt")
NAMES = tuple(dict.fromkeys([*", ".join(_PEOPLE["names"]).split(", "), *SLOTS["girls"], *SLOTS["boys"]]))
_STARTS, _MIDDLES, _ENDS = (_PEOPLE[part][0].split(", ") for part in ("starts", "middles", "ends"))
CITIES = tuple(", ".join(_PEOPLE["cities"]).split(", "))
_RESERVED_ONE_IN = 8


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that can be told and asked for; `{v}` is the value in all templates."""

    told: str
    heard: str
    asked: str
    answered: str


SUBJECTS = {
    "name": Subject(
        "[My name is {v}|I am {v}|I'm {v}|Call me {v}|Hello, my name is {v}|Hi, I am {v}|Hi! My name is {v}"
        "|Please call me {v}|You can call me {v}|{v} is my name|This is {v}|Hello, I'm {v}|People call me {v}]",
        "[Nice to meet you, {v}!|Hello, {v}!|Hi {v}! How can I help you?|Welcome, {v}!|Good to meet you, {v}."
        "|Hello {v}, what can I do for you?|Thank you, {v}.|Nice name! I will remember it.|I will remember that.]",
        "[What is my name|What's my name|Do you remember my name|Who am I|What am I called|Do you know my name"
        "|Can you tell me my name|What was my name|Tell me my name|What did I say my name was|How am I called]",
        "[Your name is {v}.|You are {v}.|You said that your name is {v}.|It is {v}.|Your name is {v}.]",
    ),
    "number": Subject(
        "[My number is {v}|Remember the number {v}|The number is {v}|My lucky number is {v}|Please remember {v}"
        "|Keep the number {v} in mind|The code is {v}|My room number is {v}|The secret number is {v}"
        "|Note the number {v}|My house number is {v}|Please note the number {v}]",
        "[All right, I will remember {v}.|Noted: {v}.|I will keep {v} in mind.|Good, {v}.|Okay, I will remember that."
        "|I will keep it in mind.]",
        "[What is the number|What was the number|Which number did I tell you|Do you remember the number"
        "|Tell me the number|What number did I say|Which number should you remember|Can you repeat the number"
        "|What was my number|Which number was it]",
        "[The number is {v}.|It is {v}.|You told me {v}.|The number was {v}.|You said {v}.]",
    ),
    "colour": Subject(
        "[My favourite colour is {v}|I like {v} best|The colour I like most is {v}|I love the colour {v}"
        "|My bicycle is {v}, my favourite colour]",
        "[{cv} is a nice colour.|I will remember that.|Good choice!|{cv}, noted.]",
        "[What is my favourite colour|Which colour do I like|Do you remember my favourite colour"
        "|What colour do I like best|Tell me my favourite colour]",
        "[Your favourite colour is {v}.|You like {v}.|It is {v}.]",
    ),
    "pet": Subject(
        "[I have a_ {k} called {v}|My {k} is called {v}|My {k}'s name is {v}|I have a_ {k} named {v}|{v} is my {k}"
        "|I got a_ {k}, and its name is {v}]",
        "[{v} is a good name for a_ {k}.|How nice! Say hello to {v}.|I like {k_many}.|I will remember {v}.|How nice!]",
        "[What is my {k} called|What is the name of my {k}|What is my {k}'s name|Do you remember the name of my {k}"
        "|Who is my {k}|Tell me the name of my {k}]",
        "[Your {k} is called {v}.|The name of your {k} is {v}.|It is {v}.|Your {k}'s name is {v}.]",
    ),
    "city": Subject(
        "[I live in {v}|I am from {v}|My home is in {v}|I moved to {v}|I come from {v}|My city is {v}]",
        "[{v} is a fine place.|I will remember that.|How nice! Do you like {v}?|Noted: {v}.]",
        "[Where do I live|Which city do I live in|Do you remember where I live|Where is my home|What is my city]",
        "[You live in {v}.|It is {v}.|You said {v}.]",
    ),
    "job": Subject(
        "[I am {a} {v}|I work as {a} {v}|My job is {v}|I'm {a} {v}]",
        "[That is an important job.|I will remember that.|So you are {a} {v}.|How interesting!]",
        "[What is my job|What do I do for a living|Do you remember my job|What do I work as|What am I by profession]",
        "[You are {a} {v}.|You work as {a} {v}.|Your job is {v}.]",
    ),
    "friend": Subject(
        "[My {f}'s name is {v}|My {f} is called {v}|I have a_ {f} called {v}|{v} is my {f}]",
        "[Say hello to {v}.|I will remember that.|{v} is a nice name.|Noted.]",
        "[What is my {f} called|What is my {f}'s name|What is the name of my {f}|Who is my {f}]",
        "[Your {f} is called {v}.|Your {f}'s name is {v}.|It is {v}.]",
    ),
    "food": Subject(
        "[My favourite food is {v}|I like to eat {v}|I love {v}|Most of all I like {v}]",
        "[{cv} sounds good.|I will remember that.|Enjoy it!|Noted.]",
        "[What do I like to eat|What is my favourite food|Do you remember what I like to eat]",
        "[You like {v}.|Your favourite food is {v}.|It is {v}.]",
    ),
    "word": Subject(
        "[The password is {v}|Remember the word {v}|The secret word is {v}|My word is {v}|Keep the word {v} in mind]",
        "[I will remember {v}.|Noted: {v}.|All right.|I will keep it in mind.]",
        "[What is the password|What was the word|Which word did I tell you|Do you remember the word|Tell me the word"
        "|What is the secret word]",
        "[The word is {v}.|It is {v}.|You told me {v}.|You said {v}.]",
    ),
}
_WEIGHTED = ("name",) * 6 + ("number",) * 6 + ("pet", "pet", "friend", "friend", "word", "word") + (
    "colour", "city", "job", "food",
)  # fmt: skip
_UNTOLD = {
    "name": "You have not told me your name yet.",
    "number": "You have not told me a number yet.",
    "colour": "You have not told me your favourite colour yet.",
    "city": "You have not told me where you live yet.",
    "job": "You have not told me your job yet.",
}


def made_up_name(rng: random.Random) -> str:
    """Return a name that hardly anybody has."""
    middle = pick(rng, _MIDDLES) if rng.random() < 0.6 else ""
    return pick(rng, _STARTS) + middle + pick(rng, _ENDS)


def _any_name(rng: random.Random) -> str:
    return made_up_name(rng) if rng.random() < 0.4 else pick(rng, NAMES)


def is_reserved_value(value: str) -> bool:
    """Say whether a name or number to be remembered belongs to evaluation."""
    return reserved(f"remember {value}", one_in=_RESERVED_ONE_IN)


def _draw(rng: random.Random, subject: str) -> str:
    match subject:
        case "name" | "friend":
            return _any_name(rng)
        case "pet":
            return pick(rng, SLOTS["petname"]) if rng.random() < 0.4 else _any_name(rng)
        case "number":
            return str(rng.randint(10, 99) if rng.random() < 0.4 else rng.randint(100, 9999))
        case "colour":
            return pick(rng, COLOURS)
        case "city":
            return pick(rng, CITIES)
        case "job":
            return rng.choice(everyday.JOBS).name
        case "food":
            foods = [thing for thing in everyday.FOODS if thing.kind == "food"]
            thing = rng.choice(foods)
            return thing.many or thing.one
        case _:
            return rng.choice(everyday.ALL).name if rng.random() < 0.4 else made_up_name(rng).lower()


def value_for(rng: random.Random, subject: str, held_out: bool = False) -> str:
    """Draw a value: one that training may see, or one kept for evaluation."""
    value = _draw(rng, subject)
    if subject in ("name", "number", "pet", "friend", "word"):
        while is_reserved_value(value) != held_out:
            value = _draw(rng, subject)
    return value


def slots_for(rng: random.Random, value: str) -> dict[str, str]:
    """Return the slots of the templates of a subject; draws the kind of pet and of friend."""
    pet = rng.choice(everyday.ANIMALS)
    return {
        "v": value,
        "cv": value[0].upper() + value[1:],
        "a": article(value),
        "k": pet.name,
        "k_many": pet.many,
        "f": rng.choice(("best friend", "brother", "sister", "neighbour", "teacher", "cousin")),
    }


def _ended(rng: random.Random, text: str, mark: str) -> str:
    starts_asking = text.startswith(("What", "Who", "Which", "Where", "Do", "Can", "How"))
    return casual_keeping_names(rng, settle(text) + ("?" if starts_asking else mark))


def casual_keeping_names(rng: random.Random, message: str) -> str:
    """Write casually, but leave a name at the start as it is."""
    first = message.split(" ")[0]
    return message if first not in _OPENERS else casual(rng, message)


_OPENERS = frozenset(
    {
        "My", "I", "Call", "Hello,", "Hi,", "Hi!", "Please", "You", "This", "People", "What", "What's",
        "Do", "Who", "Can", "Tell", "How", "Where", "Which", "Remember", "The", "Keep", "Note", "Most",
    }
)  # fmt: skip


def told(rng: random.Random, subject: str, slots: dict[str, str]) -> Exchange:
    """Return the exchange in which the user tells the value."""
    template = SUBJECTS[subject]
    return _ended(rng, fill(template.told, rng, slots), "."), settle(fill(template.heard, rng, slots))


def asked(rng: random.Random, subject: str, slots: dict[str, str]) -> Exchange:
    """Return the exchange in which the user asks for it."""
    template = SUBJECTS[subject]
    return _ended(rng, fill(template.asked, rng, slots), "."), settle(fill(template.answered, rng, slots))


def never_told(rng: random.Random) -> Exchange:
    """Ask for something that was not said."""
    subject = pick(rng, tuple(_UNTOLD))
    return _ended(rng, fill(SUBJECTS[subject].asked, rng, slots_for(rng, "x")), "."), _UNTOLD[subject]


def echo(rng: random.Random) -> Exchange:
    """Ask to repeat something."""
    value = value_for(rng, rng.choice(("name", "number", "word", "pet")))
    more = " ".join(value_for(rng, rng.choice(("number", "word"))) for _ in range(rng.randint(0, 3)))
    text = f"{value} {more}".strip()
    return fill("[Say|Repeat|Write|Please repeat|Repeat after me:|Please say|Just write] {t}", rng, {"t": text}), text


def remember_exchanges(rng: random.Random, filler: ExchangeMaker) -> list[Exchange]:
    """Tell one to three things, talk about something else, then ask for one or all of them."""
    if rng.random() < 0.06:
        return [allowed(filler, rng) for _ in range(rng.randint(0, 1))] + [never_told(rng)]
    if rng.random() < 0.12:
        return [echo(rng) for _ in range(rng.randint(1, 3))]
    subjects = list(dict.fromkeys(pick(rng, _WEIGHTED) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))))
    slots = {subject: slots_for(rng, value_for(rng, subject)) for subject in subjects}
    exchanges = [told(rng, subject, slots[subject]) for subject in subjects]
    exchanges += [allowed(filler, rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3)))]
    wanted = rng.sample(subjects, rng.randint(1, len(subjects)))
    return exchanges + [asked(rng, subject, slots[subject]) for subject in wanted]


def remember_turns(exchanges: list[Exchange]) -> list[Turn]:
    """Turn exchanges into messages."""
    return [turn for message, answer in exchanges for turn in (Turn("user", message), Turn("assistant", answer))]
