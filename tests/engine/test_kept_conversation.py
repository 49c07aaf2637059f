"""A conversation's place in memory survives a change of model and the end of the window: real processes and files."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.child import Limits
from nextword.engine.client import Engine, JobEvent
from tests import models
from tests.deliveries import Deliveries

# The tiny models read so fast that nothing would be kept.
EAGER = "from nextword.engine import snapshot; snapshot.WORTH_SECONDS = 0.0\n"
PROGRAM = "from nextword.engine.__main__ import main\nmain()"
TURN = tuple(7 + number * number % 60 for number in range(700))


class Desk:
    """An engine that keeps snapshots."""

    def __init__(self, cache: Path, states: Path, deliver: Deliveries) -> None:
        self.deliver = deliver
        command = [sys.executable, "-I", "-c", EAGER + PROGRAM, "--cache", str(cache)]
        self.engine = Engine(deliver, cache=cache, command=command, limits=Limits())
        self.engine.keep_snapshots_in(states)

    def use(self, model: Path) -> protocol.ModelInfo:
        self.engine.use(str(model))
        self.deliver.until(lambda: self.engine.status.state == "ready" and self.engine.status.wanted == str(model))
        assert self.engine.status.model
        return self.engine.status.model

    def say(self, ids: tuple[int, ...], *, keep_state: bool = True) -> tuple[protocol.Started, list[int]]:
        heard: list[JobEvent] = []
        sampling = protocol.Sampling(temperature=0.0)
        prompt = protocol.TokenPrompt(ids)
        self.engine.ask(protocol.Generate(0, prompt, sampling, protocol.Until(8), keep_state=keep_state), heard.append)
        self.deliver.until(lambda: heard and isinstance(heard[-1], protocol.Finished))
        started = next(event for event in heard if isinstance(event, protocol.Started))
        return started, [event.step.id for event in heard if isinstance(event, protocol.TokenChosen)]


@pytest.fixture
def two_models(tmp_path: Path) -> tuple[Path, Path]:
    return (
        models.make("qwen2", tmp_path, endless=True, n_ctx=1024),
        models.make("llama", tmp_path, endless=True, n_ctx=1024),
    )


def test_a_model_that_is_chosen_again_knows_its_conversation(
    engine_cache: Path, tmp_path: Path, two_models: tuple[Path, Path]
) -> None:
    desk = Desk(engine_cache, tmp_path / "states", Deliveries())
    first, second = two_models
    desk.use(first)
    _, answer = desk.say(TURN)
    turn = (*TURN, *answer, 9)
    desk.use(second)
    info = desk.use(first)
    # The last token of the answer was never evaluated.
    assert (info.state_tokens, info.state_note) == (len(turn) - 2, "")
    started, again = desk.say(turn)
    assert (started.cached_tokens, started.restored_tokens) == (len(turn) - 2, len(turn) - 2)
    desk.engine.keep_snapshots_in(tmp_path / "states", keep=False)
    assert list((tmp_path / "states").iterdir()) == []
    desk.use(second)
    assert desk.use(first).state_tokens == 0
    fresh, expected = desk.say(turn)
    assert (fresh.cached_tokens, again) == (0, expected)
    desk.engine.close()


def test_what_is_deleted_for_good_is_in_no_snapshot_and_comes_into_none(
    engine_cache: Path, tmp_path: Path, two_models: tuple[Path, Path]
) -> None:
    desk = Desk(engine_cache, tmp_path / "states", Deliveries())
    first, second = two_models
    desk.use(first)
    desk.say(TURN)
    desk.use(second)
    desk.say(TURN)
    assert len(list((tmp_path / "states").iterdir())) == 1
    desk.engine.forget_snapshots()
    assert list((tmp_path / "states").iterdir()) == []
    assert desk.use(first).state_tokens == 0
    assert list((tmp_path / "states").iterdir()) == []
    desk.engine.close()


def test_the_next_window_goes_on_where_the_last_was_closed(
    engine_cache: Path, tmp_path: Path, two_models: tuple[Path, Path]
) -> None:
    desk = Desk(engine_cache, tmp_path / "states", Deliveries())
    desk.use(two_models[0])
    desk.say(TURN)
    desk.engine.close()
    desk = Desk(engine_cache, tmp_path / "states", Deliveries())
    assert desk.use(two_models[0]).state_tokens == len(TURN) + 7
    assert desk.say(TURN)[0].restored_tokens == len(TURN) - 1
    desk.engine.close()


@pytest.mark.parametrize("how", ["not to be kept", "scored since", "killed"])
def test_nothing_is_written_of_a_conversation_that_is_not_to_be_kept(
    how: str, engine_cache: Path, tmp_path: Path, two_models: tuple[Path, Path]
) -> None:
    states = tmp_path / "states"
    desk = Desk(engine_cache, states, Deliveries())
    desk.use(two_models[0])
    desk.say(TURN, keep_state=how != "not to be kept")
    if how == "scored since":
        heard: list[JobEvent] = []
        desk.engine.ask(protocol.Score(0, protocol.TextPrompt("the time of day")), heard.append)
        desk.deliver.until(lambda: heard and isinstance(heard[-1], protocol.Scored))
    if how == "killed":
        assert desk.engine.pid
        os.kill(desk.engine.pid, signal.SIGKILL)
        desk.deliver.until(lambda: desk.engine.status.state == "ready" and desk.engine.status.error is None)
    desk.use(two_models[1])
    desk.engine.close()
    assert not states.exists() or list(states.iterdir()) == []


def test_a_process_that_hangs_does_not_keep_the_next_model_waiting_for_long(
    engine_cache: Path, tmp_path: Path, two_models: tuple[Path, Path]
) -> None:
    desk = Desk(engine_cache, tmp_path / "states", Deliveries())
    desk.use(two_models[0])
    desk.say(TURN)
    assert desk.engine.pid
    os.kill(desk.engine.pid, signal.SIGSTOP)
    desk.use(two_models[1])
    assert desk.say(TURN)[0].cached_tokens == 0
    desk.engine.close()
    assert not list((tmp_path / "states").glob("*.new"))
