"""Python's collector of cycles, run on the GUI thread alone (quick_start.py says why)."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_SECONDS = 5
WORTH_OBJECTS = 2_000  # fewer new objects than this are left for the next time
WHOLE_EVERY = 12  # how many collections of the young objects go before one of all


class Collector(QObject):
    """Collects every few seconds, if there is enough to look at."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._collections = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_SECONDS * 1000)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        """Collect from now on."""
        self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        if gc.get_count()[0] >= WORTH_OBJECTS:
            self._collections += 1
            gc.collect(2 if self._collections % WHOLE_EVERY == 0 else 1)

    def stop(self) -> None:
        """Collect no more."""
        self._timer.stop()
