"""The engine as a window has it: process, pipe and client, measured where the events arrive."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.engine.replies import LAST
from nextword.engine.status import JobEvent, JobFailed
from tests.deliveries import Deliveries

CONTEXT_TOKENS = 4096
_LONGEST_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured, and how often. cache: folder of the engine check's result. rounds 0: as the bench has it."""

    model: Path
    cache: Path
    threads: int
    rounds: int = 0


@dataclass(slots=True)
class Heard:
    """What came of a job, with the moment of each event; seconds count from the request."""

    events: list[JobEvent] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def last(self) -> JobEvent:
        return self.events[-1]

    def tokens(self) -> list[tuple[float, protocol.TokenChosen]]:
        """Return the tokens with their moments."""
        return [
            (moment, event)
            for moment, event in zip(self.seconds, self.events, strict=True)
            if isinstance(event, protocol.TokenChosen)
        ]

    def started(self) -> protocol.Started:
        return next(event for event in self.events if isinstance(event, protocol.Started))


class Ours:
    """A client with its engine process and a loaded model; ends with the `with` block."""

    def __init__(self, setup: Setup, *, context_tokens: int = CONTEXT_TOKENS) -> None:
        self._deliver = Deliveries()
        self._engine = Engine(self._deliver, cache=setup.cache)
        self._engine.use(str(setup.model), context_tokens=context_tokens, threads=setup.threads)
        self._deliver.until(lambda: self._engine.status.state in ("ready", "dead"), seconds=300)
        assert self._engine.status.model is not None, self._engine.status.error
        self.model = self._engine.status.model

    def __enter__(self) -> Ours:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()

    @property
    def pid(self) -> int:
        assert self._engine.pid is not None
        return self._engine.pid

    def ask(self, request: protocol.Work) -> Heard:
        """Send a request and wait for its end. Raises the error of a job that fails."""
        heard = Heard()

        def listen(event: JobEvent) -> None:
            heard.seconds.append(time.perf_counter() - began)
            heard.events.append(event)

        began = time.perf_counter()
        self._engine.ask(request, listen)
        self._deliver.until(
            lambda: heard.events and isinstance(heard.last, (*LAST, JobFailed)), seconds=_LONGEST_SECONDS
        )
        if isinstance(heard.last, JobFailed):
            raise heard.last.error
        return heard

    def ids(self, count: int, seed: int) -> list[int]:
        """Return that many ids of ordinary tokens."""
        numbers = random.Random(seed)
        first, last = min(300, self.model.vocabulary // 4), self.model.vocabulary - self.model.vocabulary // 16
        return [numbers.randrange(first, last) for _ in range(count)]
