"""Exchanges about what the model knows: the terms, everyday facts, lists, and small sums."""

from __future__ import annotations

import random
from itertools import pairwise

from starter.corpus import everyday
from starter.corpus.chat_parts import Exchange, capital, casual, joined
from starter.corpus.evaluated import TASK_ANTONYMS, TASK_PLURALS
from starter.corpus.everyday import Thing
from starter.corpus.facts import kind_of, plural_of_kind
from starter.corpus.grammar import article, fill, pick
from starter.corpus.terms import TERMS, Term
from starter.corpus.wordings import any_term_question, ask_with, is_plural, term_question

_FOLLOW_UPS = (
    "And {one}?", "And what about {one}?", "What about {one}?", "And {name}?", "Then what is {one}?",
    "Good. And {one}?", "OK, and {one}?", "Now explain {one}.", "And what does {name} mean?", "Next: {name}.",
)  # fmt: skip
_FOLLOW_UPS_MANY = (
    "And {many}?",
    "What about {many}?",
    "OK, and {many}?",
    "Now explain {many}.",
    "Then what are {many}?",
)


def define(rng: random.Random, term: Term, message: str) -> str:
    """Return a right answer to a question about the term, of one or two sentences."""
    answer = pick(rng, term.definitions)
    short = any(word in message.lower() for word in ("one sentence", "few words", "short", "brief"))
    if not short and rng.random() < 0.35:
        answer += " " + term.example
    return answer


def about_term(rng: random.Random) -> Exchange:
    """Ask what a term means."""
    term = rng.choice(TERMS)
    message = casual(rng, any_term_question(rng, term))
    return message, define(rng, term, message)


def term_follow_up(rng: random.Random) -> Exchange:
    """Ask about a further term in a few words, as one does after a first answer."""
    term = rng.choice(TERMS)
    form = rng.choice(term.forms)
    message = casual(rng, ask_with(pick(rng, _FOLLOW_UPS_MANY if is_plural(form) else _FOLLOW_UPS), form))
    return message, define(rng, term, message)


def term_and_more(rng: random.Random) -> list[Exchange]:
    """Ask what a term means, then for an example or for other words: the second answer needs the first."""
    term = rng.choice(TERMS)
    question = term_question(rng, term)
    first, second = rng.sample(term.definitions, 2)
    if rng.random() < 0.5:
        more = fill(
            "[Can you give me an example|Tell me more|Go on|And what else|Can you say more|Give me an example]", rng
        )
        answer = term.example
    else:
        more = fill(
            "[Say it in other words|In other words|Can you say it differently|Once more, please"
            "|I do not understand|Can you explain it again|Say that again]",
            rng,
        )
        answer = second
    more += "?" if more.startswith(("Can", "And")) else rng.choice((".", ""))
    return [(casual(rng, question), first), (casual(rng, more), answer)]


def terms_apart(rng: random.Random) -> Exchange:
    """Ask how two terms differ."""
    first, second = rng.sample(TERMS, 2)
    message = fill(
        "[What is the difference between {a} and {b}|How is {a} different from {b}|How do {a} and {b} differ"
        "|Compare {a} and {b}|Explain {a} and {b}|What are {a} and {b}|Is {a} the same as {b}]",
        rng, {"a": first.one, "b": second.one},
    )  # fmt: skip
    message += "." if message.startswith(("Compare", "Explain")) else "?"
    answer = f"{pick(rng, first.definitions)} {pick(rng, second.definitions)}"
    return casual(rng, message), f"No. {answer}" if message.startswith("Is ") else answer


def about_thing(rng: random.Random) -> Exchange:
    """Ask about an everyday thing."""
    thing = rng.choice(everyday.ALL)
    message, answer = rng.choice(thing.asks)
    if rng.random() < 0.25:
        message = fill(
            "[What is {one}|Tell me about {one}|Describe {one}|Tell me something about {one}|Explain {one}]",
            rng, {"one": thing.one},
        )  # fmt: skip
        message += "?" if message.startswith("What") else "."
        is_are = "are" if thing.one == thing.many else "is"
        first, second = rng.sample(thing.says, 2)
        start = capital(thing.one)
        answer = rng.choice(
            (
                f"{start} {is_are} {kind_of(thing)}. {'They' if is_are == 'are' else 'It'} {first}."
                if thing.kind != "job" else f"{start} {thing.says[0]}.",
                f"{start} {first} and {second}.",
            )
        )  # fmt: skip
    return casual(rng, message), answer


