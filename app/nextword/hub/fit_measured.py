"""What was measured on this machine: memory of models that were loaded, speed of answers, speed of the memory.

Kept in one small file of the cache; without it everything is estimated again.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import msgspec

from nextword.whole_files import write_whole

_MOST_LOADS: Final = 200
_LEAST_BYTES: Final = 64 << 20  # smaller models stay in the caches of the processor, and say nothing of its memory
_STALE_FACTOR: Final = (0.4, 3.0)  # a correction beyond these is a fault of the formula, not of the machine


class Load(msgspec.Struct, frozen=True):
    """A model that was loaded. model: its file's identity. foretold_compute_bytes: what the formula said, uncorrected.

    tokens_per_second: of the last answer, 0 without one. token_bytes: weights read for each token.
    """

    model: str
    context_tokens: int
    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    foretold_compute_bytes: int = 0
    token_bytes: int = 0
    tokens_per_second: float = 0.0


class _Kept(msgspec.Struct):
    bandwidth: float = 0.0
    loads: list[Load] = []


class Measured:
    """The file and what is in it. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _Kept()
        with contextlib.suppress(OSError, msgspec.DecodeError):  # it can be measured again
            self._kept = msgspec.json.decode(path.read_bytes(), type=_Kept)

    @property
    def bandwidth(self) -> float:
        """Bytes per second of this machine's memory, 0 before it was measured."""
        return self._kept.bandwidth

    @bandwidth.setter
    def bandwidth(self, value: float) -> None:
        self._kept.bandwidth = value
        self._save()

    @property
    def correction(self) -> float:
        """By what the estimate of the compute part is to be multiplied: the median of what was seen, 1 without."""
        from statistics import median  # brings fractions and decimal: the window need not wait for them

        seen = [
            load.compute_bytes / load.foretold_compute_bytes
            for load in self._kept.loads
            if load.foretold_compute_bytes > 0 and load.compute_bytes > 0
        ]
        return min(max(median(seen), _STALE_FACTOR[0]), _STALE_FACTOR[1]) if seen else 1.0

    @property
    def efficiency(self) -> float:
        """What share of the memory's speed generation reached, the median; 0 before an answer of a model of a size
        that says something."""
        from statistics import median

        seen = [
            load.tokens_per_second * load.token_bytes / self.bandwidth
            for load in self._kept.loads
            if self.bandwidth > 0 and load.tokens_per_second > 0 and load.token_bytes >= _LEAST_BYTES
        ]
        return min(median(seen), 1.0) if seen else 0.0

    def find(self, model: str, context_tokens: int) -> Load | None:
        """Return what was measured of a model with this context."""
        found = (load for load in self._kept.loads if (load.model, load.context_tokens) == (model, context_tokens))
        return next(found, None)

    def speed(self, model: str) -> float:
        """Return the tokens per second of the last answer of a model, 0 without one."""
        return next((load.tokens_per_second for load in self._kept.loads if load.model == model), 0.0)

    def note(self, load: Load) -> None:
        """Keep what was measured, in place of what was known of the same model and context."""
        others = [
            old for old in self._kept.loads if (old.model, old.context_tokens) != (load.model, load.context_tokens)
        ]
        self._kept.loads = [load, *others][:_MOST_LOADS]
        self._save()

    def _save(self) -> None:
        with contextlib.suppress(OSError):  # a cache that cannot be written: it holds for this run
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, msgspec.json.encode(self._kept))
