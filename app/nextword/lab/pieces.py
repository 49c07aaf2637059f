"""One run of a sweep while it is done: its items in pieces of about half a second, in an order that shares most."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from nextword.lab.calibration import content_free_texts
from nextword.lab.dialogue import Script
from nextword.lab.estimate import Speed
from nextword.lab.generation import Written, write_answers
from nextword.lab.prompts import build, label_continuations
from nextword.lab.results import ItemResult, RunResult, Versions, item_result
from nextword.lab.scoring import CONTENT_FREE, Condition, Cost, ScoredText, score_conditions
from nextword.lab.sweep import Cell, Plan

PIECE_SECONDS = 0.6
FIRST_ITEMS, MOST_ITEMS = 16, 512
_WRITTEN_AT_ONCE = 32
NO_ITEM = -1


class Asked(Struct, frozen=True):
    """An input of a run. item: index in the plan's test items, NO_ITEM for one that says nothing."""

    item: int
    text: str


class Piece(Struct, frozen=True):
    """What came of some inputs, in their order."""

    asked: tuple[Asked, ...]
    scored: tuple[ScoredText, ...] = ()
    written: tuple[Written, ...] = ()
    cost: Cost = Cost()


class Progress(Struct, frozen=True):
    """How far a run is. speed: measured in the last piece, None where it read too little to say."""

    items: int
    speed: Speed | None = None


class RunInWork:
    """Gives the next piece as a script, takes what came of it, and in the end makes the result.

    Texts that begin alike come one after the other: what they have in common is then in memory already.
    """

    def __init__(self, plan: Plan, cell: Cell) -> None:
        self.cell = cell
        self._plan = plan
        self._task = plan.task_of(cell)
        order = sorted(range(len(plan.test)), key=lambda number: plan.test[number].text)
        self._left = [*self._free_texts(), *(Asked(number, plan.test[number].text) for number in order)]
        self._total = max(1, len(self._left))
        self._at_once = _WRITTEN_AT_ONCE if plan.writes else FIRST_ITEMS
        self._found: list[Piece] = []
        self._cost = Cost()
        self._fixed = len(build(self._task, cell.examples, "").text)
        self._words = [word.continuation for word in label_continuations(self._task)] or [""]
        self._items = 0
        self._characters = 0  # of all texts with all words, that were asked so far

    @property
    def is_done(self) -> bool:
        return not self._left

    @property
    def share_done(self) -> float:
        """0 to 1."""
        return 1 - len(self._left) / self._total

    def next_piece(self) -> Script[Piece]:
        """Ask about the inputs that come next; the same ones again until `take`."""
        part = tuple(self._left[: self._at_once])
        texts = tuple(asked.text for asked in part)
        if self._plan.writes:
            condition = Condition(self._task, self.cell.examples, texts)
            written, cost = yield from write_answers(condition, self._plan.answering)
            return Piece(part, written=written, cost=cost)
        scored = yield from score_conditions([Condition(self._task, self.cell.examples, texts)])
        return Piece(part, scored=scored.texts[0], cost=scored.cost)

    def take(self, piece: Piece) -> Progress:
        """Note what was found; the next piece is as large as half a second takes."""
        self._found.append(piece)
        self._cost = self._cost.plus(piece.cost)
        self._characters += sum(len(asked.text) + self._fixed for asked in piece.asked) * len(self._words)
        self._characters += sum(map(len, self._words)) * len(piece.asked)
        del self._left[: len(piece.asked)]
        self._items += sum(asked.item != NO_ITEM for asked in piece.asked)
        if not self._plan.writes and piece.cost.seconds > 0:
            wanted = len(piece.asked) * PIECE_SECONDS / piece.cost.seconds
            self._at_once = max(1, min(MOST_ITEMS, round(min(wanted, 4 * len(piece.asked)))))
        return Progress(self._items, self._speed())

    def result(self, versions: Versions) -> RunResult:
        """Return the finished run."""
        pairs = [
            (asked, scored) for found in self._found for asked, scored in zip(found.asked, found.scored, strict=False)
        ]
        ids = next((tuple(word.ids for word in scored.words) for _, scored in pairs if scored.fits), ())
        free = tuple(item_result(NO_ITEM, scored, ids, a.text) for a, scored in pairs if a.item == NO_ITEM)
        items = [item_result(a.item, scored, ids) for a, scored in pairs if a.item != NO_ITEM]
        for found in self._found:
            items += [_written_item(a.item, one) for a, one in zip(found.asked, found.written, strict=False)]
        items.sort(key=lambda item: item.item)
        first = self._plan.test[0].text if self._plan.test else ""
        prompt = build(self._task, self.cell.examples, first).text
        return RunResult(self.cell, tuple(items), free, ids, prompt, self._cost, versions)

    def _free_texts(self) -> Sequence[Asked]:
        """Return the inputs that say nothing: those that every rule can use, and those of the plan's calibration."""
        if self._plan.writes:
            return ()
        texts: tuple[str, ...] = CONTENT_FREE
        if self._plan.calibration == "domain":
            seed = self._plan.seeds[0]
            texts = content_free_texts("domain", [item.text for item in self._plan.pool], seed=seed)
        return [Asked(NO_ITEM, text) for text in sorted(texts)]

    def _speed(self) -> Speed | None:
        cost = self._cost
        if cost.seconds <= 0 or cost.evaluated < 500:
            return None
        size = self._plan.models[self.cell.model].size_bytes
        return Speed(cost.evaluated / cost.seconds, cost.tokens / max(1, self._characters), size)


def _written_item(item: int, one: Written) -> ItemResult:
    return ItemResult(
        item,
        asked=one.asked,
        used=one.used,
        fits=one.fits,
        answer=one.text,
        answer_logprob=one.logprob,
        answer_ids=one.ids,
        reason=one.reason,
    )
