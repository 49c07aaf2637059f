"""Runs functions on the GUI thread; `deliver` may be called from any thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot


class Bridge(QObject):
    """The one road from other threads to the window: in order, never at once, dropped after `close`."""

    _called = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def deliver(self, function: Callable[[], None]) -> None:
        """Run `function` on the GUI thread as soon as it is free."""
        self._called.emit(function)

    def drain(self) -> None:
        """Run now what was delivered up to now; on the GUI thread, at the end of the program."""
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    def close(self) -> None:
        """Drop what is still under way: the objects it would reach are about to go."""
        self._open = False

    @Slot(object)
    def _run(self, function: Callable[[], None]) -> None:
        if self._open:
            function()
