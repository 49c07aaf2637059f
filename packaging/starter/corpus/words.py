"""The word tables that every corpus module draws from: nouns by category, adjectives by polarity, pairs of words."""

from __future__ import annotations

from pathlib import Path

TABLES = Path(__file__).parent / "tables"


def _lists(file_name: str) -> dict[str, tuple[str, ...]]:
    """Read a table of comma-separated words under [section] headings; a word given twice counts once."""
    sections: dict[str, list[str]] = {}
    section = ""
    for line in (TABLES / file_name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
            sections[section] = []
        else:
            sections[section] += [word.strip() for word in line.split(",") if word.strip()]
    return {name: tuple(dict.fromkeys(found)) for name, found in sections.items()}


def _pair_sections(file_name: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Read a table of two words per line under [section] headings."""
    sections: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in (TABLES / file_name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
            sections[section] = []
        elif line.strip():
            first, second = line.split()
            sections[section].append((first, second))
    return {name: tuple(found) for name, found in sections.items()}


def _pairs(file_name: str) -> tuple[tuple[str, str], ...]:
    """Read a table of two words per line."""
    lines = (TABLES / file_name).read_text(encoding="utf-8").splitlines()
    found = [line.split() for line in lines if line.strip()]
    return tuple((first, second) for first, second in found)


NOUNS = _lists("nouns.txt")
ANIMALS = NOUNS["animals"]
TOOLS = NOUNS["tools"]
VEHICLES = NOUNS["vehicles"]
FOODS = NOUNS["foods"]
FRUITS = NOUNS["fruits"]
VOWEL_FOODS = NOUNS["vowel_foods"]
CLOTHES = NOUNS["clothes"]
FURNITURE = NOUNS["furniture"]
BODY_PARTS = NOUNS["body_parts"]
JOBS = NOUNS["jobs"]
PLACES = NOUNS["places"]
INSTRUMENTS = NOUNS["instruments"]
SPORTS = NOUNS["sports"]
COLOURS = NOUNS["colours"]
WEATHER = NOUNS["weather"]
PLANTS = NOUNS["plants"]
MATERIALS = NOUNS["materials"]
DRINKS = NOUNS["drinks"]
TOYS = NOUNS["toys"]
FIRST_NAMES = NOUNS["first_names"]
CAPITALS = dict(zip(NOUNS["countries"], NOUNS["capitals"], strict=True))

_ADJECTIVES = _lists("adjectives.txt")
POSITIVE_ADJECTIVES = _ADJECTIVES["positive"]
NEGATIVE_ADJECTIVES = _ADJECTIVES["negative"]
NEUTRAL_ADJECTIVES = _ADJECTIVES["neutral"]

ANTONYMS_BY_KIND = _pair_sections("antonyms.txt")
ANTONYMS = tuple(pair for pairs in ANTONYMS_BY_KIND.values() for pair in pairs)
PLURALS = _pairs("plurals.txt")
PLURAL_OF = dict(PLURALS)

_PAIR_NOUNS = ("pliers", "scissors", "shears", "tongs", "tweezers", "tin snips")
_MASS_NOUNS = (
    "bread", "butter", "cheese", "soup", "salad", "pasta", "rice", "lettuce", "spinach", "broccoli", "corn",
    "garlic", "celery", "chocolate", "honey", "jam", "yoghurt", "cream", "milk", "porridge", "ham", "bacon",
    "toast", "ice cream", "cauliflower", "sandpaper", "pudding", "stew", "curry", "sauce", "beetroot",
)  # fmt: skip


def article(phrase: str) -> str:
    """Return "a" or "an", as the sound of the first word of `phrase` asks for."""
    word = phrase.lower()
    if word.startswith(("uni", "use", "uku", "eu", "one")):
        return "a"
    if word.startswith(("hour", "honest", "heir")):
        return "an"
    return "an" if word[:1] in "aeiou" else "a"


def with_article(noun: str) -> str:
    """Return `noun` as one thing: "an otter", "a pair of scissors", "some bread"."""
    if noun in _PAIR_NOUNS:
        return f"a pair of {noun}"
    if noun in _MASS_NOUNS:
        return f"some {noun}"
    return f"{article(noun)} {noun}"


def plural_of(noun: str) -> str:
    """Return the plural of `noun`, from the table or by the rules of spelling."""
    if noun in PLURAL_OF:
        return PLURAL_OF[noun]
    if noun in _PAIR_NOUNS or noun in _MASS_NOUNS:
        return noun
    head, _, last = noun.rpartition(" ")
    if head and last in PLURAL_OF:
        return f"{head} {PLURAL_OF[last]}"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
