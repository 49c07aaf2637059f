"""What is foretold of the memory of a model is what llama.cpp takes; real engine processes load the files.

The shapes of published models have four layers here; `python -m tests.bench fit` takes them whole.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextword import resources
from nextword.engine.header import Array, Header, Scalar, read_header
from nextword.hub.fit import Needs, bytes_per_token, foretell, judge, tensor_bytes, weights_of_sibling
from tests.engine.engine_driver import Driver
from tests.model_shapes import SHAPES, make_shape
from tests.models import KINDS, make
from tests.plain_allocation import plain_allocation
from tests.real_headers import HEADERS, make_published

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
    assert needs.context_tokens == model.context_tokens
    assert needs.weights_bytes == memory.weights_bytes
    assert needs.weights_bytes == pytest.approx(plain_allocation(path), rel=NEAR, abs=GRAIN)
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


@pytest.mark.parametrize("name", HEADERS)
def test_a_published_header_takes_what_was_foretold(name: str, tmp_path: Path, cache: Path) -> None:
    check(make_published(HEADERS[name], tmp_path / f"{name}.gguf", most_layers=2), cache, 2000)


def test_a_longer_context_of_published_headers_takes_what_was_foretold(tmp_path: Path, cache: Path) -> None:
    check(make_published(HEADERS["Llama-3-8B"], tmp_path / "long.gguf", most_layers=2), cache, 8192)


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


_NUMBER_KEYS = (
    "block_count", "embedding_length", "context_length", "feed_forward_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.key_length_mla",
    "attention.shared_kv_layers", "attention.sliding_window_pattern", "attention.key_length_swa", "expert_count",
    "expert_used_count", "ssm.inner_size", "ssm.state_size", "ssm.conv_kernel", "wkv.head_size", "shortconv.l_cache",
    "full_attention_interval",
)  # fmt: skip
_values = st.one_of(
    st.sampled_from([0, 1, 2, 8, 64, 4096, 2**31 - 1, 2**32 - 1, 2**63 - 1, -1]),
    st.text(max_size=3),
    st.floats(allow_nan=True),
    st.booleans(),
    st.lists(st.integers(0, 64), max_size=40).map(lambda items: Array("uint32", len(items), tuple(items))),
    st.just(Array("uint32", 100_000, None)),
)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Header:
    return read_header(make("llama", tmp_path_factory.mktemp("honest")))


@given(
    architecture=st.sampled_from(["llama", "mamba", "qwen35", "falcon-h1", "nemotron_h", "gemma3n", "deepseek2", "x"]),
    numbers=st.dictionaries(st.sampled_from(_NUMBER_KEYS), _values),
    context=st.integers(0, 2**40),
)
@settings(max_examples=200)
def test_no_header_is_too_strange_to_be_judged(
    honest: Header, architecture: str, numbers: dict[str, Scalar | Array], context: int
) -> None:
    own = {f"{architecture}.{key}": value for key, value in numbers.items()}
    header = dataclasses.replace(honest, architecture=architecture, metadata={**honest.metadata, **own})
    needs = foretell(header, context)
    assert needs.weights_bytes == tensor_bytes(honest)
    assert bytes_per_token(header) >= 0
    assert 0 <= min(needs.cache_bytes, needs.compute_bytes) <= needs.total_bytes < 1 << 62
    assert judge(needs, 1 << 30) in ("fits", "tight", "too_large")


def _with(honest: Header, architecture: str, **numbers: int | tuple[int, ...]) -> Header:
    """A header of another architecture, with its numbers; two underscores stand for a dot."""
    own = {
        f"{architecture}.{key.replace('__', '.')}": Array("uint32", len(value), value)
        if isinstance(value, tuple)
        else value
        for key, value in numbers.items()
    }
    return dataclasses.replace(honest, architecture=architecture, metadata={**honest.metadata, **own})


def test_layers_that_share_or_lack_keys_and_values_are_not_counted(honest: Header) -> None:
    usual = {"block_count": 30, "embedding_length": 2048, "context_length": 8192, "attention__head_count": 8}
    each = {"attention__key_length": 256, "attention__value_length": 256, "attention__head_count_kv": 2}
    whole = foretell(_with(honest, "gemma3", **usual, **each), 8192)
    shared = foretell(_with(honest, "gemma4", **usual, **each, attention__shared_kv_layers=15), 8192)
    assert whole.cache_bytes == 8192 * 30 * 2 * 2 * 256 * (4 if whole.cache_type == "F32" else 2)
    assert shared.cache_bytes * 2 == whole.cache_bytes
    state = {"ssm__inner_size": 4096, "ssm__state_size": 128, "ssm__conv_kernel": 4, "ssm__group_count": 1}
    own = {**usual, **each, "attention__head_count_kv": (0, 0, 2) * 10}
    hybrid = foretell(_with(honest, "granitehybrid", **own, **state), 8192)
    one_state = 4 * (3 * (4096 + 2 * 128) + 128 * 4096)
    width = 4 if hybrid.cache_type == "F32" else 2
    assert hybrid.cache_bytes == 8192 * 10 * 2 * 2 * 256 * width + 20 * one_state


def test_latent_attention_keeps_one_row_and_no_values(honest: Header) -> None:
    numbers = {"block_count": 27, "embedding_length": 2048, "context_length": 8192, "attention__head_count": 16}
    latent = {"attention__head_count_kv": 1, "attention__key_length": 576, "attention__value_length": 512}
    needs = foretell(_with(honest, "deepseek2", **numbers, **latent, attention__key_length_mla=192), 8192)
    assert needs.cache_bytes == 8192 * 27 * 576 * (4 if needs.cache_type == "F32" else 2)
