"""How many processor cores a computation should use here."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

_FEW = 4  # so few that hyper-threads are worth having
_BYTES_PER_THREAD = 32 << 20
_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def generation_threads(model_bytes: int) -> int:
    """Return how many threads should compute one token of a model of that size.

    Threads wait for one another hundreds of times a token. On a busy machine a model of 7 MB made 28 tokens a second
    with one thread and 8 with two; large models gain far more than they lose.
    """
    return min(usable_cores(), 1 + model_bytes // _BYTES_PER_THREAD)


@cache
def usable_cores() -> int:
    """Return the cores this process may use: physical ones when there are many, less what a container takes away.

    Reads files that the sandbox hides, so it has to be called before; the answer is remembered.
    """
    logical = _allowed()
    count = len(logical)
    if count > _FEW:
        count = _physical(logical) or count
    quota = _quota()
    return max(1, min(count, quota) if quota else count)


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _physical(logical: set[int]) -> int:
    """Count the cores that the processors in `logical` sit on; 0 when it is not known."""
    try:
        return len({(_TOPOLOGY / f"cpu{n}/topology/thread_siblings_list").read_text() for n in logical})
    except OSError:
        return 0


def _quota() -> int:
    """Whole cores that the control group grants, rounded up; 0 when there is no limit."""
    try:
        granted, period = _QUOTA.read_text().split()
        return math.ceil(int(granted) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return 0
