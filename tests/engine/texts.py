"""Long texts for tests of scores, the same on every machine."""

from __future__ import annotations

_WORDS = "the time of day and number people in first part they said water long two each way could find more".split()  # noqa: SIM905 - the words are to be read


def long_text(words: int) -> str:
    """Return so many words with a few line ends and strange signs among them."""
    pieces = []
    for index in range(words):
        pieces.append(_WORDS[(index * index + 3 * index + index // 7) % len(_WORDS)])
        if index % 17 == 16:
            pieces.append("é 日本 🙂\n" if index % 2 else ".")
    return " ".join(pieces)
