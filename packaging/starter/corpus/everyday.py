"""Everyday things and what can be said of them, read from the everyday_*.txt tables."""

from __future__ import annotations

from dataclasses import dataclass

from starter.corpus.grammar import article, section_table, table_lines

LISTS = section_table("everyday_lists.txt")
CAPITALS = tuple((line.split(": ")[0], line.split(": ")[1]) for line in LISTS["capitals"])
THINGS_BY_COLOUR = {line.split(": ")[0]: tuple(line.split(": ")[1].split("; ")) for line in LISTS["colours"]}
SEASONS = {line.split(": ")[0]: tuple(line.split(": ")[1].split("; ")) for line in LISTS["seasons"]}
FACTS = tuple(LISTS["facts"])
DAYS, MONTHS, NUMBERS = tuple(LISTS["days"]), tuple(LISTS["months"]), tuple(LISTS["numbers"])


@dataclass(frozen=True, slots=True)
class Thing:
    """An everyday thing.

    one: noun phrase with its article, "an owl"; many: plural, or "" for a mass such as bread.
    says: what it is or does, as verb phrases in the singular; many_say: the same for the plural.
    asks: pairs of a question about it and the answer.
    """

    kind: str
    one: str
    many: str
    says: tuple[str, ...]
    many_say: tuple[str, ...]
    asks: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The noun without its article."""
        first, _, rest = self.one.partition(" ")
        return rest if first in ("a", "an", "the") else self.one


def _rows(name: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split(";")] for line in table_lines(name)]


def _a(noun: str) -> str:
    return f"{article(noun)} {noun}"


def _plain_form(verb: str) -> str:
    """Turn "barks" into "bark" and "is quiet" into "are quiet"."""
    first, _, rest = verb.partition(" ")
    if first == "is":
        return f"are {rest}".strip()
    for ending, instead in (("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("ies", "y"), ("has", "have"), ("s", "")):
        if first.endswith(ending):
            return f"{first.removesuffix(ending)}{instead} {rest}".strip()
    return verb


def _animal(row: list[str]) -> Thing:
    name, many, size, colour, food, home, sound, body, can, young = row
    one = _a(name)
    says = (
        f"is {_a(size)} animal" if " " not in size else f"is {size}",
        f"is often {colour}",
        f"eats {food}",
        f"lives {home}",
        f"{sound}",
        f"has {body}",
        f"can {can}",
    )
    own = can.replace(" its ", " their ")
    many_say = (f"eat {food}", f"live {home}", _plain_form(sound), f"have {body}", f"can {own}")
    asks = (
        (f"What does {one} eat?", f"{one.capitalize()} eats {food}."),
        (f"What do {many} eat?", f"{many.capitalize()} eat {food}."),
        (f"Where does {one} live?", f"{one.capitalize()} lives {home}."),
        (f"Where do {many} live?", f"{many.capitalize()} live {home}."),
        (f"What sound does {one} make?", f"{one.capitalize()} {sound}."),
        (f"What colour is {one}?", f"{one.capitalize()} is often {colour}."),
        (f"What can {one} do?", f"{one.capitalize()} can {can}."),
        (f"What is a young {name} called?", f"A young {name} is called {_a(young)}."),
        (f"Is {one} an animal?", f"Yes, {one} is an animal."),
    )
    return Thing("animal", one, many, says, many_say, asks)


def _tool(row: list[str]) -> Thing:
    name, many, use, part, user = row
    one = name if name == many else _a(name)
    are = "are" if name == many else "is"
    has = "have" if name == many else "has"
    says = (f"{are} a tool", f"{are} used to {use}", f"{has} {part}", f"{are} often used by {user}")
    many_say = (f"are used to {use}", f"have {part}")
    asks = (
        (f"What {are} {one} used for?", f"{one.capitalize()} {are} used to {use}."),
        (f"What are {many} for?", f"{many.capitalize()} are used to {use}."),
        (f"Who uses {one}?", f"{one.capitalize()} {are} often used by {user}."),
        (f"Which tool do you use to {use}?", f"To {use}, you use {one}."),
        (f"What do I need to {use}?", f"You need {one} to {use}."),
    )
    return Thing("tool", one, many, says, many_say, asks)


def _vehicle(row: list[str]) -> Thing:
    name, many, verb, where, part, use = row
    one = _a(name)
    says = ("is a vehicle", f"moves {where}", f"has {part}", f"is used to {use}")
    many_say = (f"move {where}", f"are used to {use}")
    asks = (
        (f"What is {one} used for?", f"{one.capitalize()} is used to {use}."),
        (f"Where does {one} move?", f"{one.capitalize()} moves {where}."),
        (f"What does {one} have?", f"{one.capitalize()} has {part}."),
        (f"Do people eat {many}?", f"No, people {verb} {many}; they do not eat them."),
        (f"What do people do with {one}?", f"People {verb} {one} to {use}."),
    )
    return Thing("vehicle", one, many, says, many_say, asks)


def _food(row: list[str]) -> Thing:
    one, many, kind, colour, taste, origin = row
    many = "" if many == "-" else many
    verb = "drink" if kind == "drink" else "eat"
    a_kind = {
        "fruit": "a fruit",
        "vegetable": "a vegetable",
        "drink": "a drink",
        "food": "food",
        "dish": "a dish",
        "dessert": "a dessert",
        "snack": "a snack",
        "meal": "a meal",
        "spice": "a spice",
        "sweet": "a sweet",
    }
    says = (f"is {a_kind[kind]}", f"tastes {taste}", origin, f"is often {colour}", f"is good to {verb}")
    many_say = (f"taste {taste}", _plain_form(origin), f"are often {colour}", f"are good to {verb}")
    start = one[0].upper() + one[1:]
    asks = (
        (f"What does {one} taste like?", f"{start} tastes {taste}."),
        (f"What colour is {one}?", f"{start} is often {colour}."),
        (f"Can I {verb} {one}?", f"Yes, you can {verb} {one}."),
        (f"Where does {one} come from?", f"{start} {origin}."),
        (f"Is {one} a tool?", f"No, {one} is something to {verb}."),
    )
    return Thing("drink" if verb == "drink" else "food", one, many, says, many_say, asks)


def _job(row: list[str]) -> Thing:
    name, many, does, where, thing = row
    one = _a(name)
    says = (does, f"works {where}", f"often needs {thing}", f"{does} {where}")
    many_say = (_plain_form(does), f"work {where}", f"often need {thing}")
    asks = (
        (f"What does {one} do?", f"{one.capitalize()} {does}."),
        (f"What do {many} do?", f"{many.capitalize()} {_plain_form(does)}."),
        (f"Where does {one} work?", f"{one.capitalize()} works {where}."),
        (f"What does {one} need?", f"{one.capitalize()} often needs {thing}."),
        (f"Who {does}?", f"{one.capitalize()} {does}."),
    )
    return Thing("job", one, many, says, many_say, asks)


def _other(row: list[str]) -> Thing:
    kind, one, many, sentences = row
    many = "" if many == "-" else many
    says = tuple(sentences.split(" / "))
    start = one[0].upper() + one[1:]
    is_a = f"{start} is {'a kind of weather' if kind == 'weather' else _a(kind)}. It {says[0]}."
    what = f"{start} {says[0]}." if kind == "thing" or says[0].startswith(("is a", "is the")) else is_a
    asks = [
        (f"What is {one}?", what),
        (f"Tell me something about {one}.", f"{start} {says[-1]}."),
        (f"What do you know about {one}?", f"{start} {says[1]} and {says[-1]}." if len(says) > 2 else what),
    ]
    if many:
        asks.append((f"What are {many}?", what))
    return Thing(kind, one, many, says, (), tuple(asks))


ANIMALS = tuple(_animal(row) for row in _rows("everyday_animals.txt"))
TOOLS = tuple(_tool(row) for row in _rows("everyday_tools.txt"))
VEHICLES = tuple(_vehicle(row) for row in _rows("everyday_vehicles.txt"))
FOODS = tuple(_food(row) for row in _rows("everyday_foods.txt"))
JOBS = tuple(_job(row) for row in _rows("everyday_jobs.txt"))
OTHERS = tuple(_other(row) for row in _rows("everyday_things.txt"))
ALL = ANIMALS + TOOLS + VEHICLES + FOODS + JOBS + OTHERS
BIG = tuple(thing for thing in ANIMALS if "is a big animal" in thing.says or "is very big" in thing.says)
SMALL = tuple(thing for thing in ANIMALS if "is a small animal" in thing.says or "is a tiny animal" in thing.says)
KINDS = {
    "animal": ANIMALS,
    "tool": TOOLS,
    "vehicle": VEHICLES,
    "food": tuple(thing for thing in FOODS if thing.kind == "food"),
    "drink": tuple(thing for thing in FOODS if thing.kind == "drink"),
    "job": JOBS,
    **{
        kind: tuple(thing for thing in OTHERS if thing.kind == kind)
        for kind in dict.fromkeys(thing.kind for thing in OTHERS)
    },
}
