"""Downloads over loopback: their rate beside curl followed by sha256sum, and what kills, resets and stalls cost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nextword.hub.fetching import Patience
from tests.bench.figure import Figure, compare, in_turn
from tests.fault_hub import COMMIT, FaultHub, Repo, gguf_bytes
from tests.hub.broken_downloads import Tally, break_downloads
from tests.hub.downloading import item_of, online

SIZE_BYTES = 1_000_000_000
ROUNDS = 5
FAULTS = 500
FAULT_SIZE_BYTES = 100_000_000
NAME = "model-Q4_K_M.gguf"


def download(size_bytes: int = SIZE_BYTES) -> Iterator[Figure]:
    """The rate of a verified download over loopback beside curl and sha256sum, one after the other."""
    with tempfile.TemporaryDirectory(prefix="nextword-download-") as name, _served(size_bytes) as url:
        folder = Path(name)
        ours, curl = in_turn(ROUNDS, lambda: _ours(folder, url, size_bytes), lambda: _curl(folder, url, size_bytes))
    yield compare(
        "verified download",
        "MB/s",
        values=ours,
        against=("curl, then sha256sum", curl),
        target=("at least", 0.85),
    )


def faults() -> Iterator[Figure]:
    """500 kills, resets and stalls over a file of 100 MB: how many came right, and how much was fetched again."""
    with tempfile.TemporaryDirectory(prefix="nextword-faults-") as name:
        tally: Tally = break_downloads(Path(name), FAULT_SIZE_BYTES, faults=FAULTS)
    yield Figure("faulty downloads that came right", tally.right, "of them", tally.downloads, "at least")
    yield Figure("fetched again per kill, at most", max(tally.per_kill, default=0) / 1e6, "MB", 8, runs=tally.kills)
    yield Figure("fetched again per reset, at most", max(tally.per_reset, default=0) / 1e6, "MB", 4, runs=tally.resets)
    yield Figure("orphan files", tally.orphans, "files", 0, runs=tally.downloads)


def serve(size_bytes: int) -> None:
    """Serve one random file until standard input ends: the other process of the measurement."""
    hub = FaultHub(Repo("some/model", {NAME: gguf_bytes(size_bytes)}))
    hub.repos["some/model"].size_and_hash(NAME)
    sys.stdout.write(hub.url + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    hub.close()


@contextmanager
def _served(size_bytes: int) -> Iterator[str]:
    command = [sys.executable, "-c", f"from tests.bench.download import serve; serve({size_bytes})"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def _ours(folder: Path, url: str, size_bytes: int) -> float:
    """Return the rate of our own download, with everything that it does, in MB/s."""
    repo = Repo("some/model", {NAME: b""})
    with online(folder / "ours") as line:
        repo.stated[NAME] = _stated(line.api.head(url, "some/model", COMMIT, NAME).sha256, size_bytes)
        began = time.perf_counter()
        error = line.fetch_from(url, item_of(repo), patience=Patience())
        seconds = time.perf_counter() - began
        assert error is None, error
    shutil.rmtree(folder / "ours")
    return size_bytes / seconds / 1e6


def _stated(sha256: str, size_bytes: int) -> tuple[int, str]:
    return size_bytes, sha256


def _curl(folder: Path, url: str, size_bytes: int) -> float:
    target = folder / NAME
    began = time.perf_counter()
    address = f"{url}/some/model/resolve/{COMMIT}/{NAME}"
    subprocess.run(["curl", "--silent", "--fail", "--output", str(target), address], check=True)
    subprocess.run(["sha256sum", str(target)], check=True, capture_output=True)
    seconds = time.perf_counter() - began
    target.unlink()
    return size_bytes / seconds / 1e6
