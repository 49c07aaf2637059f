"""Runs of a sweep looked at together, and a sweep that is kept, opened again and read by another rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.experiments import ExperimentId
from nextword.lab import builtin, sweep_desk
from nextword.lab.evaluation import (
    Condition,
    by_condition,
    confusion_of,
    item_rows,
    items_table,
    judged,
    lines,
    lines_table,
    rows,
    runs_table,
)
from nextword.lab.results import RunResult, scores_of
from nextword.lab.running import Home
from nextword.lab.sweep import ModelRef, Plan, Variant
from nextword.lab.sweep_desk import SweepDesk
from nextword.tables import to_csv, to_json_lines
from tests.lab.lab_desk import LabDesk

ITEMS = builtin.items("sentiment", "test")[:20]
TASK = builtin.task("sentiment")


def plan_for(desk: LabDesk, **changes: object) -> Plan:
    path = desk.engine.status.wanted
    given = {"counts": (0, 2), "sets": 2, **changes}
    return Plan("sentiment", (Variant("own", TASK),), (ModelRef(path, "starter"),),
                builtin.items("sentiment", "examples"), ITEMS, **given)  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture(scope="module")
def history(starter: LabDesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    folder: Path = tmp_path_factory.mktemp("history")
    made = History(folder / "history.db", starter.deliver)
    yield made
    made.close()


@pytest.fixture(scope="module")
def finished(starter: LabDesk, history: History) -> Iterator[SweepDesk]:
    desk = SweepDesk(starter.engine, history)
    desk.begin(plan_for(starter), "a sweep", Home(starter.engine.status.wanted))
    starter.deliver.until(lambda: desk.status.state == "finished" and len(desk.runs) == 3)
    yield desk
    desk.close()


def result_of(desk: SweepDesk, starter: LabDesk, place: int) -> RunResult:
    found: list[RunResult] = []
    desk.result(next(run for run in desk.runs if run.cell.place == place), found.append)
    starter.deliver.until(lambda: bool(found))
    return found[0]


def test_runs_of_a_condition_are_a_point_with_its_range(finished: SweepDesk) -> None:
    (line,) = lines(finished.runs)
    zero, two = line.points
    assert (zero.condition, len(zero.runs)) == (Condition(0, 0, 0), 1)
    assert (two.condition, len(two.runs)) == (Condition(0, 0, 2), 2)
    assert two.low <= two.mean <= two.high
    assert two.mean == pytest.approx(sum(run.accuracy for run in two.runs) / 2)
    assert len(rows(two.runs)) == 2


def test_a_condition_is_judged_among_all_that_are_set_against_the_fewest_examples(finished: SweepDesk) -> None:
    zero, two, four = (Condition(0, 0, count) for count in (0, 2, 4))
    alone, count = judged(finished.runs, zero, two)
    assert (alone.items, alone.sets, count) == (20, 2, 1)
    assert alone.adjusted_p == alone.p
    more = [replace(run, cell=replace(run.cell, count=4)) for run in finished.runs if run.cell.count == 2]
    among, count = judged([*finished.runs, *more], zero, two)
    assert count == 2
    assert among.adjusted_p == pytest.approx(alone.p), "both p are the same, so both stay"
    assert judged([*finished.runs, *more], two, four)[1] == 1


def test_orders_of_a_set_count_in_the_mean_and_those_of_the_only_set_by_themselves(finished: SweepDesk) -> None:
    two = by_condition(finished.runs)[Condition(0, 0, 2)]
    other_order = replace(two[0], cell=replace(two[0].cell, order=1), right=tuple(not each for each in two[0].right))
    first, second = rows([two[0], other_order, two[1]])
    assert set(first) == {0.5}
    assert list(second) == [float(each) for each in two[1].right]
    assert len(rows([two[0], other_order])) == 2


def test_items_of_a_run_say_what_was_found(finished: SweepDesk, starter: LabDesk) -> None:
    plan, other = finished.plan, next(run for run in finished.runs if run.cell.place == 0)
    assert plan is not None
    result = result_of(finished, starter, 1)
    found = item_rows(plan, result, other)
    assert [row.text for row in found] == [item.text for item in ITEMS]
    assert [row.gold for row in found] == [item.gold for item in ITEMS]
    scores = scores_of(TASK, result, rule="sum")
    for row, score in zip(found, scores, strict=True):
        assert score is not None
        assert row.predicted == TASK.labels[score.best].name
        assert row.is_right == (row.predicted == row.gold)
        assert row.margin == pytest.approx(abs(score.probabilities[0] - score.probabilities[1]))
        assert row.differs == (row.is_right != other.right[row.index])
    run = next(run for run in finished.runs if run.cell.place == 1)
    matrix = confusion_of(plan, run)
    assert sum(map(sum, matrix)) == 20
    assert matrix[0][0] + matrix[1][1] == run.figures.right


def test_everything_leaves_as_tables(finished: SweepDesk, starter: LabDesk) -> None:
    plan = finished.plan
    assert plan is not None
    runs = runs_table(plan, finished.runs)
    assert [row[2] for row in runs.rows] == [0, 2, 2]
    assert len(to_csv(runs).splitlines()) == 4
    assert [row[3] for row in lines_table(plan, finished.runs).rows] == [1, 2]
    items = items_table(plan, item_rows(plan, result_of(finished, starter, 2)))
    assert items.columns[-2:] == ("p(positive)", "p(negative)")
    assert len(to_json_lines(items).splitlines()) == 20


def test_a_sweep_is_opened_again_and_read_by_another_rule(
    finished: SweepDesk, starter: LabDesk, history: History
) -> None:
    again = SweepDesk(starter.engine, history)
    again.open_last()
    starter.deliver.until(lambda: len(again.runs) == 3 and not again.is_reading)
    assert again.experiment == finished.experiment
    assert again.status.state == "finished"
    assert {run.id: run.right for run in again.runs} == {run.id: run.right for run in finished.runs}
    again.set_rules("sum", "batch")
    starter.deliver.until(lambda: len(again.runs) == 3 and not again.is_reading)
    assert again.plan is not None
    assert again.plan.calibration == "batch"
    zero = next(run for run in again.runs if run.cell.count == 0)
    counts = [zero.predicted.count(label) for label in (0, 1)]
    assert min(counts) > 0, "batch calibration takes the bias for one label away"
    again.close()


def test_a_sweep_that_was_cut_off_goes_on_with_what_is_missing(starter: LabDesk, history: History) -> None:
    first = SweepDesk(starter.engine, history)
    first.begin(plan_for(starter, sets=3), "cut off", Home(starter.engine.status.wanted))
    starter.deliver.until(lambda: bool(first.runs))
    first.close()
    second = SweepDesk(starter.engine, history)
    second.open_last()
    starter.deliver.until(lambda: second.status.planned == 4 and not second.is_reading)
    done = {run.id for run in second.runs}
    assert done
    assert second.status.state == "ready"
    second.go_on(Home(starter.engine.status.wanted))
    starter.deliver.until(lambda: second.status.state == "finished" and len(second.runs) == 4)
    assert done < {run.id for run in second.runs}
    assert sorted(run.cell.place for run in second.runs) == [0, 1, 2, 3]
    second.close()


def test_the_rule_follows_the_tokens_of_the_words_and_is_kept(starter: LabDesk, history: History) -> None:
    desk = SweepDesk(starter.engine, history)
    desk.begin(plan_for(starter, counts=(0,)), "auto", Home(starter.engine.status.wanted), auto_rule=True)
    starter.deliver.until(lambda: desk.status.state == "finished" and len(desk.runs) == 1)
    assert desk.plan is not None
    assert desk.plan.rule == "ncc", "the starter writes pos and neg in more than one token"
    desk.close()
    again = SweepDesk(starter.engine, history)
    again.open_last()
    starter.deliver.until(lambda: len(again.runs) == 1 and not again.is_reading)
    assert again.plan == desk.plan
    assert again.runs == desk.runs
    again.close()


def test_what_a_plan_costs_is_measured_before_it_starts(starter: LabDesk, history: History) -> None:
    desk = SweepDesk(starter.engine, history)
    found: list[float | None] = []
    desk.measure(plan_for(starter, sets=5), lambda estimate: found.append(estimate.seconds))
    starter.deliver.until(lambda: bool(found))
    assert found[0] is not None
    assert found[0] > 0
    desk.close()


def test_another_rule_chosen_while_runs_are_read_leaves_none_out(
    starter: LabDesk, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SweepDesk(starter.engine, history)
    first.begin(plan_for(starter, sets=3), "several", Home(starter.engine.status.wanted))
    starter.deliver.until(lambda: first.status.state == "finished" and len(first.runs) == 4)
    first.close()
    monkeypatch.setattr(sweep_desk, "_AT_ONCE", 1)
    desk = SweepDesk(starter.engine, history)
    desk.open_last()
    starter.deliver.until(lambda: len(desk.runs) == 2)
    assert desk.is_reading
    desk.set_rules("sum", "batch")
    starter.deliver.until(lambda: not desk.is_reading)
    assert sorted(run.cell.place for run in desk.runs) == [0, 1, 2, 3]
    desk.close()


def test_the_sweep_that_was_asked_for_last_is_shown_and_one_that_is_gone_leaves_it_there(
    finished: SweepDesk, starter: LabDesk, history: History
) -> None:
    other = SweepDesk(starter.engine, history)
    other.begin(plan_for(starter, counts=(0,)), "other", Home(starter.engine.status.wanted))
    starter.deliver.until(lambda: other.status.state == "finished" and len(other.runs) == 1)
    other.close()
    assert finished.experiment is not None
    assert other.experiment is not None
    failures: list[NextwordError] = []
    desk = SweepDesk(starter.engine, history)
    desk.failed.connect(failures.append)
    desk.open(finished.experiment)
    starter.deliver.until(lambda: len(desk.runs) == 3 and not desk.is_reading)
    desk.open(other.experiment)
    desk.open(finished.experiment)  # before the other one is read
    desk.open(ExperimentId(10_000))
    starter.deliver.until(lambda: failures)
    assert not desk.is_reading
    assert (desk.experiment, len(desk.runs)) == (finished.experiment, 3)
    desk.open(other.experiment)
    starter.deliver.until(lambda: desk.experiment == other.experiment)
    desk.close()


def test_a_sweep_begins_also_when_its_rule_is_changed_before_it_is_kept(starter: LabDesk, history: History) -> None:
    desk = SweepDesk(starter.engine, history)
    desk.begin(plan_for(starter, counts=(0,)), "quick", Home(starter.engine.status.wanted))
    desk.set_rules("sum", "batch")
    starter.deliver.until(lambda: desk.status.state == "finished" and len(desk.runs) == 1)
    desk.close()
