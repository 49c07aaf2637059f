"""Small scenes in which good words stand with good events and bad words with bad ones."""

from __future__ import annotations

import random

from starter.corpus import everyday
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.grammar import fill, pick, sentences
from starter.corpus.stories import SLOTS
from starter.corpus.words import NEGATIVE_ADJECTIVES, POSITIVE_ADJECTIVES

_SUBJECTS = (
    "the soup", "the film", "the hotel", "the room", "the book", "the show", "the waiter", "the food", "the trip",
    "the music", "the service", "the phone", "the coat", "the party", "the game", "the concert", "the garden", "the cake",
    "the teacher", "the weather", "the town", "the train", "the shop", "the bed", "the story", "the meal", "the play",
    "the holiday", "the guide", "the house", "the chair", "the lesson", "the letter", "the picture", "the song",
    "the doctor", "the flight", "the beach", "the coffee", "the bread", "the actor", "the ending", "the staff", "the toy",
    "the camera", "the bicycle", "the museum", "the dinner", "the breakfast", "the driver", "the view", "the walk",
)  # fmt: skip
_GOOD_EVENTS = (
    "[we|everyone|they all] [smiled|laughed|clapped|cheered|stayed longer|came back the next day|asked for more]",
    "{n} [was happy|was pleased|wanted more|told all {his} friends about it|bought another one|thanked everybody|slept well]",
    "[I|we] [would go again|enjoyed every minute|recommend it to all|loved it|will never forget it|want to see it again]",
    "[people|the guests|the children|the neighbours] [were glad|were delighted|sang and danced|praised it|said thank you]",
    "it was worth [the money|every penny|the long way|the time]",
    "it [worked very well|lasted for years|made the day better|gave us joy|won a prize|got five stars]",
)
_BAD_EVENTS = (
    "[we|everyone|they all] [left early|complained|went home angry|fell asleep|wanted the money back|were glad when it was over]",
    "{n} [was sad|was angry|felt ill|cried|never went back|wrote a letter of complaint|threw it away|could not sleep]",
    "[I|we] [would not go again|hated every minute|warn everybody|regret it|want to forget it|will never buy it again]",
    "[people|the guests|the children|the neighbours] [were disappointed|were upset|shook their heads|stayed away|said no more]",
    "it was a waste of [money|time|a whole evening]",
    "it [broke at once|did not work|spoiled the day|made us ill|stopped after a week|got one star]",
)
_SCENES = (
    "{s} was {a}, so {e}.", "{s} was {a}, and {e}.", "{s} was {a}. In the end, {e}.", "because {s} was {a}, {e}.",
    "{s} was really {a}: {e}.", "how {a} {s} was! {e}.", "it was a_ {a} [day|evening|week|time]. {e}.",
    "{s} was {a} and {b}, and {e}.", "{n} found {s} {a}. {e}.", "{n} said that {s} was {a}. {e}.",
    "{s} seemed {a} [at first|to all of us|from the start], and {e}.", "what a_ {a} [day|thing|surprise|idea]! {e}.",
    "everyone called {s} {a}, because {e}.", "{e}, because {s} was {a}.", "{n} had a_ {a} [day|morning|week]: {e}.",
)  # fmt: skip
_FEELINGS = (
    "[Good words are|People who are happy say|If you like something, you call it] {a}, {b} or {c}.",
    "{a} and {b} are [good|positive] words.", "[If something is|When a thing is] {a}, [people are happy|that is good|we like it].",
)  # fmt: skip
_BAD_FEELINGS = (
    "[Bad words are|People who are angry say|If you do not like something, you call it] {a}, {b} or {c}.",
    "{a} and {b} are [bad|negative] words.", "[If something is|When a thing is] {a}, [people are sad|that is bad|we do not like it].",
)  # fmt: skip
_TURNS = ("But ", "However, ", "On the other hand, ", "The next day was different: ", "Then ")


def scene(rng: random.Random, good: bool) -> str:
    """Return one or two sentences of one mood."""
    girl = rng.random() < 0.5
    first, second, third = rng.sample(POSITIVE_ADJECTIVES if good else NEGATIVE_ADJECTIVES, 3)
    thing = rng.choice(everyday.ALL)
    subject = pick(rng, _SUBJECTS) if rng.random() < 0.8 or thing.one == thing.many else "the " + thing.name
    slots = {
        "s": subject, "a": first, "b": second, "c": third, "n": pick(rng, SLOTS["girls" if girl else "boys"]),
        "his": "her" if girl else "his", "e": _GOOD_EVENTS if good else _BAD_EVENTS,
    }  # fmt: skip
    if rng.random() < 0.12:
        return sentences(fill(pick(rng, _FEELINGS if good else _BAD_FEELINGS), rng, slots))
    return sentences(fill(pick(rng, _SCENES), rng, slots))


def moods(rng: random.Random) -> Document:
    """Write a few scenes: of one mood, or with a turn from one to the other."""
    good = rng.random() < 0.5
    parts = [scene(rng, good) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.35:
        turn = scene(rng, not good)
        lead = pick(rng, _TURNS)
        parts.append(lead + (turn[0].lower() + turn[1:] if not turn.startswith(("I ", *SLOTS["girls"], *SLOTS["boys"])) else turn))
    return plain(rng.choice((" ", " ", "\n")).join(parts) + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"moods": moods}
