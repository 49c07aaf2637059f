"""Does the runs of a card again with the models of this machine, and compares them with what the card holds."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.engine.client import Engine
from nextword.events import Event
from nextword.lab.card import Card, Difference, compared
from nextword.lab.results import RunResult
from nextword.lab.running import Running, Settled
from nextword.lab.sweep import Plan, cells


class CardCheck(Running):
    """plan: the card's, with model files of this machine. compared: after each run; differences: of all so far."""

    def __init__(self, engine: Engine, card: Card, plan: Plan) -> None:
        self._before = {run.result.cell.place: run.result for run in card.runs}
        self.differences: list[Difference] = []
        self.compared: Event[Difference] = Event()
        others = frozenset(cell.place for cell in cells(plan)) - self._before.keys()
        super().__init__(engine, plan, self._compare, done=others)
        self.status = replace(self.status, done=0, planned=len(self._before))

    def _compare(self, result: RunResult, settled: Settled) -> None:
        self.differences.append(compared(self.plan, self._before[result.cell.place], result))
        self.compared.emit(self.differences[-1])
        settled(None)
