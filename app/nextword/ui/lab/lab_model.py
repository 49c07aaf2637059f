"""Which model the lab begins with: of the two that come with the program the base one, while the lab is looked at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from nextword import resources
from nextword.engine.client import Engine, EngineStatus
from nextword.settings import SettingsFile


class LabModel(QObject):
    """A model that a person chose is left alone, and so is an answer that is being written.

    The lab shows what examples do, and the base model is the one that they teach; the chat gets its model back.
    """

    def __init__(self, engine: Engine, settings: SettingsFile, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._was_chosen = False  # by the person, in the lab: from then on it is theirs
        self._before = ""  # the model that the chat had
        self._waits = False
        self._held = False  # an experiment changes models by itself
        self._left = False  # while it was held
        self._disconnect = engine.status_changed.connect(self._on_status)

    def shut_down(self) -> None:
        """Listen no more, and load nothing: the engine may be closed when the page is hidden."""
        self._disconnect()
        self._before = ""

    def enter(self) -> None:
        """Load the base model, if it is the other starter that is there; soon, where it is still being loaded."""
        self._waits = not self._was_chosen
        self._left = False
        self._on_status(self._engine.status)

    def hold(self, running: bool) -> None:
        """Let an experiment have its way with the models; what was to be done meanwhile is done when it has ended."""
        if running == self._held:
            return
        self._held = running
        if not running and self._left:
            self.leave()
        elif not running:
            self._on_status(self._engine.status)

    def leave(self) -> None:
        """Give the chat its model back, if it is still ours that is loaded."""
        self._waits = False
        self._left = self._held
        if self._held:
            return
        before, self._before = self._before, ""
        status = self._engine.status
        if before and status.wanted == str(resources.STARTER_BASE) and status.state != "busy":
            self._use(before)

    def _on_status(self, status: EngineStatus) -> None:
        if self._held:
            return
        if self._before and status.wanted not in (str(resources.STARTER_BASE), ""):
            self._before = ""
            self._was_chosen = True
        if not self._waits or status.state != "ready":
            return
        self._waits = False
        if status.wanted == str(resources.STARTER_INSTRUCT) and Path(resources.STARTER_BASE).is_file():
            self._before = status.wanted
            self._use(str(resources.STARTER_BASE))

    def _use(self, path: str) -> None:
        chosen = self._settings.value.engine
        self._engine.use(path, context_tokens=chosen.context_tokens, threads=chosen.threads)
