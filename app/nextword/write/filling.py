"""Filling in the middle: the prompt for models whose vocabulary has tokens for it."""

from __future__ import annotations

from nextword.engine.protocol import MixedPrompt, ModelInfo
from nextword.write.board import Board


def can_fill(model: ModelInfo | None) -> bool:
    """Whether a model knows how to fill a gap."""
    return model is not None and {"prefix", "suffix", "middle"} <= set(model.tokens.fill_in_middle)


def fill_prompt(board: Board, place: int, model: ModelInfo) -> MixedPrompt:
    """Return the prompt for what fits at a place: prefix, what stands before, suffix, what stands behind, middle."""
    roles = model.tokens.fill_in_middle
    before, behind = board.parts(0, place), board.parts(place, len(board.written.text))
    return MixedPrompt(((roles["prefix"],), *before, (roles["suffix"],), *behind, (roles["middle"],)))
