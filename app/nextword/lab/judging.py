"""A generation task: the same items without and with examples, written out, judged, and put side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from nextword.lab.generation import Reference
from nextword.lab.metrics import YES_OR_NO, Judged, Metric, judge
from nextword.lab.results import RunResult
from nextword.lab.sweep import Answering, ModelRef, Plan, Variant
from nextword.lab.task import Item, Task, answers, shown_word
from nextword.lab.verdict import Verdict, verdict
from nextword.tables import Table

LABEL_TOKENS = 24


class Wanted(Struct, frozen=True):
    """What a person chose. pattern: for the metric "regex"."""

    answering: Answering = Answering()
    metric: Metric = "exact"
    pattern: str = ""


def generation_plan(
    task: Task, model: ModelRef, examples: Sequence[Item], items: Sequence[Item], answering: Answering
) -> Plan:
    """Return the plan: one run without examples, and one with them where there are any."""
    counts = (0, len(examples)) if examples else (0,)
    return Plan(
        task.name, (Variant("own", task),), (model,), tuple(examples), tuple(items), counts=counts, sets=1,
        examples=tuple(examples), asking="generate", answering=answering,
    )  # fmt: skip


def judged(plan: Plan, run: RunResult, wanted: Wanted) -> Judged:
    """Judge the answers of a run; the words of a label stand for it as its name does. Raises PatternNotUsable."""
    task = plan.task_of(run.cell)
    rights = [_rights(task, plan.test[item.item]) for item in run.items]
    return judge(wanted.metric, [item.answer.strip() for item in run.items], rights, pattern=wanted.pattern)


def compared(first: Judged, second: Judged) -> Verdict | None:
    """Return whether the difference is real, for metrics that say right or wrong; items without a right answer are
    left out."""
    if first.metric not in YES_OR_NO:
        return None
    pairs = [(a, b) for a, b in zip(first.each, second.each, strict=True) if not math.isnan(a) and not math.isnan(b)]
    return verdict([[a for a, _ in pairs]], [[b for _, b in pairs]])


def mean_perplexity(references: Sequence[Reference]) -> float:
    """Return exp of the mean surprisal of all tokens of the right answers; NaN without any."""
    tokens = sum(one.tokens for one in references)
    return math.exp(-math.fsum(one.logprob for one in references) / tokens) if tokens else math.nan


def generation_table(plan: Plan, runs: Sequence[RunResult], judgements: Sequence[Judged]) -> Table:
    """Return one row for each item: input, right answer, and of each run the answer with its score."""
    columns = ["row", "input", "right"]
    for run, found in zip(runs, judgements, strict=True):
        columns += [f"answer {run.cell.count}-shot", f"{found.metric} {run.cell.count}-shot"]
    rows = []
    for number, item in enumerate(plan.test):
        row: list[str | int | float | None] = [item.row, item.text, item.gold]
        for run, found in zip(runs, judgements, strict=True):
            row += [run.items[number].answer, found.each[number]]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def _rights(task: Task, item: Item) -> tuple[str, ...]:
    if item.gold is None:
        return ()
    if task.kind == "answers":
        return answers(item)
    words = next((label.words for label in task.labels if label.name == item.gold), ())
    return tuple(dict.fromkeys(each for each in (shown_word(task, item.gold), item.gold, *words) if each))
