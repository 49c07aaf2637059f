"""The sweep that is looked at: begun, paused, gone on with after a restart, and its runs as they come.

Lives on the thread of the engine's listeners and knows no window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeAlias

import msgspec

from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.conversations import Conversations
from nextword.history.database import History
from nextword.history.experiments import ExperimentId, RunId, RunSummary, StoredExperiment
from nextword.lab.calibration import Calibration
from nextword.lab.estimate import Estimate
from nextword.lab.evaluation import SeenRun, seen, with_rules
from nextword.lab.results import RunResult, plan_from, plan_text, unpack
from nextword.lab.running import Home, Running, SweepStatus
from nextword.lab.scores import ScoreRule, default_rule
from nextword.lab.sweep import Plan
from nextword.lab.sweep_run import FinishedRun, SweepRun

Change: TypeAlias = Literal["opened", "runs", "status"]
"""opened: another sweep, or none; runs: there are more, or they are read by another rule; status: see `status`."""

_AT_ONCE = 6  # runs that are read from the history in one piece of work

Failed: TypeAlias = Callable[[NextwordError], None]


class SweepDesk:
    """changed: what is another now. failed: what the history said no to."""

    def __init__(self, engine: Engine, history: History) -> None:
        self.changed: Event[Change] = Event()
        self.failed: Event[NextwordError] = Event()
        self.plan: Plan | None = None
        self.experiment: ExperimentId | None = None
        self.name = ""
        self.runs: tuple[SeenRun, ...] = ()
        self.status = SweepStatus()
        self.is_reading = False
        self._opening: ExperimentId | None = None  # on its way from the history
        self._engine = engine
        self._history = history
        self._sweep: SweepRun | None = None
        self._probing: Running | None = None
        self._asked = 0  # for a sweep
        self._reads = 0  # of the runs of the one that is open
        self._unread: Sequence[RunId] = ()
        self._auto_rule = False

    def close(self) -> None:
        """Stop what runs; finished runs are kept."""
        self._asked += 1
        self._reads += 1
        self._leave()
        self._stop_probing()

    # --- what a person does ---------------------------------------------------------------------------------

    def begin(self, plan: Plan, name: str, home: Home, *, auto_rule: bool = False) -> None:
        """Keep a new experiment and start it. auto_rule: the score rule is chosen when the words' tokens are known."""
        self._stop_probing()
        self._leave()
        self._asked += 1
        self._auto_rule = auto_rule and not plan.writes
        planned = Running(self._engine, plan, _keep_nothing).status.planned
        self._show(plan, name)
        self._history.run(
            lambda kept: kept.experiments.add("sweep", name, plan_text(plan), planned=planned),
            done=partial(self._on_added, self._asked, home),
            failed=self.failed.emit,
        )

    def go_on(self, home: Home) -> None:
        """Start what is paused or was cut off."""
        self._stop_probing()
        if self._sweep is not None:
            self._sweep.start(home)

    def pause(self) -> None:
        """Rest now; finished runs are kept."""
        if self._sweep is not None:
            self._sweep.pause()

    def open(self, experiment: ExperimentId) -> None:
        """Show a stored sweep; it can be gone on with where runs are missing."""
        if experiment == (self._opening or self.experiment):
            return
        self._asked += 1
        if experiment == self.experiment:  # it is wanted after all, and still here
            self._opening, self.is_reading = None, bool(self._unread)
            return
        self._opening, self.is_reading = experiment, True
        self._history.run(
            lambda kept: (kept.experiments.read(experiment), kept.experiments.runs(experiment)),
            done=partial(self._on_read, self._asked),
            failed=partial(self._on_not_read, self._asked),
        )

    def open_last(self) -> None:
        """Show the sweep that was worked on last, if there is one."""
        asked = self._asked

        def found(last: Sequence[ExperimentId]) -> None:
            if last and asked == self._asked and self.experiment is None:
                self.open(last[0])

        self._history.run(
            lambda kept: [each.id for each in kept.experiments.list("sweep", limit=1)],
            done=found,
            failed=self.failed.emit,
        )

    def set_rules(self, rule: ScoreRule, calibration: Calibration) -> None:
        """Read the results by another score rule or calibration; the model is not asked."""
        if self.plan is None or (self.plan.rule, self.plan.calibration) == (rule, calibration):
            return
        self.plan = with_rules(self.plan, rule, calibration)
        ids = [*(RunId(run.id) for run in self.runs), *self._unread]
        self.runs = ()
        self._begin_reading(ids)

    def measure(self, plan: Plan, done: Callable[[Estimate], None]) -> None:
        """Tell what a plan costs, by a few items asked of the loaded model; not while a sweep runs."""
        self._stop_probing()
        probing = Running(self._engine, plan, _keep_nothing)
        if self.status.state == "running" or not probing.cells:
            return
        self._probing = probing
        probing.measure(done, lambda _error: None)

    def result(self, run: SeenRun, done: Callable[[RunResult], None]) -> None:
        """Tell all that is kept of a run."""
        self._history.run(
            lambda kept: unpack(kept.experiments.results(RunId(run.id))), done=done, failed=self.failed.emit
        )

    # --- inside ---------------------------------------------------------------------------------------------

    def _show(self, plan: Plan | None, name: str) -> None:
        self.plan, self.name, self.runs, self.experiment = plan, name, (), None
        self.status = SweepStatus()
        self._opening, self._unread = None, ()
        self._reads += 1
        self.changed.emit("opened")

    def _leave(self) -> None:
        """Let go of the sweep that is open; one that runs is paused, and its engine gets its model back."""
        sweep, self._sweep = self._sweep, None
        if sweep is not None:
            sweep.pause()
            sweep.close()

    def _stop_probing(self) -> None:
        probing, self._probing = self._probing, None
        if probing is not None:
            probing.close()

    def _on_added(self, asked: int, home: Home, experiment: ExperimentId) -> None:
        if asked != self._asked or self.plan is None:
            return
        self._attach(experiment, frozenset())
        self.go_on(home)

    def _attach(self, experiment: ExperimentId, done: frozenset[int]) -> None:
        assert self.plan is not None
        self.experiment = experiment
        self._sweep = SweepRun(self._engine, self._history, self.plan, experiment, done=done)
        self._sweep.status_changed.connect(self._on_status)
        self._sweep.run_kept.connect(self._on_run_kept)
        self._on_status(self._sweep.status)

    def _on_status(self, status: SweepStatus) -> None:
        self.status = status
        self.changed.emit("status")

    def _on_run_kept(self, run: FinishedRun) -> None:
        if self.plan is not None:
            if self._auto_rule:
                self._choose_rule(run.result)
            self.runs = (*self.runs, seen(self.plan, run.id, run.result))
            self.changed.emit("runs")

    def _choose_rule(self, result: RunResult) -> None:
        """Take the rule that goes with the number of tokens of the label words, and keep it with the plan."""
        self._auto_rule = False
        assert self.plan is not None
        rule = default_rule(len(ids) for ids in result.ids)
        experiment = self.experiment
        if rule == self.plan.rule or experiment is None or self._sweep is None:
            return
        self.plan = self._sweep.plan = with_rules(self.plan, rule, self.plan.calibration)
        text, planned = plan_text(self.plan), self.status.planned
        self._history.run(
            lambda kept: kept.experiments.change_plan(experiment, text, planned=planned), failed=self.failed.emit
        )

    def _on_read(self, asked: int, found: tuple[StoredExperiment, Sequence[RunSummary]]) -> None:
        if asked != self._asked:
            return
        stored, runs = found
        self._leave()
        try:
            plan = plan_from(stored.plan)
        except msgspec.MsgspecError:
            self.is_reading = False
            self._show(None, stored.summary.name)
            return
        self._auto_rule = False
        self._show(plan, stored.summary.name)
        self._attach(stored.summary.id, frozenset(run.place for run in runs))
        self._begin_reading([run.id for run in runs])

    def _on_not_read(self, asked: int, error: NextwordError) -> None:
        if asked == self._asked:
            self._opening, self.is_reading = None, bool(self._unread)
        self.failed.emit(error)

    def _begin_reading(self, ids: Sequence[RunId]) -> None:
        self._reads += 1
        self._read_runs(self._reads, ids)

    def _read_runs(self, asked: int, ids: Sequence[RunId]) -> None:
        """Read runs some at a time, so that other work on the history gets its turn."""
        if asked != self._reads or self.plan is None:
            return
        part, rest = list(ids[:_AT_ONCE]), ids[_AT_ONCE:]
        self._unread = ids
        self.is_reading = bool(part)
        if not part:
            self.changed.emit("runs")
            return
        plan = self.plan

        def work(kept: Conversations) -> list[SeenRun]:
            return [seen(plan, key, unpack(kept.experiments.results(key))) for key in part]

        self._history.run(work, done=partial(self._on_runs, asked, rest), failed=partial(self._on_runs_not_read, asked))

    def _on_runs_not_read(self, asked: int, error: NextwordError) -> None:
        if asked == self._reads:
            self.is_reading = False
            self.changed.emit("runs")
        self.failed.emit(error)

    def _on_runs(self, asked: int, rest: Sequence[RunId], found: list[SeenRun]) -> None:
        if asked != self._reads:
            return
        known = {run.id for run in self.runs}
        self.runs = (*self.runs, *(run for run in found if run.id not in known))
        self._read_runs(asked, rest)


def _keep_nothing(_result: RunResult, settled: Callable[[NextwordError | None], None]) -> None:
    settled(None)
