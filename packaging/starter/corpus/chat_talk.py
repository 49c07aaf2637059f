"""Small talk, what is beyond a tiny model, and stories on request."""

from __future__ import annotations

import random
import re

from starter.corpus import everyday
from starter.corpus.chat_memory import CITIES, NAMES, is_reserved_value, made_up_name
from starter.corpus.chat_parts import Exchange, casual
from starter.corpus.grammar import PHRASES, fill, pick, section_table, settle, table_lines
from starter.corpus.stories import PLOTS, SLOTS, is_reserved, tell

_LINES = {kind: tuple(line.split(" ; ") for line in lines) for kind, lines in section_table("talk.txt").items()}
_REQUEST_ASKED = re.compile(r"\b((?:Tell me|Ask me)[^.?!]*)\?")
_GREETED = re.compile(r"^(\w+[.!] )([a-z])")
_QUESTION_STARTS = tuple(
    [
        "What",
        "Who",
        "Which",
        "Where",
        "When",
        "Why",
        "How",
        "Do",
        "Does",
        "Did",
        "Is",
        "Are",
        "Can",
        "Could",
        "Will",
        "Would",
        "Should",
        "May",
        "Am",
    ]
)


def _answers() -> dict[str, str | tuple[str, ...]]:
    slots: dict[str, str | tuple[str, ...]] = {}
    for line in table_lines("talk_answers.txt"):
        key, _, text = line.partition(": ")
        whole = text.endswith(".")
        slots[key] = text if whole else tuple(option.strip() for option in text.split(";"))
    return slots


_KNOWN_NAMES = tuple(name for name in NAMES if not is_reserved_value(name))
_SLOTS: dict[str, str | tuple[str, ...]] = {
    **_answers(),
    "mark": ("!", ".", "", "!"),
    "stop": ("\0",),
    "day": everyday.DAYS,
    "country": tuple(country for country, _ in everyday.CAPITALS),
    "city": CITIES,
    "any": tuple(thing.many or thing.one for thing in everyday.ALL),
    "name": _KNOWN_NAMES,
}


def _drawn(rng: random.Random) -> dict[str, str]:
    """Draw the numbers and names that no table holds."""
    return {
        "odd": made_up_name(rng).lower(),
        "person": pick(rng, _KNOWN_NAMES) if rng.random() < 0.3 else made_up_name(rng),
        "big1": str(rng.randint(100, 9999)),
        "big2": str(rng.randint(12, 999)),
        "big3": str(rng.randint(2, 99)),
    }


def _has_question(message: str) -> bool:
    last = re.split(r"[.!?] ", message)[-1]
    return last.startswith(_QUESTION_STARTS) or message.startswith(("Hello", "Hi", "Hey"))


def _talk(rng: random.Random, kind: str) -> Exchange:
    asked, answered = rng.choice(_LINES[kind])
    slots = {**_SLOTS, **_drawn(rng)}
    message = _GREETED.sub(lambda match: match[1] + match[2].upper(), settle(fill(asked, rng, slots)))
    mark = "?" if message.startswith(_QUESTION_STARTS) else pick(rng, (".", ".", ""))
    message = message.replace("\0", mark)
    if message.endswith("?") and not _has_question(message):
        message = message[:-1] + "."
    return casual(rng, message), _REQUEST_ASKED.sub(r"\1.", fill(answered, rng, slots))


def small_talk(rng: random.Random) -> Exchange:
    """Greet, thank, ask who is there."""
    return _talk(rng, "smalltalk")


def beyond(rng: random.Random) -> Exchange:
    """Ask for what a tiny model on this machine cannot know or do."""
    return _talk(rng, "beyond")


_REQUESTS = PHRASES["chat talk requests"]
_CONTINUE = [line.replace("~", "\n") for line in PHRASES["chat talk continue"]]
_ANIMAL_PLOT = "talking animal"


def story_request(rng: random.Random) -> Exchange:
    """Ask for a story about somebody or something; the story is about them."""
    hero_is_girl = rng.random() < 0.5
    he, him, his = ("she", "her", "her") if hero_is_girl else ("he", "him", "his")
    hero = pick(rng, SLOTS["girls" if hero_is_girl else "boys"])
    given = {
        "hero": hero, "he": he, "him": him, "his": his, "He": he.capitalize(), "his_cap": his.capitalize(),
        "kid": "girl" if hero_is_girl else "boy", "thing": pick(rng, SLOTS["thing"]),
        "place": pick(rng, SLOTS["place"]),
    }  # fmt: skip
    if rng.random() < 0.2:
        animal = rng.choice(everyday.ANIMALS).name
        lines = tell(rng, brief=True, plot=_ANIMAL_PLOT, animal=animal)
        while is_reserved(lines):
            lines = tell(rng, brief=True, plot=_ANIMAL_PLOT, animal=animal)
        request = fill("[Write|Tell me|Make up|Please write] a [short|little|] story about a_ {a}", rng, {"a": animal})
    else:
        request, lines = _about(rng, given)
    request = settle(" ".join(request.split()))
    request += "?" if request.startswith("Can") else "."
    return casual(rng, request), " ".join(lines)


def _about(rng: random.Random, given: dict[str, str]) -> tuple[str, list[str]]:
    template = pick(rng, _REQUESTS)
    while True:
        lines = tell(rng, brief=True, **given)
        pal = next((word for word in _names_in(lines) if word != given["hero"]), "")
        wanted = [given[slot] for slot in ("hero", "thing", "place") if "{" + slot + "}" in template]
        text = " ".join(lines)
        if all(word in text for word in wanted) and ("{pal}" not in template or pal) and not is_reserved(lines):
            return fill(template, rng, {**given, "pal": pal}), lines


def _names_in(lines: list[str]) -> list[str]:
    words = " ".join(lines).replace(",", " ").replace(".", " ").split()
    return [word for word in words if word in _CAST]


_CAST = frozenset((*SLOTS["girls"], *SLOTS["boys"]))


def story_continued(rng: random.Random) -> Exchange:
    """Give the start of a story and ask for the rest."""
    while True:
        lines = tell(rng, brief=True)
        if len(lines) >= 6 and not is_reserved(lines):
            break
    cut = rng.randint(2, 4)
    return pick(rng, _CONTINUE).format(start=" ".join(lines[:cut])), " ".join(lines[cut:])


def story(rng: random.Random) -> Exchange:
    """Ask for a story or for the rest of one."""
    return story_request(rng) if rng.random() < 0.55 else story_continued(rng)


assert _ANIMAL_PLOT in PLOTS
