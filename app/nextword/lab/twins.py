"""Runs columns one model after the other, tells of every token, and brings the person's model back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from nextword import __version__
from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.errors import EngineDied, EngineGaveUp, EngineNotResponding, NextwordError, ProtocolBroken
from nextword.events import Event
from nextword.lab.columns import Column, ColumnAnswer, ColumnResult
from nextword.lab.dialogue import Dialogue, Said, Script
from nextword.lab.results import Versions
from nextword.lab.running import Home

TwinsState: TypeAlias = Literal["ready", "running", "stopped", "finished"]
_TRIES = 3


class TwinsRun:
    """results: for each column what is there so far. changed: the column in which something came, -1 for the state.

    error: why it stopped, None when somebody stopped it. `close` it.
    """

    def __init__(self, engine: Engine, columns: Sequence[Column]) -> None:
        self.results = [ColumnResult(column) for column in columns]
        self.state: TwinsState = "ready"
        self.error: NextwordError | None = None
        self.at = -1
        self.changed: Event[int] = Event()
        self._engine = engine
        self._home = Home()
        self._dialogue: Dialogue[Said] | None = None
        self._deaths = 0
        paths = list(dict.fromkeys(column.model.path for column in columns))
        self._order = sorted(range(len(columns)), key=lambda number: paths.index(columns[number].model.path))

    def start(self, home: Home) -> None:
        """Begin. The model that is loaded already comes first, so that it is not loaded twice."""
        self._home = home
        loaded = self._engine.status.wanted
        self._order.sort(key=lambda number: self.results[number].column.model.path != loaded)
        self.state = "running"
        self.changed.emit(-1)
        self._next()

    def stop(self) -> None:
        """End it; what was written stays."""
        if self.state == "running":
            self._rest("stopped", None)

    def close(self) -> None:
        """End it and tell nothing more."""
        self._end_dialogue()
        self.state = "stopped"

    def _next(self) -> None:
        if not self._order:
            self._rest("finished", None)
            return
        self.at = self._order.pop(0)
        self._ask()

    def _ask(self) -> None:
        result = self.results[self.at]
        result.answers = []
        home = self._home
        self._engine.use(result.column.model.path, context_tokens=home.context_tokens, threads=home.threads)
        self._engine.start()
        self._dialogue = Dialogue(
            self._engine,
            _script(result.column.request()),
            done=self._on_done,
            failed=self._on_failed,
            cut_off=self._on_cut_off,
        )
        self._dialogue.heard = self._on_heard
        self._dialogue.start()
        self.changed.emit(self.at)

    def _on_heard(self, reply: protocol.JobReply) -> None:
        answers = self.results[self.at].answers
        match reply:
            case protocol.TokenChosen():
                while len(answers) <= reply.lane:
                    answers.append(ColumnAnswer([]))
                answers[reply.lane].steps.append(reply.step)
            case protocol.LaneFinished():
                while len(answers) <= reply.lane:
                    answers.append(ColumnAnswer([]))
                answers[reply.lane].reason = reply.error or reply.reason
            case _:
                return
        self.changed.emit(self.at)

    def _on_done(self, _said: Said) -> None:
        self._deaths = 0
        self.results[self.at].versions = self._versions()
        self.changed.emit(self.at)
        self._next()

    def _on_failed(self, error: NextwordError) -> None:
        if isinstance(error, EngineDied | EngineGaveUp | EngineNotResponding | ProtocolBroken):
            self._deaths += 1
            if self._deaths < _TRIES:
                self._engine.start()
                self._ask()
                return
        self._rest("stopped", error)

    def _on_cut_off(self) -> None:
        self._home = Home()  # another model was chosen: that one stays
        self._rest("stopped", None)

    def _rest(self, state: TwinsState, error: NextwordError | None) -> None:
        self._end_dialogue()
        self.state, self.error, self.at = state, error, -1
        if self._home.path:
            self._engine.use(self._home.path, context_tokens=self._home.context_tokens, threads=self._home.threads)
        self.changed.emit(-1)

    def _end_dialogue(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.stop()

    def _versions(self) -> Versions:
        status, column = self._engine.status, self.results[self.at].column
        loaded = status.model
        return Versions(
            __version__,
            status.llama_version,
            status.variant,
            column.model.sha256,
            column.model.name,
            loaded.template_hash if loaded is not None else "",
            loaded.context_tokens if loaded is not None else 0,
        )


def _script(request: protocol.GenerateLanes) -> Script[Said]:
    said = yield request
    return said
