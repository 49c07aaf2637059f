"""Scores of given texts against evaluating them token by token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword.engine.tokens import TokenStep
from nextword.errors import ContextTooSmall, LogitsNotFinite
from tests import models
from tests.engine.texts import long_text

if TYPE_CHECKING:
    from nextword.engine.model import Model
    from nextword.engine.score import Totals
    from tests.engine.conftest import OpenModel

EVERY_KIND = (*models.KINDS, "mamba")


def tolerance(kind: str) -> float:
    """Nats. llama.cpp looks the GELU of gpt2 up in a table of half precision, where a hair makes a step."""
    return 1e-3 if kind == "gpt2" else 1e-4


def one_by_one(model: Model, ids: Sequence[int]) -> list[float]:
    """The log-probability of every token but the first, each from an evaluation of its own."""
    model.forget_all()
    result = []
    for token, following in zip(ids, ids[1:], strict=False):
        model.feed([token])
        logits = model.logits().astype(np.float64)
        result.append(float(logits[following]) - float(np.log(np.exp(logits - logits.max()).sum()) + logits.max()))
    return result


@dataclass
class Run:
    """A score as it came in."""

    totals: Totals | None = None
    steps: dict[int, TokenStep] = field(default_factory=dict)  # by position in the text
    parts: list[int] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    @property
    def logprobs(self) -> list[float]:
        return [step.logprob for step in self.steps.values()]


def run(model: Model, ids: list[int], **wish: int | str) -> Run:
    from nextword.engine import score

    done = Run()

    def emit(first: int, steps: list[TokenStep]) -> None:
        done.parts.append(len(steps))
        for position, step in enumerate(steps, first):
            assert position not in done.steps, "every token is scored once"
            done.steps[position] = step

    chosen = score.Wish(**{"alternatives": 3, **wish})  # type: ignore[arg-type]
    done.totals = score.run(model, ids, chosen, emit=emit, progress=lambda at, of: done.progress.append((at, of)))
    return done


def tokens(model: Model, text: str) -> list[int]:
    """The text as a prompt has it: with a BOS when the vocabulary puts one."""
    vocabulary = model.vocabulary
    ids = vocabulary.tokenize(text, special=False)
    return [vocabulary.bos, *ids] if vocabulary.add_bos and vocabulary.bos is not None else ids


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_score_equals_evaluating_token_by_token(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path))
    ids = tokens(model, "the time of day and the number of people in the first part " * 6)
    assert len(ids) > model.output_tokens / 2
    done = run(model, ids)
    lead = int(model.vocabulary.add_bos)
    assert list(done.steps) == list(range(0 if lead else 1, len(ids) - lead)), "the first token too, after a BOS"
    assert [step.id for step in done.steps.values()] == ids[1:]
    assert done.logprobs == pytest.approx(one_by_one(model, ids), abs=tolerance(kind))
    assert all(step.rank >= 1 and math.isfinite(step.entropy_bits) for step in done.steps.values())
    assert all(len(step.candidates) == 3 for step in done.steps.values())
    assert done.totals is not None
    assert (done.totals.tokens, done.totals.tally.tokens) == (len(ids) - lead, len(ids) - 1)
    assert (done.totals.cached_tokens, done.totals.evaluated_tokens) == (0, len(ids) - 1)


def test_a_text_of_several_batches_scores_as_one(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    ids = [7 + i * i % 60 for i in range(model.output_tokens * 2 + 9)]
    done = run(model, ids)
    assert done.parts == [128, 128, 8]
    assert done.logprobs == pytest.approx(one_by_one(model, ids), abs=1e-4)
    assert done.progress[-1] == (len(ids) - 1, len(ids) - 1)


def test_a_score_does_not_depend_on_what_was_done_before(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    ids = tokens(model, "the time of day")
    first = run(model, ids)
    model.keep_prefix(ids[:2])
    model.feed([9, 8, 7])
    assert run(model, ids).steps == first.steps


def test_the_next_request_begins_with_what_the_score_has_read(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    ids = tokens(model, long_text(60))
    run(model, ids)
    assert model.known == ids[:-1]
    assert model.keep_prefix(ids) == len(ids) - 1


def test_a_text_of_one_token_has_nothing_to_score(open_model: OpenModel, tmp_path: Path) -> None:
    done = run(open_model(models.make("gpt2", tmp_path)), [5])
    assert done.steps == {}
    assert done.totals is not None
    assert (done.totals.tokens, done.totals.tally.tokens, done.totals.evaluated_tokens) == (1, 0, 0)
    assert math.isnan(done.totals.tally.perplexity)
    assert math.isnan(done.totals.tally.bits_per_byte)


def test_a_window_larger_than_the_context_says_by_how_much(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("gpt2", tmp_path, n_ctx=64))
    with pytest.raises(ContextTooSmall) as failed:
        run(model, [5] * 10, window=65)
    assert (failed.value.needed, failed.value.available) == (65, 64)


def test_logits_that_are_no_numbers_are_told_with_their_place(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    ids = tokens(model, "the time of day")

    class Broken:
        """A model whose third row has a NaN."""

        def __getattr__(self, name: str) -> object:
            return getattr(model, name)

        def row(self, index: int = -1) -> object:
            row = model.row(index).copy()
            if index == 2:
                row[7] = math.nan
            return row

    with pytest.raises(LogitsNotFinite) as failed:
        run(Broken(), ids)  # type: ignore[arg-type]
    assert (failed.value.token, failed.value.count, failed.value.position) == (7, 1, 2)
