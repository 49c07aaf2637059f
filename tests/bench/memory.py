"""Figures of the engine process's memory, against what llama.cpp itself reports for the same model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nextword.engine import protocol
from tests.bench import reference
from tests.bench.figure import Figure
from tests.bench.generation import ALTERNATIVES, generate
from tests.bench.ours import CONTEXT_TOKENS, Ours, Setup

_FLOAT_BYTES = 4


def memory(setup: Setup) -> Iterator[Figure]:
    """Resident memory of the engine process after all kinds of work, over what llama.cpp reports; no huge block."""
    with reference.native_report(setup, context_tokens=CONTEXT_TOKENS) as report:
        reported_mb = sum(report.greeting.values()) / 1e6
    with Ours(setup) as ours:
        _work(ours, prompt_tokens=3000)
        resident_mb, peak_mb = (_status_mb(ours.pid, field) for field in ("VmRSS", "VmHWM"))
    yield Figure("resident memory of the engine over llama.cpp's own", resident_mb - reported_mb, "MB", 250)
    yield Figure("resident memory of the engine", resident_mb, "MB", None)
    yield Figure("its peak over llama.cpp's own", peak_mb - reported_mb, "MB", None)
    yield from _address_space(setup)


def _address_space(setup: Setup) -> Iterator[Figure]:
    """Compare all address space that the process ever had with the one block that it must not have.

    In the longest context of the model that block is far larger than everything else together, so that no question
    remains whether it hides among the rest or was never written to.
    """
    with Ours(setup, context_tokens=1 << 20) as ours:
        block_mb = ours.model.context_tokens * ours.model.vocabulary * _FLOAT_BYTES / 1e6
        _work(ours, prompt_tokens=200)
        space_mb = _status_mb(ours.pid, "VmPeak")
    yield Figure(
        f"most address space with a context of {ours.model.context_tokens}", space_mb, "MB", 1.0,
        reference=block_mb, reference_name="logits of the whole context",
    )  # fmt: skip


def _work(ours: Ours, *, prompt_tokens: int) -> None:
    """Have the engine do one of each: an answer, a scored text, eight lanes, labels, a whole row."""
    ids = ours.ids(prompt_tokens, seed=1)
    ours.ask(generate(ids, 32))
    ours.ask(protocol.Score(0, protocol.TokenPrompt(tuple(ids[::3])), 20))
    lane = protocol.Lane(protocol.TokenPrompt(tuple(ids[:16])), protocol.Sampling(), protocol.Until(max_tokens=16))
    ours.ask(protocol.GenerateLanes(0, (lane,) * 8, ALTERNATIVES))
    groups = tuple(
        protocol.Group(protocol.TokenPrompt((*ids[:100], *ours.ids(10, seed=item))), ((5, 6), (7, 8)))
        for item in range(20)
    )
    ours.ask(protocol.ScoreContinuations(0, groups))
    ours.ask(protocol.Look(0, protocol.TokenPrompt(tuple(ids[:50])), row=True))


def _status_mb(pid: int, field: str) -> float:
    """Return a line of /proc/PID/status, which counts in KiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition(f"{field}:")[2].split()[0]) * 1024 / 1e6
