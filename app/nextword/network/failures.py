"""What went wrong on the way, as our errors: exceptions of httpx2 and answers that are no success."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

import httpx2

from nextword.network.redact import redact
from nextword.network_errors import NetworkError, NoAnswer, RateLimited

LONGEST_WAIT_SECONDS = 900.0
_NOT_YET_VALID = 9  # X509_V_ERR_CERT_NOT_YET_VALID


def of_exception(error: Exception, host: str) -> NetworkError:
    """Return the error of ours for one that httpx2 raised while it talked to `host`."""
    if isinstance(error, NetworkError):
        return error
    chain = list(_chain(error))
    proxy = next((link for link in chain if isinstance(link, httpx2.ProxyError)), None)
    reason = _of_class(proxy) if proxy is not None else _of_chain(chain) or _of_class(error)
    detail = ""
    if reason in ("certificate", "unreachable", "interrupted", "proxy"):
        detail = redact(_words(chain[-1]))[:200]
    return NoAnswer(reason, host, detail=detail)


def proxy_failure(error: httpx2.TransportError) -> httpx2.TransportError:
    """Return what an error means when a proxy stands between: whoever could not be reached was the proxy."""
    if _of_chain(list(_chain(error))) not in ("unknown_host", "refused", "unreachable"):
        return error
    return httpx2.ProxyError(str(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _words(error: BaseException) -> str:
    verify = getattr(error, "verify_message", "")
    return str(verify or getattr(error, "strerror", "") or error)


def _of_chain(chain: list[BaseException]) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return "clock" if link.verify_code == _NOT_YET_VALID else "certificate"
        if isinstance(link, socket.gaierror):
            return "unknown_host"
        if isinstance(link, ConnectionRefusedError):
            return "refused"
        if isinstance(link, OSError) and link.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
            return "unreachable"
    return ""


def _of_class(error: Exception) -> str:
    if isinstance(error, httpx2.ProxyError):
        return "proxy_login" if "407" in str(error) else "proxy"
    if isinstance(error, httpx2.TimeoutException):
        return "timeout"
    if isinstance(error, httpx2.TooManyRedirects):
        return "redirects"
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL | httpx2.LocalProtocolError | UnicodeError):
        return "address"
    return "interrupted"


def of_status(response: httpx2.Response, host: str) -> NetworkError | None:
    """Return the error for an answer that any server can give, None when it is a success or means something else."""
    status = response.status_code
    if status == 429 or (status == 503 and asked_wait(response.headers) > 0):
        return RateLimited(host, asked_wait(response.headers))
    if status == 407:
        return NoAnswer("proxy_login", host, status)
    if status == 511:
        return NoAnswer("login_page", host, status)
    if status == 408:
        return NoAnswer("timeout", host, status)
    if status in (501, 505):
        return NoAnswer("not_hub", host, status)
    if status >= 500:
        return NoAnswer("server", host, status)
    return None


def asked_wait(headers: Mapping[str, str]) -> float:
    """Return for how many seconds a server asks to be left alone, at most 900, 0 when it does not say.

    Retry-After has two forms, seconds and a date; the hub also says `ratelimit: "api";r=0;t=55`.
    """
    seconds = 0.0
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        seconds = float(value)
    elif value:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            seconds = 0.0
    for part in headers.get("ratelimit", "").split(";"):
        name, _, number = part.strip().partition("=")
        if seconds <= 0 and name == "t" and number.isdecimal():
            seconds = float(number)
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
