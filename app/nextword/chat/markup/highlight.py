"""The colours of code: Pygments reads it, a few kinds of words come out.

Only lexers that come with Pygments are loaded: its own search for a name would open files of every package.
"""

from __future__ import annotations

import importlib
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Kind: TypeAlias = Literal["keyword", "string", "comment", "number", "name", "builtin"]
Coloured: TypeAlias = tuple[int, int, Kind]
"""Place, length and kind of a word; places in the code that was given."""

MOST_CHARACTERS = 20_000
_MOST_SECONDS = 0.1  # a lexer that is led astray must not hold the window


@lru_cache(1)
def _lexers() -> dict[str, tuple[str, str]]:
    from pygments.lexers._mapping import LEXERS

    return {alias: (module, name) for name, (module, _, aliases, _, _) in LEXERS.items() for alias in aliases}


@lru_cache(32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers._mapping import LEXERS

    module, name = _lexers().get(language.lower(), ("", ""))
    if not module:
        return None
    found = importlib.import_module(module)
    made: Lexer = getattr(found, LEXERS[name][0] if hasattr(found, LEXERS[name][0]) else name)(
        stripnl=False, ensurenl=False
    )
    return made


def coloured(code: str, language: str) -> list[Coloured]:
    """Return the words of `code` that have a colour, in order; none for a language that is not known."""
    if not language or len(code) > MOST_CHARACTERS:
        return []
    lexer = _lexer(language)
    if lexer is None:
        return []
    found: list[Coloured] = []
    end = time.monotonic() + _MOST_SECONDS
    for start, kind, text in lexer.get_tokens_unprocessed(code):  # type: ignore[no-untyped-call]
        if time.monotonic() > end:
            break
        name = _kind(kind)
        if name is None or not text.strip():
            continue
        if found and found[-1][2] == name and found[-1][0] + found[-1][1] == start:
            found[-1] = (found[-1][0], found[-1][1] + len(text), name)
        else:
            found.append((start, len(text), name))
    return found


@lru_cache(256)
def _kind(token: object) -> Kind | None:
    from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String

    kinds: tuple[tuple[object, Kind], ...] = (
        (Comment, "comment"), (Keyword, "keyword"), (Operator.Word, "keyword"), (Number, "number"),
        (String, "string"), (Literal, "string"), (Name.Function, "name"), (Name.Class, "name"),
        (Name.Tag, "keyword"), (Name.Attribute, "name"), (Name.Decorator, "name"), (Name.Builtin, "builtin"),
        (Name.Constant, "builtin"), (Name.Exception, "builtin"),
    )  # fmt: skip
    for group, name in kinds:
        if token in group:  # type: ignore[operator]
            return name
    return None
