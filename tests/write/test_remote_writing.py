"""A text that a model on a server goes on with: its words and what it says of them, and no judging of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nextword.network_errors import RemoteRefused
from tests.remote.asking_desk import Desk as Remote
from tests.remote.scripted_server import Reply, Scripted, stream
from tests.write.documents import Desk, desk_with

LOGPROBS = {"tokens": [" upon"], "token_logprobs": [-0.5], "top_logprobs": [{" upon": -0.5, " more": -1.5}]}


def _answer(path: str, body: Any) -> Reply:
    assert path == "/v1/completions"
    assert body["prompt"] in ("Once", "Once upon")
    return stream({"choices": [{"text": " upon", "logprobs": LOGPROBS, "finish_reason": "length"}]})


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted(_answer)
    yield made
    made.close()


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    made = Remote(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, remote: Remote) -> Iterator[Desk]:
    (tmp_path / "writing").mkdir()
    yield from desk_with(tmp_path / "writing", remote.deliveries, remote.engine)


def test_a_server_goes_on_with_a_text_and_its_words_are_marked(desk: Desk, remote: Remote, server: Scripted) -> None:
    remote.use(server.url, way="completion")
    desk.type("Once")
    assert desk.go_on() == " upon"
    step = desk.session.steps[-1]
    assert step.is_remote
    assert [candidate.text for candidate in step.candidates] == [b" upon", b" more"]
    assert desk.go_on() == " upon"
    assert desk.failures == []
    assert [body["prompt"] for _, body, _ in server.seen] == ["Once", "Once upon"]
    desk.session.undo()
    assert desk.shown == "Once upon"


def test_a_model_that_is_asked_for_chats_says_so(desk: Desk, remote: Remote, server: Scripted) -> None:
    remote.use(server.url, way="chat")
    desk.type("Once")
    assert desk.go_on() == ""
    [error] = desk.failures
    assert isinstance(error, RemoteRefused)
    assert error.reason == "way"
    assert server.seen == []


def test_scoring_is_refused_and_the_text_stays(desk: Desk, remote: Remote, server: Scripted) -> None:
    remote.use(server.url, way="completion")
    desk.type("Once")
    desk.session.score()
    desk.until_idle()
    [error] = desk.failures
    assert isinstance(error, RemoteRefused)
    assert error.reason == "scores"
    assert desk.shown == "Once"
