"""The password of a proxy lies with the tokens: it is looked up when it is needed, and is in no setting."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from nextword.network.door import Errand, Network, Route, errand
from nextword.network.failures import of_exception
from nextword.network.ledger import Ledger
from nextword.network.proxies import ProxyAddress, read_proxy, with_password
from nextword.network.redact import redact
from nextword.network.secrets import Secrets
from nextword.network_errors import NoAnswer
from tests.fault_hub import FaultHub, Repo, data


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    monkeypatch.setattr(Secrets, "_ring", lambda _self: None)
    made = Network(Ledger(tmp_path / "network.jsonl"), Secrets(tmp_path / "tokens.json"))
    yield made
    made.close()


@pytest.fixture
def proxy() -> Iterator[FaultHub]:
    made = FaultHub(Repo("some/model", {}), lie=lambda _request, _answer: data([]))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "address", "owner", "password"),
    [
        ("", "", "", ""),
        ("http://proxy:3128", "http://proxy:3128", "", ""),
        (" http://me@proxy:3128 ", "http://me@proxy:3128", "proxy me@proxy:3128", ""),
        ("http://me:word@Proxy:3128/", "http://me@Proxy:3128/", "proxy me@proxy:3128", "word"),
        ("socks5://a%40b:p%3Aw%2F@[::1]:9", "socks5://a%40b@[::1]:9", "proxy a@b@[::1]:9", "p:w/"),
        ("http://me:with@sign@proxy", "http://me@proxy", "proxy me@proxy", "with@sign"),
        ("http://[bad", "http://[bad", "", ""),
    ],
)
def test_a_password_is_taken_out_of_an_address(text: str, address: str, owner: str, password: str) -> None:
    assert read_proxy(text) == ProxyAddress(address, owner, password)
    if password:
        assert read_proxy(with_password(address, password)) == read_proxy(text)


def ask(network: Network) -> None:
    with errand(Errand("search")):
        assert network.client().get("http://somewhere.invalid/api/models").status_code == 200


def login(hub: FaultHub) -> str:
    kind, _, coded = hub.requests[-1].headers.get("proxy-authorization", "").partition(" ")
    return base64.b64decode(coded).decode() if kind == "Basic" else ""


def test_the_proxy_gets_the_password_that_is_kept_for_it_and_the_new_one_when_it_changes(
    network: Network, proxy: FaultHub
) -> None:
    address = proxy.url.replace("http://", "http://me@")
    network.use(Route(proxy=address))
    network.secrets.put(read_proxy(address).owner, "first:word")
    ask(network)
    assert login(proxy) == "me:first:word"
    network.secrets.put(read_proxy(address).owner, "second")
    ask(network)
    assert login(proxy) == "me:second"
    network.use(Route(proxy=address.replace("me@", "you@")))
    ask(network)
    assert "second" not in login(proxy)


def test_a_password_that_still_stands_in_the_address_is_used(network: Network, proxy: FaultHub) -> None:
    network.use(Route(proxy=proxy.url.replace("http://", "http://me:old%20word@")))
    ask(network)
    assert login(proxy) == "me:old word"
    assert isinstance(network.client(), httpx2.Client)


@pytest.mark.parametrize("patient", [False, True])
def test_a_proxy_that_is_not_there_is_not_taken_for_the_hub(network: Network, *, patient: bool) -> None:
    network.use(Route(proxy="http://127.0.0.1:1"))
    with errand(Errand("search", patient=patient)), pytest.raises((NoAnswer, httpx2.ProxyError)) as caught:
        network.client().get("http://somewhere.invalid/api/models")
    error = of_exception(caught.value, "somewhere.invalid")
    assert isinstance(error, NoAnswer)
    assert (error.reason, error.host) == ("proxy", "somewhere.invalid")
    network.use(Route())
    with errand(Errand("search")), pytest.raises(NoAnswer) as direct:
        network.client().get("http://127.0.0.1:1/")
    assert direct.value.reason == "refused"


def test_the_password_of_any_proxy_is_taken_out_of_a_text() -> None:
    assert "word" not in redact("http://me:word@proxy:1 socks5://me:word@proxy:1 SOCKS5h://me:word@proxy:1")
