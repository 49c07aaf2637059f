"""A real engine is asked something private and is made to die of it; nothing of that is in the report."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from nextword import report, resources
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent
from nextword.paths import Profile
from nextword.settings import Settings

CANARY = "the rare canary disease of my aunt"
WAIT_SECONDS = 60.0


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The starter under a name that is nobody's business."""
    path = tmp_path / "home of Ada" / "my secret canary model.gguf"
    path.parent.mkdir()
    path.write_bytes(resources.STARTER_INSTRUCT.read_bytes())
    return path


def test_nothing_of_a_conversation_is_in_the_logs_of_the_report(
    profile: Profile, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(model.parent))
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    engine = Engine(waiting.put, cache=profile.cache, log_file=profile.logs / "engine.log")

    def run_until(ready: Callable[[], bool]) -> None:
        while not ready():
            waiting.get(timeout=WAIT_SECONDS)()

    try:
        engine.use(str(model))
        run_until(lambda: engine.status.state == "ready")
        answer: list[JobEvent] = []
        prompt = protocol.ChatPrompt((protocol.Message("user", CANARY),))
        engine.ask(protocol.Generate(0, prompt, protocol.Sampling(seed=1), protocol.Until(8)), answer.append)
        run_until(lambda: bool(answer) and isinstance(answer[-1], protocol.Finished))
        failed: list[JobEvent] = []
        engine.ask(protocol.Generate(0, prompt, protocol.Sampling(grammar=CANARY), protocol.Until(8)), failed.append)
        run_until(lambda: bool(failed))
        engine.use(str(model.parent / f"{CANARY}.gguf"))
        run_until(lambda: engine.status.error is not None)
        assert engine.pid
        os.kill(engine.pid, signal.SIGABRT)
        run_until(lambda: engine.pid is None or engine.status.state != "ready")
    finally:
        engine.close()
    text = "\n".join(part.text for part in report.collect(profile, Settings(), "About\n"))
    assert (profile.logs / "engine.log").read_text("utf-8")
    assert "load_backend: loaded CPU backend" in text
    for private in (CANARY, "canary", "aunt", "secret", str(model.parent), model.name):
        assert private not in text