def is_it(rng: random.Random) -> Exchange:
    """Ask whether a thing is of some kind."""
    thing = rng.choice([thing for thing in everyday.ALL if thing.one != thing.many])
    other: Thing = thing if rng.random() < 0.5 else rng.choice(everyday.ALL)
    start = capital(thing.one)
    message = f"Is {thing.one} {kind_of(other)}?"
    if rng.random() < 0.3:
        message = f"What kind of thing is {thing.one}?"
        return casual(rng, message), f"{start} is {kind_of(thing)}."
    if other.kind == thing.kind:
        return casual(rng, message), f"Yes, {thing.one} is {kind_of(thing)}."
    return casual(rng, message), f"No, {thing.one} is {kind_of(thing)}."


def order_and_place(rng: random.Random) -> Exchange:
    """Ask about capitals, days, months, seasons, colours and sizes."""
    country, city = rng.choice(everyday.CAPITALS)
    earlier, later = rng.choice(list(pairwise(everyday.DAYS if rng.random() < 0.5 else everyday.MONTHS)))
    unit = "day" if earlier in everyday.DAYS else "month"
    colour = pick(rng, tuple(everyday.THINGS_BY_COLOUR))
    season = pick(rng, tuple(everyday.SEASONS))
    big, small = rng.choice(everyday.BIG), rng.choice(everyday.SMALL)
    thing = pick(rng, everyday.THINGS_BY_COLOUR[colour])
    one, other = rng.sample((big.one, small.one), 2)
    pairs = (
        (f"What is the capital of {country}?", f"The capital of {country} is {city}."),
        (f"Which city is the capital of {country}?", f"{city} is the capital of {country}."),
        (f"{city} is the capital of which country?", f"{city} is the capital of {country}."),
        (f"What {unit} comes after {earlier}?", f"After {earlier} comes {later}."),
        (f"Which {unit} comes before {later}?", f"{earlier} comes before {later}."),
        (
            f"What is as {colour} as {thing}?",
            f"{capital(pick(rng, everyday.THINGS_BY_COLOUR[colour]))} is {colour} too.",
        ),
        (f"What colour is {thing}?", f"{capital(thing)} is {colour}."),
        (f"What happens in {season}?", f"In {season}, {pick(rng, everyday.SEASONS[season])}."),
        (f"Which is bigger, {one} or {other}?", f"{capital(big.one)} is bigger than {small.one}."),
        (f"Which is smaller, {one} or {other}?", f"{capital(small.one)} is smaller than {big.one}."),
        (f"Is {big.one} bigger than {small.one}?", f"Yes, {big.one} is bigger than {small.one}."),
        (f"Is {small.one} bigger than {big.one}?", f"No, {small.one} is smaller than {big.one}."),
    )
    message, answer = rng.choice(pairs)
    return casual(rng, message), answer


def word_forms(rng: random.Random) -> Exchange:
    """Ask for a plural or an opposite."""
    if rng.random() < 0.5:
        one, many = rng.choice(TASK_PLURALS)
        message = fill("[What is the plural of|Give me the plural of|Plural of] {w}[?|]", rng, {"w": one})
        return casual(rng, message), fill(f"[The plural of {one} is {many}.|One {one}, two {many}.]", rng)
    pair = rng.choice(TASK_ANTONYMS)
    word, opposite = pair if rng.random() < 0.5 else (pair[1], pair[0])
    message = fill("[What is the opposite of|Give me the opposite of|Opposite of] {w}[?|]", rng, {"w": word})
    return casual(rng, message), f"The opposite of {word} is {opposite}."


