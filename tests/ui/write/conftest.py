"""A page of Write with a real session, a real history and a real engine on a tiny model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import Profile
from nextword.settings import SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.feature import Place
from nextword.ui.notices import Notice, Notices
from nextword.ui.services import Services
from nextword.ui.theme import current_theme
from nextword.ui.write.page import WritePage
from tests import models


@dataclass
class Writing:
    """A page on screen and what stands behind it."""

    page: WritePage
    services: Services
    qtbot: QtBot
    notices: list[Notice] = field(default_factory=list)

    def until(self, condition: Callable[[], object]) -> None:
        """Let Qt, the engine and the history work until something holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def until_idle(self) -> None:
        self.until(lambda: not self.page.session.busy)
        assert self.page.canvas.toPlainText() == self.text.replace("\0", "\u2400")

    def type(self, text: str) -> None:
        """Press the keys of a text."""
        self.page.canvas.setFocus()
        self.qtbot.keyClicks(self.page.canvas, text)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.page.canvas, key, modifiers)

    @property
    def text(self) -> str:
        return self.page.session.written.text

    def score(self) -> None:
        self.page.bar.score.click()
        self.until_idle()

    def go_on(self) -> None:
        self.page.bar.go.click()
        self.until_idle()


@pytest.fixture(scope="module")
def engine_bridge(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Bridge]]:
    assert qapp is not None
    folder = tmp_path_factory.mktemp("write")
    bridge = Bridge()
    engine = Engine(bridge.deliver, cache=folder)
    engine.use(str(models.make("llama", folder, n_ctx=512, endless=True)))
    yield engine, bridge
    engine.close()
    bridge.close()


@pytest.fixture
def make_writing(
    profile: Profile, qtbot: QtBot, engine_bridge: tuple[Engine, Bridge]
) -> Iterator[Callable[[], Writing]]:
    """Makes pages on one profile, one after the other: a second call is the next start of the program."""
    engine, bridge = engine_bridge
    open_ones: list[tuple[Writing, Library, History]] = []

    def close() -> None:
        while open_ones:
            made, library, history = open_ones.pop()
            made.page.shut_down()
            library.close()
            history.close()
            bridge.drain()
            made.page.hide()

    def make() -> Writing:
        close()
        current_theme().apply("light", 100)
        history = History(profile.history, bridge.deliver)
        library = Library(profile.library, bridge.deliver)
        notices = Notices()
        settings = SettingsFile(profile.settings)
        online = Online(profile, settings, library, bridge.deliver)
        fitting = FitDesk(profile.cache / "measured.json", bridge.deliver)
        settings.set("sampling.max_tokens", 8)
        settings.set("sampling.temperature", 0.0)

        def go(_place: Place) -> bool:
            return True

        services = Services(
            engine=engine,
            library=library,
            online=online,
            fitting=fitting,
            history=history,
            settings=settings,
            notices=notices,
            profile=profile,
            go=go,
            deliver=bridge.deliver,
        )
        page = WritePage(services)
        made = Writing(page, services, qtbot)
        notices.listen(made.notices.append)
        qtbot.addWidget(page)
        page.resize(1216, 774)
        with qtbot.waitExposed(page):
            page.show()
        open_ones.append((made, library, history))
        made.until(lambda: engine.status.state == "ready")
        return made

    yield make
    close()


@pytest.fixture
def writing(make_writing: Callable[[], Writing]) -> Writing:
    return make_writing()


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    return tmp_path / "out"
