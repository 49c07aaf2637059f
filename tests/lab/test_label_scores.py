"""Scores of labels against the formulas written out, with labels that begin alike, and calibration as its papers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.lab.calibration import CONTENT_FREE, batch_bias, bias, calibrated, content_free_texts
from nextword.lab.scores import (
    FORMULAS,
    LabelScores,
    ScoreRule,
    WordScore,
    default_rule,
    exclusive_logprobs,
    label_scores,
)
from nextword.lab.task import Label, Task, Template

TASK = Task("t", "labels", Template("t"), (Label("a", ("yes", "sí")), Label("b", ("New York",))))
WORDS = (
    WordScore(0, "yes", (1,), (-1.0,)),
    WordScore(0, "sí", (2, 3), (-2.0, -0.5)),
    WordScore(1, "New York", (4, 5), (-1.5, -0.01)),
)
FREE = (
    WordScore(0, "yes", (1,), (-0.7,)),
    WordScore(0, "sí", (2, 3), (-3.0, -0.5)),
    WordScore(1, "New York", (4, 5), (-4.0, -0.2)),
)
BY_HAND: dict[ScoreRule, tuple[float, float, float]] = {
    "sum": (-1.0, -2.5, -1.51),
    "per_token": (-1.0, -1.25, -0.755),
    "per_char": (-1.0 / 3, -2.5 / 2, -1.51 / 8),
    "per_byte": (-1.0 / 3, -2.5 / 3, -1.51 / 8),
    "pmi": (-0.3, 1.0, 2.69),
    "ncc": (-0.3, 0.5, 1.345),
}


@pytest.mark.parametrize("rule", FORMULAS)
def test_each_rule_is_its_formula(rule: ScoreRule) -> None:
    yes, si, york = BY_HAND[rule]
    a, b = math.exp(yes) + math.exp(si), math.exp(york)
    found = label_scores(TASK, WORDS, rule=rule, content_free=FREE)
    assert found.probabilities == pytest.approx((a / (a + b), b / (a + b)), abs=1e-12)
    assert found.scores == pytest.approx((math.log(a), york), abs=1e-12)
    assert found.masses == pytest.approx((math.exp(-1) + math.exp(-2.5), math.exp(-1.51)), abs=1e-12)
    assert found.off_label == pytest.approx(1 - sum(found.masses), abs=1e-12)
    assert found.calibrated == (rule in ("pmi", "ncc"))


def test_a_rule_against_nothing_needs_the_scores_of_nothing() -> None:
    with pytest.raises(ValueError, match="content-free"):
        label_scores(TASK, WORDS, rule="ncc")


def test_one_token_words_are_summed_and_longer_ones_are_normalised() -> None:
    assert default_rule([1, 1, 1]) == "sum"
    assert default_rule([1, 2]) == "ncc"


def test_a_word_that_goes_on_to_another_label_does_not_count_what_goes_on() -> None:
    words = (WordScore(0, "pos", (7,), (-0.5,)), WordScore(1, "possum", (7, 8), (-0.5, -1.0)))
    short = math.exp(-0.5) - math.exp(-1.5)
    found = label_scores(TASK, words, rule="sum")
    assert found.masses == pytest.approx((short, math.exp(-1.5)), abs=1e-12)
    assert found.off_label == pytest.approx(1 - math.exp(-0.5), abs=1e-12)


def test_two_words_of_a_label_that_begin_alike_are_not_counted_twice() -> None:
    words = (
        WordScore(0, "pos", (7,), (-0.5,)),
        WordScore(0, "positive", (7, 8, 9), (-0.5, -1.0, -0.1)),
        WordScore(0, "posit", (7, 8), (-0.5, -1.0)),
        WordScore(1, "neg", (3,), (-2.0,)),
        WordScore(1, "neg", (3,), (-2.0,)),
    )
    found = label_scores(TASK, words, rule="sum")
    assert found.masses == pytest.approx((math.exp(-0.5), math.exp(-2.0)), abs=1e-12)


def test_words_that_begin_alike_are_set_against_the_same_share_of_nothing() -> None:
    words = (WordScore(0, "pos", (7,), (-0.5,)), WordScore(1, "possum", (7, 8), (-0.5, -1.0)))
    found = label_scores(TASK, words, rule="pmi", content_free=[*words, *words])
    assert found.probabilities == pytest.approx((0.5, 0.5), abs=1e-12)


def test_very_unlikely_words_keep_their_exact_numbers() -> None:
    words = (WordScore(0, "a", (1,), (-900.0,)), WordScore(1, "b", (2,), (-901.0,)))
    assert exclusive_logprobs(words) == (-900.0, -901.0)
    assert label_scores(TASK, words, rule="sum").probabilities[0] == pytest.approx(1 / (1 + math.exp(-1)))


@given(st.lists(st.floats(-30, 0), min_size=2, max_size=2), st.lists(st.floats(-30, 0), min_size=2, max_size=2))
def test_the_normalised_rule_and_contextual_calibration_agree_for_one_token(
    logs: list[float], free: list[float]
) -> None:
    words = [WordScore(index, "ab"[index], (index,), (value,)) for index, value in enumerate(logs)]
    nothing = [WordScore(index, "ab"[index], (index,), (value,)) for index, value in enumerate(free)]
    ncc = label_scores(TASK, words, rule="ncc", content_free=nothing)
    p_free = bias([label_scores(TASK, nothing, rule="sum")])
    assert calibrated(label_scores(TASK, words, rule="sum"), p_free).probabilities == pytest.approx(
        ncc.probabilities, abs=1e-9
    )


def scores(*masses: float) -> LabelScores:
    words = [WordScore(index, str(index), (index,), (math.log(mass),)) for index, mass in enumerate(masses)]
    return label_scores(TASK, words, rule="sum")


def test_contextual_calibration_is_the_diagonal_matrix_of_the_paper() -> None:
    nothing = np.array([[0.5, 0.1], [0.3, 0.2], [0.6, 0.05]])
    p_cf = nothing.mean(axis=0)
    p_cf /= p_cf.sum()
    found = bias([scores(*row) for row in nothing])
    assert found == pytest.approx(tuple(p_cf), abs=1e-12)
    p = np.array([0.4, 0.2])
    q = np.linalg.inv(np.diag(p_cf)) @ (p / p.sum())
    result = calibrated(scores(*p), found)
    assert result.probabilities == pytest.approx(tuple(q / q.sum()), abs=1e-12)
    assert result.calibrated
    assert result.masses == pytest.approx(tuple(p), abs=1e-12)


def test_batch_calibration_divides_by_the_mean_of_the_batch() -> None:
    batch = [scores(0.6, 0.2), scores(0.3, 0.3), scores(0.5, 0.1)]
    mean = np.mean([each.probabilities for each in batch], axis=0)
    assert batch_bias(batch) == pytest.approx(tuple(mean), abs=1e-12)
    q = np.array(batch[0].probabilities) / mean
    assert calibrated(batch[0], batch_bias(batch)).probabilities == pytest.approx(tuple(q / q.sum()), abs=1e-12)


def test_a_label_that_gets_nothing_for_nothing_does_not_divide_by_zero() -> None:
    assert sum(calibrated(scores(0.5, 0.5), (1.0, 0.0)).probabilities) == pytest.approx(1)


def test_domain_calibration_asks_about_random_words_of_the_task() -> None:
    texts = ["a very good film", "one bad play"]
    found = content_free_texts("domain", texts, seed=3)
    assert found == content_free_texts("domain", texts, seed=3)
    assert found != content_free_texts("domain", texts, seed=4)
    assert len(found) == 20
    assert {word for text in found for word in text.split()} <= set(" ".join(texts).split())
    assert {len(text.split()) for text in found} == {4}
    assert content_free_texts("contextual", texts, seed=3) == CONTENT_FREE
    assert content_free_texts("none", texts, seed=3) == ()
    assert content_free_texts("domain", [], seed=3) == ("",)
