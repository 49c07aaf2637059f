"""Small scenes in which good words stand with good events and bad words with bad ones."""

from __future__ import annotations

import random

from starter.corpus import everyday
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.grammar import PHRASES, fill, pick, sentences
from starter.corpus.stories import SLOTS
from starter.corpus.words import NEGATIVE_ADJECTIVES, POSITIVE_ADJECTIVES

_SUBJECTS = (
    "the soup", "the film", "the hotel", "the room", "the book", "the show", "the waiter", "the food", "the trip",
    "the music", "the service", "the phone", "the coat", "the party", "the game", "the concert", "the garden",
    "the cake",
    "the teacher", "the weather", "the town", "the train", "the shop", "the bed", "the story", "the meal", "the play",
    "the holiday", "the guide", "the house", "the chair", "the lesson", "the letter", "the picture", "the song",
    "the doctor", "the flight", "the beach", "the coffee", "the bread", "the actor", "the ending", "the staff",
    "the toy",
    "the camera", "the bicycle", "the museum", "the dinner", "the breakfast", "the driver", "the view", "the walk",
)  # fmt: skip
_GOOD_EVENTS = PHRASES["moods good events"]
_BAD_EVENTS = PHRASES["moods bad events"]
_SCENES = PHRASES["moods scenes"]
_FEELINGS = PHRASES["moods feelings"]
_BAD_FEELINGS = PHRASES["moods bad feelings"]
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
        parts.append(
            lead
            + (turn[0].lower() + turn[1:] if not turn.startswith(("I ", *SLOTS["girls"], *SLOTS["boys"])) else turn)
        )
    return plain(rng.choice((" ", " ", "\n")).join(parts) + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"moods": moods}
