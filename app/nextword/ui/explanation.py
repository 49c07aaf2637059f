"""The words for one error, and how foreign text is quoted in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from msgspec import Struct


class Explanation(Struct, frozen=True):
    """title: what happened; text: why; advice: what to do now. Plain text, whole sentences."""

    title: str
    text: str
    advice: str


def short(text: str, longest: int = 300) -> str:
    """Return foreign text on one line, cut in the middle, without characters that hide or reverse it."""
    shown = " ".join("".join(_visible(character) for character in text[: 4 * longest]).split())
    if len(shown) <= longest:
        return shown
    half = (longest - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"


_ROUTINE = ("load_backend: loaded",)
"""How lines begin that stand in every log and are the reason of nothing."""


def last_line(log: Sequence[str]) -> str:
    """Return the last line of a log that says something, "" when none does."""
    return next((short(line) for line in reversed(log) if line.strip() and not line.startswith(_ROUTINE)), "")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\n\r\t":
        return " "
    if category in ("Cc", "Cf", "Cs") and character != "\u200d":
        return "�"
    return character
