"""The settings of sampling as the engine takes them."""

from __future__ import annotations

import dataclasses
from typing import cast

from nextword.engine import protocol
from nextword.settings import SamplingSettings, listed_in

_TEXTS = ("dry_breakers", "stages", "stop_texts")
_ENDINGS = ("max_tokens", "max_seconds", "stop_texts", "loop_tokens", "strict")


def sampling_of(settings: SamplingSettings, seed: int) -> protocol.Sampling:
    """Return how tokens are drawn with `settings`."""
    plain = {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(settings)
        if field.name not in (*_TEXTS, *_ENDINGS, "seed")
    }
    return protocol.Sampling(
        **plain,
        seed=seed,
        dry_breakers=lines(settings.dry_breakers),
        stages=cast(tuple[protocol.SamplerStage, ...], listed_in(settings.stages)),
    )


def until_of(settings: SamplingSettings) -> protocol.Until:
    """Return what ends an answer with `settings`."""
    return protocol.Until(settings.max_tokens, settings.max_seconds, lines(settings.stop_texts), settings.loop_tokens)


def lines(text: str) -> tuple[str, ...]:
    r"""Return the lines of `text` that are not empty; \n, \t and \\ in them stand for what they stand for in code."""
    return tuple(_unescaped(line) for line in text.split("\n") if line)


def _unescaped(line: str) -> str:
    pieces = line.split("\\\\")
    return "\\".join(piece.replace("\\n", "\n").replace("\\t", "\t") for piece in pieces)
