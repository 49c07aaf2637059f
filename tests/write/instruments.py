"""A real engine with a tiny model, as the tests of the instruments of Write ask it."""

from __future__ import annotations

from dataclasses import dataclass

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from tests.deliveries import Deliveries

PROMPT = "the word and"


@dataclass
class Bench:
    deliver: Deliveries
    engine: Engine

    def ask(self, request: protocol.Work) -> list[JobEvent]:
        """Ask and return everything that came of it."""
        events: list[JobEvent] = []
        self.engine.ask(request, events.append)
        self.deliver.until(lambda: events and isinstance(events[-1], (*protocol.LAST, JobFailed)))
        return events

    def ids_of(self, text: str) -> tuple[int, ...]:
        (seen,) = self.ask(protocol.Tokenize(0, protocol.TextPrompt(text)))
        assert isinstance(seen, protocol.Tokenized)
        return tuple(token.id for token in seen.tokens)

    def look(self, ids: tuple[int, ...]) -> protocol.Distribution:
        seen = self.ask(protocol.Look(0, protocol.TokenPrompt(ids), alternatives=64))[-1]
        assert isinstance(seen, protocol.Distribution)
        return seen
