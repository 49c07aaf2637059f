"""What the lab keeps: tasks with their data, experiments, their finished runs one by one, and what people rated.

What a plan or a result means is known to nextword.lab alone; here they are texts and bytes. A run is kept in one
transaction when it is finished, so that whatever ends the program, no finished run is lost.
"""

from __future__ import annotations

import time
from typing import Any, Literal, NewType, TypeAlias

from msgspec import Struct

from nextword.errors import NoSuchRow
from nextword.history.library import NAME_CHARACTERS, NamedRows
from nextword.history.store import Store, inserted, storable

TaskId = NewType("TaskId", int)
ExperimentId = NewType("ExperimentId", int)
RunId = NewType("RunId", int)

ExperimentKind: TypeAlias = Literal["sweep", "generation", "twins"]


class StoredTask(Struct, frozen=True):
    """A task with its data under a name. content: JSON, as nextword.lab writes it. updated: seconds since 1970."""

    id: TaskId
    name: str
    content: str
    updated: float


class ExperimentSummary(Struct, frozen=True):
    """An experiment as a list shows it. planned, finished: runs. created, updated: seconds since 1970 (UTC)."""

    id: ExperimentId
    kind: ExperimentKind
    name: str
    planned: int
    finished: int
    created: float
    updated: float


class StoredExperiment(Struct, frozen=True):
    """An experiment. plan: JSON; everything that is needed to go on with it."""

    summary: ExperimentSummary
    plan: str


class RunSummary(Struct, frozen=True):
    """A finished run without its results. place: in the plan, from 0. cell, figures: JSON."""

    id: RunId
    experiment: ExperimentId
    place: int
    cell: str
    figures: str
    created: float


