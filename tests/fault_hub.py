"""A model hub on loopback that speaks the routes of the real one, counts what it sends, and can lie and break off."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BLOCK_BYTES = 1 << 18


@dataclass
class Repo:
    """files: path -> content. stated: path -> (size, sha256) where the hub says something else than the truth."""

    name: str
    files: dict[str, bytes]
    commit: str = COMMIT
    stated: dict[str, tuple[int, str]] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    def size_and_hash(self, path: str) -> tuple[int, str]:
        """Return what the hub says of a file."""
        if path not in self.stated:
            self.stated[path] = (len(self.files[path]), hashlib.sha256(self.files[path]).hexdigest())
        return self.stated[path]


@dataclass
class Request:
    """kind: list, info, tree, paths, whoami, head, bytes or other. start, end: of the Range, [start, end)."""

    kind: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    repo: Repo | None = None
    file: str = ""
    start: int = 0
    end: int = -1


@dataclass
class Answer:
    """What goes out. reset_after, stall_after: break off, or fall silent, after so many bytes of the body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | memoryview = b""
    reset_after: int = -1
    stall_after: int = -1
    close_after: int = -1


Lie = Callable[[Request, Answer], Answer | None]


class FaultHub:
    """Serves until `close`. lie: may change or replace every answer. elsewhere: the hub that bytes are redirected to,
    by signed addresses. requests: all that came; sent_bytes: of bodies of files."""

    def __init__(self, *repos: Repo, lie: Lie | None = None, elsewhere: FaultHub | None = None) -> None:
        self.repos = {repo.name: repo for repo in repos}
        self.lie = lie
        self.elsewhere = elsewhere
        self.requests: list[Request] = []
        self.sent_bytes = 0
        self.signature = "first"
        self.lock = threading.Lock()
        self.released = threading.Event()
        hub = self

        class Handler(_Handler):
            owner = hub

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fault-hub")
        self._thread.start()

    def close(self) -> None:
        """End all connections and threads."""
        self.released.set()
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()

    def asked(self, kind: str) -> list[Request]:
        """Return the requests of one kind."""
        return [request for request in self.requests if request.kind == kind]


