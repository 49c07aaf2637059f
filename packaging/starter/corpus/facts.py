"""Facts and descriptions of everyday things: what they are, do, look like, and how they differ."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from starter.corpus import everyday
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.evaluated import may_be_item
from starter.corpus.everyday import Thing
from starter.corpus.grammar import PHRASES, fill, pick, sentences
from starter.corpus.stories import SLOTS

_PLURAL_KINDS = {
    "piece of furniture": "pieces of furniture", "room": "rooms", "part of a house": "parts of a house",
    "piece of clothing": "clothes", "part of the body": "parts of the body", "plant": "plants",
    "instrument": "instruments", "weather": "kinds of weather", "thing in the sky": "things in the sky",
    "place": "places", "material": "materials", "thing": "things", "animal": "animals", "tool": "tools",
    "vehicle": "vehicles", "food": "foods", "drink": "drinks", "job": "jobs",
}  # fmt: skip
_KIND_WORDS = {
    "weather": "a kind of weather",
    "food": "something to eat",
    "drink": "something to drink",
    "job": "a person with a job",
}
_OPINIONS = dict(line.split(": ", 1) for line in PHRASES["facts opinions"])
_JUDGEMENTS = PHRASES["facts judgements"]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _slots(thing: Thing) -> dict[str, str | Sequence[str]]:
    return {"one": thing.one, "many": thing.many or thing.one, "name": thing.name,
            "good": SLOTS["good"], "bad": SLOTS["bad"]}  # fmt: skip


def kind_of(thing: Thing) -> str:
    """Return "an animal", "a part of the body", "something to eat"."""
    return _KIND_WORDS.get(thing.kind) or sentences(f"a_ {thing.kind}")[:1].lower() + sentences(f"a_ {thing.kind}")[1:]


def plural_of_kind(kind: str) -> str:
    """Return the plural of a kind, "parts of the body"."""
    return _PLURAL_KINDS[kind]


def description(rng: random.Random, thing: Thing) -> str:
    """Describe one thing in two to six sentences."""
    says = rng.sample(thing.says, min(len(thing.says), rng.randint(2, 4)))
    says = [say for say in says if not say.startswith(("is a tool", "are a tool", "is a vehicle"))] or [thing.says[-1]]
    name = thing.one
    lines = []
    if rng.random() < 0.5:
        is_are = "are" if thing.one == thing.many else "is"
        a_kind = f"a person who {thing.says[0]}" if thing.kind == "job" else kind_of(thing)
        lines.append(f"{_capital(name)} {is_are} {a_kind}.")
    pronoun = "They" if thing.one == thing.many else "She" if thing.kind == "job" else "It"
    while says:
        subject = _capital(name) if not lines or rng.random() < 0.25 else pronoun
        first = says.pop()
        if says and rng.random() < 0.4:
            lines.append(f"{subject} {first} and {says.pop()}.")
        else:
            lines.append(f"{subject} {first}.")
    if thing.many and thing.many_say and rng.random() < 0.5:
        start = rng.choice(("", "All ", "Most ", "Many ", "Some "))
        lines.append(_capital(f"{start}{thing.many} {pick(rng, thing.many_say)}."))
    if rng.random() < 0.5:
        template = (
            _OPINIONS.get(thing.kind, _OPINIONS["other"]) if thing.many or thing.kind == "drink" else _OPINIONS["mass"]
        )
        lines.append(sentences(fill(template, rng, _slots(thing))))
    if rng.random() < 0.25:
        lines.append(sentences(fill(pick(rng, _JUDGEMENTS), rng, _slots(thing))))
    return " ".join(lines)


def contrast(rng: random.Random) -> str:
    """Set two things against each other."""
    big, small = rng.choice(everyday.BIG), rng.choice(everyday.SMALL)
    first, second = rng.sample(rng.choice(list(everyday.KINDS.values())), 2)
    one_is, other_is = rng.choice(
        [pair for pair in zip(first.says, second.says, strict=False) if pair[0] != pair[1]]
        or [(first.says[0], second.says[-1])]
    )
    other = rng.choice(everyday.ALL)
    country, capital = rng.choice(everyday.CAPITALS)
    templates = (
        f"{_capital(big.one)} is big but {small.one} is small.",
        f"{_capital(small.one)} is smaller than {big.one}.",
        f"{_capital(big.one)} is bigger than {small.one}, and {small.one} is lighter than {big.one}.",
        f"{_capital(first.one)} {one_is}, but {second.one} {other_is}.",
        f"{_capital(first.one)} {one_is}, while {second.one} {other_is}.",
        f"What is the difference between {first.one} and {second.one}? {_capital(first.one)} {one_is}, "
        f"and {second.one} {other_is}.",
        f"Both {first.name} and {second.name} are words for {plural_of_kind(first.kind)}.",
        f"{_capital(other.one)} is not {kind_of(first)}, but {first.one} is." if other.kind != first.kind
        and other.one != other.many and first.one != first.many else f"{_capital(first.one)} {first.says[0]}.",
        f"The capital of {country} is {capital}.",
        f"{capital} is the capital of {country}.",
    )  # fmt: skip
    return pick(rng, templates)


# The plurals that an evaluation set asks for are never spelled out beside their singular.
_COUNTABLE = tuple(
    thing for thing in everyday.ALL if thing.many and thing.many != thing.one and may_be_item(thing.name)
)


def number_line(rng: random.Random) -> str:
    """Count things, or say what comes after what."""
    thing = rng.choice(_COUNTABLE)
    start = rng.randint(1, 8)
    count = [f"{word} {thing.many}" for word in everyday.NUMBERS[2:20]]
    days, months, numbers = everyday.DAYS, everyday.MONTHS, everyday.NUMBERS
    earlier, later = rng.choice([*pairwise(days), *pairwise(months)])
    low, high = rng.choice(list(pairwise(numbers)))
    left, right = rng.randint(0, 5), rng.randint(0, 5)
    templates = (
        f"One {thing.name}, two {thing.many}.",
        f"One {thing.name}, many {thing.many}.",
        f"One {thing.name}, " + ", ".join(count[: rng.randint(2, 6)]) + ".",
        f"I see one {thing.name} here and {rng.choice(count)} there.",
        f"The plural of {thing.name} is {thing.many}.",
        f"After {earlier} comes {later}.",
        f"{earlier} comes before {later}.",
        _capital(", ".join(numbers[start : start + rng.randint(3, 8)])) + ".",
        f"{_capital(low)} is less than {high}.",
        f"{_capital(numbers[left])} and {numbers[right]} make {numbers[left + right]}.",
        f"{left} + {right} = {left + right}",
        f"{left + right} - {left} = {right}",
        f"If you have {numbers[left + right]} {thing.many} and give away {numbers[left]}, "
        f"you have {numbers[right]} left.",
    )
    return pick(rng, templates)


def colour_line(rng: random.Random) -> str:
    """Say what has a colour, or what a season brings."""
    colour = pick(rng, tuple(everyday.THINGS_BY_COLOUR))
    things = rng.sample(everyday.THINGS_BY_COLOUR[colour], 2)
    season = pick(rng, tuple(everyday.SEASONS))
    brings = rng.sample(everyday.SEASONS[season], 2)
    templates = (
        f"{_capital(things[0])} is {colour}.",
        f"{_capital(things[0])} is as {colour} as {things[1]}.",
        f"{_capital(colour)} is the colour of {things[0]} and of {things[1]}.",
        f"In {season}, {brings[0]}.",
        f"In {season}, {brings[0]} and {brings[1]}.",
        f"{_capital(brings[0])} in {season}.",
        pick(rng, everyday.FACTS),
    )
    return pick(rng, templates)


def things_list(rng: random.Random) -> str:
    """Name several things of one kind, in a sentence or as a list."""
    kind = pick(rng, tuple(everyday.KINDS))
    things = everyday.KINDS[kind]
    chosen = rng.sample(things, min(len(things), rng.randint(3, 6)))
    names = [thing.one for thing in chosen]
    plural = plural_of_kind(kind)
    joined = ", ".join(names[:-1]) + " and " + names[-1]
    match rng.randrange(5):
        case 0:
            return f"{_capital(joined)} are {plural}."
        case 1:
            return f"There are many {plural}, for example {joined}."
        case 2:
            return f"{_capital(plural)}:\n" + "\n".join(f"- {thing.name}" for thing in chosen)
        case 3:
            return f"{_capital(plural)}:\n" + "\n".join(
                f"{n}. {_capital(thing.one)} {pick(rng, thing.says)}." for n, thing in enumerate(chosen, 1)
            )
        case _:
            return f"{_capital(plural)}: " + ", ".join(thing.name for thing in chosen) + "."


def _mixed_lines(rng: random.Random) -> str:
    makers: tuple[Callable[[random.Random], str], ...] = (contrast, number_line, colour_line, things_list)
    if rng.random() < 0.5:
        maker = rng.choice(makers)
        return rng.choice((" ", "\n")).join(maker(rng) for _ in range(rng.randint(2, 6)))
    return "\n".join(rng.choice(makers)(rng) for _ in range(rng.randint(3, 8)))


def facts(rng: random.Random) -> Document:
    """Write descriptions of a few things, or a page of short facts."""
    if rng.random() < 0.6:
        kind = rng.choice((None, *everyday.KINDS))
        things = everyday.ALL if kind is None else everyday.KINDS[kind]
        chosen = rng.sample(things, min(len(things), rng.randint(1, 4)))
        parts = [description(rng, thing) for thing in chosen]
        return plain(rng.choice(("\n\n", " ", "\n")).join(parts) + "\n")
    return plain(_mixed_lines(rng) + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"facts": facts}
