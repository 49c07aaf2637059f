"""Scores of given texts against evaluating them token by token."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword.errors import ContextTooSmall
from tests import models

if TYPE_CHECKING:
    from nextword.engine.model import Model
    from tests.engine.conftest import OpenModel


def tolerance(kind: str) -> float:
    """Nats. llama.cpp looks the GELU of gpt2 up in a table of half precision, where a hair makes a step."""
    return 1e-3 if kind == "gpt2" else 1e-4


def one_by_one(model: Model, ids: list[int]) -> list[float]:
    """The log-probability of every token but the first, each from an evaluation of its own."""
    model.keep_prefix([0])
    result = []
    for token, following in zip(ids, ids[1:], strict=False):
        model.feed([token])
        logits = model.logits().astype(np.float64)
        result.append(float(logits[following]) - float(np.log(np.exp(logits - logits.max()).sum()) + logits.max()))
    return result


@pytest.mark.parametrize("kind", models.KINDS)
def test_a_score_equals_evaluating_token_by_token(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.score import score

    model = open_model(models.make(kind, tmp_path))
    ids = model.vocabulary.tokenize("the time of day and the number of people in the first part " * 6, special=False)
    assert len(ids) > model.output_tokens / 2
    steps = score(model, ids, 5)
    assert [step.id for step in steps] == ids[1:]
    assert [step.logprob for step in steps] == pytest.approx(one_by_one(model, ids), abs=tolerance(kind))
    assert all(step.rank >= 1 and math.isfinite(step.entropy_bits) for step in steps)


def test_a_text_of_several_batches_scores_as_one(open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.score import score

    model = open_model(models.make("qwen2", tmp_path))
    ids = [7 + i * i % 60 for i in range(model.output_tokens * 2 + 9)]
    steps = score(model, ids, 3)
    assert len(steps) == len(ids) - 1
    assert [step.logprob for step in steps] == pytest.approx(one_by_one(model, ids), abs=1e-4)


def test_a_score_does_not_depend_on_what_was_done_before(open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.score import score

    model = open_model(models.make("llama", tmp_path))
    ids = model.vocabulary.tokenize("the time of day", special=False)
    first = score(model, ids, 3)
    model.keep_prefix(ids[:2])
    model.feed([9, 8, 7])
    assert score(model, ids, 3) == first


def test_a_text_of_one_token_has_nothing_to_score(open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.score import score

    assert score(open_model(models.make("gpt2", tmp_path)), [5], 3) == []


def test_a_text_longer_than_the_context_says_by_how_much(open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.score import score

    model = open_model(models.make("gpt2", tmp_path, n_ctx=64))
    assert len(score(model, [5] * 64, 0)) == 63
    with pytest.raises(ContextTooSmall) as failed:
        score(model, [5] * 65, 0)
    assert (failed.value.needed, failed.value.available) == (65, 64)
