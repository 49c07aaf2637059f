"""A model card as plain text: without its metadata, pictures and markup; foreign text, shown as it is."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200_000
_PICTURE = re.compile(r"!\[([^\]\n]{0,200})\]\([^()\n]{0,300}\)")
_LINK = re.compile(r"(?<!!)\[([^\]\n]{1,200})\]\(([^()\s]{0,300})(?:\s[^()\n]{0,100})?\)")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,500}>")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1")
_EMPTY = re.compile(r"\n{3,}")


def plain_card(text: str) -> str:
    """Return the text of a README."""
    text = text[: 2 * LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("---\n"):
        end = text.find("\n---", 4)
        text = text[text.find("\n", end + 1) + 1 :] if end >= 0 else text
    text = _without_comments(text)
    text = _PICTURE.sub(r"\1", text)
    text = _LINK.sub(_link, text)
    text = _TAG.sub("", text)
    text = _EMPHASIS.sub(r"\2", text)
    lines = [re.sub(r"^#{1,6}\s+", "", line.rstrip()) for line in text.split("\n")]
    shown = "".join(c for c in "\n".join(lines) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cf"))
    return _EMPTY.sub("\n\n", shown).strip()[:LONGEST]


def _without_comments(text: str) -> str:
    kept, place = [], 0
    while (begin := text.find("<!--", place)) >= 0 and (end := text.find("-->", begin)) >= 0:
        kept.append(text[place:begin])
        place = end + 3
    return "".join([*kept, text[place:]])


def _link(match: re.Match[str]) -> str:
    words, address = match[1], match[2]
    return f"{words} ({address})" if address.startswith(("https://", "http://")) and address != words else words
