"""The real engine process, killed, stopped and fed bad files at every stage: the window's side lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.child import Limits
from nextword.engine.client import Engine, EngineStatus, JobEvent, JobFailed
from nextword.errors import EngineDied, EngineNotResponding, ModelNotReadable
from tests import models
from tests.deliveries import Deliveries

SIGNALS = [signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGBUS, signal.SIGKILL]
LONG_PROMPT = protocol.TextPrompt("the time was first and " * 1500)
PROMPT = protocol.TextPrompt("the time was")


class Desk:
    """An Engine on the real process, and everything it said."""

    def __init__(self, cache: Path, **limits: float) -> None:
        self.deliver = Deliveries()
        self.engine = Engine(self.deliver, cache=cache, limits=Limits(**limits))
        self.statuses: list[EngineStatus] = []
        self.heard: list[JobEvent] = []
        self.engine.status_changed.connect(self.statuses.append)

    def until_state(self, state: str) -> None:
        self.deliver.until(lambda: self.engine.status.state == state)

    def ask(self, prompt: protocol.Prompt = PROMPT, *, max_tokens: int = 8000) -> int:
        self.heard.clear()
        sampling = protocol.Sampling(seed=1)
        request = protocol.Generate(0, prompt, sampling, protocol.Until(max_tokens), 5)
        return self.engine.ask(request, self.heard.append)

    def until_heard(self, kind: type[object], count: int = 1) -> None:
        self.deliver.until(lambda: sum(isinstance(event, kind) for event in self.heard) >= count)

    @property
    def tokens(self) -> int:
        return sum(isinstance(event, protocol.TokenChosen) for event in self.heard)

    def failure(self) -> Exception:
        last = self.heard[-1]
        assert isinstance(last, JobFailed)
        return last.error

    def kill(self, number: int) -> None:
        assert self.engine.pid is not None
        os.kill(self.engine.pid, number)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")  # the engine check is done once


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models with a space 🦊")
    return models.make("llama-bpe", folder, n_ctx=16384, endless=True)


@pytest.fixture
def desk(cache: Path) -> Iterator[Desk]:
    made = Desk(cache)
    yield made
    made.engine.close()


@pytest.fixture
def ready(desk: Desk, model: Path) -> Desk:
    desk.engine.use(str(model), context_tokens=16384)
    desk.until_state("ready")
    return desk


@pytest.mark.parametrize("number", SIGNALS)
def test_killed_while_spawning_it_is_started_again_and_loads_what_was_wanted(
    desk: Desk, model: Path, number: signal.Signals
) -> None:
    desk.engine.use(str(model))
    desk.ask(max_tokens=3)
    desk.kill(number)
    desk.until_heard(protocol.Finished)
    assert any(isinstance(s.error, EngineDied) and s.error.signal_name == number.name for s in desk.statuses)


@pytest.mark.parametrize("number", SIGNALS)
def test_killed_while_loading_the_model_is_not_loaded_again_by_itself(
    desk: Desk, model: Path, number: signal.Signals
) -> None:
    def kill_when_loading(status: EngineStatus) -> None:
        if status.state == "loading":
            desk.kill(number)

    disconnect = desk.engine.status_changed.connect(kill_when_loading)
    desk.engine.use(str(model))
    desk.ask(max_tokens=3)
    desk.until_heard(JobFailed)
    disconnect()
    error = desk.failure()
    assert isinstance(error, EngineDied)
    assert (error.stage, error.signal_name, error.model) == ("loading", number.name, str(model))
    desk.until_state("idle")
    assert desk.engine.status.model is None
    desk.engine.use(str(model))
    desk.until_state("ready")


@pytest.mark.parametrize("number", SIGNALS)
def test_killed_in_the_prompt_the_job_fails_and_the_next_one_works(ready: Desk, number: signal.Signals) -> None:
    ready.ask(LONG_PROMPT)
    ready.until_heard(protocol.PromptProgress)
    ready.kill(number)
    ready.until_heard(JobFailed)
    error = ready.failure()
    assert isinstance(error, EngineDied)
    assert error.signal_name == number.name
    ready.ask(max_tokens=3)
    ready.until_heard(protocol.Finished)


@pytest.mark.parametrize("number", SIGNALS)
def test_killed_in_an_answer_the_tokens_so_far_stay_and_the_next_job_works(ready: Desk, number: signal.Signals) -> None:
    ready.ask()
    ready.until_heard(protocol.TokenChosen, 5)
    ready.kill(number)
    ready.until_heard(JobFailed)
    assert ready.tokens >= 5
    error = ready.failure()
    assert isinstance(error, EngineDied)
    assert (error.stage, error.signal_name) == ("generating", number.name)
    ready.ask(max_tokens=3)
    ready.until_heard(protocol.Finished)


def test_a_processor_variant_that_died_of_an_illegal_instruction_is_passed_over_from_then_on(
    tmp_path: Path, model: Path
) -> None:
    variants: list[str] = []
    for _ in range(2):
        desk = Desk(tmp_path)
        try:
            desk.engine.use(str(model))
            desk.until_state("ready")
            variants.append(desk.engine.status.variant)
            if len(variants) == 1:
                desk.kill(signal.SIGILL)
                desk.deliver.until(lambda desk=desk: desk.engine.status.state != "ready")
                desk.until_state("ready")
                variants.append(desk.engine.status.variant)
        finally:
            desk.engine.close()
    first, second, third = variants
    assert first != second
    assert second == third


def test_stop_works_on_a_process_that_was_stopped_by_the_system(ready: Desk) -> None:
    job = ready.ask()
    ready.until_heard(protocol.TokenChosen, 3)
    ready.kill(signal.SIGSTOP)
    ready.engine.stop(job)
    ready.until_heard(protocol.Finished)
    finished = ready.heard[-1]
    assert isinstance(finished, protocol.Finished)
    assert (finished.reason, finished.generated_tokens) == ("stopped", ready.tokens)
    ready.ask(max_tokens=3)
    ready.until_heard(protocol.Finished)


def test_a_process_stopped_by_the_system_is_found_silent(cache: Path, model: Path) -> None:
    desk = Desk(cache, silence_seconds=2.5)
    try:
        desk.engine.use(str(model))
        desk.until_state("ready")
        desk.ask()
        desk.until_heard(protocol.TokenChosen, 3)
        desk.kill(signal.SIGSTOP)
        desk.until_heard(JobFailed)
        assert isinstance(desk.failure(), EngineNotResponding)
        desk.until_state("ready")
    finally:
        desk.engine.close()


def test_stop_between_tokens_keeps_the_process(ready: Desk) -> None:
    pid = ready.engine.pid
    job = ready.ask()
    ready.until_heard(protocol.TokenChosen, 3)
    ready.engine.stop(job)
    ready.until_heard(protocol.Finished)
    ready.ask(max_tokens=3)
    ready.until_heard(protocol.Finished)
    assert ready.engine.pid == pid


def test_stop_inside_a_long_prompt_keeps_the_process(ready: Desk) -> None:
    pid = ready.engine.pid
    job = ready.ask(LONG_PROMPT)
    ready.until_heard(protocol.PromptProgress)
    ready.engine.stop(job)
    ready.until_heard(protocol.Finished)
    assert ready.tokens == 0
    assert ready.engine.pid == pid


def test_another_model_gets_a_fresh_process_and_the_running_answer_ends_as_stopped(ready: Desk, tmp_path: Path) -> None:
    pid = ready.engine.pid
    ready.ask()
    ready.until_heard(protocol.TokenChosen, 3)
    ready.engine.use(str(models.make("gpt2", tmp_path)))
    ready.until_heard(protocol.Finished)
    ready.until_state("ready")
    assert ready.engine.pid != pid
    assert ready.engine.status.model is not None
    assert ready.engine.status.model.architecture == "gpt2"


def test_a_file_that_is_no_model_is_refused_with_its_reason_and_another_one_loads(
    desk: Desk, model: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "no model.gguf"
    bad.write_text("<html>not found</html>")
    desk.engine.use(str(bad))
    desk.ask(max_tokens=3)
    desk.until_heard(JobFailed)
    error = desk.failure()
    assert isinstance(error, ModelNotReadable)
    assert error.reason == "html"
    desk.engine.use(str(model))
    desk.until_state("ready")


def test_closing_in_the_middle_of_an_answer_leaves_no_process(ready: Desk) -> None:
    pid = ready.engine.pid
    assert pid is not None
    ready.ask()
    ready.until_heard(protocol.TokenChosen, 3)
    ready.engine.close()
    assert not Path(f"/proc/{pid}").exists()


ORPHANING = """
import sys, time
from pathlib import Path
from nextword.engine.client import Engine
calls = []
engine = Engine(calls.append, cache=Path(sys.argv[1]))
engine.start()
print(engine.pid, flush=True)
time.sleep(600)
"""


def test_a_window_that_is_killed_leaves_no_engine_behind(cache: Path) -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", ORPHANING, str(cache)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert window.stdout is not None
    engine = int(window.stdout.readline())
    window.kill()
    window.wait()
    window.stdout.close()
    end = time.monotonic() + 30
    while Path(f"/proc/{engine}").exists() and _state(engine) != "Z":
        assert time.monotonic() < end, "the engine outlived its window"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
