"""A chat as the instruct model reads it: the ids that its template gives, from llama.cpp's tokenizer."""

from __future__ import annotations

from collections.abc import Iterable

from starter.corpus.document import Turn
from starter.llama import Llama
from starter.tokenizer import IM_END, IM_START


def chat_ids(model: Llama, turns: Iterable[Turn]) -> list[int]:
    """Return the ids up to where the assistant's next answer begins."""
    ids = model.tokenize("", begin=True, special=True)
    line_end = model.tokenize("\n")
    for turn in turns:
        ids += model.tokenize(IM_START, special=True) + model.tokenize(turn.role + "\n")
        ids += model.tokenize(turn.text) + model.tokenize(IM_END, special=True) + line_end
    return ids + model.tokenize(IM_START, special=True) + model.tokenize("assistant\n")
