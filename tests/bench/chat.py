"""Figures of the chat: a conversation of 5,000 messages, a message of 200 kB, 100 tokens a second."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.figure import Figure
from tests.bench.window import ROOT, environment


def opening() -> Iterator[Figure]:
    """How soon 5,000 messages are on screen and how long a frame takes while they are scrolled."""
    found = _measured("open")
    yield Figure("5,000 messages on screen", 1000 * found["open"], "ms", 150, runs=5)
    yield Figure("frame while scrolling, p99", 1000 * found["frame"], "ms", 16, runs=1_200)
    yield Figure("frame after a jump, p99", 1000 * found["jump"], "ms", 50, runs=200)
    yield Figure("a message of 200 kB on screen", 1000 * found["huge"], "ms", 300, runs=2)
    yield Figure("frame while scrolling in it, p99", 1000 * found["huge_frame"], "ms", 16, runs=600)


def streaming() -> Iterator[Figure]:
    """How the window answers while 100 tokens a second come in, and the processor time of its thread."""
    found = _measured("stream")
    yield Figure("window answers while streaming, p99", 1000 * found["latency"], "ms", 16, runs=int(found["tokens"]))
    yield Figure("processor use while streaming", 100 * found["cpu"], "% of a core", 15)
    tokens = int(found["huge_tokens"])
    yield Figure("window answers, answer of 200 kB, p99", 1000 * found["huge_latency"], "ms", 16, runs=tokens)
    yield Figure("processor use, answer of 200 kB", 100 * found["huge_cpu"], "% of a core", 15)


def _measured(what: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.chat_window", what], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**environment(), "QT_QPA_PLATFORM": "offscreen"}, timeout=900,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
