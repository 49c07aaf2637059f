"""Encrypted connections: a certificate that nobody trusts, one of a CA file, and one from the future."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest

from nextword.network.door import Errand, Network, Route, errand
from nextword.network.failures import of_exception
from nextword.network.ledger import Ledger
from nextword.network.secrets import Secrets
from nextword.network_errors import NoAnswer


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate for 127.0.0.1 that signs itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
        str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network(Ledger(), Secrets(tmp_path / "tokens.json"), read_seconds=5.0)
    yield made
    made.close()


class _Served:
    def __init__(self, both: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        self.server = HTTPServer(("127.0.0.1", 0), _Hello)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        self.url = f"https://127.0.0.1:{self.server.server_port}/"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _ask(network: Network, url: str) -> str:
    with errand(Errand("search")):
        return network.client().get(url).text


def test_a_certificate_that_nobody_trusts_is_refused_and_one_of_the_ca_file_is_taken(
    network: Network, tmp_path: Path
) -> None:
    served = _Served(_certificate(tmp_path))
    try:
        with pytest.raises(NoAnswer) as caught:
            _ask(network, served.url)
        assert caught.value.reason == "certificate"
        network.use(Route(ca_file=str(tmp_path / "certificate.pem")))
        assert _ask(network, served.url) == "hello"
    finally:
        served.close()


@pytest.mark.parametrize(("code", "reason"), [(9, "clock"), (10, "certificate"), (18, "certificate")])
def test_a_certificate_of_the_future_is_a_matter_of_the_clock(code: int, reason: str) -> None:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    outer = httpx2.ConnectError("no connection")
    outer.__cause__ = error
    found = of_exception(outer, "hub.example")
    assert isinstance(found, NoAnswer)
    assert found.reason == reason
