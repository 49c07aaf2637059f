"""Starts llama-cpp-python's own OpenAI-compatible server, a program that we did not write, on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from nextword.engine import backends

_PROGRAM = """
import sys
from pathlib import Path
from nextword.engine import backends
backends.load_backend(Path(sys.argv.pop(1)))
from llama_cpp.server.__main__ import main
main()
"""


class Server:
    """A running server. It needs a key when one is given."""

    def __init__(self, model: Path, cache: Path, *, key: str = "") -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        variant = backends.choose(cache).path
        command = [sys.executable, "-c", _PROGRAM, str(variant), "--model", str(model), "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--logits_all", "true", "--n_ctx", "512", "--model_alias", "tiny"]
        command += ["--n_threads", "1", "--verbose", "false"]
        if key:
            command += ["--api_key", key]
        self._log = (cache / "server.log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        self._wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def kill(self) -> None:
        """End it at once, as a machine that is switched off."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def _wait(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            assert self._process.poll() is None, Path(self._log.name).read_text()
            try:
                urllib.request.urlopen(f"{self.url}/models", timeout=5).read()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(Path(self._log.name).read_text())