@contextlib.contextmanager
def running(*repos: Repo, lie: Lie | None = None, elsewhere: FaultHub | None = None) -> Iterator[FaultHub]:
    """Serve while the block runs."""
    hub = FaultHub(*repos, lie=lie, elsewhere=elsewhere)
    try:
        yield hub
    finally:
        hub.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        for each in tuple(self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: FaultHub
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length") or 0)).decode())

    def do_HEAD(self) -> None:
        self._serve()

    def _serve(self, form: str = "") -> None:
        hub = self.owner
        request = _understand(hub, self)
        if form:
            request.query = parse_qs(form)
        with hub.lock:
            hub.requests.append(request)
        answer = _answer(hub, request)
        if hub.lie is not None:
            answer = hub.lie(request, answer) or answer
        self._send(request, answer)

    def _send(self, request: Request, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD":
            self._send_body(request, answer)

    def _send_body(self, request: Request, answer: Answer) -> None:
        limits = [limit for limit in (answer.reset_after, answer.stall_after, answer.close_after) if limit >= 0]
        body = memoryview(answer.body)[: min(limits, default=len(answer.body))]
        for offset in range(0, len(body), BLOCK_BYTES):
            block = body[offset : offset + BLOCK_BYTES]
            self.wfile.write(block)
            if request.kind == "bytes":
                with self.owner.lock:
                    self.owner.sent_bytes += len(block)
        if answer.stall_after >= 0:
            self.owner.released.wait(20)
        if answer.reset_after >= 0:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = self.close_connection or bool(limits)


def _understand(hub: FaultHub, handler: BaseHTTPRequestHandler) -> Request:
    split = urlsplit(handler.path)
    path = split.path
    headers = {name.lower(): value for name, value in handler.headers.items()}
    request = Request("other", handler.command, path, parse_qs(split.query), headers)
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[:2] == ["api", "models"]:
        request.kind = "list"
        if len(parts) > 2:
            request.kind = "tree" if "tree" in parts[3:] else "paths" if "paths-info" in parts[3:] else "info"
            request.repo = hub.repos.get("/".join(parts[2:4]))
    elif parts[:2] == ["api", "whoami-v2"]:
        request.kind = "whoami"
    elif len(parts) > 4 and parts[2] == "resolve":
        request.kind = "head" if handler.command == "HEAD" else "bytes"
        request.repo, request.file = hub.repos.get("/".join(parts[:2])), "/".join(parts[4:])
    elif parts[0] == "blob":
        request.kind, request.repo, request.file = "bytes", hub.repos.get("/".join(parts[1:3])), "/".join(parts[3:])
    span = headers.get("range", "").removeprefix("bytes=")
    if "-" in span:
        first, _, last = span.partition("-")
        request.start, request.end = int(first), int(last) + 1 if last else -1
    return request


def _answer(hub: FaultHub, request: Request) -> Answer:
    if request.kind == "list":
        return _list(hub, request)
    if request.kind == "whoami":
        known = any(repo.token and f"Bearer {repo.token}" == request.headers.get("authorization") for repo in
                    hub.repos.values())  # fmt: skip
        return data({"name": "somebody", "type": "user"}) if known else refused(401, "", "Invalid credentials")
    repo = request.repo
    if repo is None:
        return refused(404, "RepoNotFound", "Repository not found")
    if repo.token and request.path[:6] != "/blob/" and request.headers.get("authorization") != f"Bearer {repo.token}":
        return refused(401, "GatedRepo", "Access to model is restricted")
    if request.kind == "info":
        return data(_info(repo))
    if request.kind == "tree":
        return data([_row(repo, path) for path in repo.files])
    if request.kind == "paths":
        return data([_row(repo, path) for path in request.query.get("paths", []) if path in repo.files])
    if request.file not in repo.files:
        return refused(404, "EntryNotFound", "Entry not found")
    return _file(hub, repo, request)


def _file(hub: FaultHub, repo: Repo, request: Request) -> Answer:
    size, digest = repo.size_and_hash(request.file)
    headers = {"X-Repo-Commit": repo.commit, "X-Linked-Size": str(size), "X-Linked-Etag": f'"{digest}"', "ETag": '"x"'}
    if not request.file.endswith(".gguf"):
        headers = {"X-Repo-Commit": repo.commit, "ETag": '"' + hashlib.sha1(repo.files[request.file]).hexdigest() + '"'}
    content = memoryview(repo.files[request.file])
    if request.path.startswith("/blob/"):
        if request.query.get("X-Amz-Signature") != [hub.signature]:
            return refused(403, "", "expired")
        headers = {}
    elif hub.elsewhere is not None and request.file.endswith(".gguf"):
        there = f"{hub.elsewhere.url}/blob/{repo.name}/{request.file}?X-Amz-Signature={hub.elsewhere.signature}"
        return Answer(302, {**headers, "Location": there})
    if request.method == "HEAD":
        return Answer(200, {**headers, "Content-Length": str(len(content))})
    if request.end < 0:
        return Answer(200, headers, content)
    end = min(request.end, len(content))
    headers["Content-Range"] = f"bytes {request.start}-{end - 1}/{len(content)}"
    return Answer(206, headers, content[request.start : end])


def _list(hub: FaultHub, request: Request) -> Answer:
    text = request.query.get("search", [""])[0].lower()
    author = request.query.get("author", [""])[0]
    found = [
        repo for repo in hub.repos.values() if text in repo.name.lower() and repo.name.startswith(author)
    ]  # fmt: skip
    per_page, page = int(request.query.get("limit", ["20"])[0]), int(request.query.get("p", ["0"])[0])
    rows = [_info(repo) for repo in found[page * per_page : (page + 1) * per_page]]
    headers = {}
    if len(found) > (page + 1) * per_page:
        headers["Link"] = f'<{hub.url}/api/models?search={text}&limit={per_page}&p={page + 1}>; rel="next"'
    return data(rows, headers)


def _info(repo: Repo) -> dict[str, Any]:
    return {
        "_id": "1", "id": repo.name, "modelId": repo.name, "author": repo.name.partition("/")[0], "sha": repo.commit,
        "private": False, "gated": "manual" if repo.token else False, "downloads": 7, "likes": 3,
        "lastModified": "2026-01-02T03:04:05.000Z", "tags": ["gguf", "license:mit", "en", "base_model:some/base"],
        "pipeline_tag": "text-generation", "siblings": [{"rfilename": path} for path in repo.files],
        "gguf": {"total": 135_000_000, "architecture": "llama", "context_length": 2048}, **repo.info,
    }  # fmt: skip


def _row(repo: Repo, path: str) -> dict[str, Any]:
    size, digest = repo.size_and_hash(path)
    row: dict[str, Any] = {"type": "file", "path": path, "size": size, "oid": "a" * 40}
    if path.lower().endswith(".gguf"):
        row["lfs"] = {"oid": digest, "size": size, "pointerSize": 134}
    return row


def data(value: object, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer in JSON."""
    return Answer(200, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


def page(status: int = 200) -> Answer:
    """Return a web page, as a network does that wants a login."""
    return Answer(status, {"Content-Type": "text/html"}, b"<html><body>Please log in</body></html>")


def refused(status: int, code: str, message: str, **headers: str) -> Answer:
    """Return a refusal as the hub words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"X-Error-Code": code, "X-Error-Message": message, **named}, b"")


def gguf_bytes(size: int, seed: int = 1) -> bytes:
    """Return bytes that begin like a GGUF file and are otherwise random."""
    import random

    chance = random.Random(seed)
    blocks = [chance.randbytes(min(1 << 20, size - 4 - start)) for start in range(0, size - 4, 1 << 20)]
    return b"".join([b"GGUF", *blocks])
