"""What lies on the builder's desk: a task with its data, ticked examples in their order, one input, and the bars.

Lives on one thread and knows no window. A change asks the engine at once; the newest question alone is answered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from nextword.engine.client import Engine, EngineStatus
from nextword.engine.protocol import Kind, ModelInfo, PromptToken
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.lab.calibration import Calibration
from nextword.lab.dialogue import Dialogue
from nextword.lab.examples import draw
from nextword.lab.looking import BATCH, MOST_POOL_TEXTS, Bars, Looked, Question, bars_of, look_at
from nextword.lab.prompts import BuiltPrompt, build
from nextword.lab.scores import ScoreRule
from nextword.lab.splits import leak_key
from nextword.lab.task import Form, Item, Task
from nextword.lab.task_set import TaskSet, changed, task_for, with_form

Change: TypeAlias = Literal["set", "task", "examples", "input", "bars", "failed", "model"]
"""set: other data; task: its template, labels or form; bars: numbers or tokens came; failed: see `error`."""

Part: TypeAlias = Literal["test", "tuning", "typed"]
FIRST_DRAW = 4


class Example(Struct, frozen=True):
    """An item of the pool, in the order of the list. ticked: it stands in the prompt."""

    item: Item
    ticked: bool = False


class Shown(Struct, frozen=True):
    """The one input. index: of the part it is from, -1 when it was typed."""

    text: str
    gold: str | None = None
    part: Part = "typed"
    index: int = -1


class Rules(Struct, frozen=True):
    """How bars are made. score None: the sum where every word is one token, else NCC."""

    score: ScoreRule | None = None
    calibration: Calibration = "none"


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """What can be put back by an undo."""

    task_set: TaskSet
    examples: tuple[Example, ...]


class Builder:
    """changed: what is another now. edited: the set has to be kept, because a person changed it."""

    def __init__(self, engine: Engine, task_set: TaskSet, *, seed: int = 1) -> None:
        self.changed: Event[Change] = Event()
        self.edited: Event[TaskSet] = Event()
        self.task_set = task_set
        self.examples: tuple[Example, ...] = ()
        self.shown = Shown("")
        self.rules = Rules()
        self.seed = seed
        self.looked: Looked | None = None
        self.error: NextwordError | None = None
        self.model: ModelInfo | None = engine.status.model
        self._engine = engine
        self._running: Dialogue[None] | None = None
        self._asks = False
        self._visited_from: TaskSet | None = None
        self._keys_of: tuple[Item, ...] | None = None
        self._keys: frozenset[str] = frozenset()
        self._disconnect = engine.status_changed.connect(self._on_status)
        self._begin()

    def start(self) -> None:
        """Begin to ask the engine: somebody looks."""
        if not self._asks:
            self._asks = True
            self._ask()

    def pause(self) -> None:
        """Ask nothing more: nobody looks."""
        self._asks = False
        self._stop()

    def close(self) -> None:
        """End what runs and listen no more."""
        self.pause()
        self._disconnect()

    # --- what there is --------------------------------------------------------------------------------------

    @property
    def task(self) -> Task:
        """The task as it is asked of the model that is loaded."""
        return task_for(self.task_set, self.kind)

    @property
    def kind(self) -> Kind | None:
        """The kind of the model that is loaded."""
        return self.model.kind if self.model is not None else None

    @property
    def ticked(self) -> tuple[Item, ...]:
        """The examples of the prompt, in their order."""
        return tuple(example.item for example in self.examples if example.ticked)

    @property
    def prompt(self) -> BuiltPrompt:
        """The prompt with the ticked examples that fit."""
        if self.is_known and self.looked is not None:
            return self.looked.prompt
        return build(self.task, self.ticked, self.shown.text)

    @property
    def is_known(self) -> bool:
        """Whether bars and tokens are of what is on the desk now; before that they are of what was there."""
        looked = self.looked
        return looked is not None and (looked.question.task, looked.question.examples, looked.question.text) == (
            self.task,
            self.ticked,
            self.shown.text,
        )

    @property
    def tokens(self) -> tuple[PromptToken, ...]:
        """The tokens of `prompt`; none before the model has said them."""
        return self.looked.tokens if self.looked is not None and self.is_known else ()

    @property
    def zero(self) -> Bars | None:
        """What the model says without examples, None before it is known."""
        return None if self.looked is None else bars_of(self.looked, self.looked.zero)

    @property
    def few(self) -> Bars | None:
        """What it says with the ticked examples."""
        return None if self.looked is None else bars_of(self.looked, self.looked.few)

    @property
    def rule(self) -> ScoreRule:
        """The score rule in use: the chosen one, or that which the number of tokens of the words asks for."""
        if self.rules.score is not None:
            return self.rules.score
        return "sum" if self.looked is None else self.looked.rule

    @property
    def leaking(self) -> tuple[Item, ...]:
        """The ticked examples that are items of the test set too."""
        return tuple(item for item in self.ticked if leak_key(item.text) in self._asked_keys())

    def part(self, part: Part) -> tuple[Item, ...]:
        """Return the items that an input can be chosen from."""
        splits = self.task_set.splits
        return {"test": splits.test, "tuning": splits.tuning, "typed": ()}[part]

    # --- what a person does ---------------------------------------------------------------------------------

    def open(self, task_set: TaskSet) -> None:
        """Put another set on the desk, with examples drawn and its first input."""
        self.task_set, self._visited_from = task_set, None
        self.rules = Rules()
        self._begin()
        self._told("set")

    def set_task(self, task: Task) -> None:
        """Ask in another way."""
        self._edit(changed(self.task_set, task, self.kind))
        self._told("task")

    def visit(self, task: Task) -> None:
        """Ask as a run of a sweep did, whatever the model; the set that is kept stays as it is until it is edited."""
        kept = self.kept_set
        own = task_for(kept, self.kind) == task
        self._visited_from = None if own else kept
        self.task_set = kept if own else replace(kept, task=task, instruct=None, auto_form=False, built_in="")
        self._told("task")

    @property
    def kept_set(self) -> TaskSet:
        """The set that is open, also while it is asked as a run of a sweep asked it."""
        return self._visited_from or self.task_set

    def set_form(self, form: Form | None) -> None:
        """Ask in that form, None: in the one that fits the kind of the model."""
        self.task_set, self._visited_from = with_form(self.kept_set, form), None
        if not self.task_set.built_in:
            self.edited.emit(self.task_set)
        self._told("task")

    def set_splits(self, task_set: TaskSet) -> None:
        """Take the same task with its items divided in another way."""
        self._edit(task_set)
        self._begin()
        self._told("set")

    def tick(self, index: int, on: bool) -> None:
        """Take an example into the prompt, or out of it."""
        self._put(index, replace(self.examples[index], ticked=on))
        self._told("examples")

    def move(self, index: int, to: int) -> None:
        """Give an example another place in the list."""
        rows = list(self.examples)
        row = rows.pop(index)
        rows.insert(max(0, min(len(rows), to)), row)
        self._order(rows)

    def draw(self, count: int, seed: int | None = None) -> None:
        """Tick `count` examples at random, labels balanced, and put them first; without those of the test set."""
        self.seed = self.seed if seed is None else seed
        self._draw(count)
        self._told("examples")

    def shuffle(self, seed: int) -> None:
        """Put the ticked examples in another order; it is never the one they are in if there are two different."""
        places = [at for at, example in enumerate(self.examples) if example.ticked]
        ticked = [self.examples[at] for at in places]
        mixed = ticked
        for extra in range(20):
            mixed = list(draw_order(ticked, seed + extra))
            if mixed != ticked:
                break
        rows = list(self.examples)
        for at, example in zip(places, mixed, strict=True):
            rows[at] = example
        self._order(rows)

    def tick_none(self) -> None:
        """Ask without examples."""
        self._order([replace(example, ticked=False) for example in self.examples])

    def tick_exactly(self, items: Sequence[Item], shown: Shown | None = None) -> None:
        """Put exactly these examples into the prompt, in this order: as a run of a sweep had them."""
        rest = list(self.examples)
        first: list[Example] = []
        for item in items:
            found = next((example for example in rest if example.item == item), None)
            if found is not None:
                rest.remove(found)
            first.append(Example(item, True))
        pool = frozenset(self.task_set.splits.pool)  # what another run showed with wrong labels goes
        self.examples = (*first, *(replace(example, ticked=False) for example in rest if example.item in pool))
        if shown is not None:
            self.shown = shown
        self._told("examples")

    def add(self, item: Item) -> None:
        """Put an example of one's own behind the ticked ones, ticked; it is kept in the pool."""
        at = max((number + 1 for number, example in enumerate(self.examples) if example.ticked), default=0)
        self._pool((*self.task_set.splits.pool, item))
        self.examples = (*self.examples[:at], Example(item, True), *self.examples[at:])
        self._told("examples")

    def edit(self, index: int, item: Item) -> None:
        """Write an example in another way."""
        before = self.examples[index].item
        self._pool(tuple(item if each is before else each for each in self.task_set.splits.pool))
        self._put(index, replace(self.examples[index], item=item))
        self._told("examples")

    def remove(self, index: int) -> Kept:
        """Take an example out of the pool; return what `put_back` takes."""
        kept = Kept(self.task_set, self.examples)
        gone = self.examples[index].item
        self._pool(tuple(each for each in self.task_set.splits.pool if each is not gone))
        self.examples = self.examples[:index] + self.examples[index + 1 :]
        self._told("examples")
        return kept

    def put_back(self, kept: Kept) -> None:
        """Undo a removal."""
        self._edit(replace(self.task_set, splits=replace(self.task_set.splits, pool=kept.task_set.splits.pool)))
        self.examples = kept.examples
        self._told("examples")

    def show(self, part: Part, index: int) -> None:
        """Ask about an item of a part."""
        items = self.part(part)
        if items:
            index = max(0, min(len(items) - 1, index))
            self.shown = Shown(items[index].text, items[index].gold, part, index)
            self._told("input")

    def type(self, text: str, *, own: bool = False) -> None:
        """Ask about a text of one's own; own: even if an item of the data says the same."""
        if text != self.shown.text or (own and self.shown.part != "typed"):
            self.shown = Shown(text)
            self._told("input")

    def lay_out(self, examples: Sequence[Example], shown: Shown, rules: Rules, *, seed: int) -> None:
        """Put everything as it lay once."""
        self.examples, self.rules, self.seed = tuple(examples), rules, seed
        self.shown = shown
        self._told("set")

    def set_rules(self, rules: Rules) -> None:
        """Make the bars in another way."""
        self.rules = rules
        self._told("task")

    # --- inside ---------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.examples = ()
        self._draw(FIRST_DRAW)
        first: Part = "tuning" if self.task_set.splits.tuning else "test"
        items = self.part(first)
        self.shown = Shown(items[0].text, items[0].gold, first, 0) if items else Shown("")

    def _draw(self, count: int) -> None:
        pool = self.task_set.splits.pool
        asked = self._asked_keys()
        free = [item for item in pool if leak_key(item.text) not in asked]
        drawn = draw(free, count, seed=self.seed, balanced=self.task_set.task.kind == "labels")
        ids = {id(item) for item in drawn}
        rest = (Example(item) for item in pool if id(item) not in ids)
        self.examples = (*(Example(item, True) for item in drawn), *rest)

    def _asked_keys(self) -> frozenset[str]:
        """Return what the texts of the test set are known by; worked out once for each test set."""
        test = self.task_set.splits.test
        if self._keys_of is not test:
            self._keys_of, self._keys = test, frozenset(leak_key(item.text) for item in test)
        return self._keys

    def _put(self, index: int, example: Example) -> None:
        self.examples = (*self.examples[:index], example, *self.examples[index + 1 :])

    def _order(self, rows: Sequence[Example]) -> None:
        self.examples = tuple(rows)
        self._told("examples")

    def _pool(self, pool: tuple[Item, ...]) -> None:
        own = changed(self.task_set, self.task, self.kind)
        self._edit(replace(own, splits=replace(own.splits, pool=pool)))

    def _edit(self, task_set: TaskSet) -> None:
        self.task_set, self._visited_from = task_set, None
        self.edited.emit(task_set)

    def _told(self, change: Change) -> None:
        self.changed.emit(change)
        self._ask()

    # --- asking ---------------------------------------------------------------------------------------------

    def _question(self) -> Question:
        pool = tuple(item.text for item in self.task_set.splits.pool[:MOST_POOL_TEXTS])
        items = self.part("tuning") or self.part("test")
        return Question(
            self.task,
            self.ticked,
            self.shown.text,
            self.shown.gold,
            self.rules.score,
            self.rules.calibration,
            pool,
            tuple(item.text for item in items[:BATCH]),
        )

    def _ask(self) -> None:
        self._stop()
        if not self._asks or self.model is None:
            return
        self.error = None
        script = look_at(self._question(), self._on_looked, self.looked)
        self._running = Dialogue(self._engine, script, done=self._on_done, failed=self._on_failed).start()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _on_looked(self, looked: Looked) -> None:
        self.looked = looked
        self.changed.emit("bars")

    def _on_done(self, _none: None) -> None:
        self._running = None

    def _on_failed(self, error: NextwordError) -> None:
        self._running = None
        self.error = error
        self.looked = None
        self.changed.emit("failed")

    def _on_status(self, status: EngineStatus) -> None:
        if status.model is self.model:
            return
        self.model = status.model
        self._stop()
        self.looked = None
        self._told("model")


def draw_order(examples: Sequence[Example], seed: int) -> tuple[Example, ...]:
    """Return the examples in a random order."""
    import random

    return tuple(random.Random(seed).sample(list(examples), len(examples)))
