"""Figures of the lab on the starters: ticks, a whole sweep with its tokens, and the table that comes with them."""

from __future__ import annotations

import json
import os.path
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from nextword import resources
from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.experiments import ExperimentId
from nextword.lab import builtin
from nextword.lab.dialogue import Dialogue, Script
from nextword.lab.examples import draw
from nextword.lab.prompts import build, label_continuations
from nextword.lab.results import figures
from nextword.lab.scoring import Compared, Scorer
from nextword.lab.sweep import Answering, Asking, Cell, ModelRef, Plan, Variant
from nextword.lab.sweep_run import FinishedRun, Home, SweepRun
from nextword.lab.task import Form
from tests.bench.figure import Figure
from tests.bench.make_model import cache_folder
from tests.deliveries import Deliveries

T = TypeVar("T")
TICKS = 20
SWEPT = (0, 1, 2, 4, 8)
TABLE = {"sentiment": (0, 1, 4, 8), "foobar": (0, 1, 4, 8), "antonyms": (4,), "plurals": (4,)}


class Desk:
    """Engine and history as the program has them."""

    def __init__(self, folder: Path) -> None:
        self.deliver = Deliveries()
        self.engine = Engine(self.deliver, cache=cache_folder() / "engine-check")
        self.history = History(folder / "history.db", self.deliver)

    def use(self, path: Path) -> None:
        self.engine.use(str(path))
        self.deliver.until(lambda: self.engine.status.state in ("ready", "dead"), seconds=300)
        assert self.engine.status.model is not None, self.engine.status.error

    def run(self, script: Script[T]) -> T:
        results: list[T] = []
        errors: list[NextwordError] = []
        Dialogue(self.engine, script, done=results.append, failed=errors.append).start()
        self.deliver.until(lambda: results or errors, seconds=600)
        if errors:
            raise errors[0]
        return results[0]

    def sweep(self, plan: Plan) -> tuple[list[FinishedRun], float]:
        """Run a plan to its end; return what was kept and the seconds that it took."""
        keys: list[ExperimentId] = []
        self.history.run(lambda c: c.experiments.add("sweep", plan.name, "{}", planned=1), done=keys.append)
        self.deliver.until(lambda: keys)
        sweep = SweepRun(self.engine, self.history, plan, keys[0])
        kept: list[FinishedRun] = []
        sweep.run_kept.connect(kept.append)
        began = time.perf_counter()
        sweep.start(Home(plan.models[0].path))
        self.deliver.until(lambda: sweep.status.state != "running", seconds=1800)
        assert sweep.status.state == "finished", sweep.status
        sweep.close()
        return sorted(kept, key=lambda run: run.result.cell.place), time.perf_counter() - began

    def close(self) -> None:
        self.engine.close()
        self.history.close()


def lab() -> Iterator[Figure]:
    """A tick to its bars, a sweep of 200 items with its tokens, and the table of `make starter-eval`."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        try:
            desk.use(resources.STARTER_BASE)
            yield _ticks(desk)
            yield from _sweep(desk)
            yield from _table(desk)
        finally:
            desk.close()


def _ticks(desk: Desk) -> Figure:
    """Tick and untick examples of eight; each time a new input, as when a person goes through the items."""
    task, pool = builtin.task("sentiment"), builtin.items("sentiment", "examples")
    scorer = Scorer(desk.engine)
    ticked = list(draw(pool, 8, seed=1))
    seconds = []
    for number, item in enumerate(builtin.items("sentiment", "test")[:TICKS]):
        shown = tuple(ticked[: number % 8] + ticked[number % 8 + 1 :])
        told: list[Compared] = []
        began = time.perf_counter()
        scorer.compare(task, shown, item.text, done=told.append, failed=_raise)
        desk.deliver.until(lambda told=told: told)  # type: ignore[misc]
        seconds.append(time.perf_counter() - began)
    return Figure("a tick changes the bars", 1000 * statistics.median(seconds), "ms", 150, runs=TICKS)


def _sweep(desk: Desk) -> Iterator[Figure]:
    plan = _plan("sentiment", SWEPT, resources.STARTER_BASE)
    kept, seconds = desk.sweep(plan)
    items = len(plan.test) * len(kept)
    yield Figure(f"sweep of {len(kept)} runs of {len(plan.test)} items", seconds, "s", 60)
    yield Figure("items of a sweep", items / seconds, "items/s", None)
    ideal = sum(_ideal_tokens(desk, plan, run.result.cell) for run in kept)
    read = sum(run.result.cost.evaluated for run in kept)
    yield Figure("tokens read by a sweep", read, "tokens", 1.15, reference=ideal, reference_name="each token once")


def _table(desk: Desk) -> Iterator[Figure]:
    """The lab's accuracies against those that are shipped with the models."""
    shipped = {
        row["key"]: row["measured"] for row in json.loads((resources.MODELS / "figures.json").read_text())["figures"]
    }
    for name, counts in TABLE.items():
        kept, _ = desk.sweep(_plan(name, counts, resources.STARTER_BASE))
        for count, said in zip(counts, shipped[f"base_{name}"].split(" / "), strict=True):
            rates = [run.figures.accuracy for run in kept if run.result.cell.count == count]
            yield _against(f"base, {name}, k = {count}", statistics.mean(rates), float(said))
    desk.use(resources.STARTER_INSTRUCT)
    for name in ("sentiment", "topic"):
        plan = _plan(name, (0,), resources.STARTER_INSTRUCT, form="turns", asking="generate")
        ((run,), _) = desk.sweep(plan)
        assert run.figures == figures(plan, run.result)
        yield _against(f"instruct, {name}, written", run.figures.accuracy, float(shipped[f"instruct_{name}"]))


def _against(name: str, measured: float, shipped: float) -> Figure:
    return Figure(f"{name}: {measured:.3f}, shipped {shipped:.3f}", abs(measured - shipped), "apart", 0.02)


def _plan(name: str, counts: tuple[int, ...], model: Path, *, form: Form = "text", asking: Asking = "score") -> Plan:
    known = next(each for each in builtin.NAMES if each == name)
    task = builtin.task(known, form=form)
    pool, test = builtin.items(known, "examples"), builtin.items(known, "test")
    answering = Answering(200, ()) if form == "turns" else Answering(12)
    return Plan(
        name, (Variant("", task),), (ModelRef(str(model)),), pool, test, counts=counts, asking=asking,
        answering=answering,
    )  # fmt: skip


def _ideal_tokens(desk: Desk, plan: Plan, cell: Cell) -> int:
    """Return how many tokens a run has to read if each beginning is read once: all but the last of every text."""
    task = plan.task
    texts = [*(item.text for item in plan.test), "N/A", "", "[MASK]"]
    paths: list[list[int]] = []
    for text in texts:
        prompt = build(task, cell.examples, text).text
        for word in label_continuations(task):
            ids = desk.run(_tokens(prompt + word.continuation))
            paths.append(ids[:-1])
    found, before = 0, []
    for path in sorted(paths):
        found += len(path) - len(os.path.commonprefix([before, path]))
        before = path
    return found


def _tokens(text: str) -> Script[list[int]]:
    said = yield protocol.Tokenize(0, protocol.TextPrompt(text))
    return [token.id for reply in said if isinstance(reply, protocol.Tokenized) for token in reply.tokens]


def _raise(error: NextwordError) -> None:
    raise error
