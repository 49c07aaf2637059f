"""Which addresses may be links, and how the place they lead to is shown before anything is opened."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SCHEMES = ("http", "https", "mailto")
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link leads. host: as people read it; raw_host: as the network knows it ("xn--..."); "" for none.

    mixed: letters of several scripts stand in the host, as they do in imitations of well-known names.
    """

    address: str
    scheme: str
    host: str
    raw_host: str
    mixed: bool


def allowed_address(address: str) -> bool:
    """Say whether an address may be a link: http, https and mailto, with a host or a recipient."""
    if len(address) > _LONGEST or any(unicodedata.category(sign) in ("Cc", "Cf", "Zs") for sign in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme.lower() not in SCHEMES:
        return False
    return bool(parts.path) if parts.scheme.lower() == "mailto" else bool(host) and "\\" not in address


def destination(address: str) -> Destination:
    """Return what to show of an allowed address; a name and password before the host are not mistaken for it."""
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    raw = unquote(parts.path).rsplit("@", 1)[-1] if scheme == "mailto" else (parts.hostname or "")
    raw_host = _to_ascii(raw)
    host = _to_people(raw_host)
    return Destination(address, scheme, host, raw_host, mixed=_mixes_scripts(host))


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _to_people(host: str) -> str:
    try:
        return ".".join(_label(part) for part in host.split("."))
    except UnicodeError:
        return host


def _label(part: str) -> str:
    shown = part[4:].encode("ascii").decode("punycode") if part.lower().startswith("xn--") else part
    hidden = any(unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn") for sign in shown)
    return part if hidden else shown


def _mixes_scripts(host: str) -> bool:
    for part in host.split("."):
        scripts = {unicodedata.name(sign, "?").split()[0] for sign in part if sign.isalpha()}
        if len(scripts) > 1:
            return True
    return False
