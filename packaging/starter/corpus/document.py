"""What the corpus generators yield: documents for the base model, chats for its instruction-tuned sibling."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and how much its tokens count in the loss.

    weight: 1.0 for text worth predicting; 0.0 to 0.3 for what nobody could guess (random items of a
    look-up task); above 1.0 for the answers that an in-context task is about.
    """

    text: str
    weight: float = 1.0


Document = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a chat; only the text of the assistant is trained on."""

    role: Literal["system", "user", "assistant"]
    text: str


Chat = tuple[Turn, ...]

DocumentGenerator = Callable[[random.Random], Document]
ChatGenerator = Callable[[random.Random], Chat]


def plain(text: str) -> Document:
    """Return `text` as a document of one piece with weight 1."""
    return (Piece(text),)
