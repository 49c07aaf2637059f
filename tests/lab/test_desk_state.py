"""How a task lay when it was left: ticks, order, input and rules come back, whatever became of the data since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from nextword.lab.builder import Builder, Rules
from nextword.lab.desk_state import DeskState, examples_of, put_back, state_text
from nextword.lab.splits import Splits
from nextword.lab.task import Item
from nextword.lab.task_set import TaskSet, built_in_set
from tests.lab.lab_desk import LabDesk


@pytest.fixture
def make(tiny: LabDesk) -> Iterator[object]:
    made: list[Builder] = []

    def builder(task_set: TaskSet) -> Builder:
        made.append(Builder(tiny.engine, task_set))
        return made[-1]

    yield builder
    for each in made:
        each.close()


def test_ticks_order_input_and_rules_come_back(make) -> None:  # type: ignore[no-untyped-def]
    first, second = make(built_in_set("sentiment")), make(built_in_set("sentiment"))
    first.draw(3, seed=9)
    first.tick(1, False)
    first.tick(20, True)
    first.move(20, 0)
    first.show("test", 12)
    first.set_rules(Rules("sum", "contextual"))
    assert put_back(second, state_text(first))
    assert second.examples == first.examples
    assert (second.shown, second.rules, second.seed) == (first.shown, first.rules, 9)
    first.type("never \ud800 in the data")
    assert put_back(second, state_text(first))
    assert second.shown.text == "never ? in the data"


def test_examples_that_the_data_has_no_more_are_still_ticked(make) -> None:  # type: ignore[no-untyped-def]
    whole = built_in_set("topic")
    first = make(whole)
    gone = first.ticked[0]
    pool = tuple(item for item in whole.splits.pool if item != gone)
    less = replace(whole, splits=Splits(pool, (), whole.splits.test[5:]))
    second = make(less)
    assert put_back(second, state_text(first))
    assert second.ticked == first.ticked
    assert len(second.examples) == len(pool) + 1
    assert (second.shown.text, second.shown.part) == (first.shown.text, "typed")


def test_items_that_are_alike_are_as_many_as_before(make) -> None:  # type: ignore[no-untyped-def]
    pool = (Item("same", "a"), Item("same", "a"), Item("other", "b"))
    task_set = TaskSet(built_in_set("topic").task, Splits(pool, (), ()))
    state = DeskState((pool[0],), (2,))
    assert [(row.item.text, row.ticked) for row in examples_of(state, task_set)] == [
        ("same", False), ("other", False), ("same", True),
    ]  # fmt: skip
    first = make(task_set)
    first.tick_none()
    first.move(2, 0)
    second = make(task_set)
    for _ in range(2):
        assert put_back(second, state_text(first))
        assert second.examples == first.examples
        first.tick(2, True)


@pytest.mark.parametrize("text", ["", "[]", '{"ticked": 3}', "{"])
def test_what_is_none_changes_nothing(make, text: str) -> None:  # type: ignore[no-untyped-def]
    builder = make(built_in_set("sentiment"))
    before = builder.examples
    assert not put_back(builder, text)
    assert builder.examples == before


def test_examples_with_the_labels_of_a_run_go_with_it(make) -> None:  # type: ignore[no-untyped-def]
    builder = make(built_in_set("sentiment"))
    own, count = builder.ticked, len(builder.examples)
    for gold in ("positive", "negative", "positive"):
        builder.tick_exactly([replace(item, gold=gold, text=f"as shown: {item.text}") for item in own])
        assert len(builder.examples) == count + len(own)
    builder.tick_exactly(own)
    assert (builder.ticked, len(builder.examples)) == (own, count)