def sum_up_to_ten(rng: random.Random) -> Exchange:
    """Ask for a sum or a difference within ten."""
    total = rng.randint(1, 10)
    part = rng.randint(0, total)
    words = everyday.NUMBERS
    plus = rng.random() < 0.5
    first, second, result = (part, total - part, total) if plus else (total, part, total - part)
    sign, word = ("+", "plus") if plus else ("-", "minus")
    message, answer = rng.choice(
        (
            (f"What is {first} {sign} {second}?", f"{first} {sign} {second} = {result}"),
            (f"{first} {sign} {second} =", f"{result}"),
            (f"How much is {first} {sign} {second}?", f"{first} {sign} {second} is {result}."),
            (f"What is {words[first]} {word} {words[second]}?",
             f"{capital(words[first])} {word} {words[second]} is {words[result]}."),
            (f"Calculate {first} {sign} {second}.", f"{first} {sign} {second} = {result}"),
        )
    )  # fmt: skip
    return message, answer


def _listed(rng: random.Random, names: list[str]) -> str:
    match rng.randrange(4):
        case 0:
            return "\n".join(f"{n}. {capital(name)}" for n, name in enumerate(names, 1))
        case 1:
            return "\n".join(f"- {name}" for name in names)
        case 2:
            return capital(joined([f"{article(name)} {name}" for name in names])) + "."
        case _:
            return capital(joined(names)) + "."


_ASK_LIST = (
    "[List|Name|Give me|Tell me|Write down|Can you name|Can you list|I need|Please name|Please list] {count} {things}"
)


def list_of_things(rng: random.Random) -> Exchange:
    """Ask for a number of things of one kind."""
    kind = pick(rng, tuple(everyday.KINDS))
    pool = [thing for thing in everyday.KINDS[kind] if thing.one != thing.many]
    count = rng.randint(2, min(5, len(pool)))
    slots = {"count": everyday.NUMBERS[count] if rng.random() < 0.7 else str(count), "things": plural_of_kind(kind)}
    message = fill(_ASK_LIST, rng, slots)
    message += "?" if message.startswith("Can") else "."
    names = [thing.name for thing in rng.sample(pool, count)]
    answer = _listed(rng, names)
    if answer.startswith(("A ", "An ")) and any(not thing.many for thing in pool):
        answer = capital(joined(names)) + "."
    return casual(rng, message), answer


def list_in_order(rng: random.Random) -> Exchange:
    """Ask for days, months, seasons, colours, terms, or to count."""
    start = rng.randint(0, 8)
    end = start + rng.randint(2, 8)
    count = rng.randint(2, 5)
    colour = pick(rng, tuple(everyday.THINGS_BY_COLOUR))
    chosen = rng.sample(TERMS, count)
    number = everyday.NUMBERS[count]
    red = rng.sample(everyday.THINGS_BY_COLOUR[colour], 2)
    pairs = (
        (fill("[List|Name|What are|Tell me|Give me] the days of the week", rng), joined(everyday.DAYS) + "."),
        (fill("[List|Name|What are|Tell me|Give me] the months of the year", rng), joined(everyday.MONTHS) + "."),
        (fill("[List|Name|What are|Tell me|Give me] the [four |]seasons", rng), "Spring, summer, autumn and winter."),
        (f"Count from {start} to {end}", ", ".join(map(str, range(start, end + 1))) + "."),
        (f"Count from {everyday.NUMBERS[start]} to {everyday.NUMBERS[end]}",
         capital(", ".join(everyday.NUMBERS[start : end + 1])) + "."),
        (fill(f"[Name|List|Tell me|Give me] two things that are {colour}", rng), capital(joined(red)) + "."),
        (fill("[Name|List|Give me|Write down] {n} [colours|different colours]", rng, {"n": number}),
         capital(joined(rng.sample(list(everyday.THINGS_BY_COLOUR), count))) + "."),
        (fill("[Name|List|Give me|Write down] {n} [countries|countries of the world]", rng, {"n": number}),
         capital(joined([pair[0] for pair in rng.sample(everyday.CAPITALS, count)])) + "."),
        (fill("[Name|List|Give me|Write down] {n} [capitals|capital cities]", rng, {"n": number}),
         joined([pair[1] for pair in rng.sample(everyday.CAPITALS, count)]) + "."),
        (fill("[Name|List|Give me|Write down] {n} [terms|words] [about|from the field of|to do with] "
              "language models", rng, {"n": number}),
         "\n".join(f"- {term.name}" for term in chosen)),
    )  # fmt: skip
    message, answer = rng.choice(pairs)
    return casual(rng, message + ("?" if message.startswith("What") else ".")), answer
