"""Names of files from titles of conversations: the same on every system, and never a way out of the folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

NO_TITLE: Final = "conversation"
_LONGEST_BYTES: Final = 120
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{name}{digit}" for name in ("com", "lpt") for digit in "0123456789¹²³"]
)
"""What Windows takes for a device, with any ending."""


def file_name(title: str, ending: str) -> str:
    """Return a name for a file about `title`; ending comes with its dot.

    No separators, no control or direction characters, no device of Windows, no dot or space at an edge, at most 120
    bytes of UTF-8 before the ending, composed (NFC).
    """
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", title))
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn", "Cc"))
    text = " ".join(text.split()).strip(". ")
    text = text.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").strip(". ")
    if not text:
        text = NO_TITLE
    if text.partition(".")[0].strip().lower() in _DEVICES:
        text = f"_{text}"
    return text + ending


def free_name(title: str, ending: str, taken: Container[str]) -> str:
    """Return a name that is not among `taken`, which holds names as `folded` returns them."""
    name = file_name(title, ending)
    number = 2
    while folded(name) in taken:
        name = f"{file_name(title, '')} ({number}){ending}"
        number += 1
    return name


def folded(name: str) -> str:
    """Return a name as file systems that know no capitals or accents compare it."""
    return unicodedata.normalize("NFD", name).casefold()
