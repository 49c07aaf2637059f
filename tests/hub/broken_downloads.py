"""Breaks downloads off at random places, by kills, resets and stalls, and counts what that cost."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from nextword.hub.journal import Identity, Journal
from nextword.hub.pieces import PIECE_BYTES
from tests.fault_hub import COMMIT, Answer, FaultHub, Repo, Request, gguf_bytes, running
from tests.hub.downloading import Line, item_of, online

NAME = "model-Q4_K_M.gguf"
ROOT = Path(__file__).parents[2]


@dataclass
class Tally:
    """per_kill: bytes that went out and were not noted when the process was killed, for each kill; per_reset: that
    were sent again, as a mean over one download."""

    downloads: int = 0
    right: int = 0
    kills: int = 0
    resets: int = 0
    stalls: int = 0
    orphans: int = 0
    per_kill: list[float] = field(default_factory=list)
    per_reset: list[float] = field(default_factory=list)


def break_downloads(folder: Path, size_bytes: int, *, faults: int, seed: int = 1) -> Tally:
    """Download the same file over and over until so many faults happened: a third of each kind."""
    tally, chance = Tally(), random.Random(seed)
    repo = Repo("some/model", {NAME: gguf_bytes(size_bytes)})
    with running(repo) as hub:
        while tally.kills + tally.resets + tally.stalls < faults:
            place = folder / str(tally.downloads)
            kind = ("kills", "resets", "stalls")[tally.downloads % 3]
            count = min(10, -(-faults // 3), faults - tally.kills - tally.resets - tally.stalls)
            if kind == "kills":
                _kill(hub, place, size_bytes, count, (tally, chance))
            else:
                _break(hub, place, kind, count, (tally, chance))
            _judge(place, repo, tally)
    return tally


def _kill(hub: FaultHub, place: Path, size_bytes: int, count: int, told: tuple[Tally, random.Random]) -> None:
    """Kill the process that downloads when a random number of bytes went out, so many times, then let it end."""
    tally, chance = told
    hub.lie, hub.sent_bytes = _slowly, 0
    _, sha256 = hub.repos["some/model"].size_and_hash(NAME)
    command = [
        sys.executable, "-m", "tests.hub.download_process", str(place), hub.url, str(size_bytes), sha256, NAME
    ]  # fmt: skip
    lost = 0
    for left in range(count, -1, -1):
        before = hub.sent_bytes
        until = before + chance.randrange(1, max(2, size_bytes // (count + 1)))
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
            while left and process.poll() is None and hub.sent_bytes < until:
                time.sleep(0.001)
            killed = bool(left) and process.poll() is None
            process.kill() if killed else None
            process.wait()
        if killed:
            tally.kills += 1
            lost_now = hub.sent_bytes - kept_bytes(place, size_bytes, sha256)
            tally.per_kill.append(max(0, lost_now - lost))
            lost = max(lost, lost_now)


def kept_bytes(place: Path, size_bytes: int, sha256: str) -> int:
    """Return how many bytes are noted as here."""
    for path in (place / "models").rglob("*.part.json"):
        journal = Journal(path, Identity(sha256, size_bytes, PIECE_BYTES))
        journal.open()
        journal.close()
        return sum(note.done_bytes for note in journal.notes.values())
    return size_bytes if any((place / "models").rglob(NAME)) else 0


def _slowly(request: Request, _answer: Answer) -> Answer | None:
    """Take a moment before each part, so that a kill hits in the middle of a download."""
    if request.kind == "bytes":
        time.sleep(0.01)
    return None


def _break(hub: FaultHub, place: Path, kind: str, count: int, told: tuple[Tally, random.Random]) -> None:
    """Break so many answers off at random places of one download."""
    tally, chance = told
    lock, left = threading.Lock(), [count]

    def lie(request: Request, answer: Answer) -> Answer | None:
        with lock:
            if request.kind != "bytes" or not left[0] or chance.random() < 0.3:
                return None
            left[0] -= 1
            after = chance.randrange(0, len(answer.body))
        return replace(answer, reset_after=after) if kind == "resets" else replace(answer, stall_after=after)

    hub.lie, hub.sent_bytes = lie, 0
    hub.released.clear()
    with online(place, read_seconds=0.3) as line:
        error = line.fetch(hub, item_of(hub.repos["some/model"]))
    assert error is None, error
    hub.released.set()
    done = count - left[0]
    size = hub.repos["some/model"].size_and_hash(NAME)[0]
    again = max(0, hub.sent_bytes - size) / max(1, done)
    if kind == "resets":
        tally.resets += done
        tally.per_reset.append(again)
    else:
        tally.stalls += done


def _judge(place: Path, repo: Repo, tally: Tally) -> None:
    tally.downloads += 1
    files = Line(place).files()
    tally.orphans += len([name for name in files if name != NAME])
    found = next((place / "models").rglob(NAME), None)
    digest = hashlib.sha256(found.read_bytes()).hexdigest() if found is not None else ""
    tally.right += digest == repo.size_and_hash(NAME)[1]
    assert COMMIT[:12] in str(found)
