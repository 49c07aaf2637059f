"""The transport under every client: admits, counts, takes tokens off that belong elsewhere, bounds answers."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpx2

from nextword.network.door import CONNECT_SECONDS, Errand, current_errand
from nextword.network.failures import of_exception, of_status, proxy_failure
from nextword.network.ledger import Entry
from nextword.network.origins import is_this_machine, may_have_token, origin_of
from nextword.network_errors import NetworkError, NoAnswer, SwitchedOffline

if TYPE_CHECKING:
    from nextword.network.door import Network

_KEPT_HEADERS = ("x-amzn-trace-id", "x-hf-download-counter", "cookie")
AGENT = "nextword"


def make_client(network: Network, *, strict: bool = False) -> httpx2.Client:
    """Return a client whose every request goes through the door.

    strict: it asks only whom the errand is for, and where that one leads to; for libraries, some of which also ask
    their makers for something (huggingface_hub: which programs to tell its makers of).
    """
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses with their signatures
    timeout = httpx2.Timeout(network.read_seconds, connect=min(CONNECT_SECONDS, network.read_seconds))
    return httpx2.Client(
        transport=DoorTransport(network, strict=strict), timeout=timeout, follow_redirects=True, max_redirects=10
    )


class DoorTransport(httpx2.BaseTransport):
    """Asks the network for leave, then sends on by the way that the settings say now."""

    def __init__(self, network: Network, *, strict: bool = False) -> None:
        self._network = network
        self._strict = strict
        self._here = threading.local()
        self._lock = threading.Lock()
        self._ways: dict[tuple[str, str], httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        what = current_errand()
        origin = origin_of(str(request.url))
        self._clean(request, origin, what)
        host = origin.partition("://")[2]
        if self._strict and self._is_own_account(request, origin, what):
            raise NoAnswer("address", host)  # nothing is sent
        length = int(request.headers.get("content-length") or 0)
        entry = self._network.admit(host, request.method, request.url.path, length)
        ledger = self._network.ledger
        request.extensions = {**request.extensions, "trace": self._notice}
        proxy = self._network.proxy_address() or _system_proxy(request.url.scheme, request.url.host)
        try:
            response = self._way(proxy).handle_request(request)
        except httpx2.TransportError as error:
            ledger.end(entry, "broken")
            if self._network.offline:
                raise SwitchedOffline(host) from error
            told = proxy_failure(error) if proxy else error
            if what.patient and told is error:
                raise
            if what.patient:
                raise told from error
            raise of_exception(told, host) from error
        except BaseException:
            ledger.end(entry, "broken")
            raise
        entry.status = response.status_code
        self._here.led_to = _led_to(request, response)
        failure = None if what.patient else of_status(response, host)
        if failure is not None:
            response.close()
            ledger.end(entry, "answered")
            raise failure
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)
        response.stream = CountedStream(stream, self._network, entry, what)
        return response

    def close(self) -> None:
        with self._lock:
            ways, self._ways = self._ways, {}
        for way in ways.values():
            way.close()

    def _clean(self, request: httpx2.Request, origin: str, what: Errand) -> None:
        """Take off what is nobody's business, and a token that belongs to another origin."""
        for name in _KEPT_HEADERS:
            if name in request.headers:
                del request.headers[name]
        request.headers["user-agent"] = AGENT
        if "authorization" in request.headers and (origin != what.origin or not may_have_token(origin)):
            del request.headers["authorization"]
        timeouts = request.extensions.get("timeout")
        if isinstance(timeouts, dict):
            for name in ("connect", "read", "write", "pool"):
                if timeouts.get(name) is None:
                    timeouts[name] = self._network.read_seconds

    def _is_own_account(self, request: httpx2.Request, origin: str, what: Errand) -> bool:
        """Say whether a library asks somebody whom nobody sent it to.

        huggingface_hub asks its makers for the programs whose use it is to tell them of, whatever hub it works for.
        """
        strange = what.origin and origin not in (what.origin, getattr(self._here, "led_to", ""))
        return bool(strange) or request.url.path.startswith("/api/agent-harnesses")

    def _notice(self, event: str, info: Mapping[str, Any]) -> None:
        """Know every connection that is opened (called by httpcore2)."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            opened = info["return_value"].get_extra_info("socket")
            if opened is not None:
                self._network.attend(opened)

    def _way(self, proxy: str) -> httpx2.HTTPTransport:
        route = self._network.route
        key = (proxy, route.ca_file)
        with self._lock:
            if key not in self._ways:
                self._ways[key] = _make_way(proxy, route.ca_file)
            return self._ways[key]


class CountedStream(httpx2.SyncByteStream):
    """Passes the bytes of an answer on; stops when the switch is put or the answer is larger than it may be.

    An asker that has enough ends it early: an answer in pieces says that it is at its end, and is then closed.
    """

    def __init__(self, stream: httpx2.SyncByteStream, network: Network, entry: Entry, what: Errand) -> None:
        self._stream = stream
        self._network = network
        self._entry = entry
        self._what = what
        self._broken = False

    def __iter__(self) -> Iterator[bytes]:
        ledger, entry, network = self._network.ledger, self._entry, self._network
        try:
            for chunk in self._stream:
                ledger.count(entry, len(chunk))
                if network.offline:
                    raise SwitchedOffline(entry.host)
                if entry.received_bytes > self._what.limit_bytes:
                    raise NoAnswer("too_large", entry.host, entry.status)
                yield chunk
        except httpx2.TransportError as error:
            self._broken = True
            if network.offline:
                raise SwitchedOffline(entry.host) from error
            if self._what.patient:
                raise
            raise of_exception(error, entry.host) from error
        except NetworkError:
            self._broken = True
            raise

    def close(self) -> None:
        self._stream.close()
        self._network.ledger.end(self._entry, "broken" if self._broken else "answered")


def _led_to(request: httpx2.Request, response: httpx2.Response) -> str:
    """Return the origin that a redirect leads to, "" for what is none."""
    location = response.headers.get("location", "")
    if not location or response.status_code // 100 != 3:
        return ""
    try:
        return origin_of(str(request.url.join(location)))
    except (NoAnswer, httpx2.InvalidURL):
        return ""


def _system_proxy(scheme: str, host: str) -> str:
    """Return the proxy that the system names for a host, "" for none."""
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or is_this_machine(host) or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


@cache
def _system_context() -> ssl.SSLContext:
    """Return what the system trusts; reading it takes a moment, so it is done once."""
    return httpx2.create_ssl_context()


def _make_way(proxy: str, ca_file: str) -> httpx2.HTTPTransport:
    context = _system_context() if not ca_file else httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise NoAnswer("ca_file", detail=ca_file) from error
    limits = httpx2.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=20.0)
    try:
        return httpx2.HTTPTransport(verify=context, proxy=proxy or None, limits=limits)
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        raise NoAnswer("address", detail="") from error
