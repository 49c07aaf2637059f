"""Tells the desk of fit estimates what the engine reports: the memory of a loaded model, the speed of its answers."""

from __future__ import annotations

from nextword.engine.client import Engine, EngineStatus
from nextword.engine.protocol import ModelInfo
from nextword.hub.fit_desk import FitDesk, Taken
from nextword.hub.library import Library


class Measuring:
    """Listens to the engine from the start of the program to its end."""

    def __init__(self, engine: Engine, library: Library, desk: FitDesk) -> None:
        self._library = library
        self._desk = desk
        self._model: ModelInfo | None = None
        self._speed = 0.0
        self._disconnect = engine.status_changed.connect(self._on_status)

    def close(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _on_status(self, status: EngineStatus) -> None:
        if status.model is not self._model:
            self._model = status.model
            self._speed = status.tokens_per_second
            self._desk.note_loaded(_taken(status.model), self._identity(status.model))
        elif status.tokens_per_second != self._speed and status.state == "ready":
            self._speed = status.tokens_per_second  # of an answer that has ended
            self._desk.note_speed(self._identity(status.model), self._speed)

    def _identity(self, model: ModelInfo | None) -> str:
        known = self._library.find(model.path) if model is not None else None
        return known.identity if known is not None else ""


def _taken(model: ModelInfo | None) -> Taken | None:
    if model is None:
        return None
    memory = model.memory
    rest = memory.cache_bytes + memory.compute_bytes + memory.output_bytes
    return Taken(
        path=model.path,
        context_tokens=model.context_tokens,
        weights_bytes=memory.weights_bytes,
        cache_bytes=memory.cache_bytes,
        compute_bytes=memory.compute_bytes + memory.output_bytes,
        private_bytes=memory.repacked_bytes + rest,
    )
