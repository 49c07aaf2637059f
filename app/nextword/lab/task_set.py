"""A task with its data: what is chosen in the builder, kept in the history, and swept."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nextword.engine.protocol import Kind
from nextword.lab import builtin
from nextword.lab.splits import Splits, frozen
from nextword.lab.task import Form, Task


class TaskSet(Struct, frozen=True):
    """A task with its data. built_in: the name of a set that comes with the program, "" for one's own.

    auto_form: the form follows the kind of the model. source: the file that the items came from, without its folder.
    """

    task: Task
    splits: Splits
    auto_form: bool = True
    built_in: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        return self.task.name


def built_in_set(name: builtin.BuiltIn) -> TaskSet:
    """Return a set that comes with the program; it has no tuning part. Raises OSError when its file is gone."""
    splits = frozen(Splits(builtin.items(name, "examples"), (), builtin.items(name, "test")))
    return TaskSet(builtin.task(name), splits, built_in=name, source=f"{name}.jsonl")


def task_for(task_set: TaskSet, kind: Kind | None) -> Task:
    """Return the task as it is asked of a model of that kind: plain text for base models, turns for instruct."""
    if not task_set.auto_form:
        return task_set.task
    form: Form = "turns" if kind == "instruct" else "text"
    if task_set.built_in and form != task_set.task.form:
        return builtin.task(cast(builtin.BuiltIn, task_set.built_in), form=form)
    return replace(task_set.task, form=form)


def changed(task_set: TaskSet, task: Task) -> TaskSet:
    """Return the set with another task; what was built in is one's own from then on."""
    return replace(task_set, task=task, built_in="")


def encoded(task_set: TaskSet) -> str:
    """Return the set as JSON, for the history. Halves of characters, which JSON cannot hold, become question marks."""
    try:
        return msgspec.json.encode(task_set).decode()
    except UnicodeEncodeError:
        import json

        text = json.dumps(msgspec.to_builtins(task_set), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def decoded(content: str) -> TaskSet | None:
    """Return what `encoded` made, None when it is none of ours."""
    try:
        return msgspec.json.decode(content, type=TaskSet)
    except (msgspec.DecodeError, UnicodeError):
        return None
