"""The numbers of llama.cpp, as every path of the engine hands them on, against a forward pass of our own in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword import resources
from nextword.engine import protocol
from nextword.engine.tokens import TokenStep
from tests import models
from tests.engine.engine_driver import Driver
from tests.engine.numpy_llama import Array, NumpyLlama, write_unquantized

if TYPE_CHECKING:
    from nextword.engine.model import Model
    from tests.engine.conftest import OpenModel

TOLERANCE = 1e-3  # nats, of a model in single precision
COUNTS = (1, 2, 3, 17, 64, 129, 200)
REAL = (
    "The first part of the day they said how many people could find water, and by then no one had more time. é 日本 🙂"
)
PLAIN = "The dog ran to the door. The girl was happy and said that the sun is warm and the water is cold."
SHAPES: dict[str, models.Options] = {
    "llama": {},
    "llama-tied": {"tied": True},
    "llama-bpe": {"seed": 7},
    "qwen2": {},
    "zephyr": {},
    "chatml": {"tied": True},
}


def make(shape: str, folder: Path) -> Path:
    return models.make(shape.removesuffix("-tied"), folder, **SHAPES[shape])


def random_ids(model_size: int, count: int) -> list[int]:
    return [int(token) for token in np.random.default_rng(count).integers(0, model_size, count)]


def read_at_once(model: Model, ids: list[int]) -> Array:
    """The log-probabilities after every token, shape (len(ids), n_vocab), of batches as large as they may be."""
    model.forget_all()
    rows = []
    for start in range(0, len(ids), model.output_tokens):
        part = ids[start : start + model.output_tokens]
        model.feed(part, every=True)
        rows += [model.logits(index).astype(np.float64) for index in range(len(part))]
    return normalised(np.array(rows))


def read_one_by_one(model: Model, ids: list[int]) -> Array:
    model.forget_all()
    rows = []
    for token in ids:
        model.feed([token])
        rows.append(model.logits().astype(np.float64))
    return normalised(np.array(rows))


def normalised(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_probability_of_random_tokens_agrees(shape: str, open_model: OpenModel, tmp_path: Path) -> None:
    path = make(shape, tmp_path)
    model, reference = open_model(path), NumpyLlama(path)
    for count in COUNTS:
        ids = random_ids(model.vocabulary.size, count)
        expected = reference.logprobs(ids)
        assert np.abs(read_at_once(model, ids) - expected).max() < TOLERANCE, count
        if count <= 64:
            assert np.abs(read_one_by_one(model, ids) - expected).max() < TOLERANCE, count


def test_every_probability_of_a_real_text_agrees_on_a_trained_model(open_model: OpenModel, tmp_path: Path) -> None:
    path = write_unquantized(resources.STARTER_BASE, tmp_path / "starter.gguf")
    model, reference = open_model(path), NumpyLlama(path)
    ids = model.vocabulary.tokenize(f"{PLAIN} {REAL} " * 3, special=False)[:200]
    assert len(ids) > 150
    expected = reference.logprobs(ids)
    assert np.abs(read_at_once(model, ids) - expected).max() < TOLERANCE
    plain = len(model.vocabulary.tokenize(PLAIN, special=False))
    foreseen = expected[np.arange(plain - 1), ids[1:plain]].mean()
    assert foreseen > -np.log(model.vocabulary.size) + 2.0, "a trained model that is read rightly knows some English"


def test_the_reference_notices_what_is_wrong(tmp_path: Path) -> None:
    """Another order of the pairs that are turned, or no attention to the past, would be seen by the tolerance."""
    path = make("llama", tmp_path)
    reference, turned = NumpyLlama(path), NumpyLlama(path)
    turned._architecture = "qwen2"
    turned._own = reference._own  # type: ignore[method-assign]
    ids = random_ids(300, 30)
    assert np.abs(reference.logprobs(ids) - turned.logprobs(ids)).max() > 10 * TOLERANCE
    assert np.abs(reference.logprobs(ids)[-1] - reference.logprobs(ids[-1:])[0]).max() > 10 * TOLERANCE


class Proved:
    """A model in an engine process, and the reference for it."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.reference = NumpyLlama(path)
        self.engine = Driver(cache)
        self.engine.load(path)

    def check(self, before: list[int], steps: list[TokenStep]) -> None:
        """Every number of `steps`, which follow `before`, is the reference's."""
        ids = [*before, *(step.id for step in steps)]
        rows = self.reference.logprobs(ids)[len(before) - 1 : -1]
        for step, row in zip(steps, rows, strict=True):
            probabilities = np.exp(row)
            assert step.logprob == pytest.approx(row[step.id], abs=TOLERANCE)
            assert step.entropy_bits == pytest.approx(-(probabilities * row).sum() / np.log(2), abs=5 * TOLERANCE)
            better = int((row > row[step.id] + TOLERANCE).sum()) + 1
            assert better <= step.rank <= int((row >= row[step.id] - TOLERANCE).sum())
            for candidate in step.candidates:
                assert candidate.logprob == pytest.approx(row[candidate.id], abs=TOLERANCE)
            listed = sorted(row, reverse=True)[: len(step.candidates)]
            assert [candidate.logprob for candidate in step.candidates] == pytest.approx(listed, abs=TOLERANCE)
            rest = 1.0 - probabilities[[candidate.id for candidate in step.candidates]].sum()
            assert step.rest_mass == pytest.approx(rest, abs=TOLERANCE)


