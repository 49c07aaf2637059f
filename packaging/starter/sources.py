"""Draws documents and chats from the corpus's registry, by group, in given shares of the text."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from starter import corpus, settings
from starter.corpus.document import ChatGenerator, DocumentGenerator
from starter.problems import PipelineError

SAMPLES = 40

Drawn = TypeVar("Drawn")


def _drawer(
    makers: dict[str, Callable[[random.Random], Drawn]], shares: dict[str, float], length: Callable[[Drawn], int]
) -> Callable[[random.Random], Drawn]:
    """Return a function that draws from `makers` so that each fills its share of the characters."""
    if not makers:
        raise PipelineError("The corpus has nothing in this group.")
    source = random.Random(f"{settings.SEED}/lengths")
    weights = []
    for name, maker in makers.items():
        mean = sum(length(maker(source)) for _ in range(SAMPLES)) / SAMPLES
        weights.append(shares.get(name, 1.0) / max(mean, 1.0))
    chosen = list(makers.values())

    def draw(source: random.Random) -> Drawn:
        return source.choices(chosen, weights=weights)[0](source)

    return draw


def document_source(group: str) -> DocumentGenerator:
    """Return a generator over all domains of `group`."""
    groups = corpus.groups()
    makers = {name: maker for name, maker in corpus.domains().items() if groups[name] == group}
    return _drawer(makers, settings.DOMAIN_SHARES, lambda document: sum(len(piece.text) for piece in document))


def chat_source() -> ChatGenerator:
    """Return a generator over all kinds of chats."""
    return _drawer(corpus.chat_generators(), settings.CHAT_SHARES, lambda chat: sum(len(turn.text) for turn in chat))
