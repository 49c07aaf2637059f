"""The throw-away process in which a CPU variant shows whether it runs here and computes right.

May die of an illegal instruction: that is what it is for. Prints lines of JSON and knows nothing of what is right.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nextword.engine import sandbox
from nextword.engine.backends import Question, load_backend, preload_ggml

_THREADS = 1  # on a busy machine two would wait for one another at every step


def main(arguments: Sequence[str]) -> int:
    """Run `scores VARIANT...` or `answer VARIANT MODEL QUESTION`; VARIANT "" is the build's own CPU code."""
    sandbox.die_with_parent()
    sandbox.leave_no_core()
    match arguments:
        case ["scores", *paths]:
            preload_ggml()
            for path in paths:
                _say({"path": path, "score": _score(Path(path))})
        case ["answer", variant, model, question]:
            if variant:
                load_backend(Path(variant))
            _say(answer(Path(model), Question(**json.loads(question))))
        case _:
            return 2
    return 0


def answer(model_path: Path, question: Question) -> dict[str, list[Any]]:
    """Continue question.prompt greedily: the token ids and their log-probabilities. A CPU backend is loaded already."""
    import llama_cpp

    llama_cpp.llama_backend_init()
    with _opened(llama_cpp, model_path, len(question.prompt) + question.count) as context:
        tokens: list[int] = []
        logprobs: list[float] = []
        margins: list[float] = []
        pending = list(question.prompt)
        for _ in range(question.count):
            ids = (llama_cpp.llama_token * len(pending))(*pending)  # the batch points into it and does not keep it
            batch = llama_cpp.llama_batch_get_one(ids, len(pending))
            if llama_cpp.llama_decode(context.handle, batch) != 0:
                raise RuntimeError("llama_decode")
            row = llama_cpp.llama_get_logits_ith(context.handle, -1)
            logits = np.ctypeslib.as_array(row, shape=(context.vocabulary,)).astype(np.float64)
            logits -= logits.max()
            logits -= np.log(np.exp(logits).sum())
            best, second = np.argsort(-logits, kind="stable")[:2]
            tokens.append(int(best))
            logprobs.append(round(float(logits[best]), 5))
            margins.append(round(float(logits[best] - logits[second]), 5))
            pending = [int(best)]
        return {"tokens": tokens, "logprobs": logprobs, "margins": margins}


@dataclass(frozen=True)
class _Context:
    handle: Any
    vocabulary: int


class _opened:  # noqa: N801 - used like a function
    """A model and its context, closed at the end."""

    def __init__(self, library: Any, path: Path, context_tokens: int) -> None:
        self._library = library
        model_params = library.llama_model_default_params()
        model_params.n_gpu_layers = 0
        self._model = library.llama_model_load_from_file(str(path).encode(), model_params)
        if not self._model:
            raise RuntimeError("llama_model_load_from_file")
        context_params = library.llama_context_default_params()
        context_params.n_ctx = context_tokens
        context_params.n_batch = context_tokens
        context_params.n_threads = context_params.n_threads_batch = _THREADS
        self._context = library.llama_init_from_model(self._model, context_params)
        if not self._context:
            raise RuntimeError("llama_init_from_model")

    def __enter__(self) -> _Context:
        vocabulary = self._library.llama_model_get_vocab(self._model)
        return _Context(self._context, self._library.llama_vocab_n_tokens(vocabulary))

    def __exit__(self, *_: object) -> None:
        self._library.llama_free(self._context)
        self._library.llama_model_free(self._model)


def _score(path: Path) -> int:
    """Ask the variant how well it suits this processor: 0 not at all, higher is better."""
    score = ctypes.CDLL(str(path)).ggml_backend_score
    score.restype = ctypes.c_int
    return int(score())


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
