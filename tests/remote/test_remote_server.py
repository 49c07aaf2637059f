"""Answers of a real server: llama-cpp-python's own, with a tiny model, on loopback."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.tokens import pack, unpack
from nextword.network.door import Route
from nextword.network_errors import NoAnswer, RemoteRefused, SwitchedOffline
from tests import models
from tests.model_templates import CHATML
from tests.remote.asking_desk import Desk
from tests.remote.openai_server import Server

KEY = "sk-canary-4711-0815"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make("qwen2", tmp_path_factory.mktemp("model"), template=CHATML, endless=True)


@pytest.fixture(scope="module")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(model, tmp_path_factory.mktemp("server"), key=KEY)
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_a_chat_comes_token_by_token_with_what_the_server_says_of_each(desk: Desk, server: Server) -> None:
    endpoint = desk.use(server.url, key=KEY)
    status = desk.engine.status
    assert (status.state, status.model is not None and status.model.remote_host) == ("ready", endpoint.host)
    assert desk.engine.pid is None
    desk.chat(max_tokens=6)
    assert desk.engine.status.state == "busy"
    done = desk.finished()
    assert (done.reason, done.generated_tokens) == ("limit", 6)
    assert desk.engine.status.state == "ready"
    for step in desk.steps:
        assert step.is_remote
        assert math.isnan(step.entropy_bits)
        assert 20 <= len(step.candidates) <= 21
        assert step.candidates[0].logprob == step.logprob, "greedy"
        assert step.rank == 1
        assert sum(candidate.probability for candidate in step.candidates) <= 1.0 + 1e-6
    kept = unpack(pack(desk.steps))
    assert [step.text for step in kept] == [step.text for step in desk.steps]
    assert [step.candidates[0].text for step in kept] == [step.candidates[0].text for step in desk.steps]


def test_the_same_file_says_the_same_there_and_here(desk: Desk, server: Server, model: Path) -> None:
    desk.use(server.url, key=KEY)
    desk.chat(max_tokens=6)
    desk.finished()
    there = desk.steps
    desk.engine.use(str(model), context_tokens=512, threads=1)
    desk.engine.start()
    desk.chat(max_tokens=6)
    desk.finished()
    assert [step.text for step in desk.steps] == [step.text for step in there]
    for ours, theirs in zip(desk.steps, there, strict=True):
        assert theirs.logprob == pytest.approx(ours.logprob, abs=0.02)
        assert not ours.is_remote
        assert ours.entropy_bits > 0


def test_a_text_is_continued_by_a_completion(desk: Desk, server: Server) -> None:
    desk.use(server.url, way="completion", key=KEY)
    model = desk.engine.status.model
    assert model is not None
    assert model.kind == "base"
    desk.ask(protocol.TextPrompt("Once the"), max_tokens=5)
    done = desk.finished()
    assert (done.reason, len(desk.steps)) == ("limit", 5)
    assert all(step.candidates and step.is_remote for step in desk.steps)
    assert desk.text.startswith(" ")


def test_a_wrong_key_is_told_as_that_and_shown_nowhere(desk: Desk, server: Server, tmp_path: Path) -> None:
    desk.use(server.url, key="sk-wrong-canary-1234")
    desk.chat()
    error = desk.error()
    assert isinstance(error, RemoteRefused)
    assert error.reason == "key"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and b"sk-wrong-canary" in path.read_bytes()]
    assert [path.name for path in written] == ["tokens.json"], "only where there is no key ring, for its owner alone"
    assert written[0].stat().st_mode & 0o077 == 0
    assert "canary" not in str(error.detail)


def test_the_models_of_an_endpoint_are_listed(desk: Desk, server: Server) -> None:
    endpoint = desk.use(server.url, key=KEY)
    assert [model.name for model in desk.remote.list_models(endpoint)] == ["tiny"]
    with pytest.raises(RemoteRefused) as refused:
        desk.remote.list_models(endpoint, "sk-other-key")
    assert refused.value.reason == "key"


def test_an_answer_is_stopped_at_once_and_the_next_one_comes(desk: Desk, server: Server) -> None:
    desk.use(server.url, key=KEY)
    job = desk.chat(max_tokens=400)
    desk.deliveries.until(lambda: len(desk.steps) >= 3)
    desk.engine.stop(job)
    done = desk.finished()
    assert done.reason == "stopped"
    count = len(desk.heard)
    desk.deliveries.run_waiting()
    assert len(desk.heard) == count, "nothing comes after the end"
    desk.chat(max_tokens=2)
    assert desk.finished().reason == "limit"


def test_what_needs_the_model_itself_is_refused_and_nothing_is_sent(desk: Desk, server: Server) -> None:
    desk.use(server.url, key=KEY)
    desk.engine.ask(protocol.Tokenize(0, protocol.TextPrompt("a")), desk.heard.append)
    refused = desk.error()
    assert isinstance(refused, RemoteRefused)
    assert refused.reason == "scores"
    desk.ask(protocol.ChatPrompt((protocol.Message("user", "a"),), answer_start=(1, 2)))
    refused = desk.error()
    assert isinstance(refused, RemoteRefused)
    assert refused.reason == "tokens"
    assert desk.network.ledger.entries() == ()


def test_every_request_is_in_the_ledger_and_none_leaves_while_offline(desk: Desk, server: Server) -> None:
    endpoint = desk.use(server.url, key=KEY)
    desk.chat(max_tokens=2)
    desk.finished()
    [entry] = desk.network.ledger.entries()
    assert (entry.host, entry.purpose, entry.status) == (endpoint.host, "remote answer", 200)
    assert entry.outcome == "answered"
    assert entry.received_bytes > 0
    desk.network.use(Route(offline=True))
    desk.chat()
    assert isinstance(desk.error(), SwitchedOffline)


def test_a_server_that_goes_away_in_the_middle_costs_the_rest_alone(desk: Desk, model: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    own = Server(model, tmp_path / "own")
    desk.use(own.url)
    desk.chat(max_tokens=400)
    desk.deliveries.until(lambda: len(desk.steps) >= 2)
    own.kill()
    error = desk.error()
    assert isinstance(error, NoAnswer)
    assert error.reason == "interrupted"
    assert len(desk.steps) >= 2
    desk.chat()
    error = desk.error()
    assert isinstance(error, NoAnswer)
    assert error.reason == "refused"
    own.close()


def test_the_endpoints_are_there_after_a_restart_and_hold_no_key(desk: Desk, server: Server, tmp_path: Path) -> None:
    endpoint = desk.use(server.url, key=KEY)
    again = Desk(tmp_path)
    try:
        assert again.remote.endpoints.all == (endpoint,)
        assert KEY not in (tmp_path / "remote.json").read_text()
        again.engine.use(endpoint.path_of(endpoint.models[0]))
        again.chat(max_tokens=1)
        assert again.finished().generated_tokens == 1
        (tmp_path / "remote.json").write_text('[{"id": 3}]')
        third = Desk(tmp_path)
        assert third.remote.endpoints.all == ()
        assert json.loads((tmp_path / "remote.json.damaged").read_text()) == [{"id": 3}]
        third.close()
    finally:
        again.close()
