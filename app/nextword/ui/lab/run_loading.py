"""Puts the prompt of a finished run onto the builder's desk: its task, its examples in their order, an item."""

from __future__ import annotations

from pathlib import Path

from nextword.lab import builtin
from nextword.lab.builder import Builder, Part, Shown
from nextword.lab.evaluation import ItemRow, SeenRun
from nextword.lab.splits import Splits, frozen
from nextword.lab.sweep import ModelRef, Plan
from nextword.lab.task import Item
from nextword.lab.task_set import TaskSet, task_for
from nextword.ui.lab.task_desk import TaskDesk


def load_run(plan: Plan, run: SeenRun, row: ItemRow | None, builder: Builder, tasks: TaskDesk) -> ModelRef | None:
    """Show the run's prompt in the builder, asked about `row` or about what was asked last.

    The set is opened first where another is open: a built-in one by its name, else as a task of its own.
    Returns the model that has to be loaded for the prompt to be as it was asked: one of the other kind.
    """
    model = plan.models[run.cell.model]
    task = plan.task_of(run.cell)
    if not _same_pool(builder.task_set.splits.pool, plan.pool):
        _open(plan, tasks)
    wanted = None
    if builder.task != task:
        kept = builder.kept_set
        if model.kind and task_for(kept, model.kind) == task and Path(model.path).is_file():
            wanted = model if model.kind != builder.kind else None
            task = task_for(kept, builder.kind)
        builder.visit(task)
    shown = None
    if row is not None:
        shown = _shown(builder, row)
    builder.tick_exactly(run.cell.examples, shown)
    return wanted


def _open(plan: Plan, tasks: TaskDesk) -> None:
    name = plan.task.name
    if name in builtin.NAMES and _same_pool(builtin.items(name, "examples"), plan.pool):
        tasks.open_built_in(name)
        return
    tasks.add(TaskSet(plan.task, frozen(Splits(plan.pool, (), plan.test)), auto_form=False))


def _same_pool(first: tuple[Item, ...], second: tuple[Item, ...]) -> bool:
    return set(first) == set(second)


def _shown(builder: Builder, row: ItemRow) -> Shown:
    """Return the item as the builder names it: by its place in the test or tuning set."""
    parts: tuple[Part, ...] = ("test", "tuning")
    for part in parts:
        items = builder.part(part)
        index = next((at for at, item in enumerate(items) if item.text == row.text and item.gold == row.gold), -1)
        if index >= 0:
            return Shown(row.text, row.gold, part, index)
    return Shown(row.text, row.gold)
