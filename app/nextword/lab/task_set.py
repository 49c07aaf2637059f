"""A task with its data: what is chosen in the builder, kept in the history, and swept."""

from __future__ import annotations

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
    instruct: how instruction-tuned models are asked where their wording is another; `task` is then for all others.
    """

    task: Task
    splits: Splits
    auto_form: bool = True
    built_in: str = ""
    source: str = ""
    instruct: Task | None = None

    @property
    def name(self) -> str:
        return self.task.name


def built_in_set(name: builtin.BuiltIn) -> TaskSet:
    """Return a set that comes with the program; it has no tuning part. Raises OSError when its file is gone."""
    splits = frozen(Splits(builtin.items(name, "examples"), (), builtin.items(name, "test")))
    turns = builtin.task(name, form="turns")
    return TaskSet(builtin.task(name), splits, built_in=name, source=f"{name}.jsonl", instruct=turns)


def task_for(task_set: TaskSet, kind: Kind | None) -> Task:
    """Return the task as it is asked of a model of that kind: plain text for base models, turns for instruct."""
    task = task_set.task
    if kind == "instruct" and task_set.instruct is not None:
        task = task_set.instruct
    if not task_set.auto_form:
        return task
    form: Form = "turns" if kind == "instruct" else "text"
    return replace(task, form=form)


def changed(task_set: TaskSet, task: Task, kind: Kind | None) -> TaskSet:
    """Return the set with another task for models of that kind; what was built in is one's own from then on.

    Where the kinds have a wording each, the other one stays as it is.
    """
    if kind == "instruct" and task_set.instruct is not None:
        return replace(task_set, instruct=task, built_in="")
    return replace(task_set, task=task, built_in="")


def with_form(task_set: TaskSet, form: Form | None) -> TaskSet:
    """Return the set asked in that form whatever the model, None: in the form that fits the kind of the model."""
    if form is None:
        return replace(task_set, auto_form=True)
    instruct = None if task_set.instruct is None else replace(task_set.instruct, form=form)
    return replace(task_set, task=replace(task_set.task, form=form), instruct=instruct, auto_form=False)


def encoded(task_set: TaskSet) -> str:
    """Return the set as JSON, for the history."""
    return json_text(task_set)


def json_text(value: Struct) -> str:
    """Return a value as JSON. Halves of characters, which JSON cannot hold, become question marks."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        import json

        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def decoded(content: str) -> TaskSet | None:
    """Return what `encoded` made, None when it is none of ours."""
    try:
        return msgspec.json.decode(content, type=TaskSet)
    except (msgspec.DecodeError, UnicodeError):
        return None
