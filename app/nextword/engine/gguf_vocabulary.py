"""The rules of a model's tokens as its file states them, or as llama.cpp completes them (src/llama-vocab.cpp).

Knows nothing of llama.cpp itself: a loaded model is asked by `Vocabulary.describe`, and both agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nextword.engine.header import Header
from nextword.engine.replies import VocabularyInfo
from nextword.engine.token_names import FILL_IN_MIDDLE_KEYS, end_of_turn, fill_in_middle

EOT_KEY: Final = "tokenizer.ggml.eot_token_id"


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What holds where a file has no key for it."""

    type: str
    bos: int | None = None
    eos: int | None = None
    adds_bos: bool = False
    adds_eos: bool = False


_BPE: Final = _Defaults("bpe", 11, 11)
_BY_MODEL: Final[Mapping[str, _Defaults]] = {
    "llama": _Defaults("spm", 1, 2, adds_bos=True),
    "bert": _Defaults("wpm", 101, None, adds_bos=True),
    "gpt2": _BPE,
    "hybriddna": _BPE,
    "whitespace": _BPE,
    "gemma4": _Defaults("bpe", adds_bos=True),
    "t5": _Defaults("ugm", None, 1, adds_eos=True),
    "rwkv": _Defaults("rwkv"),
    "plamo2": _Defaults("plamo2", 1, 2),
}
_ADD_BOS: Final = frozenset(
    {"llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"}
    | {"tekken", "chameleon"}
)
"""Pre-tokenizers of byte BPE vocabularies that have a BOS before every text unless the file says otherwise."""
_ALWAYS_ADD_BOS: Final = frozenset(("gemma4", "granite-embed-multi-311m"))
_NO_BOS: Final = frozenset(("chatglm-bpe", "glm4", "glm5"))


def describe_vocabulary(header: Header) -> VocabularyInfo:
    """Return the token rules of a model that is not loaded; type "" for a model without a vocabulary."""
    model = header.text("tokenizer.ggml.model") or ""
    pre = "gemma4" if model == "gemma4" else header.text("tokenizer.ggml.pre") or ""
    defaults = _BY_MODEL.get(model)
    if defaults is None:
        return VocabularyInfo()
    bpe = defaults.type == "bpe"
    bos = _token(header, "tokenizer.ggml.bos_token_id", None if bpe and pre in _NO_BOS else defaults.bos)
    eos = _token(header, "tokenizer.ggml.eos_token_id", defaults.eos)
    adds_bos = _flag(header, "tokenizer.ggml.add_bos_token", defaults.adds_bos or (bpe and pre in _ADD_BOS))
    adds_eos = _flag(header, "tokenizer.ggml.add_eos_token", defaults.adds_eos)
    return VocabularyInfo(
        type=defaults.type,
        bos=bos,
        eos=eos,
        eot=_token(header, EOT_KEY, end_of_turn(header.special_tokens)),
        adds_bos=bos is not None and (adds_bos or (bpe and pre in _ALWAYS_ADD_BOS)),
        adds_eos=eos is not None and adds_eos,
        fill_in_middle=_fill_in_middle(header),
    )


def stated_token(header: Header, keys: Sequence[str]) -> int | None:
    """Return the token that the last of `keys` with a token of the vocabulary names, None when none does."""
    stated = [value for key in keys if (value := header.number(key)) is not None and value < header.vocabulary_size]
    return stated[-1] if stated else None


def _fill_in_middle(header: Header) -> dict[str, int]:
    by_name = fill_in_middle(header.special_tokens)
    found = {}
    for role, keys in FILL_IN_MIDDLE_KEYS.items():
        token = stated_token(header, keys)
        token = by_name.get(role) if token is None else token
        if token is not None:
            found[role] = token
    return found


def _token(header: Header, key: str, default: int | None) -> int | None:
    stated = stated_token(header, (key,))
    if stated is not None:
        return stated
    return default if default is not None and default < header.vocabulary_size else None


def _flag(header: Header, key: str, default: bool) -> bool:
    stated = header.flag(key)
    return default if stated is None else stated
