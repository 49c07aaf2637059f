"""llama.cpp's own sampler chain on rows of our making, to compare ours with it stage by stage."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from nextword.engine.requests import Sampling

SEED = 1

_TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Array(ctypes.Structure):
    """struct llama_token_data_array of llama.h."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    )


class Candidates:
    """A row of logits as llama.cpp's samplers take and change it."""

    def __init__(self, logits: NDArray[np.float32]) -> None:
        self._memory = np.zeros(logits.size, _TOKEN)
        self._memory["id"] = np.arange(logits.size)
        self._memory["logit"] = logits
        self.array = Array(self._memory.ctypes.data, logits.size, -1, False)

    @property
    def left(self) -> NDArray[Any]:
        """What is left, with the fields id, logit and p."""
        size = self.array.size * _TOKEN.itemsize
        data = ctypes.string_at(self.array.data, size) if size else b""
        return np.frombuffer(data, _TOKEN)

    def apply(self, sampler: Any) -> None:
        pointer = ctypes.cast(ctypes.byref(self.array), llama_cpp.llama_token_data_array_p)
        llama_cpp.llama_sampler_apply(sampler, pointer)


@contextmanager
def chain(sampling: Sampling, size: int, vocabulary: Any = None) -> Iterator[Any]:
    """Give the chain that common_sampler_init of llama.cpp would make, in the order of the settings, without the draw.

    vocabulary: a llama_vocab, for DRY.
    """
    sampler = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    try:
        for name in sampling.stages:
            make = _MAKERS.get(name)
            if make is not None:
                llama_cpp.llama_sampler_chain_add(sampler, make(sampling, size, vocabulary))
        yield sampler
    finally:
        llama_cpp.llama_sampler_free(sampler)


def filtered(
    sampling: Sampling, logits: NDArray[np.float32], before: Sequence[int] = (), vocabulary: Any = None
) -> NDArray[Any]:
    """Return what llama.cpp leaves of a row after the tokens `before`: fields id and logit; the impossible are out."""
    with chain(sampling, logits.size, vocabulary) as sampler:
        for token in before:
            llama_cpp.llama_sampler_accept(sampler, token)
        candidates = Candidates(logits)
        candidates.apply(sampler)
        left = candidates.left
    return left[left["logit"] > -np.inf]


def _bias(sampling: Sampling, size: int, _vocabulary: Any) -> Any:
    biases = (llama_cpp.llama_logit_bias * max(1, len(sampling.logit_bias)))()
    for place, (token, bias) in enumerate(sampling.logit_bias):
        biases[place].token, biases[place].bias = token, bias
    return llama_cpp.llama_sampler_init_logit_bias(size, len(sampling.logit_bias), biases)


def _dry(sampling: Sampling, _size: int, vocabulary: Any) -> Any:
    texts = [text.encode() for text in sampling.dry_breakers]
    breakers = (ctypes.c_char_p * max(1, len(texts)))(*texts)
    window = sampling.dry_tokens if sampling.dry_tokens >= 0 else 100_000
    return llama_cpp.llama_sampler_init_dry(
        vocabulary,
        sampling.dry_multiplier,
        sampling.dry_base,
        sampling.dry_allowed_length,
        window,
        breakers,
        len(texts),
    )


def _penalties(sampling: Sampling, size: int, _vocabulary: Any) -> Any:
    window = sampling.penalty_tokens if sampling.penalty_tokens >= 0 else 100_000
    return llama_cpp.llama_sampler_init_penalties(
        size, window, sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty
    )


_MAKERS: dict[str, Callable[[Sampling, int, Any], Any]] = {
    "logit_bias": _bias,
    "penalties": _penalties,
    "dry": _dry,
    "top_n_sigma": lambda s, _n, _v: llama_cpp.llama_sampler_init_top_n_sigma(s.top_n_sigma),
    "top_k": lambda s, _n, _v: llama_cpp.llama_sampler_init_top_k(s.top_k),
    "typical": lambda s, _n, _v: llama_cpp.llama_sampler_init_typical(s.typical_p, 0),
    "top_p": lambda s, _n, _v: llama_cpp.llama_sampler_init_top_p(s.top_p, 0),
    "min_p": lambda s, _n, _v: llama_cpp.llama_sampler_init_min_p(s.min_p, 0),
    "xtc": lambda s, _n, _v: llama_cpp.llama_sampler_init_xtc(s.xtc_probability, s.xtc_threshold, 0, SEED),
    "temperature": lambda s, _n, _v: llama_cpp.llama_sampler_init_temp_ext(
        s.temperature, s.dynamic_range, s.dynamic_exponent
    ),
}
