"""How many tokens a sweep has to read and how long that takes, told before it starts and while it runs."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence

from msgspec import Struct

from nextword.engine import protocol
from nextword.lab.dialogue import Script
from nextword.lab.prompts import build, label_continuations
from nextword.lab.sweep import Cell, Plan
from nextword.lab.task import Task

PROBED_ITEMS = 6
USUAL_TOKENS_PER_CHARACTER = 0.3
_USUAL_ANSWER_TOKENS = 16


class Speed(Struct, frozen=True):
    """What was measured with one model. tokens_per_second: read. size_bytes: of its file, 0 if not known."""

    tokens_per_second: float
    tokens_per_character: float
    size_bytes: int = 0


class Estimate(Struct, frozen=True):
    """runs: how many. tokens: to be read, each once. seconds: None while no speed was measured."""

    runs: int
    tokens: int
    seconds: float | None = None


def probe(plan: Plan, cell: Cell) -> Script[Speed]:
    """Measure the loaded model on a few items of a run."""
    task = plan.task_of(cell)
    words = tuple(word.continuation for word in label_continuations(task)) or (" ",)
    prompts = [build(task, cell.examples, item.text) for item in plan.test[:PROBED_ITEMS]]
    groups = tuple(protocol.Group(prompt.prompt, words) for prompt in prompts)
    said = yield protocol.ScoreContinuations(0, groups)
    characters = sum(len(prompt.text) + len(word) for prompt in prompts for word in words)
    for reply in said:
        if isinstance(reply, protocol.ContinuationsScored) and reply.evaluated_tokens and characters:
            return Speed(
                reply.evaluated_tokens / max(reply.seconds, 1e-3),
                reply.tokens / characters,
                plan.models[cell.model].size_bytes,
            )
    return Speed(0.0, USUAL_TOKENS_PER_CHARACTER, plan.models[cell.model].size_bytes)


class Estimator:
    """Knows how long the prompts of a plan are; what was measured once is not measured again."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._items: dict[tuple[int, str], int] = {}  # characters, by variant and kind of model
        self._fixed: dict[int, int] = {}  # characters of the examples, by place of the run

    def estimate(self, cells: Sequence[Cell], speed: Speed | None) -> Estimate:
        """Return what `cells` cost. A model that was not measured is taken to be slower as its file is larger."""
        per_character = speed.tokens_per_character if speed is not None else USUAL_TOKENS_PER_CHARACTER
        tokens = seconds = 0.0
        for cell in cells:
            own = self._characters(cell) * per_character
            if self._plan.writes:
                own += len(self._plan.test) * min(self._plan.answering.max_tokens, _USUAL_ANSWER_TOKENS)
            tokens += own
            if speed is not None and speed.tokens_per_second > 0:
                size = self._plan.models[cell.model].size_bytes
                slower = size / speed.size_bytes if size and speed.size_bytes else 1.0
                seconds += own * slower / speed.tokens_per_second
        known = speed is not None and speed.tokens_per_second > 0
        return Estimate(len(cells), round(tokens), seconds if known else None)

    def _characters(self, cell: Cell) -> int:
        task = self._plan.task_of(cell)
        worded = (cell.variant, self._plan.models[cell.model].kind)
        if worded not in self._items:
            self._items[worded] = _item_characters(self._plan, task)
        if cell.place not in self._fixed:
            self._fixed[cell.place] = len(build(task, cell.examples, "").text)
        return self._fixed[cell.place] + self._items[worded]


def estimate(plan: Plan, cells: Sequence[Cell], speed: Speed | None) -> Estimate:
    """Return what runs of a plan cost, for once."""
    return Estimator(plan).estimate(cells, speed)


def _item_characters(plan: Plan, task: Task) -> int:
    """Return how many characters the items take behind the same examples, what several begin with counted once."""
    after = len(task.template.output_prefix)
    texts = sorted({item.text for item in plan.test})
    words = [word.continuation for word in label_continuations(task)]
    endings = _different(words) - (max(map(len, words)) if words else 0)  # all but the last token of each word
    return _different(texts) + len(texts) * (after + max(0, endings))


def _different(texts: Iterable[str]) -> int:
    """Return the characters of `texts`, in their order, less what each has in common with the one before."""
    before = ""
    found = 0
    for text in texts:
        found += len(text) - len(os.path.commonprefix((before, text)))
        before = text
    return found
