"""A grammar that an answer has to follow, as llama.cpp's grammar sampler knows it."""

from __future__ import annotations

import ctypes
import time
import weakref
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from nextword.engine import gbnf
from nextword.engine.distribution import Ids
from nextword.engine.json_schema import to_gbnf
from nextword.engine.requests import Sampling
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import GrammarNotFollowed, GrammarNotUnderstood

_TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data
_SLOW_SECONDS = 1.0  # of one call; the slowest of grammars that are not out of hand takes 0.1
_MANY = 4096  # from so many tokens on it pays not to ask for each
_NO_BEGINNING = frozenset((*range(0x80, 0xC2), *range(0xF5, 0x100)))  # bytes that no character of UTF-8 begins with


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
    """Follows the tokens of one answer; belongs to one thread.

    Raises GrammarNotUnderstood from the constructor, and later ("too_slow") when llama.cpp cannot keep up with it.
    llama.cpp ends the process when it gets a token that the grammar refuses: every token is asked for first.
    """

    def __init__(self, text: str, vocabulary: Vocabulary, *, language: str = "gbnf") -> None:
        _check(text, language)
        self._vocabulary = vocabulary
        self._language = language
        self._sampler: Any = llama_cpp.llama_sampler_init_grammar(vocabulary.handle, text.encode(), b"root")
        if not self._sampler:
            raise GrammarNotUnderstood("refused", language=language)
        weakref.finalize(self, llama_cpp.llama_sampler_free, self._sampler)
        self._ended = False

    def allowed(self, tokens: Ids) -> NDArray[np.bool_]:
        """Return for each of `tokens` whether it may come next; an end of the answer only where it is complete."""
        if self._ended:
            return np.zeros(len(tokens), bool)
        if len(tokens) < _MANY:
            return self._ask(tokens)
        # What begins like a refused token is refused: few are left to be asked for.
        beginnings = _beginnings_of(self._vocabulary)
        known = np.zeros(self._vocabulary.size, bool)
        for level in beginnings.levels:
            parents = beginnings.parents[level]
            asked = level[(parents < 0) | known[parents]]
            if asked.size:
                known[asked] = self._ask(asked)
        return known[tokens]

    def accept(self, token: int) -> None:
        """Go on behind `token`. Raises GrammarNotFollowed when it may not come next; then nothing has changed."""
        if not self.allowed(np.array([token]))[0]:
            raise GrammarNotFollowed(token, self._vocabulary.text(token))
        began = time.thread_time()
        llama_cpp.llama_sampler_accept(self._sampler, token)
        self._look_at_time(began)
        self._ended = self._vocabulary.is_end(token)

    def _ask(self, tokens: Ids) -> NDArray[np.bool_]:
        data = np.zeros(len(tokens), _TOKEN)
        data["id"] = tokens
        array = _Tokens(data.ctypes.data, data.size, -1, False)
        pointer = ctypes.cast(ctypes.byref(array), llama_cpp.llama_token_data_array_p)
        began = time.thread_time()
        llama_cpp.llama_sampler_apply(self._sampler, pointer)
        self._look_at_time(began)
        return data["logit"] > -np.inf

    def _look_at_time(self, began: float) -> None:
        """Give up a text that can be read in ever more ways: llama.cpp follows all, twice as many at each token."""
        if time.thread_time() - began > _SLOW_SECONDS:
            raise GrammarNotUnderstood("too_slow", language=self._language)


class _Beginnings:
    """Which tokens begin with which other: what a grammar says of one it often says of all that begin with it.

    parents: for each token the longest other one that it begins with, -1 for none. levels: the tokens in such an order
    that every parent is in an earlier level than its token; those that no grammar allows are left out.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        pieces = [vocabulary.piece(token) for token in range(vocabulary.size)]
        ends = [token for token in range(vocabulary.size) if vocabulary.is_end(token)]
        own = set(ends)
        self.parents = np.full(vocabulary.size, -1, np.int64)
        levels: list[list[int]] = [ends]
        path: list[int] = []
        for token in sorted((t for t in range(vocabulary.size) if t not in own), key=pieces.__getitem__):
            piece = pieces[token]
            if not piece or piece[0] == 0:
                continue
            while path and not piece.startswith(pieces[path[-1]]):
                path.pop()
            if path:
                self.parents[token] = path[-1]
            if len(levels) <= len(path):
                levels.append([])
            levels[len(path)].append(token)
            if piece[0] not in _NO_BEGINNING:
                path.append(token)
        self.levels = [np.array(level, np.int64) for level in levels]


_known: weakref.WeakKeyDictionary[Vocabulary, _Beginnings] = weakref.WeakKeyDictionary()


def _beginnings_of(vocabulary: Vocabulary) -> _Beginnings:
    """Return the beginnings of a vocabulary; to find them takes a moment, so it is done once."""
    if vocabulary not in _known:
        _known[vocabulary] = _Beginnings(vocabulary)
    return _known[vocabulary]


def _check(text: str, language: str) -> None:
    try:
        gbnf.check(text)
    except GrammarNotUnderstood as error:
        if language == "gbnf":
            raise
        # The schema was translated well, but what came out is too much for llama.cpp.
        raise GrammarNotUnderstood(error.reason, near=error.near, language=language) from error
