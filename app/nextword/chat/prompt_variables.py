r"""Texts with {{variables}}: {{name}} or {{name=default}}; \{{ stands for two braces that are meant as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

_FOUND = re.compile(r"\\\{\{|\{\{[ \t]*([^\W\d][\w \t-]{0,79}?)[ \t]*(?:=(.*?))?\}\}", re.DOTALL)


class Variable(Struct, frozen=True):
    """A place to fill. default: what is there when nothing is filled in, None when something has to be."""

    name: str
    default: str | None = None


def variables_of(text: str) -> tuple[Variable, ...]:
    """Return the variables of a text, each once, in their order; the first default that is given holds."""
    found: dict[str, str | None] = {}
    for match in _FOUND.finditer(text):
        name, default = match[1], match[2]
        if name is not None and found.get(name) is None:
            found[name] = default
    return tuple(Variable(name, default) for name, default in found.items())


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its variables filled in; what has neither a value nor a default is left empty.

    What is filled in is taken as it is: braces in it are no variables.
    """
    defaults = {variable.name: variable.default or "" for variable in variables_of(text)}

    def put(match: re.Match[str]) -> str:
        name = match[1]
        return "{{" if name is None else values.get(name, defaults[name])

    return _FOUND.sub(put, text)


def escaped(text: str) -> str:
    """Return a text that is filled in as it stands: none of its braces is a variable."""
    return text.replace("{{", "\\{{")
