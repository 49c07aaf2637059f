"""The finished runs of a sweep looked at together: conditions, lines over the number of examples, items, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from nextword.lab.calibration import Calibration
from nextword.lab.results import RunFigures, RunResult, figures, first_line, predictions, right, scores_of
from nextword.lab.scores import ScoreRule
from nextword.lab.statistics import benjamini_hochberg, confusion
from nextword.lab.sweep import Cell, Plan
from nextword.lab.task import BETWEEN_ANSWERS, label_index
from nextword.lab.verdict import Rows, Verdict, accuracy, among_others, mcnemar_of, verdict
from nextword.tables import Table


class Condition(Struct, frozen=True, order=True):
    """What runs have in common that differ by their examples alone. model, variant: indexes in the plan."""

    model: int
    variant: int
    count: int


class SeenRun(Struct, frozen=True):
    """A finished run as far as all are kept in memory. id: in the history. predicted, right: for each item of the plan;
    predicted -1: no label."""

    id: int
    cell: Cell
    predicted: tuple[int, ...]
    right: tuple[bool, ...]
    figures: RunFigures

    @property
    def condition(self) -> Condition:
        return condition_of(self.cell)

    @property
    def accuracy(self) -> float:
        return self.figures.accuracy


class Point(Struct, frozen=True):
    """The runs of a condition. mean, low, high: of their accuracies; low and high are the range, not an interval."""

    condition: Condition
    runs: tuple[SeenRun, ...]
    mean: float
    low: float
    high: float


class Line(Struct, frozen=True):
    """The conditions of one model and variant, by their number of examples."""

    model: int
    variant: int
    points: tuple[Point, ...]


class ItemRow(Struct, frozen=True):
    """One item of a run. index: in the plan's test items. predicted: name of the label, or what was written; None for
    none. margin: the best probability less the second, None where nothing was scored. other: what another run says of
    it, where two are compared."""

    index: int
    text: str
    gold: str | None
    predicted: str | None
    is_right: bool
    margin: float | None = None
    probabilities: tuple[float, ...] = ()
    asked: int = 0
    used: int = 0
    fits: bool = True
    other: str | None = None
    other_is_right: bool | None = None

    @property
    def differs(self) -> bool:
        """Whether one of two conditions got it right and the other did not."""
        return self.other_is_right is not None and self.other_is_right != self.is_right


def condition_of(cell: Cell) -> Condition:
    """Return the condition that a run belongs to."""
    return Condition(cell.model, cell.variant, cell.count)


def seen(plan: Plan, id_: int, result: RunResult) -> SeenRun:
    """Return a run as it is kept in memory."""
    return SeenRun(id_, result.cell, predictions(plan, result), right(plan, result), figures(plan, result))


def with_rules(plan: Plan, rule: ScoreRule, calibration: Calibration) -> Plan:
    """Return the plan with its results read by another rule; nothing has to be asked again."""
    return replace(plan, rule=rule, calibration=calibration)


def by_condition(runs: Iterable[SeenRun]) -> dict[Condition, tuple[SeenRun, ...]]:
    """Return the runs of each condition, conditions and runs in their order."""
    found: dict[Condition, list[SeenRun]] = {}
    for run in sorted(runs, key=lambda run: run.cell.place):
        found.setdefault(run.condition, []).append(run)
    return {condition: tuple(found[condition]) for condition in sorted(found)}


def lines(runs: Iterable[SeenRun]) -> tuple[Line, ...]:
    """Return a line for each model and variant."""
    found: dict[tuple[int, int], list[Point]] = {}
    for condition, members in by_condition(runs).items():
        shares = [run.accuracy for run in members]
        point = Point(condition, members, sum(shares) / len(shares), min(shares), max(shares))
        found.setdefault((condition.model, condition.variant), []).append(point)
    return tuple(Line(model, variant, tuple(points)) for (model, variant), points in found.items())


def rows(runs: Sequence[SeenRun]) -> Rows:
    """Return what a verdict takes of a condition: a row for each example set, orders of a set in the mean.

    Where there is one set, its orders are the rows.
    """
    sets: dict[tuple[int, int], list[SeenRun]] = {}
    for run in runs:
        sets.setdefault((run.cell.seed, run.cell.set), []).append(run)
    if len(sets) < 2:
        return [run.right for run in runs]
    return [
        [sum(column) / len(members) for column in zip(*(run.right for run in members), strict=True)]
        for members in sets.values()
    ]


def compare(first: Sequence[SeenRun], second: Sequence[SeenRun]) -> Verdict:
    """Compare two conditions. Raises ValueError when a condition has no run."""
    return verdict(rows(first), rows(second))


def judged(runs: Iterable[SeenRun], first: Condition, second: Condition) -> tuple[Verdict, int]:
    """Compare two conditions; return the verdict and among how many it was made.

    A condition against the one with the fewest examples of its model and variant is one of as many as there are such;
    any other pair stands alone. Raises KeyError for a condition without a run.
    """
    groups = by_condition(runs)
    found = compare(groups[first], groups[second])
    begins: dict[tuple[int, int], Condition] = {}
    for condition in groups:
        begins.setdefault((condition.model, condition.variant), condition)
    others = [each for each in groups if begins[each.model, each.variant] != each]
    if begins[second.model, second.variant] != first or second not in others:
        return found, 1
    p_values = [mcnemar_of(rows(groups[begins[each.model, each.variant]]), rows(groups[each])) for each in others]
    return among_others(found, benjamini_hochberg(p_values)[others.index(second)]), len(others)


def item_rows(plan: Plan, run: RunResult, other: SeenRun | None = None) -> tuple[ItemRow, ...]:
    """Return the items of a run, as the plan's rule and calibration read them. other: a run to compare with."""
    task = plan.task_of(run.cell)
    names = [label.name for label in task.labels]
    judged = right(plan, run)
    if plan.writes:
        scores = [None] * len(run.items)
        said: list[str | None] = [first_line(item.answer) if item.fits else None for item in run.items]
    else:
        scores = list(scores_of(task, run, rule=plan.rule, calibration=plan.calibration))  # type: ignore[arg-type]
        said = [names[index] if index >= 0 else None for index in predictions(plan, run)]
    found = []
    for place, (item, score) in enumerate(zip(run.items, scores, strict=True)):
        asked = plan.test[item.item]
        found.append(
            ItemRow(
                item.item,
                asked.text,
                asked.gold,
                said[place],
                judged[place],
                score.margin if score is not None else None,
                score.probabilities if score is not None else (),
                item.asked,
                item.used,
                item.fits,
            )
        )
    return tuple(found) if other is None else _beside(plan, found, other)


