"""The window's side of the engine against processes that misbehave; the real process is in test_engine_faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.child import Limits
from nextword.engine.client import Engine, EngineStatus, JobEvent, JobFailed
from nextword.errors import (
    EngineDied,
    EngineFault,
    EngineGaveUp,
    EngineNotResponding,
    EngineNotStarted,
    NoModelLoaded,
    NoWorkingVariant,
    ProtocolBroken,
    RequestTooLarge,
)
from tests.deliveries import Deliveries

LIMITS = Limits(hello_seconds=1.0, silence_seconds=1.0, term_seconds=0.3, kill_seconds=0.6, close_seconds=1.0)
PROMPT = protocol.TextPrompt("x")
GENERATE = protocol.Generate(0, PROMPT, protocol.Sampling(), protocol.Until(5), 0)


def score(text: str) -> protocol.Score:
    return protocol.Score(0, protocol.TextPrompt(text), 0)


class Rogue:
    """An Engine on a rogue process, its deliveries and every status it had."""

    def __init__(self, tmp_path: Path, how: str, **limits: float) -> None:
        self.deliver = Deliveries()
        command = [sys.executable, str(Path(__file__).with_name("rogue.py")), how]
        self.limits = Limits(**{**{name: getattr(LIMITS, name) for name in LIMITS.__slots__}, **limits})
        self.engine = Engine(self.deliver, cache=tmp_path, command=command, limits=self.limits)
        self.seen: list[EngineStatus] = []
        self.engine.status_changed.connect(self.seen.append)

    def errors(self, kind: type[Exception]) -> list[Exception]:
        found: list[Exception] = []
        for status in self.seen:
            if isinstance(status.error, kind) and not any(status.error is error for error in found):
                found.append(status.error)
        return found


@pytest.fixture
def rogue(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rogue]:
    how, *rest = request.param if isinstance(request.param, tuple) else (request.param,)
    made = Rogue(tmp_path, how, **(rest[0] if rest else {}))
    yield made
    made.engine.close()


@pytest.mark.parametrize(
    ("rogue", "reason"),
    [
        (("garbage", {"hello_seconds": 20.0}), "garbage"),
        (("oversized", {"hello_seconds": 20.0}), "oversized"),
        (("half_frame", {"hello_seconds": 20.0}), "half_frame"),
        (("unknown_type", {"hello_seconds": 20.0}), "garbage"),
    ],
    indirect=["rogue"],
)
def test_what_cannot_be_understood_costs_the_process_not_the_window(rogue: Rogue, reason: str) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.errors(ProtocolBroken))
    error = rogue.errors(ProtocolBroken)[0]
    assert isinstance(error, ProtocolBroken)
    assert error.reason == reason


@pytest.mark.parametrize(
    ("rogue", "reason"),
    [
        (("answer garbage", {"hello_seconds": 20.0, "silence_seconds": 30.0}), "garbage"),
        (("answer oversized", {"hello_seconds": 20.0, "silence_seconds": 30.0}), "oversized"),
        (("answer half_frame", {"hello_seconds": 20.0, "silence_seconds": 30.0}), "half_frame"),
        (("answer unknown_type", {"hello_seconds": 20.0, "silence_seconds": 30.0}), "garbage"),
    ],
    indirect=["rogue"],
)
def test_garbage_in_an_answer_leaves_its_tokens_and_a_new_process_loads_the_model(rogue: Rogue, reason: str) -> None:
    heard: list[JobEvent] = []
    rogue.engine.use("/no/matter.gguf")
    rogue.engine.ask(GENERATE, heard.append)
    rogue.deliver.until(lambda: heard and isinstance(heard[-1], JobFailed))
    failed = heard[-1]
    assert isinstance(failed, JobFailed)
    assert isinstance(failed.error, ProtocolBroken)
    assert failed.error.reason == reason
    assert sum(isinstance(event, protocol.TokenChosen) for event in heard) == 3
    rogue.deliver.until(lambda: rogue.engine.status.state == "ready")


@pytest.mark.parametrize("rogue", [("killed", {"hello_seconds": 20.0})], indirect=True)
def test_three_deaths_end_the_respawning_and_say_so(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "dead")
    assert len(rogue.errors(EngineDied)) == 2
    error = rogue.engine.status.error
    assert isinstance(error, EngineGaveUp)
    assert error.deaths == 3
    first = rogue.errors(EngineDied)[0]
    assert isinstance(first, EngineDied)
    assert (first.signal_name, first.stage) == ("SIGSEGV", "idle")


@pytest.mark.parametrize("rogue", [("killed", {"hello_seconds": 20.0})], indirect=True)
def test_a_dead_engine_refuses_jobs_and_starts_again_when_asked(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "dead")
    heard: list[JobEvent] = []
    rogue.engine.use("/no/matter.gguf")
    rogue.engine.ask(GENERATE, heard.append)
    rogue.deliver.until(lambda: heard)
    assert isinstance(heard[0], JobFailed)
    rogue.engine.start()
    assert rogue.engine.status.state == "starting"


@pytest.mark.parametrize("rogue", [("dies_at_once", {"hello_seconds": 20.0})], indirect=True)
def test_a_process_that_dies_before_its_hello_leaves_its_last_words(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.errors(EngineNotStarted))
    error = rogue.errors(EngineNotStarted)[0]
    assert isinstance(error, EngineNotStarted)
    assert "cannot find its wits" in error.log


@pytest.mark.parametrize("rogue", [("no_variant", {"hello_seconds": 20.0})], indirect=True)
def test_no_working_variant_is_said_and_not_tried_again(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "dead")
    error = rogue.engine.status.error
    assert isinstance(error, NoWorkingVariant)
    assert error.tried == ("haswell: SIGILL",)
    assert [status.state for status in rogue.seen] == ["starting", "dead"]


@pytest.mark.parametrize("rogue", ["says_nothing", "falls_silent"], indirect=True)
def test_silence_ends_the_process(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.errors(EngineNotResponding))
    error = rogue.errors(EngineNotResponding)[0]
    assert isinstance(error, EngineNotResponding)
    assert error.silent_seconds >= 1.0


@pytest.mark.parametrize("rogue", [("closes_output", {"hello_seconds": 20.0, "silence_seconds": 30.0})], indirect=True)
def test_a_process_that_closes_its_output_is_ended(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.errors(EngineDied))


@pytest.mark.parametrize("rogue", [("ignores_stop", {"hello_seconds": 20.0})], indirect=True)
def test_stop_works_on_a_process_that_ignores_it(rogue: Rogue) -> None:
    heard: list[JobEvent] = []
    rogue.engine.use("/no/matter.gguf")
    job = rogue.engine.ask(GENERATE, heard.append)
    rogue.deliver.until(lambda: heard)
    rogue.engine.stop(job)
    rogue.deliver.until(lambda: isinstance(heard[-1], protocol.Finished))
    finished = heard[-1]
    assert isinstance(finished, protocol.Finished)
    assert finished.reason == "stopped"
    assert rogue.engine.status.state in ("starting", "idle", "loading", "ready")
    assert not rogue.errors(EngineDied)


@pytest.mark.parametrize("rogue", [("ignores_stop", {"hello_seconds": 20.0})], indirect=True)
def test_a_request_that_cannot_be_sent_fails_and_the_next_one_is_sent(rogue: Rogue) -> None:
    heard: list[JobEvent] = []
    rogue.engine.use("/no/matter.gguf")
    rogue.deliver.until(lambda: rogue.engine.status.state == "ready")
    rogue.engine.ask(score("x" * (protocol.MAX_FRAME_BYTES + 1)), heard.append)
    rogue.engine.ask(score("half \ud83d"), heard.append)
    rogue.deliver.until(lambda: len(heard) == 2)
    errors = [event.error for event in heard if isinstance(event, JobFailed)]
    assert [type(error) for error in errors] == [RequestTooLarge, EngineFault]
    assert rogue.engine.status.state == "ready"
    rogue.engine.ask(GENERATE, heard.append)
    rogue.deliver.until(lambda: isinstance(heard[-1], protocol.Started))


def test_a_program_that_is_not_there_is_an_error_not_an_exception(tmp_path: Path) -> None:
    engine = Engine(Deliveries(), cache=tmp_path, command=[str(tmp_path / "missing")])
    engine.start()
    assert isinstance(engine.status.error, EngineNotStarted)
    assert engine.status.state == "dead"
    engine.close()


@pytest.mark.parametrize("rogue", [("falls_silent", {"hello_seconds": 20.0, "silence_seconds": 30.0})], indirect=True)
def test_a_job_without_a_model_fails_at_once(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "idle")
    heard: list[JobEvent] = []
    rogue.engine.ask(score("x"), heard.append)
    rogue.deliver.until(lambda: heard)
    assert isinstance(heard[0], JobFailed)
    assert isinstance(heard[0].error, NoModelLoaded)


@pytest.mark.parametrize("rogue", [("falls_silent", {"hello_seconds": 20.0, "silence_seconds": 30.0})], indirect=True)
def test_closing_joins_every_thread_and_delivers_nothing_more(rogue: Rogue) -> None:
    import threading

    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "idle")
    seen = len(rogue.seen)
    rogue.engine.close()
    rogue.deliver.run_waiting()
    assert len(rogue.seen) == seen
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("engine-")]


@pytest.mark.parametrize("rogue", [("falls_silent", {"hello_seconds": 20.0, "silence_seconds": 30.0})], indirect=True)
def test_an_engine_that_was_closed_starts_nothing_more(rogue: Rogue) -> None:
    rogue.engine.start()
    rogue.deliver.until(lambda: rogue.engine.status.state == "idle")
    rogue.engine.close()
    rogue.engine.use("/models/any.gguf")
    rogue.engine.start()
    assert rogue.engine.pid is None
