"""Statistics of the lab against SciPy, against brute force, and against the numbers of the paper on the science."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nextword.lab.statistics import (
    Interval,
    benjamini_hochberg,
    bootstrap,
    bootstrap_difference,
    clopper_pearson,
    confusion,
    items_needed,
    mcnemar_exact,
    mean_and_error,
    paired,
    reliability,
    wilson,
)
from nextword.lab.verdict import FEWEST_ITEMS, Verdict, accuracy, adjusted, majority, verdict


@pytest.mark.parametrize(
    ("right", "items", "low", "high"), [(17, 20, 64.0, 94.8), (5, 5, 56.6, 100.0), (90, 100, 82.6, 94.5)]
)
def test_wilson_gives_the_numbers_of_the_paper(right: int, items: int, low: float, high: float) -> None:
    found = wilson(right, items)
    assert (100 * found.low, 100 * found.high) == pytest.approx((low, high), abs=0.05)


@given(st.integers(1, 500).flatmap(lambda items: st.tuples(st.integers(0, items), st.just(items))))
def test_wilson_is_that_of_scipy(pair: tuple[int, int]) -> None:
    found = wilson(*pair)
    expected = stats.binomtest(*pair).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.integers(1, 300).flatmap(lambda items: st.tuples(st.integers(0, items), st.just(items))))
def test_the_exact_interval_is_that_of_scipy(pair: tuple[int, int]) -> None:
    found = clopper_pearson(*pair)
    expected = stats.binomtest(*pair).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_of_no_items_everything_is_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_the_binomial_test_of_scipy(only_first: int, only_second: int) -> None:
    differing = only_first + only_second
    expected = stats.binomtest(only_first, differing).pvalue if differing else 1.0
    assert mcnemar_exact(only_first, only_second) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("more", "fewer", "p"),
    [(6, 0, 0.031), (5, 0, 0.0625), (9, 1, 0.021), (8, 2, 0.109), (15, 5, 0.041), (14, 5, 0.064)],
)
def test_mcnemar_gives_the_numbers_of_the_paper(more: int, fewer: int, p: float) -> None:
    assert mcnemar_exact(fewer, more) == pytest.approx(p, abs=5e-4)


def test_mcnemar_of_many_differing_items_is_exact_too() -> None:
    assert mcnemar_exact(3_900, 4_100) == pytest.approx(stats.binomtest(3_900, 8_000).pvalue, rel=1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=80))
def test_the_paired_error_is_that_of_scipy(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = paired(first, second)
    differences = np.array(second, dtype=float) - np.array(first, dtype=float)
    assert found.difference.value == pytest.approx(differences.mean(), abs=1e-12)
    assert found.standard_error == pytest.approx(stats.sem(differences), abs=1e-12)
    assert found.only_second - found.only_first == round(found.difference.value * len(pairs))
    assert (found.difference.low <= 0 <= found.difference.high) == (found.p > 0.05)


def test_pairs_must_be_the_same_items() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired([True], [True, False])


def test_an_error_of_too_few_values_is_not_a_number() -> None:
    assert mean_and_error([2.0])[0] == 2.0
    assert math.isnan(mean_and_error([2.0])[1])
    assert math.isnan(mean_and_error([])[0])


@pytest.mark.parametrize(
    ("gap", "differing", "items"),
    [(0.1, 0.2, 155), (0.1, 0.3, 233), (0.05, 0.15, 469), (0.05, 0.25, 783), (0.2, 0.3, 56), (-0.1, 0.2, 155)],
)
def test_items_needed_are_those_of_the_paper(gap: float, differing: float, items: int) -> None:
    assert items_needed(gap, differing) == pytest.approx(items, abs=1)


def test_a_test_of_so_many_items_finds_the_difference_in_four_of_five_cases() -> None:
    needed = items_needed(0.2, 0.4)
    assert needed is not None
    source = np.random.default_rng(1)
    draws = source.multinomial(needed, [0.3, 0.1, 0.6], size=2_000)
    power = np.mean([mcnemar_exact(int(b), int(c)) < 0.05 for c, b, _ in draws])
    assert 0.72 <= power <= 0.85, "the exact test is a little more careful than the formula"


def test_no_number_of_items_shows_what_is_not_there() -> None:
    assert items_needed(0.0, 0.3) is None
    assert items_needed(0.0, 0.0) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_values_are_those_of_scipy(values: list[float]) -> None:
    assert benjamini_hochberg(values) == pytest.approx(tuple(stats.false_discovery_control(values)), abs=1e-12)


def test_no_p_values_are_adjusted_to_none() -> None:
    assert benjamini_hochberg([]) == ()


def test_the_bootstrap_over_items_has_the_width_of_the_standard_error() -> None:
    values = np.random.default_rng(3).random((1, 400)) < 0.7
    found = bootstrap(values.astype(float))
    error = stats.sem(values[0].astype(float))
    assert found.value == values.mean()
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert found == bootstrap(values.astype(float))


def test_more_items_do_not_cure_few_example_sets() -> None:
    source = np.random.default_rng(5)
    level = source.normal(0.7, 0.1, size=(5, 1))
    narrow, wide = (bootstrap((source.random((5, n)) < level).astype(float)) for n in (400, 4_000))
    for found in (narrow, wide):
        assert found.high - found.low > 2 * 1.96 * 0.1 / math.sqrt(5) * 0.5, "the spread between sets stays"


def test_the_variance_of_the_crossed_bootstrap_is_that_of_its_two_sources() -> None:
    source = np.random.default_rng(7)
    sets, items = 30, 300
    values = source.normal(0, 0.3, (sets, 1)) + source.normal(0, 1, (1, items)) + source.normal(0, 0.2, (sets, items))
    found = bootstrap(values, resamples=4_000)
    expected = 1.96 * math.sqrt(values.mean(axis=1).var() / sets + values.mean(axis=0).var() / items)
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.12)


def test_a_difference_is_taken_on_the_same_items() -> None:
    base = np.random.default_rng(9).random((1, 300)) < 0.5
    better = np.concatenate([base | (np.arange(300) % 20 == 0)] * 3)
    found = bootstrap_difference(base.astype(float), better.astype(float))
    assert found.low > 0, "the items differ much, the difference on each hardly"
    assert found.value == pytest.approx(better.mean() - base.mean())
    assert math.isnan(bootstrap(np.empty((0, 0))).value)


def test_a_confusion_matrix_counts_what_has_no_label_apart() -> None:
    assert confusion([0, 0, 1, 1, -1], [0, 1, 1, -1, 0], 2) == ((1, 1, 0), (0, 1, 1))


def test_reliability_of_a_model_that_is_as_sure_as_it_is_right() -> None:
    found = reliability([(0.75, 0.25)] * 4, [0, 0, 0, 1])
    assert found.bins == ((0.75, 0.75, 4),)
    assert found.ece == pytest.approx(0)
    assert found.brier == pytest.approx((3 * 2 * 0.25**2 + 2 * 0.75**2) / 4)
    assert reliability([(1.0, 0.0)], [1]).ece == pytest.approx(1)
    assert math.isnan(reliability([], []).ece)


def made(both: int, only_first: int, only_second: int, neither: int) -> Verdict:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return verdict([first], [second])


def test_the_verdict_of_the_paper() -> None:
    found = made(both=30, only_first=5, only_second=14, neither=11)
    assert found.finding == "undecided"
    assert found.short_of == "items"
    assert found.p == pytest.approx(0.064, abs=5e-4)
    assert found.more_items == pytest.approx(50, abs=3)
    assert found.first == wilson(35, 60)
    assert found.difference.low < 0 < found.difference.value


def test_a_clear_difference_is_better_one_way_and_worse_the_other() -> None:
    assert made(100, 7, 71, 22).finding == "better"
    assert made(100, 71, 7, 22).finding == "worse"
    assert made(100, 7, 71, 22).more_items is None
    assert made(100, 0, 0, 22).finding == "same"
    assert made(100, 5, 5, 22).more_items is None, "an even split says nothing about how many would decide"


@pytest.mark.parametrize("items", [1, 5, FEWEST_ITEMS - 1])
def test_nothing_is_said_of_few_items(items: int) -> None:
    assert made(0, 0, items, 0).finding == "too_few"
    assert made(0, 0, FEWEST_ITEMS, 0).finding == "better"


def test_a_difference_between_lucky_sets_is_not_decided() -> None:
    source = np.random.default_rng(2)
    zero = source.random(200) < 0.5
    lucky = [zero | (source.random(200) < 0.6) for _ in range(3)]
    unlucky = [zero & (source.random(200) < 0.3) for _ in range(2)]
    found = verdict([zero.tolist()], [row.tolist() for row in (*lucky, *unlucky)])
    assert found.sets == 5
    assert found.finding == "undecided"
    assert found.short_of == "sets"
    steady = verdict([zero.tolist()], [row.tolist() for row in lucky])
    assert steady.finding == "better"
    assert steady.difference.low > 0


def test_where_all_is_right_the_interval_is_that_of_the_items() -> None:
    found = accuracy([[True] * 40] * 5)
    assert (found.value, found.low, found.high) == (1.0, pytest.approx(wilson(40, 40).low), 1.0)
    assert math.isnan(accuracy([[], []]).value)


def test_many_verdicts_together_are_held_to_more() -> None:
    lone = made(50, 1, 9, 40)
    assert lone.finding == "better"
    together = adjusted([lone, *[made(50, 5, 5, 40)] * 9, made(0, 0, 3, 0)])
    assert together[0].adjusted_p == pytest.approx(lone.p * 10)
    assert together[0].finding == "undecided"
    assert together[0].more_items
    assert together[-1].finding == "too_few"
    assert adjusted([lone]) == (lone,)


def test_an_item_is_right_where_most_sets_have_it_right() -> None:
    assert majority([[True, True], [True, False], [False, False]]) == [True, False]
    assert majority([[True], [False]]) == [False]
    with pytest.raises(ValueError, match="no run"):
        majority([])
    assert isinstance(wilson(1, 2), Interval)
