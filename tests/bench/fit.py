"""Figures of what is foretold of a model's memory against what llama.cpp takes: published models, whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from nextword import resources
from nextword.engine.header import read_header
from nextword.hub.fit import foretell
from tests.bench.figure import Figure
from tests.engine.engine_driver import Driver
from tests.model_shapes import SHAPES, make_shape
from tests.plain_allocation import plain_allocation
from tests.real_headers import HEADERS, make_published

_CONTEXTS = (2048, 8192)
_NEAR = 0.05
_WHOLE = ("Llama-3-8B", "Phi-3-mini", "Qwen1.5-7B", "Falcon-7B", "StarCoder2-3B", "GPT-2")  # fit into 16 GB each


def fit() -> Iterator[Figure]:
    """The largest error of weights, and of keys and values, at two contexts: the starters, the shapes of five published
    models, and six models with the very headers of published ones."""
    weights: list[float] = []
    caches: list[float] = []
    with tempfile.TemporaryDirectory(prefix="nextword-fit-") as name:
        folder = Path(name)
        files = [make_shape(shape, folder / f"{title}.gguf") for title, shape in SHAPES.items()]
        files += [make_published(HEADERS[title], folder / f"{title}.gguf") for title in _WHOLE]
        for file in (resources.STARTER_BASE, resources.STARTER_INSTRUCT, *files):
            taken = plain_allocation(file)
            for context in _CONTEXTS:
                needs = foretell(read_header(file), context)
                with Driver(folder / "cache") as driver:
                    memory = driver.load(file, context_tokens=context).model.memory
                weights.append(abs(needs.weights_bytes / taken - 1.0))
                caches.append(abs(needs.cache_bytes / memory.cache_bytes - 1.0))
    yield Figure("fit: largest error of weights", max(weights), "share", _NEAR, "at most", runs=len(weights))
    yield Figure("fit: largest error of keys and values", max(caches), "share", _NEAR, "at most", runs=len(caches))
