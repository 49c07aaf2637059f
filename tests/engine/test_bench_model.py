"""The random-weight model that figures are measured with: it has to behave like a language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

from tests.bench import make_model
from tests.bench.random_blocks import blocks

if TYPE_CHECKING:
    from tests.engine.conftest import OpenModel

TINY = make_model.Shape("tiny", layers=3, merges=2_722, vocabulary=3_000, context=512)


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model.obtain(TINY, tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("kind", [Type.Q5_0, Type.Q8_0, Type.Q4_K, Type.Q6_K])
def test_random_blocks_have_the_spread_that_is_asked_for(kind: Type) -> None:
    numbers = gguf.quants.dequantize(blocks(kind, 256_000, 0.03, np.random.default_rng(0)), kind)

    assert abs(numbers.mean()) < 0.003
    assert 0.028 < numbers.std() < 0.032


def test_a_model_that_is_there_is_not_made_again(model_path: Path) -> None:
    made = model_path.stat().st_mtime_ns

    assert make_model.obtain(TINY, model_path.parent) == model_path
    assert model_path.stat().st_mtime_ns == made


def test_the_full_shape_has_the_tensors_of_the_real_model() -> None:
    kinds = [tensor.type.name for tensor in make_model.tensors(make_model.FULL)]

    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "F32": 121,
        "Q5_0": 132,
        "Q8_0": 13,
        "Q4_K": 12,
        "Q6_K": 12,
    }
    assert sum(tensor.rows * tensor.columns for tensor in make_model.tensors(make_model.FULL)) == 494_032_768


def test_the_model_answers_like_a_language_model(model_path: Path, open_model: OpenModel) -> None:
    model = open_model(model_path)
    text = " kana tiru, <b>sole</b> \u00e9\u65e5\u672c 12 "
    ids = model.vocabulary.tokenize(text, special=False)
    assert b"".join(map(model.vocabulary.piece, ids)).decode() == text
    assert any(len(model.vocabulary.piece(token)) > 2 for token in ids)
    assert [model.vocabulary.tokenize(name, special=True) for name in make_model.CONTROL] == [
        [TINY.merges + 256 + number] for number in range(len(make_model.CONTROL))
    ]

    model.feed(ids)
    logits = model.logits().astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    entropy_bits = -(probabilities * np.log2(np.maximum(probabilities, 1e-300))).sum()
    assert np.isfinite(logits).all()
    assert 1 < entropy_bits < 8
    assert probabilities[-len(make_model.CONTROL) :].sum() < 0.01
