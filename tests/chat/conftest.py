"""The desk that the tests of the session work at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nextword.chat.session import ChatSession
from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from tests import models
from tests.chat.desk import Desk
from tests.deliveries import Deliveries


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make("chatml", tmp_path_factory.mktemp("models"), n_ctx=2048, endless=True)


@pytest.fixture
def desk(tmp_path: Path, cache: Path, model: Path) -> Iterator[Desk]:
    deliver = Deliveries()
    settings = SettingsFile(tmp_path / "settings.json")
    settings.set("sampling.max_tokens", 8)
    engine = Engine(deliver, cache=cache)
    history = History(tmp_path / "history.db", deliver)
    library = Library(tmp_path / "library.json", deliver)
    library.add(model)
    timers: list[threading.Timer] = []

    def later(seconds: float, function: Callable[[], None]) -> None:
        timers.append(threading.Timer(seconds, deliver, [function]))
        timers[-1].start()

    session = ChatSession(engine, history, settings=settings, library=library, later=later)
    made = Desk(tmp_path, deliver, engine, history, settings, library, session)
    session.failed.connect(made.failures.append)
    session.draft_restored.connect(made.drafts.append)
    engine.use(str(model))
    deliver.until(lambda: engine.status.state == "ready")
    yield made
    for timer in timers:
        timer.cancel()
        timer.join()
    session.close()
    engine.close()
    library.close()
    history.close()
