"""The address of a proxy without its password, which is kept with the tokens and not with the settings."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from msgspec import Struct


class ProxyAddress(Struct, frozen=True):
    """address: without a password. owner: whom the password is kept for, "" when no name stands in the address.

    password: as it stood in the address, "" for none.
    """

    address: str
    owner: str = ""
    password: str = ""


def read_proxy(text: str) -> ProxyAddress:
    """Return an address with its password apart; what is no address comes back as it is."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ProxyAddress(text)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return ProxyAddress(text)
    name, _, password = login.partition(":")
    bare = urlunsplit(parts._replace(netloc=f"{name}@{host}"))
    return ProxyAddress(bare, f"proxy {unquote(name)}@{host.lower()}", unquote(password))


def with_password(address: str, password: str) -> str:
    """Return an address with the password after its name."""
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    name = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(password, safe='')}@{host}"))
