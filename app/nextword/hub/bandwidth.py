"""How fast this machine reads its memory: generation reads all weights once for every token, so this sets its speed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_SIZE_BYTES: Final = 192 << 20  # beyond the caches of common processors
_LEAST_BYTES: Final = 16 << 20
_RUNS: Final = 3
_MOST_THREADS: Final = 16
TOKEN_SECONDS: Final = 0.002
"""What a token takes beside reading weights: starting the threads, drawing, saying what its distribution is."""
EFFICIENCY: Final = 0.45
"""Of that speed, what generation reaches where it was not measured yet: unpacking weights takes time as well."""


def measure_bandwidth(free_bytes: int = 0) -> float:
    """Read a block of memory with all cores, several times; return bytes per second of the fastest, 0 if refused.

    Takes 0.1 s or so. free_bytes: what is free; at most a sixteenth of it is taken.
    """
    import numpy as np  # the window need not wait for it

    cores = _cores()
    size = min(_SIZE_BYTES, free_bytes // 16) if free_bytes else _SIZE_BYTES
    if size < _LEAST_BYTES:
        return 0.0
    try:
        block = np.ones(size // 8, np.uint64)
    except MemoryError:
        return 0.0
    parts = np.array_split(block, cores)
    best = 0.0
    with ThreadPoolExecutor(max_workers=cores, thread_name_prefix="bandwidth") as pool:
        for _ in range(_RUNS):
            began = time.perf_counter()
            list(pool.map(np.max, parts))
            best = max(best, block.nbytes / max(time.perf_counter() - began, 1e-9))
    return best


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(_MOST_THREADS, count))


def expected_speed(bytes_per_token: int, bandwidth: float, efficiency: float = EFFICIENCY) -> float:
    """Return tokens per second, 0 when it cannot be said."""
    if bytes_per_token <= 0 or bandwidth <= 0:
        return 0.0
    return 1.0 / (bytes_per_token / (bandwidth * efficiency) + TOKEN_SECONDS)
