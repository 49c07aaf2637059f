"""Will it run here: the answer is an estimate until the model was loaded, then what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine.header import Header, read_header
from nextword.errors import NextwordError
from nextword.hub.fit import tensor_bytes
from nextword.hub.fit_desk import FitDesk, Taken
from nextword.hub.memory_now import FreeMemory
from tests import models
from tests.deliveries import Deliveries


@pytest.fixture
def deliver() -> Deliveries:
    return Deliveries()


@pytest.fixture
def desk(tmp_path: Path, deliver: Deliveries) -> Iterator[FitDesk]:
    made = FitDesk(tmp_path / "measured.json", deliver)
    yield made
    made.close()


@pytest.fixture
def header(tmp_path: Path) -> Header:
    return read_header(models.make("llama", tmp_path))


def taken(header: Header, **sizes: int) -> Taken:
    values = {"weights_bytes": tensor_bytes(header), "cache_bytes": 1 << 18, "compute_bytes": 3 << 20, **sizes}
    return Taken(str(header.path), 512, private_bytes=4 << 20, **values)


def test_what_is_free_is_looked_up_and_the_memory_measured_once(desk: FitDesk, deliver: Deliveries) -> None:
    assert desk.available_bytes == 0
    desk.refresh()
    deliver.until(lambda: desk.free is not None)
    assert desk.available_bytes > 0
    first = desk.bandwidth
    assert first > 0
    desk.refresh()
    desk._executor.submit(lambda: None).result()
    assert desk.bandwidth == first


def test_before_anything_is_known_nothing_is_promised(desk: FitDesk, header: Header) -> None:
    outlook = desk.outlook(header)
    assert (outlook.verdict, outlook.tokens_per_second, outlook.needs.measured) == ("unknown", 0.0, False)


def test_after_a_load_the_measured_numbers_replace_the_estimate(
    desk: FitDesk, deliver: Deliveries, header: Header
) -> None:
    before = desk.outlook(header, 512, identity="file")
    desk.note_loaded(taken(header, cache_bytes=777), "file")
    deliver.until(lambda: desk.outlook(header, 512, identity="file").needs.measured)
    after = desk.outlook(header, 512, identity="file").needs
    assert not before.needs.measured
    assert (after.cache_bytes, after.weights_bytes) == (777, tensor_bytes(header))
    assert not desk.outlook(header, 256, identity="file").needs.measured
    assert not desk.outlook(header, 512, identity="another").needs.measured


def test_what_a_model_took_is_not_counted_as_free_twice(desk: FitDesk, deliver: Deliveries, header: Header) -> None:
    desk.refresh()
    deliver.until(lambda: desk.free is not None)
    desk.free = before = FreeMemory(1 << 50, 1 << 50)  # as it was before the model was loaded
    desk.note_loaded(taken(header), "file")
    deliver.until(lambda: desk.free != before)
    assert desk.available_bytes == desk.free.available_bytes + (4 << 20)


def test_a_measured_load_corrects_the_estimate_of_other_models(
    desk: FitDesk, deliver: Deliveries, header: Header
) -> None:
    before = desk.outlook(header, 256).needs.compute_bytes
    desk.note_loaded(taken(header, compute_bytes=2 * desk.outlook(header, 512).needs.compute_bytes), "file")
    deliver.until(lambda: desk.outlook(header, 256).needs.compute_bytes > before)


def test_the_speed_of_an_answer_is_told_as_measured(desk: FitDesk, deliver: Deliveries, header: Header) -> None:
    desk.note_speed("file", 20.0)  # no model is loaded: of which would it be?
    desk.note_loaded(taken(header), "file")
    desk.note_speed("file", 30.0)
    deliver.until(lambda: desk.outlook(header, identity="file").speed_measured)
    assert desk.outlook(header, identity="file").tokens_per_second == 30.0
    desk.refresh()
    deliver.until(lambda: desk.bandwidth > 0)
    other = desk.outlook(header, weights_bytes=10 * tensor_bytes(header))
    assert not other.speed_measured
    assert 0 < other.tokens_per_second < desk.outlook(header).tokens_per_second


def test_what_the_loaded_model_holds_counts_as_free_for_the_next(desk: FitDesk, header: Header) -> None:
    desk.free = FreeMemory(1000, 2000)
    desk.taken = taken(header)
    assert desk.available_bytes == 1000 + (4 << 20)


def test_a_file_that_is_gone_is_an_error_with_a_reason(desk: FitDesk, deliver: Deliveries, tmp_path: Path) -> None:
    errors: list[NextwordError] = []
    desk.header(str(tmp_path / "gone.gguf"), lambda _header: None, errors.append)
    deliver.until(lambda: errors)
    assert getattr(errors[0], "reason", "") == "missing"
