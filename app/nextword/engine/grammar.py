"""A grammar that an answer has to follow, as llama.cpp's grammar sampler knows it."""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import llama_cpp
import numpy as np

from nextword.engine import gbnf
from nextword.engine.distribution import Ids
from nextword.engine.json_schema import to_gbnf
from nextword.engine.requests import Sampling
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import GrammarNotFollowed, GrammarNotUnderstood

_TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


class _Tokens(ctypes.Structure):
    """llama_token_data_array."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    )


def make(sampling: Sampling, vocabulary: Vocabulary) -> Grammar | None:
    """Return the grammar that `sampling` asks for, None for none. Raises GrammarNotUnderstood."""
    if sampling.grammar.strip() and sampling.json_schema.strip():
        raise GrammarNotUnderstood("two")
    if sampling.json_schema.strip():
        return Grammar(to_gbnf(sampling.json_schema), vocabulary, language="json_schema")
    return Grammar(sampling.grammar, vocabulary) if sampling.grammar.strip() else None


class Grammar:
    """Follows the tokens of one answer; belongs to one thread. Raises GrammarNotUnderstood from the constructor.

    llama.cpp ends the process when it gets a token that the grammar refuses: every token is asked for first.
    """

    def __init__(self, text: str, vocabulary: Vocabulary, *, language: str = "gbnf") -> None:
        _check(text, language)
        self._vocabulary = vocabulary
        self._sampler: Any = llama_cpp.llama_sampler_init_grammar(vocabulary.handle, text.encode(), b"root")
        if not self._sampler:
            raise GrammarNotUnderstood("refused", language=language)
        weakref.finalize(self, llama_cpp.llama_sampler_free, self._sampler)
        self._ended = False

    def allowed(self, tokens: Ids) -> list[bool]:
        """Return for each of `tokens` whether it may come next; an end of the answer only where it is complete."""
        if self._ended:
            return [False] * len(tokens)
        data = np.zeros(len(tokens), _TOKEN)
        data["id"] = tokens
        array = _Tokens(data.ctypes.data, data.size, -1, False)
        pointer = ctypes.cast(ctypes.byref(array), llama_cpp.llama_token_data_array_p)
        llama_cpp.llama_sampler_apply(self._sampler, pointer)
        found: list[bool] = (data["logit"] > -np.inf).tolist()
        return found

    def accept(self, token: int) -> None:
        """Go on behind `token`. Raises GrammarNotFollowed when it may not come next; then nothing has changed."""
        if not self.allowed(np.array([token]))[0]:
            raise GrammarNotFollowed(token, self._vocabulary.text(token))
        llama_cpp.llama_sampler_accept(self._sampler, token)
        self._ended = self._vocabulary.is_end(token)


def _check(text: str, language: str) -> None:
    try:
        gbnf.check(text)
    except GrammarNotUnderstood as error:
        if language == "gbnf":
            raise
        # The schema was translated well, but what came out is too much for llama.cpp.
        raise GrammarNotUnderstood(error.reason, near=error.near, language=language) from error