@pytest.fixture(params=["llama", "qwen2"])
def proved(request: pytest.FixtureRequest, engine_cache: Path, tmp_path: Path) -> Iterator[Proved]:
    path = make(request.param, tmp_path)
    made = Proved(path, engine_cache)
    with made.engine:
        yield made


def ask(proved: Proved, text: str) -> list[int]:
    """The tokens of a text as the engine makes them of a prompt."""
    engine = proved.engine
    engine.send(protocol.Tokenize(engine.job(), protocol.TextPrompt(text)))
    return [token.id for token in engine.wait(protocol.Tokenized).tokens]


def test_generated_tokens_carry_the_right_numbers(proved: Proved) -> None:
    for text in ("a", REAL):
        before = ask(proved, text)
        chosen = proved.engine.generate(protocol.TextPrompt(text), 40, temperature=1.3, top_k=0, seed=3)
        steps = [event.step for event in chosen]
        assert len(steps) > 1
        proved.check(before, steps)


def test_lanes_carry_the_right_numbers_each(proved: Proved) -> None:
    engine = proved.engine
    texts = ("the time of day", "the time of the people", REAL)
    lanes = tuple(
        protocol.Lane(protocol.TextPrompt(text), protocol.Sampling(seed=number), protocol.Until(20))
        for number, text in enumerate(texts)
    )
    first = len(engine.events)
    engine.send(protocol.GenerateLanes(engine.job(), lanes, alternatives=8))
    engine.wait(protocol.Finished)
    chosen = [event for event in engine.events[first:] if isinstance(event, protocol.TokenChosen)]
    for number, text in enumerate(texts):
        steps = [event.step for event in chosen if event.lane == number]
        assert steps
        proved.check(ask(proved, text), steps)


def test_scores_are_right(proved: Proved) -> None:
    engine = proved.engine
    ids = ask(proved, REAL * 2)
    first = len(engine.events)
    engine.send(protocol.Score(engine.job(), protocol.TextPrompt(REAL * 2), alternatives=5))
    engine.wait(protocol.Scored)
    parts = [event for event in engine.events[first:] if isinstance(event, protocol.ScoredPart)]
    steps = [step for part in parts for step in part.steps]
    assert [step.id for step in steps] == ids[1:]
    proved.check(ids[:1], steps)


def test_continuations_are_right(proved: Proved) -> None:
    engine = proved.engine
    items = ("the day", "the day of the people", "more water")
    continuations = (" time", " of the time", " no")
    groups = tuple(protocol.Group(protocol.TextPrompt(item), continuations) for item in items)
    first = len(engine.events)
    engine.send(protocol.ScoreContinuations(engine.job(), groups))
    engine.wait(protocol.ContinuationsScored)
    parts = [event for event in engine.events[first:] if isinstance(event, protocol.ContinuationsPart)]
    found = [result for part in parts for result in part.results]
    assert len(found) == len(items) * len(continuations)
    for result in found:
        before = ask(proved, items[result.group])
        rows = proved.reference.logprobs([*before, *result.ids])[len(before) - 1 : -1]
        expected = [row[token] for row, token in zip(rows, result.ids, strict=True)]
        assert result.logprobs == pytest.approx(expected, abs=TOLERANCE)
        assert result.logprob == pytest.approx(sum(expected), abs=TOLERANCE)


def test_a_look_shows_the_right_row(proved: Proved) -> None:
    engine = proved.engine
    ids = ask(proved, REAL)
    expected = proved.reference.logprobs(ids)
    for position in (0, len(ids) // 2, -1):
        request = protocol.Look(
            engine.job(), protocol.TextPrompt(REAL), alternatives=5, named=(7, 8), row=True, position=position
        )
        engine.send(request)
        seen = engine.wait(protocol.Distribution)
        row = expected[position]
        logits = np.frombuffer(seen.row, np.float32)
        assert np.abs(normalised(logits[None].astype(np.float64))[0] - row).max() < TOLERANCE
        assert seen.named == pytest.approx([row[7], row[8]], abs=TOLERANCE)
        assert [candidate.logprob for candidate in seen.candidates] == pytest.approx(
            sorted(row, reverse=True)[:5], abs=TOLERANCE
        )
