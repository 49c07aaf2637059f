"""Finds the model that was taught to answer beside the base model that it was made from, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nextword.hub.library import LibraryModel

_KINDS = frozenset(
    {"base", "pretrained", "pretrain", "pt", "foundation"}
    | {"instruct", "instruction", "inst", "chat", "it", "assistant", "sft", "dpo", "thinking"}
)
_FILES = frozenset({"gguf", "hf", "imatrix", "ud"})
_QUANTIZATION = re.compile(r"(?<![0-9a-z])(i?q\d(_[0-9a-z]+)*|b?f16|fp16|f32)(?![0-9a-z])")
_DIGITS_TOGETHER = re.compile(r"(?<=\d)\.(?=\d)")


def instruct_twin(model: LibraryModel, models: Iterable[LibraryModel]) -> LibraryModel | None:
    """Return the instruct model of `models` that has the same name but for the words of its kind, None without one."""
    wanted = _plain(model)
    if not wanted:
        return None
    for other in models:
        if other.kind == "instruct" and other.problem is None and other.path != model.path and _plain(other) == wanted:
            return other
    return None


def _plain(model: LibraryModel) -> tuple[str, ...]:
    """Return the words of a name that say neither its kind nor how its file was made."""
    name = _QUANTIZATION.sub(" ", _DIGITS_TOGETHER.sub("p", model.name or model.file_name).lower())
    return tuple(word for word in re.split(r"[^0-9a-z]+", name) if word and word not in _KINDS | _FILES)
