"""The same cases against olah, a mirror of the hub that we did not write: `python -m tests.olah PATH/olah-cli`.

Not part of the test run, because olah brings its own packages. Set it up once, in an environment of its own:
`python3 -m venv olah && olah/bin/pip install olah`. It stands between our fault hub, as the hub that it mirrors, and
our search and downloads; it has its own idea of ranges and keeps what it fetched. It has no route for the search.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2

from nextword.errors import NextwordError
from tests.fault_hub import Answer, FaultHub, Repo, Request, gguf_bytes, running
from tests.hub.downloading import Line, item_of, online

FILE = "model-Q4_K_M.gguf"
SPLIT = {f"big-Q8_0-0000{n}-of-00002.gguf": gguf_bytes(3_000_000 + n, n) for n in (1, 2)}
START_SECONDS = 60.0


def main() -> int:
    """Print a line for each case; exit status 1 when one did not come out as it should."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    failed = 0
    for name, case in CASES.items():
        files = {FILE: gguf_bytes(20_000_000), "README.md": b"# A model\n", **SPLIT}
        repo = Repo("some/model", files)
        with (
            tempfile.TemporaryDirectory(prefix="nextword-olah-") as folder,
            running(repo) as hub,
            _olah(sys.argv[1], hub, Path(folder)) as url,
            online(Path(folder) / "ours") as line,
        ):
            outcome = case(line, hub, url, repo)
        failed += not outcome.startswith("ok")
        sys.stdout.write(f"{name}: {outcome}\n")
        sys.stdout.flush()
    return 1 if failed else 0


@contextmanager
def _olah(program: str, hub: FaultHub, folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    upstream = hub.url.removeprefix("http://")
    command = [
        program, "--host", "127.0.0.1", "--port", str(port), "--hf-scheme", "http", "--hf-netloc", upstream,
        "--hf-lfs-netloc", upstream, "--mirror-scheme", "http", "--mirror-netloc", f"127.0.0.1:{port}",
        "--mirror-lfs-netloc", f"127.0.0.1:{port}", "--repos-path", str(folder / "repos"), "--log-path",
        str(folder / "logs"),
    ]  # fmt: skip
    with (folder / "olah.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/api/whoami-v2", timeout=5)
            return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise RuntimeError("olah did not start")


def _reason(error: Exception | None) -> str:
    return "nothing wrong" if error is None else str(getattr(error, "reason", type(error).__name__))


def _expect(error: Exception | None, *reasons: str) -> str:
    got = _reason(error)
    return f"ok, {got}" if got in reasons else f"WRONG: {error!r}, expected {' or '.join(reasons)}"


def _details(line: Line, _hub: FaultHub, url: str, repo: Repo) -> str:
    detail = line.api.detail(url, repo.name)
    right = {item.name for item in detail.items} == {FILE, "big-Q8_0.gguf"} and detail.model.revision == repo.commit
    return "ok" if right else f"WRONG: {detail!r}"


def _whole(line: Line, _hub: FaultHub, url: str, repo: Repo) -> str:
    error = line.fetch_from(url, item_of(repo, FILE))
    right = error is None and next(line.models.rglob(FILE)).read_bytes() == repo.files[FILE]
    return "ok" if right else f"WRONG: {error!r}"


def _split(line: Line, _hub: FaultHub, url: str, repo: Repo) -> str:
    return _expect(line.fetch_from(url, item_of(repo, "big-Q8_0.gguf")), "nothing wrong")


def _missing(line: Line, _hub: FaultHub, url: str, _repo: Repo) -> str:
    try:
        line.api.detail(url, "some/nothing")
    except NextwordError as error:
        return _expect(error, "missing_repo")
    return "WRONG: it was found"


def _flipped(line: Line, hub: FaultHub, url: str, repo: Repo) -> str:
    def lie(request: Request, answer: Answer) -> Answer | None:
        if request.kind != "bytes" or len(answer.body) < 1000:
            return None
        changed = bytearray(answer.body)
        changed[500] ^= 1
        return Answer(answer.status, answer.headers, bytes(changed))

    hub.lie = lie
    return _expect(line.fetch_from(url, item_of(repo, FILE)), "wrong_hash")


def _resets(line: Line, hub: FaultHub, url: str, repo: Repo) -> str:
    left = [5]

    def lie(request: Request, answer: Answer) -> Answer | None:
        if request.kind != "bytes" or left[0] <= 0:
            return None
        left[0] -= 1
        return replace(answer, reset_after=len(answer.body) // 2)

    hub.lie = lie
    return _expect(line.fetch_from(url, item_of(repo, FILE)), "nothing wrong")


CASES: dict[str, Callable[[Line, FaultHub, str, Repo], str]] = {
    "details and files": _details,
    "a file of 20 MB": _whole,
    "a split file": _split,
    "a repository that is not there": _missing,
    "bits that the hub behind it flips": _flipped,
    "resets of the hub behind it": _resets,
}

if __name__ == "__main__":
    sys.exit(main())
