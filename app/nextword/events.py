"""A plain observer: functions connect, a value is emitted; no Qt, no threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Event(Generic[T]):
    """Something that happened, told to everyone connected, in the order they connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []

    def connect(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """Call `listener` on every emit; return a function that disconnects it (harmless if called twice)."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, value: T) -> None:
        """Tell everyone connected at this moment; a listener may disconnect while it is called."""
        for listener in tuple(self._listeners):
            listener(value)
