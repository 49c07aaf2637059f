from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine.client import Engine
from tests import models
from tests.deliveries import Deliveries
from tests.write.documents import Desk, desk_on, desk_with
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


@pytest.fixture
def desk(tmp_path: Path, writing_engine: tuple[Deliveries, Engine]) -> Iterator[Desk]:
    yield from desk_with(tmp_path, *writing_engine)


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with an engine of its own, which may end."""
    yield from desk_on(tmp_path, models.make("llama", tmp_path, n_ctx=512, endless=True))
