from __future__ import annotations

from collections.abc import Iterator

import pytest

from nextword.engine.client import Engine
from tests import models
from tests.deliveries import Deliveries
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
