"""The one door out of this machine: every request goes through it, is noted in the ledger, and stops when the
offline switch is on. A token goes to the origin that it belongs to and nowhere else.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from msgspec import Struct

from nextword.network.ledger import Entry, Ledger
from nextword.network.proxies import read_proxy, with_password
from nextword.network.secrets import Secrets
from nextword.network_errors import SwitchedOffline

if TYPE_CHECKING:
    import httpx2

    from nextword.settings import NetworkSettings

API_BYTES = 64_000_000
SEARCH, DETAIL, DOWNLOAD, HEADER, TEST = "search", "details", "download", "file header", "connection test"
UNNAMED = "unnamed"
CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0


class Errand(Struct, frozen=True):
    """What a request is for. origin: whom the token belongs to, "" when none is sent. limit_bytes: of one answer.

    patient: what failed on the way is left to the asker; else it is one of our errors at once, so that no library in
    between tries again behind a person's back.
    """

    purpose: str
    origin: str = ""
    limit_bytes: int = API_BYTES
    patient: bool = False


class Route(Struct, frozen=True):
    """How requests leave. proxy: "" for the system's own; a password that is not in it is looked up."""

    offline: bool = False
    proxy: str = ""
    ca_file: str = ""


_errand: ContextVar[Errand | None] = ContextVar("nextword_errand", default=None)


@contextlib.contextmanager
def errand(what: Errand) -> Iterator[None]:
    """Say what the requests of this thread are for, until the block ends. Without one nothing leaves."""
    token = _errand.set(what)
    try:
        yield
    finally:
        _errand.reset(token)


def current_errand() -> Errand:
    """Return what this thread's request is for."""
    return _errand.get() or Errand(UNNAMED)


class Network:
    """See the module. Made at the start, costs nothing before the first request. Used from any thread.

    read_seconds: how long a server may be silent.
    """

    def __init__(self, ledger: Ledger, secrets: Secrets, *, read_seconds: float = READ_SECONDS) -> None:
        self.ledger = ledger
        self.secrets = secrets
        self.read_seconds = read_seconds
        self.route = Route()
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._clients: list[httpx2.Client] = []
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def configure(self, settings: NetworkSettings) -> None:
        """Go by these settings from the next request on; what is under way ends when the switch is put."""
        self.use(Route(settings.offline, settings.proxy.strip(), settings.ca_file.strip()))

    def use(self, route: Route) -> None:
        """Take another way out."""
        with self._lock:
            if (route.proxy, route.ca_file) != (self.route.proxy, self.route.ca_file):
                self._client = None  # the old one serves what is under way and is closed at the end
            self.route = route
        if route.offline:
            self.interrupt()

    def attend(self, opened: socket.socket) -> None:
        """Know a connection, so that it can be ended while a thread waits for it."""
        with self._lock:
            self._sockets.add(opened)

    def interrupt(self) -> None:
        """End every connection now: who waits for an answer gets an error."""
        with self._lock:
            for each in tuple(self._sockets):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    @property
    def offline(self) -> bool:
        return self.route.offline

    def proxy_address(self) -> str:
        """Return the proxy with the password that is kept for it; asks the key ring the first time, so it may block."""
        proxy = read_proxy(self.route.proxy)
        password = proxy.password or (self.secrets.get(proxy.owner) if proxy.owner else "")
        return with_password(proxy.address, password) if password else proxy.address

    def client(self) -> httpx2.Client:
        """Return the client for requests of our own. Raises NoAnswer when proxy or CA file cannot be used."""
        with self._lock:
            if self._client is None:
                self._client = self._make()
                self._clients.append(self._client)
            return self._client

    def make_client(self) -> httpx2.Client:
        """Return a client for a library that keeps its own; it follows later changes of the route."""
        from nextword.network.transport import make_client

        client = make_client(self, strict=True)
        with self._lock:
            self._clients.append(client)
        return client

    def _make(self) -> httpx2.Client:
        from nextword.network.transport import make_client

        return make_client(self)

    def admit(self, host: str, method: str, path: str, sent_bytes: int) -> Entry:
        """Note a request. Raises SwitchedOffline, and notes that too."""
        entry = Entry(time.time(), host, current_errand().purpose, method, path[:300], sent_bytes=sent_bytes)
        self.ledger.begin(entry)
        if self.offline:
            entry.sent_bytes = 0
            self.ledger.end(entry, "refused")
            raise SwitchedOffline(host)
        return entry

    def close(self) -> None:
        """Close all connections. Requests under way fail."""
        self.interrupt()
        with self._lock:
            clients, self._clients, self._client = self._clients, [], None
        for client in clients:
            client.close()
