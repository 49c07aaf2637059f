"""What lies on the builder's desk: ticks, orders, draws, inputs, and that only the newest question is answered."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from nextword.lab.asides import Asides
from nextword.lab.builder import Builder, Change, Rules
from nextword.lab.looking import bars_of
from nextword.lab.results import RunResult, item_result, scores_of
from nextword.lab.scores import ScoreRule, label_scores
from nextword.lab.splits import Splits, frozen
from nextword.lab.sweep import Cell
from nextword.lab.task import Item, Label, Task, Template
from nextword.lab.task_set import TaskSet, built_in_set, decoded, encoded
from tests.lab.lab_desk import LabDesk

ODD = TaskSet(
    Task(
        "odd",
        "labels",
        Template("t", input_prefix="Text: ", output_prefix="\nLabel:"),
        (Label("", ("none",)), Label("0", ("0", "zero")), Label("False", ("False \U0001f600",))),
    ),
    frozen(
        Splits(
            tuple(Item(f"pool {n}", ("", "0", "False")[n % 3], n) for n in range(1, 10)),
            (),
            tuple(Item(f"test {n}", ("", "0", "False")[n % 3], n) for n in range(10, 16)),
        )
    ),
)


@pytest.fixture
def builder(tiny: LabDesk) -> Iterator[Builder]:
    made = Builder(tiny.engine, ODD)
    made.start()
    yield made
    made.close()


def _wait(desk: LabDesk, builder: Builder) -> None:
    desk.deliver.until(lambda: builder.is_known and builder.looked is not None and builder.looked.complete)


def test_it_begins_with_four_balanced_examples_and_the_first_input(tiny: LabDesk, builder: Builder) -> None:
    assert len(builder.ticked) == 4
    assert {item.gold for item in builder.ticked} == {"", "0", "False"}
    assert builder.shown.text == "test 10"
    _wait(tiny, builder)
    zero, few = builder.zero, builder.few
    assert zero is not None
    assert few is not None
    assert sum(few.scores.probabilities) == pytest.approx(1.0)
    assert sum(few.plain.masses) + few.plain.off_label == pytest.approx(1.0)
    assert zero.asked == 0
    assert few.used == 4
    assert builder.tokens
    assert few.bias is not None


def test_of_quick_ticks_the_last_one_is_answered(tiny: LabDesk, builder: Builder) -> None:
    _wait(tiny, builder)
    told: list[Change] = []
    builder.changed.connect(told.append)
    for row in (4, 5, 6, 4):
        builder.tick(row, not builder.examples[row].ticked)
    assert not builder.is_known
    _wait(tiny, builder)
    assert builder.looked is not None
    assert builder.looked.question.examples == builder.ticked
    assert told.count("bars") <= 3  # of one question alone


def test_a_sum_is_the_models_own_probability_and_other_rules_are_shares(tiny: LabDesk, builder: Builder) -> None:
    builder.set_rules(Rules("sum", "contextual"))
    _wait(tiny, builder)
    tiny.deliver.until(lambda: builder.looked is not None and builder.looked.question.calibration == "contextual")
    _wait(tiny, builder)
    looked, few = builder.looked, builder.few
    assert looked is not None
    assert few is not None
    assert few.calibrated
    plain = label_scores(looked.question.task, looked.few.shown.words, rule="sum")
    assert few.plain == plain
    assert few.bias is not None
    wanted = [p / b for p, b in zip(plain.probabilities, few.bias, strict=True)]
    assert few.scores.probabilities == pytest.approx([each / sum(wanted) for each in wanted])
    assert bars_of(looked, looked.few) == few


@pytest.mark.parametrize("rule", get_args(ScoreRule))
def test_a_calibration_divides_by_what_the_rule_says_for_nothing_as_a_run_does(
    tiny: LabDesk, builder: Builder, rule: ScoreRule
) -> None:
    builder.set_rules(Rules(rule, "contextual"))
    tiny.deliver.until(lambda: builder.looked is not None and builder.looked.question.calibration == "contextual")
    _wait(tiny, builder)
    looked, few = builder.looked, builder.few
    assert looked is not None
    assert few is not None
    free = tuple(item_result(-1, text, ()) for text in looked.few.free)
    cell = Cell(0, 0, 0, 4, 0, 0, 0, builder.ticked)
    run = RunResult(cell, (item_result(0, looked.few.shown, ()),), free)
    (wanted,) = scores_of(looked.question.task, run, rule=rule, calibration="contextual")
    assert wanted is not None
    assert few.scores.probabilities == pytest.approx(wanted.probabilities, abs=1e-9)


def test_the_same_seed_draws_the_same_and_nothing_of_the_test_set(builder: Builder) -> None:
    builder.draw(3, 7)
    first = builder.ticked
    builder.draw(3, 8)
    builder.draw(3, 7)
    assert builder.ticked == first
    assert [example.ticked for example in builder.examples[:4]] == [True, True, True, False]
    leaking = TaskSet(ODD.task, frozen(Splits(ODD.splits.pool, (), (Item(" POOL 1", "0"), Item("pool 2", "0")))))
    builder.open(leaking)
    builder.draw(9, 1)
    assert {item.text for item in builder.ticked} == {f"pool {n}" for n in range(3, 10)}


def test_examples_are_moved_shuffled_added_edited_and_put_back(builder: Builder) -> None:
    first = builder.ticked
    builder.move(0, 3)
    assert builder.ticked == (*first[1:4], first[0])
    before = builder.ticked
    builder.shuffle(1)
    assert builder.ticked != before
    assert set(builder.ticked) == set(before)
    kept: list[TaskSet] = []
    builder.edited.connect(kept.append)
    own = Item("mine", "0")
    builder.add(own)
    assert builder.ticked[-1] is own
    at = next(at for at, example in enumerate(builder.examples) if example.item is own)
    builder.edit(at, Item("mine, better", "False"))
    assert builder.ticked[-1].text == "mine, better"
    gone = builder.remove(at)
    assert all(item.text != "mine, better" for item in builder.ticked)
    builder.put_back(gone)
    assert builder.ticked[-1].text == "mine, better"
    assert kept[-1].splits.pool[-1].text == "mine, better"


def test_a_run_of_a_sweep_is_loaded_with_its_examples_and_their_order(builder: Builder) -> None:
    wanted = (ODD.splits.pool[5], Item("pool 1", "False"), ODD.splits.pool[2])
    builder.tick_exactly(wanted)
    assert builder.ticked == wanted


def test_what_each_example_does_and_what_they_taught_is_told_beside(tiny: LabDesk, builder: Builder) -> None:
    asides = Asides(tiny.engine, builder)
    asides.want(gains=True)
    tiny.deliver.until(lambda: asides.effects is not None and asides.gains)
    assert asides.effects is not None
    assert len(asides.effects.effects) == len(builder.ticked)
    assert asides.answer in ("none", "0", "False \U0001f600")
    builder.tick(0, False)
    assert asides.effects is None
    asides.close()


def test_an_input_that_fits_nowhere_is_told_and_examples_that_do_not_fit_are_counted(
    tiny: LabDesk, builder: Builder
) -> None:
    builder.type("word " * 330)
    _wait(tiny, builder)
    few = builder.few
    assert few is not None
    builder.type("and " * 3000)
    _wait(tiny, builder)
    few = builder.few
    assert few is not None
    assert not few.fits


def test_free_answers_have_the_right_answer_as_their_bar(tiny: LabDesk, builder: Builder) -> None:
    builder.open(built_in_set("antonyms"))
    _wait(tiny, builder)
    few = builder.few
    assert few is not None
    assert len(few.plain.masses) == 1
    builder.type("sour")
    _wait(tiny, builder)
    few = builder.few
    assert few is not None
    assert few.plain.masses == ()
    assert few.off_label


def test_after_a_death_of_the_engine_the_bars_come_back_by_themselves(lab_cache: Path, tiny_model: Path) -> None:
    desk = LabDesk(lab_cache, tiny_model, context_tokens=512)
    builder = Builder(desk.engine, ODD)
    builder.start()
    _wait(desk, builder)
    before = builder.few
    assert desk.engine.pid is not None
    os.kill(desk.engine.pid, signal.SIGKILL)
    desk.deliver.until(lambda: builder.looked is None)
    _wait(desk, builder)
    after = builder.few
    assert before is not None
    assert after is not None
    assert after.plain.masses == pytest.approx(before.plain.masses, abs=1e-6)
    builder.close()
    desk.close()


def test_a_set_comes_back_from_the_history_as_it_was() -> None:
    assert decoded(encoded(ODD)) == ODD
    assert decoded("{}") is None
    assert decoded("[") is None
