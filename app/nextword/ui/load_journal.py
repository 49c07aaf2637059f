"""Which model was being loaded when the whole program ended, so that the next start does not walk into it again.

When only the engine ends, the library is told at once; this note is for an end that nobody survives to tell of.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_LONGEST = 8192


class LoadJournal:
    """A file that exists while a model is loading. left_over: the model it named at the start, "" for none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted = self.left_over = _read(path)

    def note(self, loading: str) -> None:
        """Write down what is loading now; "" when nothing is. A disk that fails only loses a warning."""
        if loading == self._noted:
            return
        self._noted = loading
        with contextlib.suppress(OSError):
            if loading:
                self._path.write_bytes(os.fsencode(loading))
            else:
                self._path.unlink()


def _read(path: Path) -> str:
    try:
        return os.fsdecode(path.read_bytes()[:_LONGEST])
    except OSError:
        return ""
