"""llama-cpp-python's high-level path, to measure against: what a program gets that uses `Llama` as it is documented.

A process of its own, asked by reference.py: one JSON object a line, answers with one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from llama_cpp import Llama

from nextword.engine import backends


class Binding:
    """A model with logits of all tokens kept, which log-probabilities ask for; the context is as small as it may be."""

    def __init__(self, path: Path, *, context_tokens: int, threads: int) -> None:
        self._llama = Llama(
            str(path), n_ctx=context_tokens, n_threads=threads, n_threads_batch=threads, logits_all=True, verbose=False
        )

    def complete(self, ids: Sequence[int], max_tokens: int, logprobs: int = 10) -> list[float]:
        """Stream a completion with log-probabilities; return tokens, seconds to the first and from it to the last."""
        self._llama.reset()
        began = time.perf_counter()
        times = [
            time.perf_counter()
            for part in self._llama.create_completion(list(ids), max_tokens=max_tokens, logprobs=logprobs, stream=True)
            if part["choices"][0]["logprobs"]
        ]
        return [len(times), times[0] - began, times[-1] - times[0]]

    def score(self, ids: Sequence[int], labels: int) -> float:
        """Evaluate `ids` from the start and take the log-probability of the last `labels`; return the seconds."""
        began = time.perf_counter()
        self._llama.reset()
        self._llama.eval(list(ids))
        rows = self._llama.scores[len(ids) - labels - 1 : len(ids) - 1]
        logprobs = Llama.logits_to_logprobs(rows)[range(labels), ids[-labels:]]
        assert logprobs.sum() < 0
        return time.perf_counter() - began


def main() -> int:
    """Load, say so, and answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path, help="folder of the engine check's result")
    parser.add_argument("model", type=Path)
    parser.add_argument("--context-tokens", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = vars(parser.parse_args())
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a C library prints to standard output
    variant = backends.choose(options.pop("cache"))
    if variant.path is not None:
        backends.load_backend(variant.path)
    binding = Binding(options.pop("model"), **options)
    verbs: dict[str, Callable[..., float | list[float]]] = {"complete": binding.complete, "score": binding.score}
    print(json.dumps({"variant": variant.name}), file=answers, flush=True)
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(verbs[wish.pop("do")](**wish)), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
