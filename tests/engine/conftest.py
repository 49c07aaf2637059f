"""llama.cpp in the test's own process: for what needs a model but no engine process around it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nextword.engine import backends
from nextword.engine.header import read_header

if TYPE_CHECKING:
    from nextword.engine.model import Model
    from nextword.engine.native_log import NativeLog

OpenModel = Callable[[Path], "Model"]


@pytest.fixture(scope="session")
def engine_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the result of the engine check, so that it runs once."""
    return tmp_path_factory.mktemp("engine-cache")


@pytest.fixture(scope="session")
def native_log(engine_cache: Path) -> NativeLog:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    variant = backends.choose(engine_cache)
    if variant.path is not None:
        backends.load_backend(variant.path)
    from nextword.engine.native_log import NativeLog

    return NativeLog()


@pytest.fixture
def open_model(native_log: NativeLog) -> Iterator[OpenModel]:
    """Opens model files with one thread and closes them at the end."""
    from nextword.engine.model import Model

    native_log.listen()  # the tests of the starter models have another listener in the same process
    with ExitStack() as stack:

        def open_path(path: Path) -> Model:
            model = Model(read_header(path), native_log, threads=1, progress=lambda _fraction: None)
            stack.callback(model.close)
            return model

        yield open_path
