"""Figures of the X-ray: how long a move of a slider takes until it is painted, at a vocabulary of 151,936 tokens."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.window import ROOT, environment

VOCABULARY = 151_936
BEFORE = 2_000
MOVES = 60
STAGES = {
    "temperature": {}, "top_k": {}, "top_p": {"top_k": 0}, "min_p": {"top_k": 0, "top_p": 1.0},
    "typical": {"top_k": 0, "typical_p": 0.9}, "penalties": {"repeat_penalty": 1.1},
    "temperature, nothing cut": {"top_k": 0, "top_p": 1.0, "min_p": 0.0},
}  # fmt: skip
"""The stage that is moved, and the settings around it."""


def xray() -> Iterator[Figure]:
    """How long a move of an X-ray slider takes until it is painted, at 151,936 tokens."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.xray"], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**environment(), "QT_QPA_PLATFORM": "offscreen"}, timeout=900,
    )  # fmt: skip
    for name, times in json.loads(done.stdout.splitlines()[-1]).items():
        most = statistics.quantiles(times, n=20)[-1]
        yield Figure(f"X-ray slider until painted, {name}, p95", 1000 * most, "ms", 16, runs=len(times))


def measure() -> dict[str, list[float]]:
    """Return the seconds of every move, by stage. A real pane shows a row that no model had to make."""
    import numpy as np
    from PySide6.QtWidgets import QApplication, QWidget

    from nextword.engine.client import Engine
    from nextword.history.database import History
    from nextword.hub.library import Library
    from nextword.settings import SettingsFile
    from nextword.ui.bridge import Bridge
    from nextword.ui.write.xray_pane import XrayPane
    from nextword.write.session import WriteSession
    from nextword.write.tokens_vocabulary import VocabularyReader
    from nextword.write.xray_looking import SeenRow

    application = QApplication([])
    folder = Path(tempfile.mkdtemp())
    bridge = Bridge()
    engine = Engine(bridge.deliver, cache=folder, command=["/nonexistent/nextword-engine"])
    history, library = History(folder / "history.db", bridge.deliver), Library(folder / "library.json", bridge.deliver)
    settings = SettingsFile(folder / "settings.json")
    session = WriteSession(engine, history, settings=settings, library=library, later=lambda _seconds, _function: None)
    window = QWidget()
    pane = XrayPane(session, VocabularyReader(engine), window)
    window.resize(900, 900)
    pane.resize(900, 900)
    window.show()
    random = np.random.default_rng(1)
    row = (random.standard_normal(VOCABULARY) * 2.5).astype(np.float32)
    row[:2000] += 5  # some hundred tokens matter, as in a real row
    ids = tuple(int(token) for token in random.integers(0, VOCABULARY, BEFORE))
    texts = {int(token): b" token" for token in np.argsort(-row)[:64]}
    found: dict[str, list[float]] = {}
    for name, around in STAGES.items():
        pane.go_back()
        pane._on_row(None, SeenRow(ids, row.tobytes(), texts, frozenset()))
        for setting, value in around.items():
            pane.columns.changed.emit(setting, value)
        found[name] = _move(application, pane, name.split(",")[0])
    pane.shut_down()
    session.close()
    engine.close()
    library.close()
    history.close()
    bridge.close()
    return found


def _move(application: object, pane: object, stage: str) -> list[float]:
    """Move the slider of a stage to and fro, a step each time, and wait for the picture."""
    from nextword.ui.write.xray_pane import XrayPane

    assert isinstance(pane, XrayPane)
    slider = pane.columns.heads[stage].slider
    assert slider is not None
    times = []
    for move in range(MOVES):
        place = slider.minimum() + 8 + (move % 30) * max(1, (slider.maximum() - 16) // 30)
        began = time.perf_counter()
        slider.setValue(place)
        application.processEvents()  # type: ignore[attr-defined]
        times.append(time.perf_counter() - began)
    return times[5:]


if __name__ == "__main__":
    print(json.dumps(measure()))
