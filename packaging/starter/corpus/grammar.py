"""A small text grammar: templates with choices and slots become sentences, from a given random.Random.

Template syntax: `[one|two|]` picks an alternative (they nest; an empty one is allowed), `{slot}` is looked
up in the slots given, `a_ ` becomes "a" or "an". What a slot holds may be a string or a sequence to pick from,
and its text may hold choices and slots in turn.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"

Slots = Mapping[str, str | Sequence[str]]
_Node = str | tuple["_Node", ...] | list["_Node"] | None
# A str is literal text, a list a sequence, a tuple a choice; a slot is a literal that starts with this mark.
_SLOT = "\0"

_ARTICLE = re.compile(r"\b([Aa])_ (\W*)([\w-]+)")
_SENTENCE_START = re.compile(r'(^"?|[.!?] "?|\." |\n"?| ")([a-z])')
_AN_DESPITE_SOUND = re.compile(r"^(hour|honest|heir|honou?r|MoE)|^(8|11$|18$)|^[AEFHILMNORSX](\b|[A-Z0-9])")
_A_DESPITE_VOWEL = re.compile(r"^([Uu]ni(?![mn])|[Uu]se|[Uu]sual|[Uu]til|[Ee]u|[Oo]ne\b|[Oo]nce|U[A-Z-])")


def article(following: str) -> str:
    """Return "a" or "an", as fits the word that follows."""
    if _AN_DESPITE_SOUND.match(following):
        return "an"
    return "an" if following[0] in "aeiouAEIOU" and not _A_DESPITE_VOWEL.match(following) else "a"


def _settle_article(match: re.Match[str]) -> str:
    chosen = article(match[3])
    return f"{chosen.capitalize() if match[1] == 'A' else chosen} {match[2]}{match[3]}"


def settle(text: str) -> str:
    """Replace every `a_` by the right article."""
    return _ARTICLE.sub(_settle_article, text) if "_ " in text else text


def sentences(text: str) -> str:
    """Settle articles and give sentences and direct speech their capital letters."""
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), settle(text))


def _parse(template: str, position: int, closing: bool) -> tuple[_Node, int]:
    options: list[_Node] = []
    sequence: list[_Node] = []
    literal = position
    while position < len(template):
        character = template[position]
        if character not in "[]|{":
            position += 1
            continue
        if character in "]|" and not closing:
            raise ValueError(f"stray {character!r} in {template!r}")
        if position > literal:
            sequence.append(template[literal:position])
        if character == "[":
            node, position = _parse(template, position + 1, True)
            sequence.append(node)
        elif character == "{":
            end = template.index("}", position)
            sequence.append(_SLOT + template[position + 1 : end])
            position = end + 1
        else:
            options.append(sequence)
            sequence = []
            position += 1
            if character == "]":
                return tuple(options), position
        literal = position
    if closing:
        raise ValueError(f"a [ is never closed in {template!r}")
    if position > literal:
        sequence.append(template[literal:position])
    return sequence, position


@cache
def _compiled(template: str) -> _Node:
    return _parse(template, 0, False)[0]


def _write(node: _Node, rng: random.Random, slots: Slots, out: list[str]) -> None:
    if isinstance(node, str):
        if node[0] != _SLOT:
            out.append(node)
            return
        held = slots[node[1:]]
        text = held if isinstance(held, str) else pick(rng, held)
        if "[" in text or "{" in text:
            _write(_compiled(text), rng, slots, out)
        else:
            out.append(text)
    elif isinstance(node, tuple):
        _write(node[int(rng.random() * len(node))], rng, slots, out)
    elif node:
        for part in node:
            _write(part, rng, slots, out)


def pick(rng: random.Random, options: Sequence[str]) -> str:
    """Return one option; quicker than `rng.choice` because it draws one float."""
    return options[int(rng.random() * len(options))]


def fill(template: str, rng: random.Random, slots: Slots | None = None) -> str:
    """Return the template with every choice made and every slot filled; articles are not settled yet.

    Raises KeyError for a slot that is not given.
    """
    out: list[str] = []
    _write(_compiled(template), rng, slots or {}, out)
    return "".join(out)


def table_lines(name: str) -> list[str]:
    """Return the lines of a table under tables/, without blank lines and lines that start with `//`."""
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("//")]


def slot_table(name: str) -> dict[str, tuple[str, ...]]:
    """Read a table of `slot: one; two; three` lines; lines of the same slot add up."""
    table: dict[str, tuple[str, ...]] = {}
    for line in table_lines(name):
        key, _, values = line.partition(": ")
        options = tuple(value.strip() for value in values.split(";") if value.strip())
        table[key] = table.get(key, ()) + options
    return table


def section_table(name: str) -> dict[str, list[str]]:
    """Read a table of `# heading` lines, each followed by its lines."""
    table: dict[str, list[str]] = {}
    heading = ""
    for line in table_lines(name):
        if line.startswith("# "):
            heading = line[2:].strip()
            table[heading] = []
        else:
            table[heading].append(line)
    return table


# Templates by the module that uses them; "[]" there stands for nothing.
PHRASES = section_table("phrases.txt")
