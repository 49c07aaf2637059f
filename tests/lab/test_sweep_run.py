"""Sweeps on real engines: what they find, and that nothing finished is lost whatever happens to the engine."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword import resources
from nextword.history.database import History
from nextword.history.experiments import ExperimentId
from nextword.lab import builtin
from nextword.lab.estimate import Estimate
from nextword.lab.results import RunResult, figures, plan_from, plan_text, predictions, right, scores_of, unpack
from nextword.lab.scoring import Condition, score_conditions
from nextword.lab.sweep import Answering, ModelRef, Plan, Variant, cells
from nextword.lab.sweep_run import FinishedRun, Home, SweepRun, SweepStatus
from nextword.lab.task import Item, Label, Task, Template
from tests.lab.lab_desk import LabDesk

BASE = ModelRef(str(resources.STARTER_BASE), "starter base", "sha", 1)
TASK = builtin.task("sentiment")
POOL = builtin.items("sentiment", "examples")
TEST = builtin.items("sentiment", "test")


class SweepDesk:
    """A history in a file beside an engine; sweeps and what is kept of them."""

    def __init__(self, desk: LabDesk, path: Path) -> None:
        self.desk = desk
        self.history = History(path, desk.deliver)
        self.sweeps: list[SweepRun] = []

    def begin(self, plan: Plan) -> SweepRun:
        keys: list[ExperimentId] = []
        text = plan_text(plan)
        planned = len(cells(plan))
        self.history.run(lambda c: c.experiments.add("sweep", plan.name, text, planned=planned), done=keys.append)
        self.desk.deliver.until(lambda: keys)
        return self.open(plan, keys[0], frozenset())

    def open(self, plan: Plan, experiment: ExperimentId, done: frozenset[int]) -> SweepRun:
        self.sweeps.append(SweepRun(self.desk.engine, self.history, plan, experiment, done=done))
        return self.sweeps[-1]

    def kept(self, sweep: SweepRun) -> list[RunResult]:
        found: list[list[RunResult]] = []
        self.history.run(
            lambda c: [unpack(c.experiments.results(run.id)) for run in c.experiments.runs(sweep.experiment)],
            done=found.append,
        )
        self.desk.deliver.until(lambda: found)
        return found[0]

    def finish(self, sweep: SweepRun) -> None:
        self.desk.deliver.until(lambda: sweep.status.state in ("finished", "paused"), seconds=120)
        assert sweep.status.state == "finished", sweep.status

    def close(self) -> None:
        for sweep in self.sweeps:
            sweep.close()
        self.history.close()


@pytest.fixture
def sweeps(starter: LabDesk, tmp_path: Path) -> Iterator[SweepDesk]:
    made = SweepDesk(starter, tmp_path / "history.db")
    yield made
    made.close()


def small(**changes: object) -> Plan:
    values: dict[str, object] = {"counts": (0, 2), "sets": 2} | changes
    return Plan("sentiment", (Variant("", TASK),), (BASE,), POOL, TEST[:24], **values)  # type: ignore[arg-type]


def test_a_sweep_finds_what_one_request_for_each_condition_finds(sweeps: SweepDesk) -> None:
    plan = small()
    sweep = sweeps.begin(plan)
    heard: list[FinishedRun] = []
    sweep.run_kept.connect(heard.append)
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    kept = sweeps.kept(sweep)
    assert [run.cell for run in kept] == list(cells(plan))
    assert [run.result for run in heard] == kept
    for run in kept:
        texts = tuple(item.text for item in plan.test)
        ((*reference,),) = sweeps.desk.run(score_conditions([Condition(TASK, run.cell.examples, texts)])).texts
        for item, one in zip(run.items, reference, strict=True):
            for logprobs, word in zip(item.logprobs, one.words, strict=True):
                assert logprobs == pytest.approx(word.logprobs, abs=0.05)
        assert len(run.content_free) == 3
        assert run.versions.model_sha256 == "sha"
        assert run.versions.context_tokens > 0
        assert run.prompt.endswith("\nSentiment:")
        assert run.cost.evaluated < run.cost.tokens
        found = figures(plan, run)
        assert found.items == 24
        assert found.right == sum(right(plan, run))
        assert len(predictions(plan, run)) == 24
        calibrated = scores_of(TASK, run, rule="ncc", calibration="contextual")
        assert all(scores is not None and scores.calibrated for scores in calibrated)


def test_a_paused_sweep_goes_on_after_a_restart_with_the_runs_that_are_missing(sweeps: SweepDesk) -> None:
    plan = small(counts=(0, 1, 2), sets=2)
    sweep = sweeps.begin(plan)
    sweep.start(Home(BASE.path, threads=1))
    sweeps.desk.deliver.until(lambda: sweep.status.done == 2)
    sweep.pause()
    assert (sweep.status.state, sweep.status.why) == ("paused", "asked")
    sweeps.desk.deliver.run_waiting()
    before = sweeps.kept(sweep)
    assert len(before) >= 2
    sweep.close()
    again = sweeps.open(plan_from(plan_text(plan)), sweep.experiment, frozenset(run.cell.place for run in before))
    assert again.status.done == len(before)
    again.start(Home(BASE.path, threads=1))
    sweeps.finish(again)
    after = sweeps.kept(again)
    assert [run.cell.place for run in after] == [0, 1, 2, 3, 4]
    assert after[: len(before)] == before


def test_the_estimate_is_measured_before_it_starts(sweeps: SweepDesk) -> None:
    sweep = sweeps.begin(small())
    told: list[Estimate] = []
    sweep.measure(told.append, lambda error: pytest.fail(str(error)))
    sweeps.desk.deliver.until(lambda: told)
    (said,) = told
    assert said.runs == 3
    assert said.seconds is not None
    assert said.seconds > 0
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    read = sum(run.cost.evaluated for run in sweeps.kept(sweep))
    assert said.tokens == pytest.approx(read, rel=0.35)


def test_answers_are_written_and_judged_by_their_first_line(sweeps: SweepDesk) -> None:
    task = builtin.task("antonyms")
    pool, test = builtin.items("antonyms", "examples"), builtin.items("antonyms", "test")[:12]
    plan = Plan("antonyms", (Variant("", task),), (BASE,), pool, test, counts=(4,), sets=1, answering=Answering(12))
    sweep = sweeps.begin(plan)
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    (run,) = sweeps.kept(sweep)
    assert len(set(run.cell.examples)) == 4
    assert figures(plan, run).accuracy > 0.5
    assert all(item.answer_ids and "\n" not in item.answer for item in run.items)


def test_what_does_not_fit_is_counted_and_never_hidden(sweeps: SweepDesk) -> None:
    long, endless = ("good and bad and " * 190, "good and bad and " * 2000)
    test = (Item("Fine.", "positive", 1), Item(long, "negative", 2), Item(endless, "negative", 3))
    plan = Plan("s", (Variant("", TASK),), (BASE,), POOL, test, counts=(16,), sets=1)
    sweep = sweeps.begin(plan)
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    (run,) = sweeps.kept(sweep)
    found = figures(plan, run)
    assert (found.items, found.unfit, found.shortened) == (3, 1, 1)
    assert [item.asked for item in run.items] == [16, 16, 16]
    assert 0 <= run.items[1].used < 16
    assert not right(plan, run)[2]


def test_another_model_chosen_meanwhile_pauses_the_sweep(lab_cache: Path, tiny_model: Path, tmp_path: Path) -> None:
    desk = LabDesk(lab_cache, resources.STARTER_BASE)
    made = SweepDesk(desk, tmp_path / "history.db")
    try:
        sweep = made.begin(small(counts=(8,)))
        sweep.start(Home(BASE.path, threads=1))
        desk.deliver.until(lambda: sweep.status.items_done)
        desk.use(tiny_model)
        desk.deliver.until(lambda: sweep.status.state == "paused")
        assert sweep.status.why == "model_changed"
        assert desk.engine.status.wanted == str(tiny_model)
        sweep.start(Home(str(tiny_model), threads=1))
        made.finish(sweep)
        desk.deliver.until(lambda: desk.engine.status.state == "ready")
        assert desk.engine.status.wanted == str(tiny_model)
        assert len(made.kept(sweep)) == 2
    finally:
        made.close()
        desk.close()


@pytest.mark.parametrize("names", [("", "0", "False", "\U0001f600", "Fal"), ("only",)], ids=["odd labels", "one class"])
def test_labels_of_any_name_and_data_of_one_class_are_swept(sweeps: SweepDesk, names: tuple[str, ...]) -> None:
    labels = tuple(Label(name, (name or "none",)) for name in names)
    task = Task("odd", "labels", Template("odd", input_prefix="In: ", output_prefix="\nOut:"), labels)
    items = tuple(Item(f"text {n}", names[n % len(names)], n) for n in range(20))
    plan = Plan("odd", (Variant("", task),), (BASE,), items[:10], items[10:], counts=(0, 5), sets=1)
    sweep = sweeps.begin(plan)
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    for run in sweeps.kept(sweep):
        found = [scores for scores in scores_of(task, run, rule="ncc", calibration="contextual") if scores is not None]
        assert len(found) == 10
        assert all(sum(scores.probabilities) == pytest.approx(1) for scores in found)
        assert set(predictions(plan, run)) <= set(range(len(names)))
        if run.cell.count:
            assert {item.gold for item in run.cell.examples} == set(names)


def test_a_sweep_without_items_or_examples_ends_at_once(sweeps: SweepDesk) -> None:
    sweep = sweeps.begin(Plan("none", (Variant("", TASK),), (BASE,), (), (), counts=(0, 4), sets=2))
    sweep.start(Home(BASE.path, threads=1))
    sweeps.finish(sweep)
    (run,) = sweeps.kept(sweep)
    assert (run.items, figures(sweep.plan, run).accuracy) == ((), 0.0)


class Killer:
    """Kills the engine of a desk at random moments of a sweep: in any state, after a piece, after a run is kept."""

    def __init__(self, desk: LabDesk, sweep: SweepRun, rng: random.Random) -> None:
        self._desk = desk
        self._sweep = sweep
        self._rng = rng
        self._told = 0
        sweep.status_changed.connect(self._on_status)

    def _on_status(self, _status: SweepStatus) -> None:
        self._told += 1

    def strike(self) -> int:
        """Wait for a moment and kill; return how many processes were killed."""
        moment = self._rng.choice(["starting", "loading", "busy", "busy", "busy", "piece", "kept"])
        told, done = self._told, self._sweep.status.done

        def reached() -> bool:
            if self._sweep.status.state != "running":
                return True
            if moment in ("piece", "kept"):
                return self._told > told + 1 if moment == "piece" else self._sweep.status.done > done
            return self._desk.engine.status.state == moment

        self._desk.deliver.until(reached)
        for _ in range(self._rng.randrange(3)):
            self._desk.deliver.run_waiting()
        pid = self._desk.engine.pid
        if pid is None or self._sweep.status.state != "running":
            return 0
        os.kill(pid, signal.SIGKILL)
        self._desk.deliver.until(lambda: self._desk.engine.pid != pid)
        return 1


def test_fifty_deaths_of_the_engine_lose_no_finished_run(lab_cache: Path, tiny_model: Path, tmp_path: Path) -> None:
    desk = LabDesk(lab_cache, tiny_model)
    made = SweepDesk(desk, tmp_path / "history.db")
    model = ModelRef(str(tiny_model))
    plan = Plan("t", (Variant("", TASK),), (model,), POOL[:20], TEST[:14], counts=(0, 1, 2), sets=8)
    rng = random.Random(11)
    kills = 0
    try:
        while kills < 50:
            sweep = made.begin(plan)
            killer = Killer(desk, sweep, rng)
            sweep.start(Home(model.path, threads=1))
            while sweep.status.state == "running" and kills < 50:
                kills += killer.strike()
            made.finish(sweep)
            kept = made.kept(sweep)
            assert [run.cell for run in kept] == list(cells(plan))
            assert all(len(run.items) == 14 and all(item.fits for item in run.items) for run in kept)
    finally:
        made.close()
        desk.close()
