"""Small stories: a cast, a plot of many alternatives, and a mood that fits how it ends."""

from __future__ import annotations

import random
import re

from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.grammar import PHRASES, Slots, fill, pick, section_table, sentences, slot_table
from starter.corpus.held_out import reserved
from starter.corpus.words import NEGATIVE_ADJECTIVES, POSITIVE_ADJECTIVES

SLOTS = slot_table("story_slots.txt")
SLOTS["tool"] = tuple(entry.split(" to ")[0] for entry in SLOTS["tooldoes"])
SLOTS["good"] = SLOTS["good"] * 4 + POSITIVE_ADJECTIVES
SLOTS["bad"] = SLOTS["bad"] * 4 + NEGATIVE_ADJECTIVES
PLOTS = section_table("story_plots.txt")
_PLOT_NAMES = tuple(PLOTS)
_THERE = ("Once there was", "There was once", "Once upon a time there was", "In a far land there was", "There was")
_NEAR = ("near", "by", "close to", "not far from", "behind", "in front of", "next to")
_OPENINGS = PHRASES["stories openings"]
_LIKES = PHRASES["stories likes"]
_SPEECH = re.compile(r'"([^"]+?)([,.!?])"')
_ASKS = re.compile(
    r"(Where|Who|What(?! a )|When|How|Why|Is|Are|Do(?! not)|Did|Shall|Can|Will|Have|Has|Does|Which|And who|Maybe I)\b"
)
_STARTS_ITSELF = ("talking animal", "new friend", "work", "quarrel")


def _present(rng: random.Random) -> str:
    return fill("[a_ {thing}|a_ {colour} {thing}|a_ {animal}|a_ [new|big|shiny] {thing}]", rng, SLOTS)


def cast(rng: random.Random) -> dict[str, str | tuple[str, ...]]:
    """Draw who and what a story is about; the rest of the slots stays open."""
    slots: dict[str, str | tuple[str, ...]] = dict(SLOTS)
    slots["there"], slots["near"] = _THERE, _NEAR
    for prefix, person in (("", "hero"), ("p", "pal")):
        girl = rng.random() < 0.5
        name = pick(rng, SLOTS["girls" if girl else "boys"])
        while name == slots.get("hero"):
            name = pick(rng, SLOTS["girls" if girl else "boys"])
        slots[person] = name
        he, him, his = ("she", "her", "her") if girl else ("he", "him", "his")
        slots[prefix + "he"], slots[prefix + "him"], slots[prefix + "his"] = he, him, his
        slots[prefix.capitalize() + ("he" if prefix else "He")] = he.capitalize()
        slots["kid" + ("2" if prefix else "")] = "girl" if girl else "boy"
    slots["his_cap"] = str(slots["his"]).capitalize()
    for name, source in (("animal", "animal"), ("animal2", "animal"), ("place", "place"), ("place2", "place")):
        slots[name] = pick(rng, SLOTS[source])
    while slots["animal2"] == slots["animal"]:
        slots["animal2"] = pick(rng, SLOTS["animal"])
    for name in ("thing", "job", "elder", "wishthing", "colour", "game"):
        slots[name] = pick(rng, SLOTS[name])
    slots["elder2"] = pick(rng, SLOTS["elder"][:6])
    slots["pet"] = pick(rng, SLOTS["petname"])
    slots["wishthing"] = slots["wishthing2"] = fill(str(slots["wishthing"]), rng, slots)
    slots["num_cap"] = tuple(number.capitalize() for number in SLOTS["num"])
    slots["a_present"] = _present(rng)
    slots["sad_pl"], slots["glad_pl"] = SLOTS["sad"][:8], SLOTS["glad"][:8]
    slots["time_low"] = ("one day", "one morning", "last week", "on Sunday", "one evening", "on Monday")
    return slots


def opening(rng: random.Random, slots: Slots) -> list[str]:
    """Return one to three sentences that introduce the hero."""
    lines = [fill(pick(rng, _OPENINGS), rng, slots)]
    if rng.random() < 0.6:
        lines.append(fill(pick(rng, _LIKES), rng, slots))
    return lines


def tell(rng: random.Random, brief: bool = False, **given: str) -> list[str]:
    """Return the sentences of one story; `brief` leaves out what can be left out, `given` fills slots."""
    slots = cast(rng) | given
    plot = given.get("plot") or pick(rng, _PLOT_NAMES)
    begins = not plot.startswith(_STARTS_ITSELF) or rng.random() < 0.2
    lines = opening(rng, slots) if begins and plot != "talking animal" else []
    for line in PLOTS[plot]:
        if line.startswith("? "):
            if brief or rng.random() < 0.5:
                continue
            line = line[2:]
        lines.append(fill(line, rng, slots))
    return [spoken(sentences(line)) for line in lines]


def _with_right_mark(match: re.Match[str]) -> str:
    asks = _ASKS.match(re.split(r"[.!?] ", match[1])[-1])
    mark = "?" if asks else "!" if match[2] == "?" else match[2]
    return f'"{match[1]}{mark}"'


def spoken(text: str) -> str:
    """Give questions in direct speech their question mark, and take it from what is no question."""
    return _SPEECH.sub(_with_right_mark, " ".join(text.split()))


def is_reserved(lines: list[str]) -> bool:
    """Say whether a story belongs to evaluation: its first two sentences decide."""
    return reserved(" ".join(lines[:2]), one_in=25)


def draw_story(rng: random.Random) -> list[str]:
    """Return a story that training may see."""
    lines = tell(rng)
    while is_reserved(lines):
        lines = tell(rng)
    return lines


def story(rng: random.Random) -> Document:
    """Write a story as one paragraph, or as several, now and then with a title."""
    lines = draw_story(rng)
    if rng.random() < 0.35:
        middle = max(2, len(lines) // 2 + rng.randint(-1, 1))
        text = " ".join(lines[:middle]) + "\n\n" + " ".join(lines[middle:])
    else:
        text = " ".join(lines)
    return plain(text + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"stories": story}
