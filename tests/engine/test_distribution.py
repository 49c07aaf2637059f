"""What is said of a token: probabilities over the whole vocabulary, rank, entropy, and why a candidate was cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nextword.engine import distribution
from nextword.engine.distribution import Choice, Draw, Row
from nextword.engine.requests import Sampling
from nextword.engine.sampler import Sampler
from nextword.engine.tokens import Cut
from nextword.errors import LogitsNotFinite, NoCandidates
from tests.engine.vocabularies import numbered

Logits = NDArray[np.float32]

ALL = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


def some_logits(size: int, seed: int, scale: float = 3.0) -> Logits:
    return np.random.default_rng(seed).normal(0, scale, size).astype(np.float32)


def drawn(logits: Logits, sampling: Sampling = ALL) -> Draw:
    return Sampler(sampling, numbered(logits.size)).sample(logits)


def described(logits: Logits, sampling: Sampling = ALL, alternatives: int = 20) -> Choice:
    return distribution.describe(logits, drawn(logits, sampling), alternatives)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([2, 60, 3000]), scale=st.sampled_from([0.01, 2.0, 30.0]))
def test_what_is_said_of_the_model_is_the_softmax_of_all_tokens(seed: int, size: int, scale: float) -> None:
    logits = some_logits(size, seed, scale)
    exact = logits.astype(np.float64)
    logprobs = exact - exact.max()
    logprobs -= math.log(np.exp(logprobs).sum())
    choice = described(logits, Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=seed))
    order = np.lexsort((np.arange(size), -exact))
    assert choice.logprob == pytest.approx(logprobs[choice.id], abs=1e-5)
    assert choice.rank == 1 + int((exact > exact[choice.id]).sum())
    probabilities = np.exp(logprobs)
    assert choice.entropy_bits == pytest.approx(-(probabilities * logprobs).sum() / math.log(2), abs=1e-4)
    assert [c[0] for c in choice.candidates] == order[:20].tolist()
    assert [c[1] for c in choice.candidates] == pytest.approx(logprobs[order[:20]].tolist(), abs=1e-5)


def test_the_probabilities_of_a_whole_vocabulary_sum_to_one_and_a_flat_row_has_all_the_entropy() -> None:
    size = 151_936
    for logits in (some_logits(size, 1, 2.0), some_logits(size, 2, 12.0), np.full(size, 17.5, np.float32)):
        log_total, entropy_bits = distribution.normalise(logits)
        assert math.fsum(np.exp(logits.astype(np.float64) - log_total)) == pytest.approx(1, abs=1e-5)
    assert entropy_bits == pytest.approx(math.log2(size), abs=1e-5)


def test_tokens_that_are_impossible_do_not_spoil_the_entropy() -> None:
    logits = np.array([0.0, -np.inf, 0.0, -np.inf], np.float32)
    log_total, entropy_bits = distribution.normalise(logits)
    assert log_total == pytest.approx(math.log(2))
    assert entropy_bits == pytest.approx(1)


@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 80),
    levels=st.integers(1, 6),
    size=st.sampled_from([5, 500, 70_001]),
)
@settings(deadline=None, max_examples=60)
def test_top_takes_the_lower_id_of_equal_logits(seed: int, count: int, levels: int, size: int) -> None:
    logits = np.random.default_rng(seed).integers(0, levels, size).astype(np.float32)
    expected = np.lexsort((np.arange(size), -logits))[:count]
    assert distribution.top(logits, count).tolist() == expected.tolist()


@pytest.mark.parametrize("size", [63, 64, 65, 300, 32_000, 151_936, 151_999])
def test_top_finds_the_best_wherever_they_stand(size: int) -> None:
    for seed in range(20):
        logits = some_logits(size, seed)
        expected = np.argsort(-logits, kind="stable")
        for count in (1, 64, 256):
            assert distribution.top(logits, count).tolist() == expected[:count].tolist()


def test_top_among_tokens_that_are_nearly_all_impossible() -> None:
    logits = np.full(100_000, -np.inf, np.float32)
    logits[[70_000, 5, 99_999]] = [1.0, 2.0, 3.0]
    assert distribution.top(logits, 5).tolist() == [99_999, 5, 70_000, 0, 1]


def test_top_ranks_zeros_of_both_signs_as_equal() -> None:
    assert distribution.top(np.array([-0.0, 0.0, -1.0, -0.0], np.float32), 4).tolist() == [0, 1, 3, 2]


def test_a_row_that_was_looked_at_finds_more_when_asked_for_more() -> None:
    logits = some_logits(5000, 3)
    row = Row(logits)
    order = np.argsort(-logits, kind="stable")
    assert [row.top(n).tolist() for n in (3, 200, 10)] == [order[:n].tolist() for n in (3, 200, 10)]


def test_each_stage_is_named_by_what_it_cut() -> None:
    # probabilities 0.6, 0.25, 0.1, 0.04, 0.01
    logits = np.log(np.array([0.6, 0.25, 0.1, 0.04, 0.01], np.float32))
    choice = described(logits, Sampling(temperature=1.0, top_k=4, top_p=0.9, min_p=0.2), 5)
    assert [cut for *_, cut in choice.candidates] == [Cut.KEPT, Cut.KEPT, Cut.MIN_P, Cut.TOP_P, Cut.TOP_K]


def test_the_first_stage_that_removed_a_token_is_the_reason_in_every_order() -> None:
    logits = np.log(np.array([0.6, 0.25, 0.1, 0.04, 0.01], np.float32))
    wish = Sampling(temperature=1.0, top_k=2, top_p=0.9, min_p=0.05, stages=("min_p", "top_p", "top_k"))
    cuts = [cut for *_, cut in described(logits, wish, 5).candidates]
    assert cuts == [Cut.KEPT, Cut.KEPT, Cut.TOP_K, Cut.TOP_P, Cut.MIN_P]


def test_a_banned_token_is_named_and_never_drawn() -> None:
    logits = np.array([0.0, -np.inf, 0.0], np.float32)
    assert {drawn(logits, Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=s)).id for s in range(50)} == {
        0,
        2,
    }
    last = described(logits, ALL, 3).candidates[-1]
    assert last == (1, -math.inf, None, Cut.BANNED)


@pytest.mark.parametrize("size", [300, 20_000])
def test_the_trace_of_a_draw_agrees_with_its_description(size: int) -> None:
    logits = some_logits(size, 6)
    wish = Sampling(
        repeat_penalty=1.4,
        logit_bias=((4, -np.inf),),
        typical_p=0.9,
        xtc_probability=1.0,
        xtc_threshold=0.01,
        temperature=1.3,
    )
    sampler = Sampler(wish, numbered(size))
    sampler.begin([1, 2, int(logits.argmax())])
    draw = sampler.sample(logits)
    views = distribution.trace(draw, 64)
    choice = distribution.describe(logits, draw, 64)
    names = ["", "logit_bias", "penalties", "top_k", "typical", "top_p", "min_p", "xtc", "temperature"]
    assert [view.stage for view in views] == names
    assert views[0].ids == tuple(c[0] for c in choice.candidates)
    assert views[0].probabilities == pytest.approx([math.exp(c[1]) for c in choice.candidates], rel=1e-5)
    assert [view.left for view in views[:4]] == [size, size - 1, size - 1, 40]
    last = dict(zip(views[-1].ids, views[-1].probabilities, strict=True))
    assert views[-1].left == choice.kept == len(last)
    assert math.fsum(last.values()) == pytest.approx(1)
    for token, _logprob, after, cut in choice.candidates:
        if after is None:
            gone = names.index({Cut.TOP_N_SIGMA: "top_n_sigma", Cut.BANNED: "logit_bias"}.get(cut, cut.name.lower()))
            assert all(token not in view.ids for view in views[gone:])
        else:
            assert math.exp(after) == pytest.approx(last[token], rel=1e-5)
    for before, view in zip(views[1:], views[2:], strict=False):
        assert view.left <= before.left


def test_the_draw_can_be_described_when_its_row_was_written_over() -> None:
    for sampling in (ALL, Sampling(), Sampling(repeat_penalty=1.3), Sampling(logit_bias=((3, -np.inf),), top_k=0)):
        logits = some_logits(4000, 9)
        copy = logits.copy()
        sampler = Sampler(sampling, numbered(4000))
        sampler.begin([1, 2, 3])
        draw = sampler.sample(logits)
        expected = distribution.describe(logits, draw, 30)
        logits[:] = some_logits(4000, 10)
        assert distribution.describe(copy, draw, 30) == expected


def test_a_token_of_a_given_text_is_judged_without_the_sampler() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1], np.float32))
    choice = distribution.judge(logits, 2, 2)
    assert choice.logprob == choice.sampled_logprob == pytest.approx(math.log(0.1), abs=1e-6)
    assert (choice.rank, choice.kept) == (3, 3)
    assert [(c[0], c[3]) for c in choice.candidates] == [(0, Cut.KEPT), (1, Cut.KEPT)]


@pytest.mark.parametrize("size", [10, 300, 151_936])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_recognised_wherever_it_stands(bad: float, size: int) -> None:
    for place in (0, size // 2, size - 1):
        logits = some_logits(size, 4)
        logits[place] = bad
        for look in (drawn, distribution.normalise, lambda row: distribution.judge(row, 0, 5)):
            with pytest.raises(LogitsNotFinite) as caught:
                look(logits)
            assert (caught.value.token, caught.value.count, caught.value.vocabulary) == (place, 1, size)


def test_a_row_in_which_nothing_is_possible_leaves_no_candidate() -> None:
    with pytest.raises(NoCandidates):
        drawn(np.full(300, -np.inf, np.float32))
