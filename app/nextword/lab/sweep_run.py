"""A sweep of the history while it runs: each finished run is kept before it is told of, so that none is ever lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from nextword.engine.client import Engine
from nextword.events import Event
from nextword.history.database import History
from nextword.history.experiments import ExperimentId, RunId
from nextword.lab.results import RunFigures, RunResult, figures, pack
from nextword.lab.running import Home, Running, Settled, State, SweepStatus, Why
from nextword.lab.sweep import Plan

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

__all__ = ["FinishedRun", "Home", "State", "SweepRun", "SweepStatus", "Why"]


class FinishedRun(Struct, frozen=True):
    """A run that is kept."""

    id: RunId
    result: RunResult
    figures: RunFigures


class SweepRun(Running):
    """One experiment while the program runs. done: places of the plan that are kept already. run_kept: each new run."""

    def __init__(
        self,
        engine: Engine,
        history: History,
        plan: Plan,
        experiment: ExperimentId,
        *,
        done: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(engine, plan, self._keep, done=done)
        self.experiment = experiment
        self.run_kept: Event[FinishedRun] = Event()
        self._history = history

    def _keep(self, result: RunResult, settled: Settled) -> None:
        """Have the history keep a run; a full disk lets it wait, and the sweep goes on."""
        found = figures(self.plan, result)
        cell, shown = (msgspec.json.encode(value).decode() for value in (result.cell, found))
        results = pack(result)

        def write(conversations: Conversations) -> RunId:
            experiments, place = conversations.experiments, result.cell.place
            return experiments.add_run(self.experiment, place, cell=cell, figures=shown, results=results)

        self._history.keep(write, done=partial(self._on_kept, result, found, settled), failed=settled)

    def _on_kept(self, result: RunResult, found: RunFigures, settled: Settled, key: RunId) -> None:
        if not self._closed:
            self.run_kept.emit(FinishedRun(key, result, found))
        settled(None)
