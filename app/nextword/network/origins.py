"""Origins (scheme, host, port): what a token is bound to, and whether it may be sent there at all."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from nextword.network_errors import NoAnswer

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Return "https://host" or "https://host:port" of an address, in lower case.

    Raises NoAnswer("address") for what is no http address, and for one with a name and password in it.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise NoAnswer("address", detail=url[:200]) from error
    if scheme not in _PORTS or not host or "@" in parts.netloc or any(c.isspace() for c in parts.netloc):
        raise NoAnswer("address", detail=url[:200] if "@" not in url else "")
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in (None, _PORTS[scheme]) else f"{scheme}://{shown}:{port}"


def host_of(url: str) -> str:
    """Return "host" or "host:port" for people, "" for what is no address."""
    try:
        return origin_of(url).partition("://")[2]
    except NoAnswer:
        return ""


def may_have_token(origin: str) -> bool:
    """Say whether what is sent to an origin cannot be read on the way: encrypted, or to this machine."""
    scheme, _, rest = origin.partition("://")
    return scheme == "https" or is_this_machine(rest)


def is_this_machine(host: str) -> bool:
    """Say whether "host" or "host:port" is this machine by its name or number."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
