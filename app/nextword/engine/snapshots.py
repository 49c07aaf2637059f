"""Where snapshots of conversations in memory lie, one for a model; the window's side (what is in one: snapshot.py).

A snapshot saves time and nothing else: what cannot be written is left out without a word.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import IO, Final

KEPT: Final = 3  # snapshots, of the models used last
LARGEST_BYTES: Final = 1 << 30  # all together
_SUFFIX: Final = ".state"


class StateFile:
    """A snapshot that is being received. Belongs to one thread; never raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path.with_suffix(".new")
        self._file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Append a piece; a full disk ends the snapshot."""
        if self._file is None:
            return
        try:
            self._file.write(data)
            if self._file.tell() > LARGEST_BYTES:
                self._give_up()
        except OSError:
            self._give_up()

    def finish(self, tokens: int) -> None:
        """Give the file its name if it holds anything, else remove it."""
        if self._file is None:
            return
        if not tokens:
            self._give_up()
            return
        try:
            self._file.close()
            os.replace(self._new, self._path)
        except OSError:
            self._give_up()
        self._file = None
        _thin(self._path.parent)

    def _give_up(self) -> None:
        file, self._file = self._file, None
        with contextlib.suppress(OSError):
            if file is not None:
                file.close()
            self._new.unlink(missing_ok=True)


class Snapshots:
    """folder: None to make and use none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def of(self, model: str) -> str:
        """Return the path of the snapshot of a conversation with the model at `model`, "" when there is none."""
        path = self._path(model)
        return str(path) if path is not None and path.is_file() else ""

    def new(self, model: str) -> StateFile | None:
        """Begin a snapshot that takes the place of the one there is."""
        path = self._path(model)
        return None if path is None else StateFile(path)

    def clear(self) -> None:
        """Remove every snapshot: a conversation that is deleted for good must not live on in one."""
        if self._folder is None:
            return
        for path in _files(self._folder):
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, model: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / (hashlib.blake2b(model.encode("utf-8", "replace"), digest_size=12).hexdigest() + _SUFFIX)


def _files(folder: Path) -> list[Path]:
    """Return the snapshots, the last written first."""
    with contextlib.suppress(OSError):
        return sorted(folder.glob("*" + _SUFFIX), key=lambda path: path.stat().st_mtime, reverse=True)
    return []


def _thin(folder: Path) -> None:
    total = 0
    for number, path in enumerate(_files(folder)):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
            if number >= KEPT or total > LARGEST_BYTES:
                path.unlink()
