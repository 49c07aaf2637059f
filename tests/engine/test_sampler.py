"""The sampler against a slow and plain version of itself, and what must hold for any logits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nextword.engine import sampler
from nextword.engine.protocol import Sampling
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates

Logits = NDArray[np.float32]

ALL = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)

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


def plain_probabilities(logits: Logits, sampling: Sampling, recent: list[int]) -> dict[int, float]:
    """The stages one by one with Python numbers: id to probability of what is left."""
    scores = {i: float(x) for i, x in enumerate(logits)}
    for i in set(recent):
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
    recent = list(range(0, size, 3))[:20]
    expected = plain_probabilities(logits, sampling, recent)
    choice = sampler.choose(logits, sampling, draw=0.4, recent=recent, alternatives=size)
    got = {token: math.exp(after) for token, _, after, _ in choice.candidates if after is not None}
    # A sum that reaches top_p within rounding may take one token more or less.
    assert abs(len(got) - len(expected)) <= 1
    for token in got.keys() & expected.keys():
        assert got[token] == pytest.approx(expected[token], abs=2e-3 if len(got) != len(expected) else 1e-5)
    assert choice.kept == len(got)
    assert choice.id in got


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([2, 60, 3000]), scale=st.sampled_from([0.01, 2.0, 30.0]))
def test_what_is_said_of_the_model_is_the_softmax_of_all_tokens(seed: int, size: int, scale: float) -> None:
    logits = some_logits(size, seed, scale)
    exact = logits.astype(np.float64)
    logprobs = exact - exact.max()
    logprobs -= math.log(np.exp(logprobs).sum())
    choice = sampler.choose(logits, ALL, draw=0.7, alternatives=20)
    order = np.lexsort((np.arange(size), -exact))
    assert choice.logprob == pytest.approx(logprobs[choice.id], abs=1e-5)
    assert choice.rank == 1 + int((exact > exact[choice.id]).sum())
    probabilities = np.exp(logprobs)
    assert choice.entropy_bits == pytest.approx(-(probabilities * logprobs).sum() / math.log(2), abs=1e-4)
    assert [c[0] for c in choice.candidates] == order[:20].tolist()
    assert [c[1] for c in choice.candidates] == pytest.approx(logprobs[order[:20]].tolist(), abs=1e-5)


@given(seed=st.integers(0, 1000), count=st.integers(0, 80), levels=st.integers(1, 6))
def test_top_takes_the_lower_id_of_equal_scores(seed: int, count: int, levels: int) -> None:
    scores = np.random.default_rng(seed).integers(0, levels, 500).astype(np.float32)
    expected = np.lexsort((np.arange(500), -scores))[:count]
    assert sampler.top(scores, count).tolist() == expected.tolist()


def test_top_ranks_zeros_of_both_signs_as_equal() -> None:
    assert sampler.top(np.array([-0.0, 0.0, -1.0, -0.0], np.float32), 4).tolist() == [0, 1, 3, 2]


def test_temperature_zero_takes_the_best_token() -> None:
    logits = some_logits(1000, 1)
    choice = sampler.choose(logits, Sampling(temperature=0.0), draw=0.999, alternatives=3)
    assert choice.id == int(logits.argmax())
    assert (choice.kept, choice.rank, choice.sampled_logprob) == (1, 1, 0.0)
    assert [cut for *_, cut in choice.candidates] == [Cut.KEPT, Cut.TOP_K, Cut.TOP_K]


def test_each_stage_is_named_by_what_it_cut() -> None:
    # probabilities 0.6, 0.25, 0.1, 0.04, 0.01
    logits = np.log(np.array([0.6, 0.25, 0.1, 0.04, 0.01], np.float32))
    wish = Sampling(temperature=1.0, top_k=4, top_p=0.9, min_p=0.2)
    cuts = [cut for *_, cut in sampler.choose(logits, wish, draw=0.0, alternatives=5).candidates]
    assert cuts == [Cut.KEPT, Cut.KEPT, Cut.MIN_P, Cut.TOP_P, Cut.TOP_K]


def test_a_banned_token_is_named_and_never_drawn() -> None:
    logits = np.array([0.0, -np.inf, 0.0], np.float32)
    drawn = {sampler.choose(logits, ALL, draw=draw, alternatives=3).id for draw in np.linspace(0, 0.999, 50)}
    assert drawn == {0, 2}
    last = sampler.choose(logits, ALL, draw=0.1, alternatives=3).candidates[-1]
    assert (last[0], last[1], last[2], last[3]) == (1, -math.inf, None, Cut.BANNED)


def test_draws_follow_the_probabilities() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.2], np.float32))
    random = np.random.default_rng(3)
    counts = np.zeros(3)
    for _ in range(4000):
        counts[sampler.choose(logits, ALL, draw=float(random.random())).id] += 1
    # chi-square with 2 degrees of freedom, 1 in 10,000
    expected = np.array([2000, 1200, 800])
    assert ((counts - expected) ** 2 / expected).sum() < 18.4


def test_the_repeat_penalty_looks_back_64_tokens() -> None:
    logits = np.array([2.0, 1.9, -5.0], np.float32)
    wish = Sampling(temperature=0.0, repeat_penalty=1.5)
    assert sampler.choose(logits, wish, draw=0.0, recent=[0]).id == 1
    assert sampler.choose(logits, wish, draw=0.0, recent=[0] + [2] * 64).id == 0


def test_the_logits_are_not_changed() -> None:
    logits = some_logits(300, 5)
    before = logits.copy()
    sampler.choose(logits, Sampling(repeat_penalty=2.0), draw=0.5, recent=[1, 2, 3], alternatives=10)
    assert np.array_equal(logits, before)


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_no_candidate_is_an_error(bad: float) -> None:
    with pytest.raises(NoCandidates):
        sampler.choose(np.full(10, bad, np.float32), ALL, draw=0.5)


def test_a_token_of_a_given_text_is_judged_without_the_sampler() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1], np.float32))
    choice = sampler.judge(logits, 2, 2)
    assert choice.logprob == choice.sampled_logprob == pytest.approx(math.log(0.1), abs=1e-6)
    assert (choice.rank, choice.kept) == (3, 3)
    assert [(c[0], c[3]) for c in choice.candidates] == [(0, Cut.KEPT), (1, Cut.KEPT)]