class Experiments:
    """Verbs for experiments. Whoever deletes can restore."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- experiments ----------------------------------------------------------------------------------------

    def add(self, kind: ExperimentKind, name: str, plan: str, *, planned: int) -> ExperimentId:
        """Keep a new experiment that has no run yet. planned: how many there are to be."""
        now = time.time()
        row = {"kind": kind, "name": _one_line(name), "plan": storable(plan), "planned": planned}
        with self._store.db.atomic():
            table = self._store.db.table("experiments")
            key = inserted(table.insert(row | {"created": now, "updated": now, "deleted": None}))
        self._store.touched_experiments()
        return ExperimentId(key)

    def change_plan(self, experiment: ExperimentId, plan: str, *, planned: int) -> None:
        """Give an experiment another plan, for example with further runs. Raises NoSuchRow."""
        self._set(experiment, {"plan": storable(plan), "planned": planned, "updated": time.time()})

    def read(self, experiment: ExperimentId) -> StoredExperiment:
        """Return one experiment, also a deleted one. Raises NoSuchRow."""
        row = next(self._store.tuples(f"{_SUMMARY} where e.id = ?", [experiment]), None)
        if row is None:
            raise NoSuchRow("experiment", experiment)
        return StoredExperiment(_summary(row), self._store.row("experiment", experiment)["plan"])

    def rename(self, experiment: ExperimentId, name: str) -> str:
        """Give it another name; return the one it had. Raises NoSuchRow."""
        before: str = self._store.row("experiment", experiment)["name"]
        self._set(experiment, {"name": _one_line(name)})
        return before

    def delete(self, experiment: ExperimentId) -> None:
        """Put an experiment into the trash with its runs. Raises NoSuchRow."""
        self._set(experiment, {"deleted": time.time()})

    def restore(self, experiment: ExperimentId) -> None:
        """Take an experiment out of the trash. Raises NoSuchRow."""
        self._set(experiment, {"deleted": None})

    # --- runs -----------------------------------------------------------------------------------------------

    def add_run(self, experiment: ExperimentId, place: int, *, cell: str, figures: str, results: bytes) -> RunId:
        """Keep a finished run; one that has the same place already is replaced. Raises NoSuchRow."""
        self._store.row("experiment", experiment)
        now = time.time()
        row: dict[str, Any] = {"experiment": experiment, "place": place, "cell": storable(cell)}
        with self._store.db.atomic():
            self._store.db.execute(
                "delete from experiment_runs where experiment = ? and place = ?", [experiment, place]
            )
            table = self._store.db.table("experiment_runs")
            key = inserted(table.insert(row | {"figures": storable(figures), "results": results, "created": now}))
            self._store.db.table("experiments").update(experiment, {"updated": now})
        self._store.touched_experiments()
        return RunId(key)

    def runs(self, experiment: ExperimentId) -> list[RunSummary]:
        """Return the finished runs in the order of the plan, without their results."""
        sql = "select id, place, cell, figures, created from experiment_runs where experiment = ? order by place, id"
        return [
            RunSummary(RunId(key), experiment, place, cell, figures, created)
            for key, place, cell, figures, created in self._store.tuples(sql, [experiment])
        ]

    def results(self, run: RunId) -> bytes:
        """Return the results of one run, as they were given. Raises NoSuchRow."""
        row = next(self._store.tuples("select results from experiment_runs where id = ?", [run]), None)
        if row is None:
            raise NoSuchRow("run", run)
        return bytes(row[0])

    # --- ratings --------------------------------------------------------------------------------------------

    def rate(self, experiment: ExperimentId, pair: str, item: int, rating: str) -> None:
        """Keep what a person said about an item of two runs; the last word counts.

        pair: which runs, as nextword.lab names them. rating: JSON, "" takes it back. Raises NoSuchRow.
        """
        self._store.row("experiment", experiment)
        with self._store.db.atomic():
            execute = self._store.db.execute
            execute(
                "delete from experiment_ratings where experiment = ? and pair = ? and item = ?",
                [experiment, pair, item],
            )
            if rating:
                execute(
                    "insert into experiment_ratings (experiment, pair, item, rating, created) values (?, ?, ?, ?, ?)",
                    [experiment, storable(pair), item, storable(rating), time.time()],
                )
        self._store.touched_experiments()

    def ratings(self, experiment: ExperimentId, pair: str) -> dict[int, str]:
        """Return what was said about each item of two runs."""
        sql = "select item, rating from experiment_ratings where experiment = ? and pair = ? order by item"
        return dict(self._store.tuples(sql, [experiment, pair]))

    def list(self, kind: ExperimentKind | None = None, *, limit: int = 500) -> list[ExperimentSummary]:
        """Return the experiments that are not deleted, the last used first."""
        sql = f"{_SUMMARY} where e.deleted is null and (? is null or e.kind = ?) order by e.updated desc, e.id desc"
        return [_summary(row) for row in self._store.tuples(f"{sql} limit ?", [kind, kind, limit])]

    def _set(self, experiment: ExperimentId, values: dict[str, Any]) -> None:
        self._store.row("experiment", experiment)
        with self._store.db.atomic():
            self._store.db.table("experiments").update(experiment, values)
        self._store.touched_experiments()


class LabTasks:
    """Verbs for the tasks of the lab. A name that is taken gets a number; whoever deletes can restore."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = NamedRows(store, "lab_task", "content", touched=store.touched_experiments)

    def list(self) -> list[StoredTask]:
        """Return all tasks, in order of the alphabet."""
        times = dict(self._store.tuples("select id, updated from lab_tasks where deleted is null"))
        return [StoredTask(TaskId(key), name, content, times[key]) for key, name, content in self._rows.all()]

    def add(self, name: str, content: str) -> StoredTask:
        """Keep a new task."""
        key, name = self._rows.add(name, content)
        return next(task for task in self.list() if task.id == key)

    def change(self, task: TaskId, content: str) -> str:
        """Give a task another content; return the one it had. Raises NoSuchRow."""
        return self._rows.change(task, content)

    def rename(self, task: TaskId, name: str) -> str:
        """Rename a task; return the name it has now. Raises NoSuchRow."""
        return self._rows.rename(task, name)

    def delete(self, task: TaskId) -> None:
        """Put a task into the trash. Raises NoSuchRow."""
        self._rows.delete(task)

    def restore(self, task: TaskId) -> str:
        """Take a task out of the trash; return the name it has now. Raises NoSuchRow."""
        return self._rows.restore(task)


_SUMMARY = (
    "select e.id, e.kind, e.name, e.planned,"
    " (select count(*) from experiment_runs r where r.experiment = e.id), e.created, e.updated from experiments e"
)


def _summary(row: tuple[Any, ...]) -> ExperimentSummary:
    return ExperimentSummary(*row)


def _one_line(name: str) -> str:
    return " ".join(storable(name).split())[:NAME_CHARACTERS].rstrip() or "…"
