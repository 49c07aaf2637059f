"""The instruments of Write on a real session, a real engine with a tiny model and a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.theme import current_theme
from nextword.write.session import WriteSession
from nextword.write.tokens_vocabulary import VocabularyReader
from tests import models

TEXT = "the word and"


@dataclass
class Instruments:
    """window: parent of the pane that is tested."""

    qtbot: QtBot
    bridge: Bridge
    engine: Engine
    library: Library
    session: WriteSession
    vocabulary: VocabularyReader
    window: QWidget

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def write(self, tokens: int = 8) -> None:
        """Write a text and let the model go on with it."""
        self.session.edit(0, 0, TEXT, caret_before=0)
        self.session.caret = len(TEXT)
        self.session.continue_text(most_tokens=tokens)
        self.until(lambda: not self.session.busy)

    def show(self, pane: QWidget) -> None:
        pane.resize(420, 900)
        self.window.resize(420, 900)
        self.window.show()


@pytest.fixture(scope="module")
def shared_engine(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bridge, Engine]]:
    assert current_theme().parent() is qapp
    folder = tmp_path_factory.mktemp("instruments ü")
    bridge = Bridge()
    engine = Engine(bridge.deliver, cache=folder)
    engine.use(str(models.make("llama", folder, endless=True)))
    yield bridge, engine
    engine.close()
    bridge.close()


@pytest.fixture
def instruments(qtbot: QtBot, shared_engine: tuple[Bridge, Engine], tmp_path: Path) -> Iterator[Instruments]:
    bridge, engine = shared_engine
    qtbot.waitUntil(lambda: engine.status.state == "ready", timeout=20_000)
    history = History(tmp_path / "history.db", bridge.deliver)
    library = Library(tmp_path / "library.json", bridge.deliver)
    settings = SettingsFile(tmp_path / "settings.json")
    settings.set("sampling.seed", 11)
    window = QWidget()
    qtbot.addWidget(window)

    def later(seconds: float, function: Callable[[], None]) -> None:
        QTimer.singleShot(int(seconds * 1000), window, lambda: function())

    session = WriteSession(engine, history, settings=settings, library=library, later=later)
    yield Instruments(qtbot, bridge, engine, library, session, VocabularyReader(engine), window)
    session.close()
    library.close()
    history.close()
