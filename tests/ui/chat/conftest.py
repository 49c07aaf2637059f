"""A chat page with a real session and a real history, and an engine that the test plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import Profile
from nextword.settings import SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.chat.page import ChatPage
from nextword.ui.feature import Place
from nextword.ui.notices import Notice, Notices
from nextword.ui.services import Services
from nextword.ui.theme import current_theme
from tests.ui.chat.scripted_engine import ScriptedEngine, step


@dataclass
class Chat:
    """A page on screen and what stands behind it."""

    page: ChatPage
    engine: ScriptedEngine
    services: Services
    qtbot: QtBot
    notices: list[Notice] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def until(self, condition: Callable[[], object]) -> None:
        """Let Qt and the history work until something holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def ask(self, text: str) -> None:
        """Send a message and wait until the engine has it."""
        asked = len(self.engine.asked)
        self.page.box.edit.set_text(text)
        self.page.box.button.click()
        self.until(lambda: len(self.engine.asked) > asked)

    def exchange(self, question: str, *words: str) -> None:
        """Ask and have it answered by these tokens; wait until it is kept."""
        self.ask(question)
        self.engine.answer(*(step(word) for word in words))
        self.until(lambda: not self.page.session.busy and self.page.session.shown[-1].id is not None)

    def rows(self) -> list[str]:
        """Return the texts on screen."""
        return [message.text for message in self.page.session.shown]


@pytest.fixture
def make_chat(profile: Profile, qtbot: QtBot) -> Iterator[Callable[[], Chat]]:
    """Makes pages on one profile, one after the other: a second call is the next start of the program."""
    open_ones: list[tuple[Chat, Bridge, Library, History]] = []

    def close() -> None:
        while open_ones:
            chat, bridge, library, history = open_ones.pop()
            chat.page.shut_down()
            library.close()
            history.close()
            bridge.close()
            chat.page.hide()

    def make() -> Chat:
        close()
        current_theme().apply("light", 100)
        bridge = Bridge()
        engine = ScriptedEngine()
        history = History(profile.history, bridge.deliver)
        library = Library(profile.library, bridge.deliver)
        settings = SettingsFile(profile.settings)
        notices = Notices()
        places: list[Place] = []

        def go(place: Place) -> bool:
            places.append(place)
            return True

        services = Services(
            engine=cast(Engine, engine),
            library=library,
            online=Online(profile, settings, library, bridge.deliver),
            fitting=FitDesk(profile.cache / "measured.json", bridge.deliver),
            history=history,
            settings=settings,
            notices=notices,
            profile=profile,
            go=go,
            deliver=bridge.deliver,
        )
        page = ChatPage(services)
        chat = Chat(page, engine, services, qtbot, places=places)
        notices.listen(chat.notices.append)
        qtbot.addWidget(page)
        page.resize(1216, 774)
        with qtbot.waitExposed(page):
            page.show()
        open_ones.append((chat, bridge, library, history))
        return chat

    yield make
    close()


@pytest.fixture
def chat(make_chat: Callable[[], Chat]) -> Chat:
    return make_chat()
