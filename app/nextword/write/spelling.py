"""Where each token lies in the text that tokens make together; halves of characters belong to the whole character."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from nextword.engine.tokens import TokenStep

PERSON, MODEL, STALE = 0, 1, 2
"""What is known of a token besides its numbers: who wrote it, and whether what stands before it has changed since.
MODEL: it keeps its id; text of a person is made into tokens anew each time. STALE is added to either."""

ORIGIN = 4
"""A mark holds the number of an origin in its higher bits: mark // ORIGIN."""


@dataclass(slots=True)
class Piece:
    """A text with some of its tokens. starts, ends: in characters; marks: see above.

    Tokens that make up one character together all lie on it; one that is never shown covers nothing.
    """

    text: str = ""
    steps: list[TokenStep] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)


def spelled(steps: Iterable[TokenStep], mark: int) -> Piece:
    """Return the text that `steps` make and where each lies in it; half a character at the end becomes "\ufffd"."""
    piece = Piece()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    parts: list[str] = []
    length, waiting = 0, 0  # waiting: how many tokens before this one end within a character
    for step in steps:
        data = b"" if step.special else step.text
        new = decoder.decode(data)
        if new and waiting:
            piece.ends[-waiting:] = [length + 1] * waiting
            waiting = 0
        piece.steps.append(step)
        piece.starts.append(length)
        length += len(new)
        piece.ends.append(length)
        parts.append(new)
        if data and decoder.getstate()[0]:
            waiting += 1
    if rest := decoder.decode(b"", final=True):
        if waiting:
            piece.ends[-waiting:] = [length + len(rest)] * waiting
        parts.append(rest)
    piece.text = "".join(parts)
    piece.marks = [mark] * len(piece.steps)
    return piece


def laid_on(text: str, steps: Sequence[TokenStep], mark: int) -> Piece:
    """Return `text` with the tokens that were made of it; as many of them as spell it from its beginning.

    A space that a vocabulary puts before a text is not looked for in it. A vocabulary that changes a text (makes it
    lower case, for example) leaves it without tokens from there on.
    """
    data = text.encode("utf-8", "replace")
    if steps and steps[0].text[:1] == b" " and data[:1] != b" ":
        first = steps[0]
        steps = [_without_lead(first), *steps[1:]]
    spelt = b"".join(b"" if step.special else step.text for step in steps)
    good = list(steps)
    if not data.startswith(spelt):
        good, at = [], 0
        for step in steps:
            if not step.special and not data.startswith(step.text, at):
                break
            good.append(step)
            at += 0 if step.special else len(step.text)
    piece = spelled(good, mark)
    if not text.startswith(piece.text):  # it breaks off within a character
        while piece.ends and piece.ends[-1] > 0 and not text.startswith(piece.text[: piece.ends[-1]]):
            for column in (piece.steps, piece.starts, piece.ends, piece.marks):
                column.pop()
    piece.text = text
    return piece


def _without_lead(step: TokenStep) -> TokenStep:
    return replace(step, text=step.text[1:])
