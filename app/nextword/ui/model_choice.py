"""Which model is loaded: the one of the settings at the start, then what a person chooses or adds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from nextword import resources
from nextword.engine.client import Engine, EngineStatus
from nextword.engine.protocol import ModelInfo
from nextword.errors import (
    EngineDied,
    EngineGaveUp,
    EngineNotResponding,
    ModelNotReadable,
    NextwordError,
    TemplateReplaced,
)
from nextword.hub.library import Library, LibraryModel
from nextword.remote.endpoints import is_remote
from nextword.settings import SettingsFile
from nextword.ui.explanation import short
from nextword.ui.feature import AddModelFile, Place, UseModel
from nextword.ui.load_journal import LoadJournal
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.setting_change import change


class ModelChoice(QObject):
    """Takes the places UseModel and AddModelFile; remembers the choice in the settings."""

    def __init__(self, engine: Engine, library: Library, settings: SettingsFile, notices: Notices) -> None:
        super().__init__()
        self._engine = engine
        self._library = library
        self._settings = settings
        self._notices = notices
        self._journal: LoadJournal | None = None
        self._window: QWidget | None = None
        self._told: NextwordError | None = None
        self._ready: ModelInfo | None = None  # the model that was there at the last status
        self._loading = ""  # the file that was being loaded at the last status
        self._disconnect = engine.status_changed.connect(self._on_status)

    def attend(self, window: QWidget | None, journal: LoadJournal) -> None:
        """Ask for files over `window`; note in `journal` what is loaded."""
        self._window = window
        self._journal = journal

    def close(self) -> None:
        """Note that the program ends by itself: a model that was loading is not to blame."""
        self._disconnect()
        if self._journal is not None:
            self._journal.note("")

    def take(self, place: Place) -> bool:
        """Do what `place` asks for if it is about choosing a model; return whether it was."""
        match place:
            case UseModel(path=path):
                self.use(path)
            case AddModelFile(path="") if self._window is not None:
                self._ask_for_file(self._window)
            case AddModelFile(path=path, load=load):
                done = self._on_added if load else self._on_registered
                self._library.add(path, done=done, failed=partial(self._on_refused, path))
            case _:
                return False
        return True

    def load_first(self) -> None:
        """Load the model of the settings, or the starter when that one is gone or ended the engine the last time."""
        wanted = self._settings.value.engine.model
        known = self._library.find(wanted) if wanted else None
        if self._journal is not None and self._journal.left_over:
            self._library.mark_crashed(self._journal.left_over, not _is_starter(self._journal.left_over))
            known = self._library.find(wanted) if wanted else None
            self._journal.note("")
        if not wanted or _is_starter(wanted) or is_remote(wanted):
            self._load(wanted)
        elif known is not None and known.crashed:
            again = Action(self.tr("Load it again"), partial(self.use, wanted))
            died = EngineDied(stage="loading", signal_name="", exit_code=0, model=wanted)
            self._notices.add(Notice(error=died, level="warning", actions=(again,), key="model"))
            self._load("")
        elif not Path(wanted).is_file():
            self._notices.add(Notice(error=ModelNotReadable(wanted, "missing"), level="warning", key="model"))
            self._load("")
        else:
            self._load(wanted)

    def use(self, path: str) -> None:
        """Load the model at `path` now and at the next start; "" stands for the starter."""
        change(self._settings, self._notices, "engine.model", path)
        self._load(path)

    def _load(self, path: str) -> None:
        """Ask the engine for the model; this is also the way back for an engine that gave up."""
        self._told = None
        chosen = self._settings.value.engine
        file = path or str(resources.STARTER_INSTRUCT)
        self._engine.use(file, context_tokens=chosen.context_tokens, threads=chosen.threads)
        self._engine.start()

    def _ask_for_file(self, window: QWidget) -> None:
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(window, self.tr("Add a model file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Models (*.gguf)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_file_chosen(self, path: str) -> None:
        self.take(AddModelFile(path))

    def _on_added(self, model: LibraryModel) -> None:
        self.use(model.path)

    def _on_registered(self, model: LibraryModel) -> None:
        """A file from a stranger may have been opened by a double click: it is not loaded before somebody says so."""
        text = self.tr("{name} is in the list of models now. It was not loaded.").format(
            name=short(model.file_name, 80)
        )
        use = Action(self.tr("Use it"), partial(self.use, model.path))
        self._notices.add(Notice(text=text, actions=(use,), key=f"model {model.path}"))

    def _on_refused(self, path: str, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key=f"model {path}"))

    def _on_status(self, status: EngineStatus) -> None:
        if self._journal is not None:
            self._journal.note(status.wanted if status.state == "loading" else "")
        if status.state == "ready" and status.model is not None:
            self._library.mark_crashed(status.model.path, False)
            if status.model is not self._ready and status.model.template_note not in ("", "none"):
                replaced = TemplateReplaced(status.model.path, status.model.template_note)
                self._notices.add(Notice(error=replaced, level="warning", key="template"))
        self._ready = status.model
        match status.error:
            case EngineDied(stage="loading", model=model) | EngineNotResponding(stage="loading", model=model):
                self._library.mark_crashed(model, not _is_starter(model))
            case EngineGaveUp() if self._loading:  # the last of too many deaths
                self._library.mark_crashed(self._loading, not _is_starter(self._loading))
        self._loading = status.wanted if status.state == "loading" else ""
        if status.error is not None and status.error is not self._told:
            self._told = status.error
            self._tell(status.error, status.wanted)

    def _tell(self, error: NextwordError, wanted: str) -> None:
        actions = []
        if wanted:
            actions.append(Action(self.tr("Try again"), partial(self._load, wanted)))
        if wanted and not _is_starter(wanted):
            actions.append(Action(self.tr("Use the starter"), partial(self.use, "")))
        self._notices.add(Notice(error=error, level="error", actions=tuple(actions), key="engine"))


def _is_starter(path: str) -> bool:
    """Say whether a file came with the program; those are small and never to blame."""
    return Path(path).parent == resources.MODELS
