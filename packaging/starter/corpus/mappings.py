"""Tasks that turn one short text into another: antonyms, plurals, past tense, spelling, categories and so on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from starter.corpus import words
from starter.corpus.evaluated import TASK_ANTONYMS, TASK_PLURALS, task_items
from starter.corpus.grammar import pick
from starter.corpus.items import CATEGORIES, NUMBER_WORDS, PAST_TENSES, POOLS, without_overlap
from starter.corpus.layout import Row, pseudo_word

RowMaker = Callable[[random.Random], Row]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A task: where its rows come from, what an instruction may say, and what its fields may be called."""

    row: RowMaker
    instructions: tuple[str, ...]
    fields: tuple[str, str]
    share: int = 1


_REGULAR_PLURALS = tuple(pair for pair in TASK_PLURALS if pair[0] != pair[1])
_SINGLE_WORDS = tuple(
    dict.fromkeys(word for pool in POOLS.values() for word in pool if " " not in word and "-" not in word)
)
_LOWER_WORDS = tuple(word for word in _SINGLE_WORDS if word.islower())
_THINGS = tuple(word for name in ("animal", "tool", "fruit", "vehicle", "clothes", "toy") for word in POOLS[name])
_COMPARED = (
    "small", "big", "tall", "old", "young", "fast", "slow", "warm", "cold", "loud", "quick", "long", "short", "strong",
    "weak", "dark", "soft", "hard", "clean", "rich", "poor", "kind", "bright", "cheap", "deep", "high", "low", "new",
    "near", "quiet", "sharp", "thick", "sweet", "smooth", "steep", "grand", "green",
)  # fmt: skip
_COMPARABLE = task_items(_COMPARED)
_YOUNG = (("cat", "kitten"), ("dog", "puppy"), ("cow", "calf"), ("horse", "foal"), ("sheep", "lamb"), ("goat", "kid"),
          ("bear", "cub"), ("lion", "cub"), ("duck", "duckling"), ("goose", "gosling"), ("pig", "piglet"),
          ("frog", "tadpole"), ("deer", "fawn"), ("kangaroo", "joey"), ("owl", "owlet"), ("seal", "pup"))  # fmt: skip
_DOER = (("teach", "teacher"), ("bake", "baker"), ("drive", "driver"), ("sing", "singer"), ("write", "writer"),
         ("paint", "painter"), ("farm", "farmer"), ("dance", "dancer"), ("build", "builder"), ("swim", "swimmer"),
         ("run", "runner"), ("read", "reader"), ("play", "player"), ("work", "worker"), ("speak", "speaker"),
         ("clean", "cleaner"), ("help", "helper"), ("hunt", "hunter"), ("climb", "climber"), ("travel", "traveller"),
         ("lead", "leader"), ("win", "winner"), ("sail", "sailor"), ("act", "actor"), ("visit", "visitor"))  # fmt: skip
_CAPITALS = tuple(words.CAPITALS.items())


def _of(pairs: tuple[Row, ...], *, both_ways: bool = False) -> RowMaker:
    usable = tuple(pair for pair in pairs if task_items(pair) == pair)

    def row(rng: random.Random) -> Row:
        first, second = rng.choice(usable)
        return (second, first) if both_ways and rng.random() < 0.5 else (first, second)

    return row


def _of_word(change: Callable[[str], str], pool: tuple[str, ...] = _LOWER_WORDS) -> RowMaker:
    def row(rng: random.Random) -> Row:
        word = pick(rng, pool)
        return word, change(word)

    return row


def _reversed_pair(rng: random.Random) -> Row:
    first, second = rng.sample(_SINGLE_WORDS, 2)
    return f"{first} {second}", f"{second} {first}"


def _second_word(rng: random.Random) -> Row:
    first, second = rng.sample(_SINGLE_WORDS, 2)
    return f"{first} {second}", second


def _first_word(rng: random.Random) -> Row:
    found = rng.sample(_SINGLE_WORDS, 3)
    return " ".join(found), found[0]


def _last_word(rng: random.Random) -> Row:
    found = rng.sample(_SINGLE_WORDS, 3)
    return " ".join(found), found[-1]


def _copied(rng: random.Random) -> Row:
    shape = rng.random()
    if shape < 0.4:
        text = pseudo_word(rng)
    elif shape < 0.8:
        text = " ".join(rng.sample(_SINGLE_WORDS, 2))
    else:
        text = pick(rng, _SINGLE_WORDS)
    return text, text


_CLEAR_POOLS = dict(zip(CATEGORIES, without_overlap(CATEGORIES), strict=True))


