"""A token through the whole matrix of faults: afterwards it is nowhere but where it belongs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import child
from nextword.errors import NextwordError
from nextword.hub.hub_records import SearchQuery
from nextword.network.ledger import Entry
from nextword.network.origins import host_of
from nextword.network.secrets import Secrets
from nextword.paths import Profile
from nextword.report import collect
from nextword.settings import Settings
from nextword.tables import Table, to_csv
from nextword.ui.explain import explain
from nextword.ui.fault_handler import FaultHandler
from nextword.ui.notices import Notices
from tests.fault_hub import Answer, FaultHub, Lie, Repo, Request, refused
from tests.hub.downloading import Line, item_of
from tests.hub.test_server_lies import CASES, CONTENT

CANARY = "hf_CANARYcanaryCANARYcanary0123456789"
FILE = "model-Q4_K_M.gguf"


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[FaultHub, FaultHub]]:
    """The hub that the token is for, and another host."""
    other = FaultHub(Repo("some/model", {FILE: CONTENT}))
    hub = FaultHub(Repo("some/model", {FILE: CONTENT}, token=CANARY), elsewhere=other)
    yield hub, other
    hub.close()
    other.close()


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(Secrets, "_ring", lambda _self: None)
    made = Line(tmp_path, read_seconds=2.0)
    yield made
    made.close()


def _to_other(other: FaultHub, kind: str, status: int) -> Lie:
    def lie(request: Request, _answer: Answer) -> Answer | None:
        there = request.kind == kind and request.headers.get("host") != host_of(other.url)
        return Answer(status, {"Location": f"{other.url}{request.path}"}) if there else None

    return lie


def _six_times(answer: Answer) -> Lie:
    """Return a fault that ends: a server that is busy is asked again for ever."""
    left = [6]

    def lie(_request: Request, _answer: Answer) -> Answer | None:
        left[0] -= 1
        return answer if left[0] >= 0 else None

    return lie


def _matrix(other: FaultHub) -> dict[str, Lie | None]:
    more: dict[str, Lie | None] = {"nothing": None}
    for kind in ("head", "bytes", "list", "info", "tree"):
        for status in (301, 302, 307, 308):
            more[f"{kind} led elsewhere by {status}"] = _to_other(other, kind, status)
    for status in (400, 401, 403, 404, 407, 408, 410, 416, 418, 429, 500, 503):
        more[str(status)] = _six_times(refused(status, "", f"your token {CANARY} is bad"))
    more["reset"] = _six_times(Answer(206, {}, CONTENT[:100], reset_after=10))
    return {**more, **{name: case.lie for name, case in CASES.items()}}


def test_the_token_is_nowhere_else_after_the_whole_matrix(
    hosts: tuple[FaultHub, FaultHub], line: Line, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    hub, other = hosts
    caplog.set_level(logging.DEBUG)
    line.network.secrets.put(hub.url, CANARY)
    told: list[str] = []
    for lie in _matrix(other).values():
        hub.lie = other.lie = lie
        for question in (
            lambda: next(line.api.search(hub.url, SearchQuery("model"))),
            lambda: line.api.detail(hub.url, "some/model"),
        ):
            try:
                question()
            except NextwordError as error:
                told += _said(error)
        error = line.fetch(hub, item_of(hub.repos["some/model"]))
        told += _said(error)
        for path in line.models.rglob("*.gguf*"):
            path.unlink()
    assert any("authorization" in request.headers for request in hub.requests)
    assert other.requests, "it was led to the other host"
    assert not any(CANARY in request.path + repr((request.query, request.headers)) for request in other.requests)
    assert not any(CANARY in request.path + repr(request.query) for request in hub.requests)
    _is_nowhere(told, caplog.text, line, tmp_path)


def _said(error: Exception | None) -> list[str]:
    if not isinstance(error, NextwordError):
        return [repr(error)]
    words = explain(error)
    return [repr(error), repr(error.to_wire()), words.title, words.text, words.advice]


def _is_nowhere(told: list[str], log: str, line: Line, folder: Path) -> None:
    names = Entry.__struct_fields__
    ledger = to_csv(Table(names, tuple(tuple(getattr(e, n) for n in names) for e in line.network.ledger.entries())))
    for text in (*told, log, ledger, repr(dict(os.environ)), Path("/proc/self/cmdline").read_text()):
        assert CANARY not in text
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "tokens.json"]
    assert files
    assert not any(CANARY.encode() in path.read_bytes() for path in files)
    assert {entry.host for entry in line.network.ledger.entries()} <= {
        host_of(request) for request in _hosts(line)
    }  # nobody else was asked


def _hosts(line: Line) -> list[str]:
    return [f"http://{entry.host}" for entry in line.network.ledger.entries() if entry.host.startswith("127.0.0.1")]


def test_a_fault_of_the_program_is_logged_without_the_token(line: Line, tmp_path: Path) -> None:
    line.network.secrets.put("https://hub.example", "a pass phrase of mine")
    handler = FaultHandler(tmp_path, Notices(), lambda function: function())
    handler.install()
    try:
        raise RuntimeError(
            f"Authorization: Bearer {CANARY} for https://x.example/f?Signature=abcdef a pass phrase of mine"
        )
    except RuntimeError as error:
        handler.report(error)
    finally:
        handler.close()
    log = (tmp_path / "nextword.log").read_text()
    assert "RuntimeError" in log
    assert not any(secret in log for secret in (CANARY, "abcdef", "pass phrase of mine"))


def test_a_report_for_the_people_who_mend_the_program_has_no_token(profile: Profile) -> None:
    (profile.root / "tokens.json").write_text(f'{{"https://hub.example": "{CANARY}"}}')
    (profile.logs / "nextword.log").write_text(f"Authorization: Bearer {CANARY}\n")
    settings = Settings().replaced("network.proxy", f"http://me:{CANARY}@proxy:1")
    assert CANARY not in "".join(part.text for part in collect(profile, settings, "about"))


def test_the_engine_gets_neither_token_nor_home() -> None:
    assert not {"HF_TOKEN", "HOME", "HUGGING_FACE_HUB_TOKEN", "HTTPS_PROXY"} & set(child._ENVIRONMENT)


def test_a_token_of_the_environment_is_not_used(
    hosts: tuple[FaultHub, FaultHub], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, _other = hosts
    hub.lie = None
    hub.requests.clear()
    monkeypatch.setenv("HF_TOKEN", CANARY)
    with pytest.raises(NextwordError):
        line.api.detail(hub.url, "some/model")
    assert not any("authorization" in request.headers for request in hub.requests)
