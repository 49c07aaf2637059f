from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from tests import models
from tests.deliveries import Deliveries
from tests.write.documents import Desk
from tests.write.instruments import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An engine that has a tiny model with a BOS, whose text may end."""
    folder = tmp_path_factory.mktemp("instruments")
    deliver = Deliveries()
    engine = Engine(deliver, cache=folder)
    engine.use(str(models.make("llama", folder, end_logit=1.0)))
    deliver.until(lambda: engine.status.state == "ready")
    yield Bench(deliver, engine)
    engine.close()


@pytest.fixture(scope="module")
def writing_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deliveries, Engine]]:
    """An engine that has a tiny model with tokens for filling in the middle, whose text does not end by itself."""
    folder = tmp_path_factory.mktemp("writing")
    deliver = Deliveries()
    engine = Engine(deliver, cache=folder)
    engine.use(str(models.make("llama", folder, n_ctx=512, endless=True)))
    deliver.until(lambda: engine.status.state == "ready")
    yield deliver, engine
    engine.close()


def _desk(folder: Path, deliver: Deliveries, engine: Engine) -> Iterator[Desk]:
    settings = SettingsFile(folder / "settings.json")
    settings.set("sampling.max_tokens", 8)
    settings.set("sampling.temperature", 0.0)
    history = History(folder / "history.db", deliver)
    library = Library(folder / "library.json", deliver)
    made = Desk(folder, deliver, engine, history, settings, library)
    made.begin()
    yield made
    made.end()
    library.close()
    history.close()


@pytest.fixture
def desk(tmp_path: Path, writing_engine: tuple[Deliveries, Engine]) -> Iterator[Desk]:
    yield from _desk(tmp_path, *writing_engine)


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with an engine of its own, which may end."""
    deliver = Deliveries()
    engine = Engine(deliver, cache=tmp_path)
    engine.use(str(models.make("llama", tmp_path, n_ctx=512, endless=True)))
    deliver.until(lambda: engine.status.state == "ready")
    yield from _desk(tmp_path, deliver, engine)
    engine.close()
