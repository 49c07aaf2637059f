"""An answer and the thoughts before it, which models write between tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

_THOUGHT = re.compile(r"^[ \t]*<(think|thinking|thought)>(.*?)(?:</\1>|\Z)", re.DOTALL | re.MULTILINE)


def parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a text in order, each with whether it is a thought; pieces of white space are left out."""
    at = 0
    for found in _THOUGHT.finditer(text):
        if text[at : found.start()].strip():
            yield False, text[at : found.start()]
        if found[2].strip():
            yield True, found[2].strip("\n")
        at = found.end()
    if text[at:].strip():
        yield False, text[at:]
