"""What is foretold of the memory of a model is what llama.cpp takes; real engine processes load the files.

The shapes of published models have four layers here; `python -m tests.bench fit` takes them whole.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword import resources
from nextword.engine.header import read_header
from nextword.hub.fit import Needs, bytes_per_token, foretell, judge, tensor_bytes, weights_of_sibling
from tests.engine.engine_driver import Driver
from tests.model_shapes import SHAPES, make_shape
from tests.models import KINDS, make

NEAR = 0.05
GRAIN = 1.5 * (1 << 20) / 100  # llama.cpp tells sizes in hundredths of a MiB; three of them are added here


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


def check(path: Path, cache: Path, context_tokens: int = 0) -> None:
    """Load a file and compare what was taken with what was foretold."""
    needs = foretell(read_header(path), context_tokens)
    with Driver(cache) as driver:
        model = driver.load(path, context_tokens=context_tokens).model
    memory = model.memory
    weights = max(memory.mapped_bytes, memory.repacked_bytes)  # what is repacked lies in the file as well
    assert needs.context_tokens == model.context_tokens
    assert needs.weights_bytes == pytest.approx(weights, rel=NEAR, abs=GRAIN)
    assert needs.cache_bytes == pytest.approx(memory.cache_bytes, rel=NEAR, abs=GRAIN)
    assert needs.cache_type in ("", model.memory_type)
    taken = memory.compute_bytes + memory.output_bytes
    assert needs.compute_bytes == pytest.approx(taken, rel=0.25, abs=1 << 20)


@pytest.mark.parametrize("kind", [*KINDS, "mamba"])
def test_a_test_model_takes_what_was_foretold(kind: str, tmp_path: Path, cache: Path) -> None:
    check(make(kind, tmp_path), cache)


@pytest.mark.parametrize("file", [resources.STARTER_BASE, resources.STARTER_INSTRUCT], ids=lambda file: file.stem)
def test_the_starter_takes_what_was_foretold(file: Path, cache: Path) -> None:
    check(file, cache)


@pytest.mark.parametrize("name", SHAPES)
def test_a_published_shape_takes_what_was_foretold(name: str, tmp_path: Path, cache: Path) -> None:
    check(make_shape(SHAPES[name].cut(4), tmp_path / f"{name}.gguf"), cache, 2000)


def test_a_long_context_is_kept_in_half_precision(tmp_path: Path, cache: Path) -> None:
    path = make_shape(SHAPES["Qwen3-0.6B"].cut(2), tmp_path / "long.gguf")
    check(path, cache, 30_000)
    assert foretell(read_header(path), 30_000).cache_type == "F32"
    header = read_header(make_shape(SHAPES["Qwen3-0.6B"], tmp_path / "whole.gguf"))
    short, long = foretell(header, 2048), foretell(header, 20_000)
    assert (short.cache_type, long.cache_type) == ("F32", "F16")
    assert long.cache_bytes == 20_224 * 28 * 2 * 8 * 128 * 2


def test_a_context_is_no_longer_than_the_model_was_trained_for(tmp_path: Path) -> None:
    header = read_header(make("llama", tmp_path, n_ctx=300))
    assert foretell(header, 100_000).context_tokens == 300


def test_one_token_reads_no_table_of_embeddings_and_only_the_experts_in_use(tmp_path: Path) -> None:
    header = read_header(make("llama", tmp_path))
    table = next(tensor for tensor in header.tensors if tensor.name == "token_embd.weight")
    assert bytes_per_token(header) == tensor_bytes(header) - table.size_bytes
    tied = read_header(make("llama", tmp_path, tied=True, file_name="tied.gguf"))
    assert bytes_per_token(tied) == tensor_bytes(tied)


def test_another_quantization_is_judged_by_the_size_of_its_file(tmp_path: Path) -> None:
    header = read_header(make("llama", tmp_path, quantization="Q8_0", file_name="eight.gguf"))
    other = read_header(make("llama", tmp_path, quantization="F16", file_name="sixteen.gguf"))
    assert weights_of_sibling(header, other.file_size_bytes) == pytest.approx(tensor_bytes(other), rel=0.01)


@pytest.mark.parametrize(
    ("available", "verdict"), [(0, "unknown"), (900, "too_large"), (1050, "tight"), (1200, "fits"), (1 << 40, "fits")]
)
def test_a_model_fits_where_something_is_left_for_others(available: int, verdict: str) -> None:
    assert judge(Needs(700, 200, 50, 50, 4096), available) == verdict
