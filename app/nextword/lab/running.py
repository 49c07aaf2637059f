"""Does the runs of a plan one after the other, piece by piece, so that it can be paused at once.

A death of the engine costs the piece it was at: the engine is started again and asked once more. Models are loaded one
after the other, and when nothing runs any more the model that a person had chosen is loaded again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from nextword import __version__
from nextword.engine.client import Engine
from nextword.errors import (
    EngineDied,
    EngineGaveUp,
    EngineNotResponding,
    EngineNotStarted,
    NextwordError,
    ProtocolBroken,
)
from nextword.events import Event
from nextword.lab.dialogue import Dialogue
from nextword.lab.estimate import Estimate, Estimator, Speed, probe
from nextword.lab.pieces import Piece, Progress, RunInWork
from nextword.lab.results import RunResult, Versions
from nextword.lab.sweep import Cell, ModelRef, Plan, cells

State: TypeAlias = Literal["ready", "running", "paused", "finished"]
Why: TypeAlias = Literal["", "asked", "model_changed", "error"]
"""Why a sweep rests: nobody began it or it is done; somebody paused it; another model was chosen; `error` says."""

Settled: TypeAlias = Callable[[NextwordError | None], None]

MOST_DEATHS = 8
"""So many deaths of the engine without a piece in between end in a pause: it is not by chance then."""
_DEATHS = (EngineDied, EngineGaveUp, EngineNotResponding, EngineNotStarted, ProtocolBroken)


class Home(Struct, frozen=True):
    """The model that a person chose, and how models are loaded. path "": none."""

    path: str = ""
    context_tokens: int = 0
    threads: int = 0


class SweepStatus(Struct, frozen=True):
    """done, planned: runs. items_done: of the run in work. failed: places of runs that could not be done, with why.

    left: what is still to do, seconds by the speed of this sweep so far. deaths: of the engine, since it was begun.
    """

    state: State = "ready"
    why: Why = ""
    error: NextwordError | None = None
    done: int = 0
    planned: int = 0
    cell: Cell | None = None
    items_done: int = 0
    failed: tuple[tuple[int, NextwordError], ...] = ()
    left: Estimate | None = None
    deaths: int = 0


class Running:
    """The runs of a plan. Lives on the thread of the engine's listeners; `close` it. status_changed after every change.

    done: places of the plan that need not be done. take: gets each result, and says later whether it is safe.
    """

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        take: Callable[[RunResult, Settled], None],
        *,
        done: frozenset[int] = frozenset(),
    ) -> None:
        self.plan = plan
        self.cells = cells(plan)
        self.status_changed: Event[SweepStatus] = Event()
        self.home = Home()
        self._engine = engine
        self._take = take
        self._estimator = Estimator(plan)
        self._waiting = deque(cell for cell in self.cells if cell.place not in done)
        self._in_work: RunInWork | None = None
        self._dialogue: Dialogue[Piece] | Dialogue[Speed] | None = None
        self._speed: Speed | None = None
        self._deaths_in_row = 0
        self._unsettled = 0
        self._closed = False
        self.status = SweepStatus(done=len(self.cells) - len(self._waiting), planned=len(self.cells))
        if not self._waiting:
            self.status = replace(self.status, state="finished")

    # --- what a person does ---------------------------------------------------------------------------------

    def start(self, home: Home) -> None:
        """Begin, or go on where it was paused. home: the model to load again when the sweep rests."""
        if self.status.state in ("running", "finished") or self._closed:
            return
        self.home = home
        self._deaths_in_row = 0
        self._waiting.extendleft(reversed([self.cells[place] for place, _ in self.status.failed]))
        self._tell(state="running", why="", error=None, failed=())
        self._go_on()

    def pause(self) -> None:
        """Rest now; the piece in work is done again later, the runs that are done stay."""
        if self.status.state == "running":
            self._rest("paused", "asked")

    def measure(self, done: Callable[[Estimate], None], failed: Callable[[NextwordError], None]) -> None:
        """Tell what is to come, from a few items of the largest run asked of the model that is loaded now."""
        if not self._waiting or self.status.state == "running" or self._closed:
            done(self._estimator.estimate(tuple(self._waiting), self._speed))
            return
        largest = max(self._waiting, key=lambda cell: (cell.count, -cell.place))

        def told(speed: Speed) -> None:
            self._speed = speed
            done(self._estimator.estimate(tuple(self._waiting), speed))

        self._stop_asking()
        self._dialogue = Dialogue(self._engine, probe(self.plan, largest), done=told, failed=failed).start()

    def close(self) -> None:
        """Stop for good; what is finished is kept, nothing more is told."""
        self._closed = True
        self._stop_asking()

    # --- one piece after the other --------------------------------------------------------------------------

    def _go_on(self) -> None:
        if self._in_work is None:
            if not self._waiting:
                if not self._unsettled:
                    self._rest("finished", "")
                return
            cell = self._waiting.popleft()
            self._in_work = RunInWork(self.plan, cell)
            self._tell(cell=cell, items_done=0, left=self._left())
        model = self.plan.models[self._in_work.cell.model]
        self._load(model)
        self._dialogue = Dialogue(
            self._engine,
            self._in_work.next_piece(),
            done=self._on_piece,
            failed=self._on_failed,
            cut_off=self._on_cut_off,
        ).start()

    def _load(self, model: ModelRef) -> None:
        """Want the model; nothing happens where it is loaded already."""
        self._engine.use(model.path, context_tokens=self.home.context_tokens, threads=self.home.threads)
        self._engine.start()

    def _on_piece(self, piece: Piece) -> None:
        run = self._in_work
        assert run is not None
        self._deaths_in_row = 0
        progress: Progress = run.take(piece)
        if progress.speed is not None:
            self._speed = progress.speed
        self._tell(items_done=progress.items, left=self._left())
        if run.is_done:
            self._in_work = None
            self._unsettled += 1
            self._take(run.result(self._versions(run.cell)), self._on_settled)
        self._go_on()

    def _on_failed(self, error: NextwordError) -> None:
        if isinstance(error, _DEATHS):
            self._deaths_in_row += 1
            self._tell(deaths=self.status.deaths + 1)
            if self._deaths_in_row <= MOST_DEATHS:
                self._engine.start()
                self._go_on()
                return
            self._rest("paused", "error", error)
            return
        run, self._in_work = self._in_work, None
        if run is None or self._engine.status.model is None:  # it cannot be loaded: the other runs would fail too
            self._in_work = run
            self._rest("paused", "error", error)
            return
        self._tell(failed=(*self.status.failed, (run.cell.place, error)))
        self._go_on()

    def _on_cut_off(self) -> None:
        self._dialogue = None
        self._rest("paused", "model_changed")

    def _rest(self, state: State, why: Why, error: NextwordError | None = None) -> None:
        self._stop_asking()
        if self.home.path and why != "model_changed":
            self._engine.use(self.home.path, context_tokens=self.home.context_tokens, threads=self.home.threads)
        if state == "finished" and self.status.failed:
            state, why, error = "paused", "error", self.status.failed[0][1]
        self._tell(state=state, why=why, error=error, cell=None, items_done=0, left=self._left())

    def _stop_asking(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.stop()

    # --- what came of it ------------------------------------------------------------------------------------

    def _on_settled(self, error: NextwordError | None) -> None:
        self._unsettled -= 1
        if error is not None:
            if self.status.state == "running":
                self._rest("paused", "error", error)
            return
        self._tell(done=self.status.done + 1)
        self._finish_if_last()

    def _finish_if_last(self) -> None:
        idle = self._in_work is None and not self._waiting and not self._unsettled
        if idle and self.status.state == "running":
            self._rest("finished", "")

    def _versions(self, cell: Cell) -> Versions:
        status = self._engine.status
        model = self.plan.models[cell.model]
        loaded = status.model
        return Versions(
            __version__,
            status.llama_version,
            status.variant,
            model.sha256,
            model.name or (loaded.name if loaded is not None else ""),
            loaded.template_hash if loaded is not None else "",
            loaded.context_tokens if loaded is not None else 0,
        )

    def _left(self) -> Estimate:
        now = () if self._in_work is None else (self._in_work.cell,)
        left = self._estimator.estimate((*now, *self._waiting), self._speed)
        if self._in_work is None or left.runs == 0:
            return left
        share = 1 - self._in_work.share_done / left.runs  # of the run in work, taken as large as the others
        seconds = None if left.seconds is None else left.seconds * share
        return Estimate(left.runs, round(left.tokens * share), seconds)

    def _tell(self, **changes: object) -> None:
        if not self._closed:
            self.status = replace(self.status, **changes)
            self.status_changed.emit(self.status)
