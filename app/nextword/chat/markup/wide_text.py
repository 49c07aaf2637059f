"""Text with one character per UTF-16 unit, so that places in it are the places Qt and the tokens count."""

from __future__ import annotations


def wide(text: str) -> str:
    """Return `text` with every character beyond U+FFFF as its two surrogates; other texts as they are."""
    if text.isascii():
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    if len(data) == 2 * len(text):
        return text
    return "".join(map(chr, memoryview(data).cast("H")))


def narrow(text: str) -> str:
    """Return a wide text, or a part of one, as an ordinary string; half a character becomes a replacement sign."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
