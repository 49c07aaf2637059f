"""Ordinary sentences about words and things: what is the contrary of what, one and many, what things are for."""

from __future__ import annotations

import random

from starter.corpus import words
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.grammar import fill, pick, sentences
from starter.corpus.words import plural_of, with_article

_CONTRARY = (
    "{a} is the opposite of {b}.",
    "{a} and {b} are opposites.",
    "the words {a} and {b} are opposites[| of each other].",
    "the opposite of {a} is {b}[|, and the opposite of {b} is {a}].",
    "not {a}, but {b}.",
    "{a} or {b}? [that is the question|you must choose|nobody knows|both are words].",
    "[some|we] say {a}, [others|they] say {b}.",
    'if it is not "{a}", it [is|may be] "{b}".',
    "{a} means the contrary of {b}.",
    '"{a}" is one word, and "{b}" is its opposite.',
    "{who} said {a}, but [meant|wrote] {b}.",
)
_CONTRARY_BY_KIND = {
    "adjectives": (
        "it was not {a} but {b}.",
        "[yesterday|at first|last year] it was {a}, [today|now|this year] it is {b}.",
        "one is {a} and the other is {b}.",
        "it is [never|not] {a} and {b} at the same time.",
        "{who} thought it was {a}, but it was {b}.",
        "is it {a}? no, it is {b}.",
        "something that is not {a} is {b}.",
        "from {a} to {b} is a long way.",
    ),
    "verbs": (
        "they did not {a}, they wanted to {b}.",
        "first we {a}, then we {b}.",
        "some {a} and others {b}.",
        "do you {a} or do you {b}?",
        "{who} can {a} and {b}.",
        "to {a} is the opposite of to {b}.",
    ),
    "nouns": (
        "not the {a} but the {b}.",
        "from {a} to {b}.",
        "there is no {a} without {b}.",
        "{who} saw the {a}, then the {b}.",
        "the {a} came first and the {b} came second.",
        "it was not the {a}, it was the {b}.",
    ),
    "others": ("now {a}, now {b}.", "first {a}, then {b}.", "{who} said {a} and then {b}."),
}
_KINDS = tuple(words.ANTONYMS_BY_KIND)
_KIND_SHARES = tuple(len(pairs) for pairs in words.ANTONYMS_BY_KIND.values())


def contrast(rng: random.Random) -> Document:
    """Return sentences that set words against their contraries, as a schoolbook does."""
    lines = []
    for _ in range(rng.randint(3, 8)):
        kind = rng.choices(_KINDS, _KIND_SHARES)[0]
        first, second = rng.choice(words.ANTONYMS_BY_KIND[kind])
        if rng.random() < 0.5:
            first, second = second, first
        frames = _CONTRARY if rng.random() < 0.55 else _CONTRARY_BY_KIND[kind]
        slots = {"a": first, "b": second, "who": words.FIRST_NAMES}
        lines.append(sentences(fill(pick(rng, frames), rng, slots)))
        if rng.random() < 0.25:
            slots = {"a": second, "b": first, "who": words.FIRST_NAMES}
            lines.append(sentences(fill(pick(rng, _CONTRARY), rng, slots)))
    return plain(pick(rng, (" ", " ", "\n")).join(lines))


def opposites_list(rng: random.Random) -> Document:
    """Return a sentence that names several pairs of opposites."""
    pairs = [pair if rng.random() < 0.5 else pair[::-1] for pair in rng.sample(words.ANTONYMS, rng.randint(3, 9))]
    joint = pick(rng, (" and ", " and ", " or ", " against "))
    named = [f"{first}{joint}{second}" for first, second in pairs]
    opening = pick(rng, ("Pairs of opposites: ", "These words are opposites: ", "We learned the opposites ",
                         "Opposites: "))  # fmt: skip
    between = pick(rng, (", ", "; "))
    return plain(opening + between.join(named) + ".")


