"""Servers that speak OpenAI's language with an accent, or badly: each is understood, or refused with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nextword.engine import protocol
from nextword.errors import NextwordError
from nextword.network_errors import NetworkError, NoAnswer, RateLimited, RemoteRefused
from nextword.remote.asked import not_sent
from nextword.remote.endpoints import Endpoint, RemoteModel
from nextword.ui.explain import explain
from tests.remote.asking_desk import Desk
from tests.remote.scripted_server import Reply, Scripted, delta, refusal, stream


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str, Any], Reply]], Scripted]]:
    made: list[Scripted] = []

    def start(answer: Callable[[str, Any], Reply]) -> Scripted:
        made.append(Scripted(answer))
        return made[-1]

    yield start
    for server in made:
        server.close()


Serve = Callable[[Callable[[str, Any], Reply]], Scripted]


def _logprobs(*tokens: tuple[str, float, list[int] | None]) -> dict[str, Any]:
    return {
        "content": [
            {"token": text, "logprob": logprob, "bytes": data, "top_logprobs": []} for text, logprob, data in tokens
        ]
    }


def test_a_server_that_takes_five_alternatives_is_asked_for_five_the_next_time_at_once(
    desk: Desk, serve: Serve
) -> None:
    def answer(_path: str, body: Any) -> Reply:
        if body.get("top_logprobs", 0) > 5 or "top_k" in body:
            return refusal(400, "top_logprobs must be at most 5")
        return stream(delta("Hi", _logprobs(("Hi", -0.5, None)), "stop"))

    server = serve(answer)
    desk.use(server.url)
    desk.chat()
    assert desk.finished().reason == "end"
    assert [body.get("top_logprobs") for _, body, _ in server.seen] == [20, 20, 5]
    assert "top_k" in server.seen[0][1], "what the others know is tried first"
    desk.chat()
    desk.finished()
    assert [body["top_logprobs"] for _, body, _ in server.seen[3:]] == [5]
    assert desk.steps[0].probability == pytest.approx(math.exp(-0.5))


def test_a_server_without_probabilities_gives_words_without(desk: Desk, serve: Serve) -> None:
    def answer(_path: str, body: Any) -> Reply:
        if "logprobs" in body:
            return refusal(400, "logprobs is not supported")
        return stream(delta("Hello"), delta(" there"), delta("", reason="length"))

    desk.use(serve(answer).url)
    desk.chat()
    assert desk.finished().reason == "limit"
    assert desk.text == "Hello there"
    assert all(not step.candidates and step.surprisal_bits == 0 for step in desk.steps)


def test_halves_of_characters_and_thoughts_come_whole(desk: Desk, serve: Serve) -> None:
    half = _logprobs(("\\xf0\\x9f", -1.0, [0xF0, 0x9F]))
    rest = _logprobs(("\\x98\\x80", -1.0, [0x98, 0x80]))

    def answer(_path: str, _body: Any) -> Reply:
        return stream(
            delta("", reasoning_content="Let me"), delta("", reasoning_content=" see."),
            delta("\ufffd", half), delta("\U0001f600", rest), delta("!", _logprobs(("!", -0.1, None)), "stop"),
        )  # fmt: skip

    desk.use(serve(answer).url)
    desk.chat()
    desk.finished()
    assert desk.text == "<think>\nLet me see.\n</think>\n\n\U0001f600!"


def test_tokens_that_do_not_spell_the_text_are_not_believed(desk: Desk, serve: Serve) -> None:
    wrong = _logprobs(("something else", -1.0, None))
    desk.use(serve(lambda _path, _body: stream(delta("Hi", wrong, "stop"))).url)
    desk.chat()
    desk.finished()
    assert desk.text == "Hi"
    assert desk.steps[0].candidates == ()


def test_what_the_settings_say_is_sent_and_what_is_off_is_not(desk: Desk, serve: Serve) -> None:
    server = serve(lambda _path, _body: stream(delta("Hi", reason="stop")))
    desk.use(server.url, key="sk-test-123456")
    desk.chat(temperature=0.3, top_p=0.9, seed=2**32 - 1, presence_penalty=0.5, stop_texts=("a", "b"), max_tokens=3)
    desk.finished()
    path, body, headers = server.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer sk-test-123456"
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["stop"]) == (0.3, 0.9, 3, ["a", "b"])
    assert (body["presence_penalty"], body.get("frequency_penalty")) == (0.5, None)
    assert 0 <= body["seed"] < 2**31
    assert not_sent(protocol.Sampling(dry_multiplier=0.8, grammar='root ::= "a"')) == ("dry_multiplier", "grammar")


def test_without_a_key_none_is_sent_not_even_that_of_the_hub(
    desk: Desk, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canarycanarycanary")
    server = serve(lambda _path, _body: stream(delta("Hi", reason="stop")))
    desk.use(server.url)
    desk.chat()
    desk.finished()
    assert "authorization" not in server.seen[0][2]


def test_a_key_never_goes_to_another_machine_in_the_clear(desk: Desk) -> None:
    desk.use("http://192.0.2.7:8080", key="sk-secret-canary")
    desk.chat()
    error = desk.error()
    assert isinstance(error, RemoteRefused)
    assert error.reason == "key_not_sent"
    assert desk.network.ledger.entries() == ()


def _garbage(_path: str, _body: Any) -> Reply:
    return 200, {"content-type": "text/html"}, b"<html>Please log in</html>"


def _broken_json(_path: str, _body: Any) -> Reply:
    return 200, {"content-type": "text/event-stream"}, b'data: {"choices": [\n\n'


def _odd_shape(_path: str, _body: Any) -> Reply:
    return stream({"choices": [{"delta": 3}]})


REFUSALS: list[tuple[Callable[[str, Any], Reply], type[NetworkError], str]] = [
    (lambda _p, _b: refusal(401, "Incorrect API key provided: sk-abcdefghijklmn"), RemoteRefused, "key"),
    (lambda _p, _b: refusal(403, "no"), RemoteRefused, "key"),
    (lambda _p, _b: refusal(404, "model 'tiny' not found"), RemoteRefused, "model"),
    (lambda _p, _b: refusal(400, "context length exceeded: 5000 of 4096"), RemoteRefused, "request"),
    (lambda _p, _b: refusal(429, "slow down", retry_after="7"), RateLimited, ""),
    (lambda _p, _b: refusal(503, "loading model"), NoAnswer, "server"),
    (_garbage, RemoteRefused, "not_compatible"),
    (_broken_json, RemoteRefused, "not_compatible"),
    (_odd_shape, RemoteRefused, "not_compatible"),
    (lambda _p, _b: stream(), RemoteRefused, "not_compatible"),
]


@pytest.mark.parametrize(("answer", "kind", "reason"), REFUSALS)
def test_every_refusal_has_its_reason_and_its_words(
    answer: Callable[[str, Any], Reply], kind: type[NetworkError], reason: str, desk: Desk, serve: Serve
) -> None:
    desk.use(serve(answer).url)
    desk.chat()
    error = desk.error()
    assert isinstance(error, kind)
    assert getattr(error, "reason", "") == reason
    assert "sk-abcdefghijklmn" not in getattr(error, "detail", "")
    words = explain(error)
    assert words.title
    assert words.advice
    assert desk.engine.status.state == "ready", "the next message may be sent"
    if isinstance(error, RateLimited):
        assert error.wait_seconds == 7


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://localhost:8080/v1/", "http://localhost:8080/v1"),
        ("https://example.org/v1beta/openai", "https://example.org/v1beta/openai"),
        ("https://example.org/v1/chat/completions", "https://example.org/v1"),
        ("http://localhost:8000/v1/models", "http://localhost:8000/v1"),
    ],
)
def test_an_address_is_taken_as_people_write_it(url: str, base: str) -> None:
    assert Endpoint("1", "x", url).base == base


@pytest.mark.parametrize("url", ["", "localhost", "ftp://x", "http://", "http://user:secret@host/", "http://a b/"])
def test_what_is_no_address_is_refused(desk: Desk, url: str) -> None:
    with pytest.raises(NextwordError) as refused:
        desk.remote.endpoints.make("x", url)
    assert "secret" not in json.dumps(vars(refused.value))


def test_an_endpoint_that_was_removed_is_told_as_that(desk: Desk) -> None:
    endpoint = desk.use("http://127.0.0.1:9")
    path = endpoint.path_of(endpoint.models[0])
    desk.remote.endpoints.remove(endpoint)
    desk.engine.unload()
    desk.engine.use(path)
    error = desk.engine.status.error
    assert isinstance(error, RemoteRefused)
    assert error.reason == "unknown"


def test_the_models_say_how_much_they_read_where_the_server_says_it(desk: Desk, serve: Serve) -> None:
    rows = {"data": [{"id": "a", "max_model_len": 4096}, {"id": "models/b", "meta": {"n_ctx_train": 512}}, {"id": "c"}]}
    server = serve(lambda _path, _body: (200, {}, json.dumps(rows).encode()))
    endpoint = desk.remote.endpoints.make("x", server.url)
    assert desk.remote.list_models(endpoint) == (
        RemoteModel("a", "chat", 4096), RemoteModel("b", "chat", 512), RemoteModel("c", "chat", 0),
    )  # fmt: skip
