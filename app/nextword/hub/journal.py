"""What of a file is already here: a line for every piece, with its SHA-256, beside the part that is on the disk.

The first line says which file it is and is written by temporary file, fsync and rename. The lines after it are only
appended, so that a killed program loses none that was written; one that a power cut broke off is not believed, and
what a line says is checked against the bytes before it is relied on.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import IO

from msgspec import Struct

VERSION = 1


class Identity(Struct, frozen=True):
    """Which bytes: it may come from any mirror that has the same ones."""

    sha256: str
    size_bytes: int
    piece_bytes: int


class PieceNote(Struct, frozen=True):
    """The first done_bytes of a piece are here and have this SHA-256."""

    done_bytes: int
    sha256: str


class Journal:
    """See the module. Raises OSError from every method."""

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path = path
        self.identity = identity
        self.notes: dict[int, PieceNote] = {}
        self._file: IO[bytes] | None = None

    def open(self) -> bool:
        """Read what is noted; return False, with an empty journal begun, when it belongs to other bytes or is none."""
        known = self._read()
        if not known:
            self.begin_anew()
        else:
            self._file = self.path.open("ab")
        return known

    def begin_anew(self) -> None:
        """Forget all notes."""
        self.close()
        self.notes.clear()
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            file.write(_line(self._first()))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        self._file = self.path.open("ab")

    def note(self, piece: int, done_bytes: int, sha256: str) -> None:
        """Add a line; it is with the system when this returns."""
        assert self._file is not None
        self.notes[piece] = PieceNote(done_bytes, sha256)
        self._file.write(_line([piece, done_bytes, sha256]))
        self._file.flush()

    def forget(self, piece: int) -> None:
        """Believe nothing of a piece any more."""
        if self.notes.pop(piece, None) is not None:
            assert self._file is not None
            self._file.write(_line([piece, 0, ""]))
            self._file.flush()

    def sync(self) -> None:
        """Have it survive a power cut; the part first, then this."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _first(self) -> list[object]:
        return ["nextword part", VERSION, self.identity.sha256, self.identity.size_bytes, self.identity.piece_bytes]

    def _read(self) -> bool:
        try:
            if self.path.is_symlink():
                return False
            content = self.path.read_bytes()
        except FileNotFoundError:
            return False
        lines = content.split(b"\n")
        if _value(lines[0]) != self._first():
            return False
        good = len(lines[0]) + 1
        for line in lines[1:-1]:
            value = _value(line)
            if not self._take(value):
                break
            good += len(line) + 1
        if good < len(content):  # what follows a broken line would be read with it
            os.truncate(self.path, good)
        return True

    def _take(self, value: object) -> bool:
        match value:
            case [int(piece), int(done), str(digest)] if piece >= 0 and 0 <= done <= self.identity.piece_bytes:
                if done:
                    self.notes[piece] = PieceNote(done, digest)
                else:
                    self.notes.pop(piece, None)
                return True
            case _:
                return False


def _line(value: object) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _value(line: bytes) -> object:
    """Return what a line says, None when it is not whole."""
    check, _, text = line.partition(b" ")
    try:
        return json.loads(text) if int(check, 16) == zlib.crc32(text) else None
    except ValueError:
        return None
