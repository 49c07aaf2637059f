"""The reference: llama_decode in a loop, nobody looks at the logits. A process of its own, asked by reference.py.

With the default parameters this is what llama-bench measures. Reads one JSON object a line, answers with one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp

from nextword.engine import backends

OUTPUT_TOKENS = 128  # as many rows of logits at once as the engine has


class Bare:
    """A model and a context. parameters: "default" as llama-bench has them, "exact" as our engine has them."""

    def __init__(self, path: Path, *, context_tokens: int, threads: int, sequences: int, parameters: str) -> None:
        options = llama_cpp.llama_model_default_params()
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), options)
        assert self._model, "the model loads"
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context_tokens
        context.n_threads = context.n_threads_batch = threads
        context.n_batch, context.n_ubatch = 2048, 512  # llama-bench's, not the library's
        context.n_seq_max = sequences
        if parameters == "exact":
            context.n_batch, context.n_ubatch = 512, 256
            context.n_outputs_max = OUTPUT_TOKENS
            context.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
            context.type_k = context.type_v = llama_cpp.GGML_TYPE_F32
            context.kv_unified = True
        self._context = llama_cpp.llama_init_from_model(self._model, context)
        assert self._context, "the context is made"
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch_tokens = int(context.n_batch)

    def read(self, ids: Sequence[int], keep: int = 0) -> float:
        """Evaluate `ids` after the first `keep` tokens of what is known; return the seconds."""
        if keep == 0:
            llama_cpp.llama_memory_clear(self._memory, False)
        else:
            assert llama_cpp.llama_memory_seq_rm(self._memory, 0, keep, -1), "the tokens are forgotten"
        size = self._batch_tokens
        parts = [
            (llama_cpp.llama_token * len(ids[at : at + size]))(*ids[at : at + size]) for at in range(0, len(ids), size)
        ]
        began = time.perf_counter()
        for part in parts:
            self._decode(llama_cpp.llama_batch_get_one(part, len(part)))
        return time.perf_counter() - began

    def every(self, ids: Sequence[int]) -> float:
        """Evaluate `ids` from the start with logits of each, in parts of OUTPUT_TOKENS; return the seconds."""
        llama_cpp.llama_memory_clear(self._memory, False)
        batch = llama_cpp.llama_batch_init(OUTPUT_TOKENS, 0, 1)
        began = time.perf_counter()
        for at in range(0, len(ids), OUTPUT_TOKENS):
            entries = [(token, position, 0) for position, token in enumerate(ids[at : at + OUTPUT_TOKENS], at)]
            self._decode(_fill(batch, entries, every=True))
        seconds = time.perf_counter() - began
        llama_cpp.llama_batch_free(batch)
        return seconds

    def generate(self, ids: Sequence[int]) -> float:
        """Evaluate `ids` one by one after what is known; return the seconds."""
        token = (llama_cpp.llama_token * 1)()
        began = time.perf_counter()
        for token[0] in ids:
            self._decode(llama_cpp.llama_batch_get_one(token, 1))
        return time.perf_counter() - began

    def lanes(self, prompt: Sequence[int], ids: Sequence[int], lanes: int) -> float:
        """Read `prompt` into each lane, then evaluate `ids` in all of them, one of each lane a batch.

        Return the seconds of the second part.
        """
        llama_cpp.llama_memory_clear(self._memory, False)
        batch = llama_cpp.llama_batch_init(max(lanes, len(prompt)), 0, 1)
        for lane in range(lanes):
            self._decode(_fill(batch, [(token, at, lane) for at, token in enumerate(prompt)]))
        began = time.perf_counter()
        for at, token in enumerate(ids, len(prompt)):
            self._decode(_fill(batch, [(token, at, lane) for lane in range(lanes)], every=True))
        seconds = time.perf_counter() - began
        llama_cpp.llama_batch_free(batch)
        return seconds

    def _decode(self, batch: Any) -> None:
        assert llama_cpp.llama_decode(self._context, batch) == 0, "llama_decode"
        llama_cpp.llama_synchronize(self._context)


def _fill(batch: Any, entries: Sequence[tuple[int, int, int]], *, every: bool = False) -> Any:
    """Put (token, position, sequence) into `batch`, with logits of the last or of `every` entry."""
    batch.n_tokens = len(entries)
    for index, (token, position, sequence) in enumerate(entries):
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = sequence
        batch.logits[index] = every or index == len(entries) - 1
    return batch


def main() -> int:
    """Load, say so, and answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path, help="folder of the engine check's result")
    parser.add_argument("model", type=Path)
    parser.add_argument("--context-tokens", type=int, default=4096)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--sequences", type=int, default=1)
    parser.add_argument("--parameters", choices=["default", "exact"], default="default")
    options = vars(parser.parse_args())
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a C library prints to standard output
    variant = backends.choose(options.pop("cache"))
    if variant.path is not None:
        backends.load_backend(variant.path)
    silent = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(silent, None)
    bare = Bare(options.pop("model"), **options)
    verbs: dict[str, Callable[..., float]] = {
        "read": bare.read,
        "every": bare.every,
        "generate": bare.generate,
        "lanes": bare.lanes,
    }
    print(json.dumps({"variant": variant.name}), file=answers, flush=True)
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(verbs[wish.pop("do")](**wish)), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
