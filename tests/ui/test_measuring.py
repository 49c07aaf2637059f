"""What the engine says of memory and speed reaches the desk that answers whether a model will run here."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from nextword.engine.header import read_header
from nextword.engine.protocol import MemoryUse
from nextword.ui.measuring import Measuring
from tests.ui.conftest import Desk, model_info


def test_a_load_and_an_answer_are_measured(qtbot: QtBot, desk: Desk, model_file: Path) -> None:
    services = desk.services
    services.library.add(model_file)
    qtbot.waitUntil(lambda: services.library.find(str(model_file)) is not None)
    known = services.library.find(str(model_file))
    assert known is not None
    measuring = Measuring(services.engine, services.library, services.fitting)
    memory = MemoryUse(
        mapped_bytes=800, repacked_bytes=900, cache_bytes=500, compute_bytes=300, output_bytes=20, weights_bytes=1000
    )
    desk.set_status(state="ready", model=model_info(str(model_file), memory=memory, context_tokens=512))
    taken = services.fitting.taken
    assert taken is not None
    assert (taken.weights_bytes, taken.compute_bytes, taken.private_bytes) == (1000, 320, 1720)
    header = read_header(model_file)
    qtbot.waitUntil(lambda: services.fitting.outlook(header, 512, identity=known.identity).needs.measured)
    desk.set_status(state="busy", tokens_per_second=5.0)
    desk.set_status(state="ready", tokens_per_second=40.0)
    qtbot.waitUntil(lambda: services.fitting.outlook(header, 512, identity=known.identity).speed_measured)
    assert services.fitting.outlook(header, identity=known.identity).tokens_per_second == 40.0
    desk.set_status(state="idle", model=None)
    assert services.fitting.taken is None
    measuring.close()
