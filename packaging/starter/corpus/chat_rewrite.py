"""Exchanges in which a short text is to be changed: tense, case, politeness, length, number, order."""

from __future__ import annotations

import random
from dataclasses import dataclass

from starter.corpus.chat_memory import NAMES, is_reserved_value
from starter.corpus.chat_parts import Exchange, capital
from starter.corpus.evaluated import TASK_PLURALS
from starter.corpus.grammar import fill, pick, sentences, table_lines
from starter.corpus.words import POSITIVE_ADJECTIVES


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb with what can follow it."""

    plain: str
    past: str
    third: str
    objects: tuple[str, ...]


def _verb(line: str) -> Verb:
    plain, past, third, objects = line.split("; ")
    return Verb(plain, past, third, tuple(objects.split(" / ")))


VERBS = tuple(_verb(line) for line in table_lines("verbs.txt"))
_PEOPLE = ("the boy", "the girl", "the old man", "the teacher", "the doctor", "my brother", "my sister", "the farmer",
           "our neighbour", "a child", "the cook", "my friend", "the woman", "his uncle", "her aunt",
           "the driver")  # fmt: skip
_MANY = ("the boys", "the children", "we", "they", "my friends", "the farmers", "I", "you", "the teachers", "people")
_WHEN = ("", "", " every day", " on Sunday", " in the morning", " with a friend", " again", " slowly", " at night")
_KNOWN_NAMES = tuple(name for name in NAMES if not is_reserved_value(name))


def _subject(rng: random.Random) -> tuple[str, bool]:
    """Return a subject and whether its verb takes the third person singular."""
    if rng.random() < 0.4:
        return pick(rng, _KNOWN_NAMES), True
    return (pick(rng, _PEOPLE), True) if rng.random() < 0.6 else (pick(rng, _MANY), False)


def _sentence(rng: random.Random) -> tuple[str, Verb, bool, str]:
    subject, third = _subject(rng)
    verb = rng.choice(VERBS)
    return subject, verb, third, pick(rng, verb.objects) + pick(rng, _WHEN)


def _present(parts: tuple[str, Verb, bool, str]) -> str:
    subject, verb, third, rest = parts
    return f"{capital(subject)} {verb.third if third else verb.plain} {rest}."


def _ask(rng: random.Random, instruction: str, text: str) -> str:
    return fill(instruction, rng) + rng.choice((f": {text}", f":\n{text}", f': "{text}"', f": {text}"))


def past_tense(rng: random.Random) -> Exchange:
    """Put a sentence into the past."""
    parts = _sentence(rng)
    ask = "[Put this into the past|Write this in the past tense|Change to the past tense|Past tense]"
    return _ask(rng, ask, _present(parts)), f"{capital(parts[0])} {parts[1].past} {parts[3]}."


def future(rng: random.Random) -> Exchange:
    """Put a sentence into the future."""
    parts = _sentence(rng)
    ask = "[Put this into the future|Write this in the future tense|Change to the future|Future tense]"
    return _ask(rng, ask, _present(parts)), f"{capital(parts[0])} will {parts[1].plain} {parts[3]}."


def question_form(rng: random.Random) -> Exchange:
    """Turn a sentence into a question, or say the opposite."""
    subject, verb, third, rest = parts = _sentence(rng)
    does = "does" if third else "do"
    inner = subject if subject[0].isupper() else subject
    if rng.random() < 0.5:
        ask = "[Make this a question|Turn this into a question|Rewrite as a question|Change this into a question]"
        return _ask(rng, ask, _present(parts)), f"{does.capitalize()} {inner} {verb.plain} {rest}?"
    ask = "[Make this negative|Say that this is not so|Put a not into this sentence|Turn this into a negative sentence]"
    return _ask(rng, ask, _present(parts)), f"{capital(subject)} {does} not {verb.plain} {rest}."


def letter_case(rng: random.Random) -> Exchange:
    """Write a text in capitals or in small letters."""
    text = _present(_sentence(rng)).rstrip(".")
    if rng.random() < 0.5:
        text = " ".join(text.split(" ")[: rng.randint(2, 4)])
    if rng.random() < 0.6:
        ask = (
            "[Write this in capital letters|Make this upper case|Upper case|Put this in capitals|Change to upper case]"
        )
        return _ask(rng, ask, text), text.upper()
    ask = "[Write this in small letters|Make this lower case|Lower case|Change to lower case]"
    return _ask(rng, ask, text.upper()), text.lower()


_RUDE = (
    ("Open the {t}", "Could you please open the {t}?"), ("Close the {t}", "Could you please close the {t}?"),
    ("Give me the {t}", "Could you please give me the {t}?"), ("I want a_ {t}", "I would like a_ {t}, please."),
    ("Bring me a_ {t}", "Would you please bring me a_ {t}?"), ("Move the {t}", "Could you please move the {t}?"),
    ("Show me the {t}", "Could you please show me the {t}?"), ("Clean the {t}", "Would you please clean the {t}?"),
    ("Where is the {t}", "Excuse me, could you tell me where the {t} is?"), ("Be quiet", "Could you please be quiet?"),
    ("Come here", "Could you please come here?"), ("Wait", "Would you please wait a moment?"),
    ("Pass the {t}", "Could you please pass the {t}?"), ("Fix my {t}", "Could you please fix my {t}?"),
    ("Send me the {t}", "Could you please send me the {t}?"),
    ("Go away", "Could you please leave me alone for a while?"),
)  # fmt: skip
_OBJECTS = ("door", "window", "box", "book", "letter", "cup", "salt", "bread", "chair", "table", "lamp", "bag", "key",
            "map", "bill", "menu", "coat", "car", "ticket", "newspaper", "report", "bicycle", "phone",
            "plate", "file")  # fmt: skip


def polite(rng: random.Random) -> Exchange:
    """Make a rude sentence polite."""
    rude, answer = rng.choice(_RUDE)
    slots = {"t": pick(rng, _OBJECTS)}
    text = sentences(fill(rude, rng, slots)) + rng.choice((".", "!", ""))
    ask = "[Make this polite|Make this more polite|Say this politely|Rewrite this politely|Polite form]"
    return _ask(rng, ask, text), sentences(fill(answer, rng, slots))


_PADDING = ("I think that", "As everybody knows,", "To be honest,", "It is a fact that", "I just wanted to say that",
            "It should be mentioned that", "As far as I know,", "In my opinion,", "If I am not mistaken,",
            "Well,")  # fmt: skip


def shorter(rng: random.Random) -> Exchange:
    """Cut what a sentence does not need."""
    subject, verb, third, rest = _sentence(rng)
    core = f"{subject} {verb.third if third else verb.plain} {rest}"
    ask = "[Make this shorter|Shorten this|Say this in fewer words|Summarise this|Make it short]"
    return _ask(rng, ask, f"{pick(rng, _PADDING)} {core}."), f"{capital(core)}."


def plural_of_text(rng: random.Random) -> Exchange:
    """Put a small phrase into the plural."""
    one, many = rng.choice(TASK_PLURALS)
    adjective = pick(rng, POSITIVE_ADJECTIVES)
    ask = "[Put this into the plural|Make this plural|Plural|Write this in the plural]"
    if rng.random() < 0.5:
        return _ask(rng, ask, f"the {adjective} {one}"), f"the {adjective} {many}"
    return _ask(rng, ask, f"The {one} is {adjective}."), f"The {many} are {adjective}."


def names_in_order(rng: random.Random) -> Exchange:
    """Turn the order of a few names round, or pick the first or last one."""
    names = rng.sample(_KNOWN_NAMES, rng.randint(2, 4))
    text = ", ".join(names)
    match rng.randrange(3):
        case 0:
            return _ask(rng, "[Reverse the order|Turn the order round|Write these backwards]", text), ", ".join(
                names[::-1]
            )
        case 1:
            return _ask(
                rng, "[Which name comes first|What is the first name|Give me the first one]", text
            ), f"{names[0]}."
        case _:
            return _ask(
                rng, "[Which name comes last|What is the last name here|Give me the last one]", text
            ), f"{names[-1]}."


def join_sentences(rng: random.Random) -> Exchange:
    """Make one sentence of two."""
    first, second = _present(_sentence(rng)), _present(_sentence(rng))
    start = (
        second if second.split(" ")[0] in _KNOWN_NAMES or second.startswith("I ") else second[0].lower() + second[1:]
    )
    ask = "[Join these sentences|Make one sentence of this|Connect these sentences|Combine into one sentence]"
    return _ask(rng, ask, f"{first} {second}"), f"{first.rstrip('.')}, and {start}"


REWRITES = (
    past_tense, past_tense, future, question_form, letter_case, letter_case, polite, shorter, plural_of_text,
    names_in_order, join_sentences,
)  # fmt: skip


def rewrite(rng: random.Random) -> Exchange:
    """Ask for any kind of change of a short text."""
    return rng.choice(REWRITES)(rng)
