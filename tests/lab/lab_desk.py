"""A real engine process on a model, and scripts run on it to their ends."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.lab.dialogue import Dialogue, Script
from tests.deliveries import Deliveries

T = TypeVar("T")


class LabDesk:
    """An engine with a loaded model; whoever makes it closes it."""

    def __init__(self, cache: Path, model: Path, *, context_tokens: int = 0) -> None:
        self.deliver = Deliveries()
        self.engine = Engine(self.deliver, cache=cache)
        self.context_tokens = context_tokens
        self.use(model)

    def use(self, model: Path) -> None:
        self.engine.use(str(model), context_tokens=self.context_tokens, threads=1)
        self.deliver.until(lambda: self.engine.status.state in ("ready", "dead"))
        assert self.engine.status.model is not None, self.engine.status.error

    def run(self, script: Script[T]) -> T:
        """Run a script; return its result or raise its error."""
        results: list[T] = []
        errors: list[NextwordError] = []
        Dialogue(self.engine, script, done=results.append, failed=errors.append).start()
        self.deliver.until(lambda: results or errors)
        if errors:
            raise errors[0]
        return results[0]

    def close(self) -> None:
        self.engine.close()
