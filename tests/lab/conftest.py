"""Engines that the tests of the lab ask, one for each module and model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword import resources
from tests import models
from tests.lab.lab_desk import LabDesk


@pytest.fixture(scope="session")
def lab_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine-check")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make("llama-bpe", tmp_path_factory.mktemp("models"), n_ctx=512)


@pytest.fixture(scope="module")
def starter(lab_cache: Path) -> Iterator[LabDesk]:
    """The starter base model."""
    desk = LabDesk(lab_cache, resources.STARTER_BASE)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def tiny(lab_cache: Path, tiny_model: Path) -> Iterator[LabDesk]:
    """A model with random weights and a context of 512 tokens."""
    desk = LabDesk(lab_cache, tiny_model, context_tokens=512)
    yield desk
    desk.close()
