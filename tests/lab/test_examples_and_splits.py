"""Draws that repeat and are balanced, orders, a test set that nothing changes, and the guard against leaks."""

from __future__ import annotations

import random
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.lab import builtin
from nextword.lab.examples import draw, is_balanced, orders
from nextword.lab.labels import named_label, with_word, without_word
from nextword.lab.splits import Shares, Splits, by_parts, frozen, leaks, part_named, split, thawed, without_leaks
from nextword.lab.task import Item, Label, Task, Template
from starter.corpus import sets
from starter.examples import mixed_examples

ODD = ("0", "", "False")
POOL = tuple(Item(f"text {number}", ODD[number % 3], number + 1) for number in range(30))


@pytest.mark.parametrize("count", [1, 4, 8])
def test_the_draw_is_that_of_the_evaluation_of_the_starter(count: int) -> None:
    rows = mixed_examples(sets.load("topic", "examples"), count, random.Random("topic/x"))
    drawn = draw(builtin.items("topic", "examples"), count, seed="topic/x")
    assert [item.text for item in drawn] == [row["input"] for row in rows]


@pytest.mark.parametrize("count", [3, 6, 9, 30])
def test_labels_that_are_false_to_python_are_drawn_as_often_as_others(count: int) -> None:
    for seed in range(20):
        counts = Counter(item.gold for item in draw(POOL, count, seed=seed))
        assert counts == {label: count // 3 for label in ODD}


@given(st.integers(0, 40), st.integers(0, 1000), st.booleans())
def test_a_draw_repeats_has_no_item_twice_and_changes_nothing(count: int, seed: int, balanced: bool) -> None:
    pool = list(POOL)
    first = draw(pool, count, seed=seed, balanced=balanced)
    draw(pool, 7, seed=seed + 1)
    assert first == draw(pool, count, seed=seed, balanced=balanced)
    assert pool == list(POOL)
    assert len(set(first)) == len(first) == min(count, 30)


def test_every_label_is_the_last_in_some_draws_and_the_odd_one_out_changes() -> None:
    draws = [draw(POOL, 4, seed=seed) for seed in range(60)]
    assert {items[-1].gold for items in draws} == set(ODD)
    assert {Counter(item.gold for item in items).most_common(1)[0][0] for items in draws} == set(ODD)
    assert all(is_balanced(items, ODD) for items in draws)


def test_where_a_label_runs_out_the_others_fill_up() -> None:
    few = (*POOL[:10], Item("one of a kind", "rare"))
    assert len(draw(few, 11, seed=1)) == 11
    assert draw((), 4, seed=1) == ()
    assert len(draw([Item("a", "x"), Item("b", "x")], 4, seed=1)) == 2


def test_all_orders_of_four_and_a_sample_of_more() -> None:
    four = POOL[:4]
    assert set(orders(four)) == set(permutations(four))
    assert orders(four)[0] == four
    found = orders(POOL[:6], seed=5)
    assert len(set(found)) == 24
    assert found[0] == POOL[:6]
    assert found == orders(POOL[:6], seed=5) != orders(POOL[:6], seed=6)
    assert orders(()) == ((),)
    assert len(orders(POOL)) == 24


def test_a_split_keeps_every_item_once_and_labels_in_proportion() -> None:
    splits = split(POOL, Shares(test=0.5, tuning=0.2), seed=1)
    assert sorted([*splits.pool, *splits.tuning, *splits.test], key=lambda item: item.row) == list(POOL)
    assert Counter(item.gold for item in splits.test) == dict.fromkeys(ODD, 5)
    assert Counter(item.gold for item in splits.tuning) == dict.fromkeys(ODD, 2)


def test_another_seed_changes_the_pool_and_not_the_test_set() -> None:
    first, second = split(POOL, seed=1), split(POOL, seed=2)
    assert first.test == second.test
    assert first.test_hash == second.test_hash
    assert first.pool != second.pool
    assert split(POOL, seed=1, test_seed=9).test != first.test


def test_a_frozen_test_set_knows_when_it_was_changed() -> None:
    splits = split(POOL)
    assert splits.is_frozen
    assert not splits.is_changed
    assert Splits(splits.pool, splits.tuning, splits.test[1:], test_hash=splits.test_hash).is_changed
    other = (Item(splits.test[0].text, "other"), *splits.test[1:])
    assert Splits(splits.pool, splits.tuning, other, test_hash=splits.test_hash).is_changed
    assert not Splits(splits.pool, splits.tuning, splits.test[::-1], test_hash=splits.test_hash).is_changed
    assert not thawed(splits).is_frozen
    assert frozen(thawed(splits)) == splits


@given(st.lists(st.sampled_from(["Soup", " soup ", "SOUP", "tea", "te a", "Straße", "STRASSE"]), max_size=30))
def test_no_text_is_on_two_sides_of_a_split(texts: list[str]) -> None:
    splits = split([Item(text, "x", row) for row, text in enumerate(texts)])
    assert leaks(splits.pool, splits.test) == ()
    assert leaks(splits.tuning, splits.test) == ()
    assert leaks(splits.pool, splits.tuning) == ()


def test_the_guard_sees_through_case_and_white_space() -> None:
    test = [Item("Good  soup\n", "a"), Item("straße", "b")]
    pool = [Item("tea", "a"), Item(" good soup", "b"), Item("STRASSE", "b")]
    assert [(leak.example, leak.test) for leak in leaks(pool, test)] == [(1, 0), (2, 1)]
    assert without_leaks(pool, test) == (pool[0],)


@pytest.mark.parametrize("name", ["sentiment", "topic", "foobar", "plurals", "antonyms"])
def test_no_built_in_set_leaks(name: builtin.BuiltIn) -> None:
    assert leaks(builtin.items(name, "examples"), builtin.items(name, "test")) == ()


def test_parts_are_as_a_column_of_the_data_says() -> None:
    values = ["train", "test", "validation", "examples", "dev", "Test "]
    splits = by_parts(POOL[:6], values, part_named)
    assert splits.pool == (POOL[0], POOL[3])
    assert splits.tuning == (POOL[2], POOL[4])
    assert splits.test == (POOL[1], POOL[5])


def test_splits_of_nothing_and_of_one_item() -> None:
    assert split(()).test == ()
    one = split(POOL[:1])
    assert len([*one.pool, *one.tuning, *one.test]) == 1


TASK = Task("t", "labels", Template("t"), (Label("relevant", ("yes",)), Label("not relevant", ("no",))))


@pytest.mark.parametrize(
    ("answer", "index"),
    [("Yes.", 0), ("It is not relevant.", 1), ("RELEVANT", 0), ("yes and no", -1), ("known", -1), ("", -1)],
)
def test_an_answer_names_the_one_label_that_it_says(answer: str, index: int) -> None:
    assert named_label(TASK, answer) == index


def test_words_are_added_once_and_taken_away() -> None:
    more = with_word(TASK, 1, " never ")
    assert more.labels[1].words == ("no", "never")
    assert with_word(more, 1, "never") == more
    assert with_word(more, 1, "  ") == more
    assert without_word(more, 1, "never") == TASK