def _beside(plan: Plan, found: Sequence[ItemRow], other: SeenRun) -> tuple[ItemRow, ...]:
    names = [label.name for label in plan.task_of(other.cell).labels]
    return tuple(
        replace(
            row,
            other=names[other.predicted[place]] if 0 <= other.predicted[place] < len(names) else None,
            other_is_right=other.right[place],
        )
        for place, row in enumerate(found)
        if place < len(other.right)
    )


def confusion_of(plan: Plan, run: SeenRun) -> tuple[tuple[int, ...], ...]:
    """Return counts: a row for each right label, a column for each predicted one and a last for none."""
    task = plan.task_of(run.cell)
    golds = [label_index(task, item.gold) for item in plan.test]
    return confusion(golds[: len(run.predicted)], run.predicted, len(task.labels))


# --- what leaves the program ----------------------------------------------------------------------------------


def runs_table(plan: Plan, runs: Iterable[SeenRun]) -> Table:
    """Return a row for each run."""
    place_columns = ("model", "variant", "examples", "seed", "set", "order")
    columns = (*place_columns, "items", "right", "accuracy", "off_label", "shortened", "unfit", "example_rows")
    found = []
    for run in sorted(runs, key=lambda run: run.cell.place):
        cell, told = run.cell, run.figures
        model = plan.models[cell.model].name or plan.models[cell.model].path
        place = (model, plan.variants[cell.variant].name, cell.count, cell.seed, cell.set, cell.order)
        numbers = (told.items, told.right, told.accuracy, told.off_label, told.shortened, told.unfit)
        found.append((*place, *numbers, " ".join(str(item.row) for item in cell.examples)))
    return Table(columns, tuple(found))


def lines_table(plan: Plan, runs: Iterable[SeenRun]) -> Table:
    """Return a row for each point of the lines, with the interval over items and example sets."""
    columns = ("model", "variant", "examples", "runs", "mean", "lowest", "highest", "interval_low", "interval_high")
    found = []
    for line in lines(runs):
        name = plan.models[line.model].name or plan.models[line.model].path
        for point in line.points:
            interval = accuracy(rows(point.runs))
            place = (name, plan.variants[line.variant].name, point.condition.count, len(point.runs))
            found.append((*place, point.mean, point.low, point.high, interval.low, interval.high))
    return Table(columns, tuple(found))


def items_table(plan: Plan, shown: Iterable[ItemRow]) -> Table:
    """Return a row for each item, its label probabilities in columns of their own."""
    labels = tuple(f"p({label.name})" for label in plan.task.labels) if not plan.writes else ()
    columns = ("item", "row", "text", "gold", "predicted", "right", "margin", "asked", "used", *labels)
    found = []
    for row in shown:
        gold = None if row.gold is None else row.gold.replace(BETWEEN_ANSWERS, " | ")
        numbers = row.probabilities if len(row.probabilities) == len(labels) else (None,) * len(labels)
        plain = (row.index, plan.test[row.index].row, row.text, gold, row.predicted, row.is_right, row.margin)
        found.append((*plain, row.asked, row.used, *numbers))
    return Table(columns, tuple(found))
