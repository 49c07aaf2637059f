"""The sampler as a whole: seeds, draws, what it remembers, and settings it refuses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nextword.engine import distribution
from nextword.engine.requests import Sampling
from nextword.engine.sampler import Sampler
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates, SamplingNotUsable
from tests import models
from tests.engine.vocabularies import numbered

if TYPE_CHECKING:
    from tests.engine.conftest import OpenModel

Logits = NDArray[np.float32]

PURE: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}

samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.5]),
    top_k=st.sampled_from([0, 1, 3, 40, 10_000]),
    top_p=st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    repeat_penalty=st.sampled_from([1.0, 1.3, 0.8]),
)


def some_logits(size: int, seed: int, scale: float = 3.0) -> Logits:
    return np.random.default_rng(seed).normal(0, scale, size).astype(np.float32)


def sampler(sampling: Sampling, size: int, before: list[int] | None = None) -> Sampler:
    made = Sampler(sampling, numbered(size))
    made.begin(before or [])
    return made


def plain_probabilities(logits: Logits, sampling: Sampling, before: list[int]) -> dict[int, float]:
    """The stages one by one with Python numbers: id to probability of what is left."""
    scores = {i: float(x) for i, x in enumerate(logits)}
    for i in set(before):
        penalty = sampling.repeat_penalty
        scores[i] = scores[i] / penalty if scores[i] > 0 else scores[i] * penalty
    order = sorted(scores, key=lambda i: (-scores[i], i))
    if sampling.temperature == 0:
        return {order[0]: 1.0}
    order = order[: sampling.top_k or None]
    weights = [math.exp(scores[i] - scores[order[0]]) for i in order]
    mass, kept = 0.0, []
    for i, weight in zip(order, weights, strict=True):
        kept.append(i)
        mass += weight / math.fsum(weights)
        if sampling.top_p < 1 and mass >= sampling.top_p:
            break
    if sampling.min_p > 0:
        kept = [i for i in kept if scores[i] >= scores[order[0]] + math.log(sampling.min_p)] or kept[:1]
    heat = [math.exp((scores[i] - scores[order[0]]) / sampling.temperature) for i in kept]
    return {i: weight / math.fsum(heat) for i, weight in zip(kept, heat, strict=True)}


@settings(deadline=None)
@given(sampling=samplings, seed=st.integers(0, 10_000), size=st.sampled_from([2, 7, 50, 400]))
def test_the_sampler_equals_its_plain_version(sampling: Sampling, seed: int, size: int) -> None:
    logits = some_logits(size, seed)
    before = list(range(0, size, 3))[:20]
    expected = plain_probabilities(logits, sampling, before)
    choice = distribution.describe(logits, sampler(sampling, size, before).sample(logits), size)
    got = {token: math.exp(after) for token, _, after, _ in choice.candidates if after is not None}
    # A sum that reaches top_p within rounding may take one token more or less.
    assert abs(len(got) - len(expected)) <= 1
    for token in got.keys() & expected.keys():
        assert got[token] == pytest.approx(expected[token], abs=2e-3 if len(got) != len(expected) else 1e-5)
    assert choice.kept == len(got)
    assert choice.id in got


def test_a_seed_repeats_a_text_and_another_does_not() -> None:
    def text(seed: int) -> list[int]:
        made, ids = sampler(Sampling(temperature=1.3, seed=seed, xtc_probability=0.5), 500), []
        for step in range(40):
            ids.append(made.sample(some_logits(500, step)).id)
            made.accept(ids[-1])
        return ids

    assert text(7) == text(7)
    assert text(7) != text(8)


def test_one_number_of_the_seed_decides_each_token() -> None:
    chances = np.random.Generator(np.random.PCG64(11)).random(20)
    made = sampler(Sampling(seed=11, xtc_probability=0.7), 300)
    assert [made.sample(some_logits(300, step)).chance for step in range(20)] == chances.tolist()
    late = Sampler(Sampling(seed=11), numbered(300))
    late.begin([], drawn=15)
    assert late.sample(some_logits(300, 0)).chance == chances[15]


def test_temperature_zero_takes_the_best_token() -> None:
    logits = some_logits(1000, 1)
    draw = sampler(Sampling(temperature=0.0, top_k=2), 1000).sample(logits)
    choice = distribution.describe(logits, draw, 3)
    assert choice.id == int(logits.argmax())
    assert (choice.kept, choice.rank, choice.sampled_logprob) == (1, 1, 0.0)
    assert [cut for *_, cut in choice.candidates] == [Cut.KEPT, Cut.TEMPERATURE, Cut.TOP_K]


@pytest.mark.parametrize("size", [3, 100_000])
def test_draws_follow_the_probabilities(size: int) -> None:
    logits = np.full(size, -60.0, np.float32)
    places = [0, size // 2, size - 1]
    logits[places] = np.log([0.5, 0.3, 0.2])
    made = sampler(Sampling(**PURE, seed=3), size)
    drawn = [made.sample(logits).id for _ in range(4000)]
    counts = np.array([drawn.count(place) for place in places])
    expected = np.array([2000, 1200, 800])
    assert counts.sum() == 4000
    # chi-square with 2 degrees of freedom, 1 in 10,000
    assert ((counts - expected) ** 2 / expected).sum() < 18.4


def test_a_large_and_a_small_vocabulary_are_drawn_from_alike() -> None:
    logits = some_logits(4000, 6)
    padded = np.concatenate((logits, np.full(96_000, -np.inf, np.float32)))
    for seed in range(200):
        wish = Sampling(**PURE, seed=seed)
        small, large = sampler(wish, 4000).sample(logits), sampler(wish, 100_000).sample(padded)
        assert (small.id, small.kept) == (large.id, large.kept)
        assert small.logprob == pytest.approx(large.logprob, abs=1e-5)


def test_the_repeat_penalty_looks_back_as_far_as_it_is_told() -> None:
    logits = np.array([2.0, 1.9, -5.0], np.float32)
    for tokens, far in ((64, 63), (5, 4), (-1, 300)):
        wish = Sampling(temperature=0.0, repeat_penalty=1.5, penalty_tokens=tokens)
        assert sampler(wish, 3, [0] + [2] * far).sample(logits).id == 1
        if tokens > 0:
            assert sampler(wish, 3, [0] + [2] * tokens).sample(logits).id == 0
            said = sampler(wish, 3, [0])
            for _ in range(tokens):
                said.accept(2)
            assert said.sample(logits).id == 0
    assert sampler(Sampling(temperature=0.0, repeat_penalty=1.5, penalty_tokens=0), 3, [0]).sample(logits).id == 0


def test_what_is_said_often_is_penalised_by_its_frequency_and_by_its_presence() -> None:
    logits = np.array([3.0, 2.0, 1.0], np.float32)
    steps = sampler(Sampling(frequency_penalty=0.5, presence_penalty=0.25), 3, [0, 0, 1]).sample(logits).steps
    assert steps[0].stage == "penalties"
    assert steps[0].pool.values.tolist() == [1.75, 1.25, 1.0]


def test_xtc_removes_all_likely_tokens_but_the_least_likely_of_them() -> None:
    logits = np.log(np.array([0.4, 0.3, 0.2, 0.1], np.float32))
    always = Sampling(**PURE, xtc_probability=1.0, xtc_threshold=0.15)
    choice = distribution.describe(logits, sampler(always, 4).sample(logits), 4)
    assert [cut for *_, cut in choice.candidates] == [Cut.XTC, Cut.XTC, Cut.KEPT, Cut.KEPT]
    assert math.exp(choice.candidates[2][2] or 0) == pytest.approx(2 / 3, abs=1e-6)
    sometimes = Sampling(**PURE, xtc_probability=0.3, xtc_threshold=0.15, seed=4)
    made = sampler(sometimes, 4)
    kept = [made.sample(logits).kept for _ in range(1000)]
    assert set(kept) == {2, 4}
    assert 240 < kept.count(2) < 360  # 4 standard deviations


@pytest.mark.parametrize("version", [1, 2])
def test_mirostat_moves_towards_the_surprise_that_is_wanted(version: int) -> None:
    made = sampler(Sampling(temperature=1.0, mirostat=version, mirostat_tau=4.0, seed=2), 2000)
    surprises = []
    for step in range(400):
        draw = made.sample(some_logits(2000, step, 2.0))
        made.accept(draw.id)
        surprises.append(-draw.logprob / math.log(2))
    assert np.mean(surprises[200:]) == pytest.approx(4.0, abs=0.25)


def test_mirostat_takes_the_place_of_the_truncating_stages() -> None:
    logits = some_logits(500, 3)
    draw = sampler(Sampling(mirostat=2, mirostat_tau=2.0, top_k=1, min_p=0.9, repeat_penalty=1.2), 500, [4]).sample(
        logits
    )
    assert [step.stage for step in draw.steps] == ["penalties", "temperature", "mirostat"]
    cuts = {cut for *_, cut in distribution.describe(logits, draw, 64).candidates}
    assert cuts == {Cut.KEPT, Cut.MIROSTAT}


def test_a_bias_forbids_or_demands_a_token() -> None:
    logits = some_logits(50, 8)
    best = int(logits.argmax())
    forbidden = Sampling(**PURE, logit_bias=((best, -math.inf), (999, 5.0)))
    choice = distribution.describe(logits, sampler(forbidden, 50).sample(logits), 1)
    assert choice.candidates[0][2:] == (None, Cut.BANNED)
    demanded = Sampling(logit_bias=((7, 100.0),))
    draw = sampler(demanded, 50).sample(logits)
    assert draw.id == 7
    choice = distribution.describe(logits, draw, 50)
    # What the model thought of it is not changed by the bias.
    assert choice.rank == 1 + int((logits > logits[7]).sum())


def test_tokens_that_the_model_file_suppresses_are_never_drawn(open_model: OpenModel, tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, metadata={"tokenizer.ggml.suppress_tokens": [5, 9]})
    vocabulary = open_model(path).vocabulary
    assert vocabulary.suppressed == (5, 9)
    logits = np.full(vocabulary.size, -10.0, np.float32)
    logits[[5, 9, 12]] = [9.0, 8.0, 1.0]
    draw = Sampler(Sampling(temperature=0.0), vocabulary).sample(logits)
    cuts = [cut for *_, cut in distribution.describe(logits, draw, 3).candidates]
    assert (draw.id, cuts) == (12, [Cut.BANNED, Cut.BANNED, Cut.KEPT])


def test_every_token_forbidden_is_an_error_that_names_the_stage() -> None:
    wish = Sampling(logit_bias=tuple((token, -math.inf) for token in range(20)))
    with pytest.raises(NoCandidates) as caught:
        sampler(wish, 20).sample(some_logits(20, 1))
    assert caught.value.stage == "logit_bias"


def test_stages_that_are_not_named_are_not_applied() -> None:
    logits = some_logits(500, 2)
    draw = sampler(Sampling(stages=("temperature", "top_k"), top_k=10, repeat_penalty=2.0), 500, [1]).sample(logits)
    assert [step.stage for step in draw.steps] == ["temperature", "top_k"]
    assert draw.kept == 10


def test_the_logits_are_not_changed() -> None:
    logits = some_logits(300, 5)
    before = logits.copy()
    everything = Sampling(
        repeat_penalty=2.0,
        dry_multiplier=1.0,
        logit_bias=((3, -1.0),),
        top_n_sigma=2.0,
        typical_p=0.9,
        xtc_probability=1.0,
    )
    made = sampler(everything, 300, [1, 2, 3, 1, 2])
    distribution.describe(logits, made.sample(logits), 10)
    assert np.array_equal(logits, before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stages", ("top_k", "top_k")),
        ("stages", ("top_q",)),
        ("temperature", math.nan),
        ("top_p", math.inf),
        ("repeat_penalty", 0.0),
        ("repeat_penalty", -1.0),
        ("frequency_penalty", math.nan),
        ("mirostat", 3),
        ("seed", -1),
        ("logit_bias", ((4, math.nan),)),
        ("logit_bias", ((4, math.inf),)),
    ],
)
def test_a_setting_that_no_stage_can_work_with_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(SamplingNotUsable) as caught:
        Sampler(Sampling(**{name: value}), numbered(10))
    assert caught.value.name == name
