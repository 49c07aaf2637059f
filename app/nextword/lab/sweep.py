"""What a sweep is to do: every combination of model, variant, number of examples, example set and order is one run.

A variant is a task in another dress: another template, other label words, examples with wrong labels. The plan alone
says what each run asks, so a sweep that was cut off goes on with the runs that are missing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from nextword.lab.calibration import Calibration
from nextword.lab.examples import FAN, draw, orders
from nextword.lab.scores import ScoreRule
from nextword.lab.splits import without_leaks
from nextword.lab.task import Item, Task

COUNTS: Final = (0, 1, 2, 4, 8, 16)
SETS: Final = 5

ExampleLabels: TypeAlias = Literal["gold", "random", "flipped"]
"""Which labels the examples show: their own, any, or another one than their own."""

Asking: TypeAlias = Literal["score", "generate"]
"""score: how likely each label word is. generate: an answer is written and judged."""


class ModelRef(Struct, frozen=True):
    """A model file. sha256, kind: "" while it is not known. size_bytes: of the file, 0 if not known."""

    path: str
    name: str = ""
    sha256: str = ""
    size_bytes: int = 0
    kind: Literal["", "base", "instruct"] = ""


class Variant(Struct, frozen=True):
    """A task as it is asked in some of the runs. instruct: as instruct models are asked, where that differs."""

    name: str
    task: Task
    labels: ExampleLabels = "gold"
    instruct: Task | None = None


class Answering(Struct, frozen=True):
    """How answers are written, where they are. temperature 0: the likeliest token each time."""

    max_tokens: int = 32
    stop_texts: tuple[str, ...] = ("\n",)
    temperature: float = 0.0
    seed: int = 0


class Plan(Struct, frozen=True):
    """A whole sweep. counts: numbers of examples. sets: example sets for each count above 0 and each seed. orders: of
    each set of two or more. examples: the only examples there are, in this order, instead of drawn ones. test: what is
    asked. calibration, rule: what the results are shown by; all else that is needed for another choice is kept too.
    """

    name: str
    variants: tuple[Variant, ...]
    models: tuple[ModelRef, ...]
    pool: tuple[Item, ...]
    test: tuple[Item, ...]
    counts: tuple[int, ...] = COUNTS
    sets: int = SETS
    orders: int = 1
    seeds: tuple[int, ...] = (0,)
    examples: tuple[Item, ...] = ()
    balanced: bool = True
    asking: Asking = "score"
    answering: Answering = Answering()
    rule: ScoreRule = "sum"
    calibration: Calibration = "none"
    test_hash: str = ""

    @property
    def task(self) -> Task:
        """The task of the first variant."""
        return self.variants[0].task

    @property
    def writes(self) -> bool:
        """Whether answers are written: always where there are no labels to score."""
        return self.asking == "generate" or self.task.kind == "answers"

    def task_of(self, cell: Cell) -> Task:
        """Return the task as the run asks it: in the wording of its model's kind."""
        variant = self.variants[cell.variant]
        if variant.instruct is not None and self.models[cell.model].kind == "instruct":
            return variant.instruct
        return variant.task


class Cell(Struct, frozen=True):
    """One run. place: in the plan, from 0. model, variant: indexes. set, order: from 0. examples: as they are shown."""

    place: int
    model: int
    variant: int
    count: int
    seed: int
    set: int
    order: int
    examples: tuple[Item, ...]


def most_examples(plan: Plan) -> int:
    """Return how many examples there are to show; a greater number of the plan is done with these."""
    return len(plan.examples or without_leaks(plan.pool, plan.test))


def cells(plan: Plan) -> tuple[Cell, ...]:
    """Return the runs of a plan: the models one after the other, so that each is loaded once.

    The same count, set and seed shows the same items in all models and variants. No item of the test set is shown.
    """
    pool = without_leaks(plan.pool, plan.test)
    found: list[Cell] = []
    for model in range(len(plan.models)):
        for index, variant in enumerate(plan.variants):
            for seed, count, number, order, items in _drawn(plan, pool):
                shown = relabelled(variant.task, items, variant.labels, seed=f"{seed}/{count}/{number}")
                found.append(Cell(len(found), model, index, count, seed, number, order, shown))
    return tuple(found)


def _drawn(plan: Plan, pool: Sequence[Item]) -> Iterator[tuple[int, int, int, int, tuple[Item, ...]]]:
    """Yield seed, count, set, order and examples of each run of one model and variant."""
    for seed in plan.seeds:
        for count in dict.fromkeys(min(count, len(plan.examples or pool)) for count in plan.counts):
            if count == 0 and seed != plan.seeds[0]:
                continue
            for number in range(1 if count == 0 or plan.examples else plan.sets):
                items = plan.examples[:count] or _draw(plan, pool, count, draw_seed(plan.name, count, number, seed))
                in_orders = orders(items, min(plan.orders, FAN), seed=seed) if plan.orders > 1 else (items,)
                for order, ordered in enumerate(in_orders):
                    yield seed, count, number, order, ordered


def _draw(plan: Plan, pool: Sequence[Item], count: int, seed: str) -> tuple[Item, ...]:
    """Draw examples; free answers are no classes, so there is nothing to balance."""
    if plan.task.kind == "labels":
        return draw(pool, count, seed=seed, balanced=plan.balanced)
    places = [Item("", None, place) for place in range(len(pool))]
    return tuple(pool[drawn.row] for drawn in draw(places, count, seed=seed))


def draw_seed(name: str, count: int, number: int, seed: int = 0) -> str:
    """Return the seed of an example set. With seed 0 it is that of the starter models' evaluation."""
    return f"{name}/{count}/{number}" if seed == 0 else f"{name}/{count}/{number}/{seed}"


def relabelled(task: Task, items: Sequence[Item], labels: ExampleLabels, *, seed: str) -> tuple[Item, ...]:
    """Return examples with the labels they are to show. flipped: each gets the label after its own."""
    names = [label.name for label in task.labels]
    if labels == "gold" or len(names) < 2:
        return tuple(items)
    if labels == "random":
        source = random.Random(f"labels {seed}")
        return tuple(replace(item, gold=source.choice(names)) for item in items)
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    return tuple(replace(item, gold=following.get(item.gold or "", item.gold)) for item in items)
