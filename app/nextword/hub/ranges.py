"""A part of a file by HTTP, checked: what the server sends is the part that was asked for, or an error says why not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import httpx2
from msgspec import Struct

from nextword.hub.hub_api import FileHead, HubApi
from nextword.hub.refusals import refusal
from nextword.network import failures
from nextword.network.door import HEADER, Errand, Network, errand
from nextword.network.origins import host_of, may_have_token, origin_of
from nextword.network_errors import DownloadFailed, NoAnswer

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
READ_BYTES = 1 << 16


class Span(Struct, frozen=True):
    """The bytes [start, end) of a file that has size_bytes. file: its name, for errors."""

    start: int
    end: int
    size_bytes: int
    file: str


class Expired(Exception):  # noqa: N818  (no failure: the address is asked for again)
    """The address of the bytes is no longer good."""


@contextlib.contextmanager
def opened_part(network: Network, address: str, span: Span, origin: str) -> Iterator[Iterator[bytes]]:
    """Yield the bytes of a part. origin: whom the token belongs to; it is sent there alone.

    Raises NetworkError and Expired, the iterator too; it never gives more than the part, and raises when less came.
    """
    headers = {"range": f"bytes={span.start}-{span.end - 1}", "accept-encoding": "identity"}
    host = host_of(address)
    if origin_of(address) == origin and may_have_token(origin):
        token = network.secrets.get(origin)
        if token:
            headers["authorization"] = f"Bearer {token}"
    try:
        with network.client().stream("GET", address, headers=headers) as response:
            _check(response, span, signed=origin_of(address) != origin)
            yield _bounded(response, span, host)
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        raise failures.of_exception(error, host) from error
    except httpx2.InvalidURL as error:
        raise NoAnswer("address", host) from error


def _check(response: httpx2.Response, span: Span, *, signed: bool) -> None:
    """Raise unless it is an answer with just this part."""
    status, headers = response.status_code, response.headers
    if signed and status in (400, 401, 403, 404, 410):
        raise Expired
    if status == 416:
        raise DownloadFailed("wrong_length", span.file, headers.get("content-range", "")[:80])
    error = refusal(response)
    if error is not None:
        raise error
    if "text/html" in headers.get("content-type", ""):
        raise DownloadFailed("web_page", span.file)
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise DownloadFailed("encoded", span.file, headers["content-encoding"][:40])
    if status == 200 and _is_all(span, headers.get("content-length", "")):
        return
    _check_range(response, span)


def _is_all(span: Span, length: str) -> bool:
    return (span.start, span.end) == (0, span.size_bytes) and length == str(span.size_bytes)


def _check_range(response: httpx2.Response, span: Span) -> None:
    """Raise unless the answer says that it is this part of a file of this size."""
    status, headers = response.status_code, response.headers
    if status == 200:
        raise DownloadFailed("no_ranges", span.file)
    if status != 206:
        raise NoAnswer("not_hub", host_of(str(response.request.url)), status)
    said = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if said is not None and said[3] not in ("*", str(span.size_bytes)):
        raise DownloadFailed("wrong_length", span.file, said[3][:40])
    if said is None or (int(said[1]), int(said[2])) != (span.start, span.end - 1):
        raise DownloadFailed("wrong_range", span.file, headers.get("content-range", "")[:80])
    length = headers.get("content-length")
    if length is not None and length != str(span.end - span.start):
        raise DownloadFailed("wrong_range", span.file, length[:20])


def _bounded(response: httpx2.Response, span: Span, host: str) -> Iterator[bytes]:
    left = span.end - span.start
    for chunk in response.iter_raw():
        left -= len(chunk)
        if left < 0:
            raise DownloadFailed("wrong_range", span.file)
        yield chunk
    if left:
        raise NoAnswer("interrupted", host)


class RemoteFile:
    """A file of a repository that can be read in parts; blocking. Raises NetworkError.

    limit_bytes: how much is read in all, a guard against headers without end.
    """

    def __init__(self, api: HubApi, network: Network, endpoint: str, *, limit_bytes: int = 64_000_000) -> None:
        self._api = api
        self._network = network
        self._origin = origin_of(endpoint)
        self._left = limit_bytes
        self._head: FileHead | None = None

    def read(self, repo: str, revision: str, path: str, *, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`; less at the end of the file."""
        name = path.rpartition("/")[2]
        with errand(Errand(HEADER, self._origin)):
            for _ in range(2):
                if self._head is None:
                    self._head = self._api.head(self._origin, repo, revision, path)
                head = self._head
                end = min(start + length, head.size_bytes)
                if end <= start:
                    return b""
                if end - start > self._left:
                    raise NoAnswer("too_large", host_of(self._origin))
                try:
                    with opened_part(
                        self._network, head.location, Span(start, end, head.size_bytes, name), self._origin
                    ) as chunks:
                        data = b"".join(chunks)
                    self._left -= len(data)
                    return data
                except Expired:
                    self._head = None
        raise NoAnswer("interrupted", host_of(self._origin))