def _category(rng: random.Random) -> Row:
    name = pick(rng, CATEGORIES)
    return pick(rng, _CLEAR_POOLS[name]), name


def _number_word(rng: random.Random) -> Row:
    number = rng.randrange(20)
    return str(number + 1), NUMBER_WORDS[number]


def _number_digit(rng: random.Random) -> Row:
    number = rng.randrange(20)
    return NUMBER_WORDS[number], str(number + 1)


def _next_number(rng: random.Random) -> Row:
    number = rng.randrange(1, 60)
    return str(number), str(number + 1)


def _yes_no(rng: random.Random) -> Row:
    name, asked = rng.choice(CATEGORIES), rng.choice(CATEGORIES)
    if rng.random() < 0.5:
        asked = name
    thing = pick(rng, POOLS[name])
    if name == asked or thing in POOLS[asked]:
        return f"{thing}, {asked}", "yes"
    return f"{thing}, {asked}", "no"


def _comparative(word: str) -> str:
    if word in ("big", "sad", "hot", "fat", "thin", "wet"):
        return f"{word}{word[-1]}er"
    return f"{word}er"


def _with_adjective(rng: random.Random) -> Row:
    noun = pick(rng, _THINGS)
    return noun, words.with_article(noun)


MAPPINGS: dict[str, Mapping] = {
    "antonyms": Mapping(
        _of(TASK_ANTONYMS, both_ways=True),
        ("Give the opposite.", "Opposites", "Write the opposite of each word.", "What is the opposite?", "Antonyms:"),
        ("Word", "Opposite"), 6,
    ),
    "plurals": Mapping(
        _of(_REGULAR_PLURALS),
        ("Give the plural.", "Plurals", "Write the plural of each word.", "One and many", "Singular and plural:"),
        ("One", "Many"), 5,
    ),
    "singulars": Mapping(
        _of(tuple((many, one) for one, many in _REGULAR_PLURALS)),
        ("Give the singular.", "Many and one", "Write the singular of each word."), ("Plural", "Singular"),
    ),
    "past_tense": Mapping(
        _of(PAST_TENSES), ("Give the past tense.", "Past tense", "Write the verb in the past."), ("Verb", "Past"), 2
    ),
    "present_tense": Mapping(
        _of(tuple((past, now) for now, past in PAST_TENSES)), ("Give the present tense.", "Present"), ("Past", "Now")
    ),
    "upper_case": Mapping(_of_word(str.upper), ("Write it in capital letters.", "Capitals"), ("Word", "Capitals")),
    "first_capital": Mapping(
        _of_word(str.capitalize), ("Begin with a capital letter.", "Capital letter"), ("word", "Word")
    ),
    "first_letter": Mapping(
        _of_word(lambda word: word[0]), ("Give the first letter.", "First letter"), ("Word", "Letter")
    ),
    "capital_city": Mapping(
        _of(_CAPITALS), ("Name the capital.", "Capitals of the world", "Countries and capitals"), ("Country", "Capital")
    ),
    "country_of": Mapping(
        _of(tuple((city, country) for country, city in _CAPITALS)), ("In which country is it?",), ("City", "Country")
    ),
    "category": Mapping(_category, ("What kind of thing is it?", "Kinds of things"), ("Thing", "Kind"), 3),
    "copy": Mapping(_copied, ("Repeat it.", "Copy the text."), ("Text", "Copy"), 2),
    "reversed_pair": Mapping(_reversed_pair, ("Swap the two words.",), ("Pair", "Swapped"), 2),
    "second_word": Mapping(_second_word, ("Give the second word.",), ("Pair", "Second")),
    "first_word": Mapping(_first_word, ("Give the first word.",), ("Words", "First")),
    "last_word": Mapping(_last_word, ("Give the last word.",), ("Words", "Last")),
    "number_word": Mapping(_number_word, ("Write the number as a word.",), ("Number", "Word")),
    "number_digit": Mapping(_number_digit, ("Write the number in digits.",), ("Word", "Number")),
    "next_number": Mapping(_next_number, ("Give the next number.",), ("Number", "Next")),
    "yes_no": Mapping(_yes_no, ("Does the thing belong to the class?",), ("Question", "Answer"), 2),
    "comparative": Mapping(_of_word(_comparative, _COMPARABLE), ("Compare.", "More of it"), ("Word", "More")),
    "article": Mapping(_with_adjective, ("Put a or an before the word.",), ("Thing", "Answer")),
    "young_animal": Mapping(_of(_YOUNG), ("What is the young animal called?",), ("Animal", "Young")),
    "doer": Mapping(_of(_DOER), ("Who does it?",), ("Verb", "Person")),
}  # fmt: skip
