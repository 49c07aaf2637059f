"""A server on loopback that answers as a test says, also as no server should."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]


def stream(*pieces: object, end: bool = True) -> Reply:
    """Return an answer of server-sent events."""
    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces] + (["data: [DONE]\n\n"] if end else [])
    return 200, {"content-type": "text/event-stream"}, "".join(lines).encode()


def refusal(status: int, message: str, **headers: str) -> Reply:
    """Return an error as OpenAI words it."""
    return status, headers, json.dumps({"error": {"message": message, "type": "invalid"}}).encode()


def delta(text: str, logprobs: object = None, reason: str | None = None, **more: object) -> dict[str, Any]:
    """Return a piece of a chat."""
    return {"choices": [{"delta": {"content": text, **more}, "logprobs": logprobs, "finish_reason": reason}]}


class Scripted:
    """answer: takes path and body of each request. seen: those two and the headers, in their order."""

    def __init__(self, answer: Callable[[str, Any], Reply]) -> None:
        self.seen: list[tuple[str, Any, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def do_GET(self) -> None:
                self._reply(None)

            def _reply(self, body: Any) -> None:
                outer.seen.append((self.path, body, {name.lower(): value for name, value in self.headers.items()}))
                status, headers, data = answer(self.path, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