_NUMBER_SENTENCES = (
    "one {one}, two {many}.",
    "{who} has one {one}, but {other} has {count} {many}.",
    "I saw one {one}. [then|later] I saw [many|{count}] {many}.",
    "there [was|is] a_ {one} [here|in the picture|on the card], and [soon|later] there were {count} {many}.",
    "a_ {one} is one, {many} are many.",
    "{count} {many} and one more {one} [are|make] a lot of {many}.",
    "how many {many}? only one {one}.",
    "the {one} is [small|old|new|here]. the {many} are [small|old|new|here].",
    "this {one} is [mine|new|old], those {many} are [yours|hers|his].",
    "{who} drew a_ {one}. {other} drew {count} {many}.",
    "not one {one}, but {count} {many}.",
    "many {many} [were there|can be seen|are needed], not just one {one}.",
)
_COUNTS = ("two", "three", "four", "five", "six", "seven", "ten", "twenty", "a hundred")


def one_and_many(rng: random.Random) -> Document:
    """Return sentences that use the singular and the plural of the same word."""
    lines = []
    for _ in range(rng.randint(3, 7)):
        one, many = rng.choice(words.PLURALS)
        who, other = rng.sample(words.FIRST_NAMES, 2)
        slots = {"one": one, "many": many, "who": who, "other": other, "count": _COUNTS}
        lines.append(sentences(fill(pick(rng, _NUMBER_SENTENCES), rng, slots)))
    return plain(" ".join(lines))


_KIND_OF = (
    ("animal", words.ANIMALS, (
        "eats and sleeps", "lives in the wild", "needs food and water", "has a mother", "can move by itself",
        "looks after its young", "has a heart", "breathes", "grows up and has young", "is alive", "gets hungry",
        "hides from danger", "makes a sound", "looks for food")),
    ("tool", words.TOOLS, (
        "is used for work", "is kept in a toolbox", "helps us to make things", "helps us to repair things",
        "is sold in a hardware shop", "is held in the hand", "is made of metal or wood", "is not alive",
        "belongs in the workshop", "makes work easier", "must be kept clean", "is used by a worker")),
    ("vehicle", words.VEHICLES, (
        "carries people from place to place", "takes us on a journey", "has a driver", "moves people or goods",
        "is parked or moored after the trip", "is used for travel", "can be fast or slow")),
    ("food", words.FOODS, (
        "can be eaten", "tastes good", "is eaten at lunch", "is made or washed in the kitchen",
        "fills a hungry stomach",
        "is sold at the market", "goes on a plate")),
    ("fruit", words.FRUITS, (
        "grows on a plant", "can be eaten", "tastes sweet or sour", "is full of juice", "is good in a salad",
        "is picked when it is ripe")),
    ("piece of clothing", words.CLOTHES, ("is worn", "keeps us warm", "is washed and dried", "is sewn from cloth")),
    ("piece of furniture", words.FURNITURE, ("stands in a room", "belongs in a house", "is made by a carpenter")),
    ("musical instrument", words.INSTRUMENTS, ("makes music", "is played in a band", "has a sound of its own")),
    ("plant", words.PLANTS, ("grows in the earth", "needs water and light", "has roots", "is green in spring")),
    ("toy", words.TOYS, ("is made for play", "makes children happy", "lies in the children's room")),
)  # fmt: skip
_KIND_FRAMES = (
    "{thing} is {kind}[| that {does}].",
    "{thing} {does}.",
    "{thing} is {adjective} {bare} [and|that] {does}.",
    "{thing} [counts as|is called] {kind}, because it {does}.",
    "what is {thing}? it is {kind}.",
    "{who} has {thing}. it {does}.",
    "{thing} is {kind}, like {thing2}.",
    "{thing} and {thing2} are both {kinds}.",
    "the {adj} {noun} is {kind}. it {does}.",
    "[among|of] all {kinds}, {who} likes the {noun} best.",
)
_WORK = (
    "{who} [repaired|built|made|opened|fixed] the [chair|fence|door|roof|box|shelf] with {tool}.",
    "the [carpenter|worker|gardener|builder|mechanic] [took|needs|uses|held|bought] {tool}.",
    "hand me the {adj} {toolname}, I must [work|repair the door|finish the job].",
    "the {adj} {animalname} [ran away|slept|ate|drank water|looked at us|was hungry|hid|had young ones].",
    "{who} [fed|saw|watched|heard|followed|found] {animal} [in the wild|near the water|at the zoo|on the farm].",
    "the {adj} {toolname} [lay|hung|was kept] in the [workshop|toolbox|shed|garage].",
)
_EATING = (
    "[I|we|they|you|children] [like|want|love|would like|hope] to eat {food}.",
    "{who} [likes|wants|loves|would like|is going|began] to eat {food}.",
    "[I|we|they] [ate|had|tasted|shared] {food} [for lunch|for breakfast|for dinner|in the garden|with {who}|].",
    "[my sister|the boy|the girl|{who}|the old man|our guest] [ate|peeled|bought|tasted|cooked] {food}.",
    "[I|we] like to eat {vowel} [every day|in the morning|for breakfast|at noon|with bread|after school].",
    "{who} likes to eat {vowel} and {food}.",
    "I like to eat {food}[|, and {who} does too].",
    "eat {food} [when you are hungry|every day|slowly].",
    "[is there|may I have|would you like] {food} to eat?",
)


