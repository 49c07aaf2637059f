"""The door: what may leave, what left, who gets a token; zero connections but those that a person caused."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from nextword.network.door import Errand, Network, Route, errand
from nextword.network.ledger import Entry, Ledger
from nextword.network.origins import host_of, is_this_machine, may_have_token, origin_of
from nextword.network.redact import redact, remember
from nextword.network.secrets import Secrets
from nextword.network_errors import NoAnswer, SwitchedOffline
from tests.fault_hub import Answer, FaultHub, Repo, running


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network(Ledger(tmp_path / "network.jsonl"), Secrets(tmp_path / "tokens.json"), read_seconds=5.0)
    yield made
    made.close()


@pytest.fixture
def hub() -> Iterator[FaultHub]:
    made = FaultHub(Repo("some/model", {"model.gguf": b"GGUF" * 1000}))
    yield made
    made.close()


def test_every_request_is_noted_with_its_purpose_and_its_bytes(network: Network, hub: FaultHub) -> None:
    with errand(Errand("search", hub.url)):
        body = network.client().get(f"{hub.url}/api/models?search=secret").content
    (entry,) = network.ledger.entries()
    assert (entry.host, entry.purpose, entry.method, entry.path) == (host_of(hub.url), "search", "GET", "/api/models")
    assert (entry.status, entry.received_bytes, entry.outcome) == (200, len(body), "answered")


def test_the_ledger_is_there_the_next_time(network: Network, hub: FaultHub, tmp_path: Path) -> None:
    with errand(Errand("search", hub.url)):
        network.client().get(f"{hub.url}/api/models")
    with (tmp_path / "network.jsonl").open("a") as file:
        file.write('{"when": 1, "half a line')
    again = Ledger(tmp_path / "network.jsonl")
    again.begin(Entry(2.0, "x", "download", "GET", "/"))
    assert [entry.purpose for entry in again.entries()] == ["search", "download"]
    again.clear()
    assert Ledger(tmp_path / "network.jsonl").entries() == ()


def test_while_the_switch_is_on_nothing_leaves(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_connection(*_arguments: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", no_connection)
    monkeypatch.setattr(socket, "getaddrinfo", no_connection)
    network.use(Route(offline=True))
    with errand(Errand("search")), pytest.raises(SwitchedOffline):
        network.client().get("https://huggingface.co/api/models")
    (entry,) = network.ledger.entries()
    assert (entry.outcome, entry.sent_bytes) == ("refused", 0)


def test_the_switch_ends_what_is_under_way(network: Network, hub: FaultHub) -> None:
    hub.lie = lambda _request, _answer: Answer(200, {}, bytes(1_000_000), stall_after=500_000)
    address = f"{hub.url}/some/model/resolve/main/model.gguf"
    with errand(Errand("download", hub.url)), network.client().stream("GET", address) as response:
        chunks = response.iter_raw()
        next(chunks)
        network.use(Route(offline=True))
        with pytest.raises((SwitchedOffline, httpx2.HTTPError)):
            b"".join(chunks)
    assert network.ledger.entries()[-1].outcome == "broken"


def test_a_token_goes_to_its_origin_alone(network: Network, hub: FaultHub) -> None:
    headers = {"Authorization": "Bearer hf_CANARYcanary"}
    with running(Repo("some/model", {})) as other:
        hub.lie = lambda request, _a: (
            Answer(302, {"Location": other.url + "/x"}) if "redirect" in request.path else None
        )
        with errand(Errand("search", hub.url)):
            network.client().get(f"{hub.url}/api/models", headers=headers)
            network.client().get(f"{other.url}/api/models", headers=headers)
            network.client().get(f"{hub.url}/redirect", headers=headers)
        with errand(Errand("search")):
            network.client().get(f"{hub.url}/api/models", headers=headers)
        assert ["authorization" in request.headers for request in hub.requests] == [True, True, False]
        assert not any("authorization" in request.headers for request in other.requests)
        assert len(other.requests) == 2


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://huggingface.co", True),
        ("http://huggingface.co", False),
        ("http://127.0.0.1:80", True),
        ("http://localhost:5", True),
        ("http://[::1]:5", True),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_a_token_is_sent_encrypted_or_not_at_all(origin: str, may: bool) -> None:
    assert may_have_token(origin) == may
    assert is_this_machine("huggingface.co") is False


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://Hub.Example:443/a/b?c", "https://hub.example"),
        ("http://hub.example:8080/", "http://hub.example:8080"),
        ("http://[::1]:81", "http://[::1]:81"),
    ],
)
def test_origins_are_written_in_one_way(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["", "hub.example", "file:///etc/passwd", "https://", "https://a@b", "http://x:99999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NoAnswer):
        origin_of(url)


def test_nothing_of_the_person_or_the_program_is_told(network: Network, hub: FaultHub) -> None:
    with errand(Errand("search", hub.url)):
        network.client().get(f"{hub.url}/a", headers={"X-Amzn-Trace-Id": "1", "Cookie": "a=b"})
        network.client().get(f"{hub.url}/b")
    allowed = {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert all(set(request.headers) <= allowed for request in hub.requests)
    assert {request.headers["user-agent"] for request in hub.requests} == {"nextword"}


def test_a_library_asks_nobody_on_its_own_account(network: Network, hub: FaultHub) -> None:
    client = network.make_client()
    with running(Repo("some/model", {})) as other, errand(Errand("search", hub.url)):
        with pytest.raises(NoAnswer):
            client.get(f"{other.url}/api/models")
        with pytest.raises(NoAnswer):
            client.get(f"{hub.url}/api/agent-harnesses")
        assert other.requests == hub.requests == []
    assert network.ledger.entries() == ()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: "http://127.0.0.1:1/", "refused"),
        (lambda: "http://name.invalid/", "unknown_host"),
        (lambda: "http://user:word@127.0.0.1/", "address"),
    ],
)
def test_what_went_wrong_on_the_way_has_a_reason(network: Network, make: object, reason: str) -> None:
    with errand(Errand("search")), pytest.raises(NoAnswer) as caught:
        network.client().get(make())  # type: ignore[operator]
    assert caught.value.reason == reason


def test_a_proxy_is_used_and_one_that_wants_a_login_says_so(network: Network, hub: FaultHub) -> None:
    network.use(Route(proxy=hub.url))
    hub.lie = lambda _request, _answer: Answer(407, {"Proxy-Authenticate": "Basic"})
    with errand(Errand("search")), pytest.raises(NoAnswer) as caught:
        network.client().get("http://somewhere.invalid/api/models")
    assert caught.value.reason == "proxy_login"
    assert hub.requests[0].headers["host"] == "somewhere.invalid"


def test_a_ca_file_that_is_none_is_refused(network: Network, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        network.use(Route(ca_file=str(tmp_path / name)))
        with errand(Errand("search")), pytest.raises(NoAnswer) as caught:
            network.client().get("https://127.0.0.1:1/")
        assert caught.value.reason == "ca_file"


def test_an_answer_that_is_too_large_is_cut_off(network: Network, hub: FaultHub) -> None:
    hub.lie = lambda _request, _answer: Answer(200, {}, bytes(2_000_000))
    with errand(Errand("search", hub.url, limit_bytes=100_000)), pytest.raises(NoAnswer) as caught:
        network.client().get(f"{hub.url}/api/models")
    assert caught.value.reason == "too_large"


def test_secrets_are_taken_out_of_texts() -> None:
    remember("my own pass phrase")
    text = (
        "GET https://cdn.example/x?X-Amz-Signature=abc123&b=1 authorization: Bearer hf_abcdefghijklmno "
        "http://me:word@proxy:1 my own pass phrase {'Authorization': 'Basic QWxhZGRpbg=='}"
    )
    shown = redact(text)
    for secret in ("abc123", "hf_abcdefghijklmno", "word", "pass phrase", "QWxhZGRpbg"):
        assert secret not in shown
    assert "https://cdn.example/x?" in shown
