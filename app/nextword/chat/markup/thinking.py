"""What a model thought before it answered: found by the marks that reasoning models put around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|seed:think"
_OPEN = re.compile(rf"\s*(?:<({_NAMES})>|\[(THINK)\]|<\|(begin_of_thought)\|>)", re.IGNORECASE)
_LONE_CLOSE = re.compile(r"(?:\A|\n)[ \t]*</(?:think|thinking)>[ \t]*(?=\n|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Thought:
    """Where the thoughts stand. inner: without the marks; closed: the mark at the end has been written."""

    start: int
    end: int
    inner: tuple[int, int]
    closed: bool


def find_thought(source: str) -> Thought | None:
    """Return the thoughts at the beginning of an answer, None where there are none.

    Some templates write the first mark themselves; then only the second stands in the answer, alone in its line.
    """
    opened = _OPEN.match(source)
    if opened is None:
        lone = _LONE_CLOSE.search(source) if "</think" in source else None
        return None if lone is None else Thought(0, lone.end(), (0, lone.start()), closed=True)
    name = next(group for group in opened.groups() if group)
    closing = {"THINK": "[/THINK]", "begin_of_thought": "<|end_of_thought|>"}.get(name, f"</{name}>")
    inner = opened.end()
    end = source.find(closing, inner)
    if end < 0:
        return Thought(opened.start(), len(source), (inner, len(source)), closed=False)
    return Thought(opened.start(), end + len(closing), (inner, end), closed=True)