def _thing_slots(rng: random.Random) -> dict[str, str | tuple[str, ...]]:
    kind, pool, does = _KIND_OF[min(int(rng.random() * 14), 13) % len(_KIND_OF)]
    noun, second = rng.sample(pool, 2)
    adjective = pick(rng, words.NEUTRAL_ADJECTIVES)
    return {
        "thing": with_article(noun), "thing2": with_article(second), "kind": f"a_ {kind}", "bare": kind,
        "adjective": f"a_ {adjective}", "does": pick(rng, does),
        "kinds": plural_of(kind).replace("piece of", "pieces of"),
        "who": words.FIRST_NAMES, "adj": adjective, "noun": noun,
    }  # fmt: skip


def kinds_of_things(rng: random.Random) -> Document:
    """Return sentences that say what kind of thing something is and what it does."""
    lines = []
    for _ in range(rng.randint(3, 7)):
        if rng.random() < 0.3:
            animal, tool = pick(rng, words.ANIMALS), pick(rng, words.TOOLS)
            slots: dict[str, str | tuple[str, ...]] = {
                "who": words.FIRST_NAMES, "tool": with_article(tool), "toolname": tool, "animalname": animal,
                "animal": with_article(animal), "adj": words.NEUTRAL_ADJECTIVES,
            }  # fmt: skip
            frame = pick(rng, _WORK)
        else:
            slots = _thing_slots(rng)
            frame = pick(rng, _KIND_FRAMES)
        lines.append(sentences(fill(frame, rng, slots)))
    return plain(" ".join(lines))


def eating(rng: random.Random) -> Document:
    """Return sentences about what people eat."""
    lines = []
    for _ in range(rng.randint(2, 6)):
        food = pick(rng, words.FOODS if rng.random() < 0.7 else words.FRUITS)
        vowel = with_article(pick(rng, words.VOWEL_FOODS))
        slots = {"who": words.FIRST_NAMES, "food": with_article(food), "vowel": vowel}
        lines.append(sentences(fill(pick(rng, _EATING), rng, slots)))
    return plain(" ".join(lines))


DOMAINS: dict[str, DocumentGenerator] = {
    "contrast": contrast,
    "opposites_list": opposites_list,
    "one_and_many": one_and_many,
    "kinds_of_things": kinds_of_things,
    "eating": eating,
}
GROUPS = dict.fromkeys(DOMAINS, "text")
