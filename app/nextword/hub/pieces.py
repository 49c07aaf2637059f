"""Which pieces of a file are here, which are being fetched and which are next; and what is noted about each."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nextword.hub.journal import Journal
from nextword.hub.part_file import PartFile

PIECE_BYTES = 4 << 20


class Pieces:
    """The board that the connections and the check of a file share. From any thread.

    changed: told of, so that who waits can look again. suspect: pieces of an earlier run, whose bytes are checked
    against their note before they count.
    """

    def __init__(self, part: PartFile, journal: Journal, on_bytes: Callable[[int], None]) -> None:
        self.part = part
        self.journal = journal
        self.changed = threading.Condition()
        self._on_bytes = on_bytes
        self.count = max(1, -(-part.size_bytes // PIECE_BYTES))
        self._taken: set[int] = set()
        self._finished: set[int] = set()
        self.suspect: set[int] = set()
        self._first = 0  # all pieces before it are finished
        self._read_notes()

    def _read_notes(self) -> None:
        for piece, note in tuple(self.journal.notes.items()):
            if piece >= self.count or note.done_bytes > self.length(piece):
                self.journal.notes.pop(piece)
            elif note.done_bytes == self.length(piece):
                self._finished.add(piece)
                self.suspect.add(piece)

    def length(self, piece: int) -> int:
        """Return how many bytes a piece has: the last may be shorter."""
        return min(PIECE_BYTES, self.part.size_bytes - piece * PIECE_BYTES)

    @property
    def done_bytes(self) -> int:
        """How many bytes are here."""
        with self.changed:
            return sum(note.done_bytes for note in self.journal.notes.values())

    def take(self) -> int | None:
        """Return the first piece that nobody fetches, None when there is none now."""
        with self.changed:
            while self._first in self._finished:
                self._first += 1
            for piece in range(self._first, self.count):
                if piece not in self._finished and piece not in self._taken:
                    self._taken.add(piece)
                    return piece
            return None

    def give_back(self, piece: int) -> None:
        """Let somebody else go on with a piece."""
        with self.changed:
            self._taken.discard(piece)
            self.changed.notify_all()

    def note(self, piece: int, done_bytes: int, sha256: str) -> None:
        """Note how much of a piece is here; all of it makes it finished."""
        with self.changed:
            before = self.journal.notes.get(piece)
            self.journal.note(piece, done_bytes, sha256)
            self._on_bytes(done_bytes - (before.done_bytes if before is not None else 0))
            if done_bytes == self.length(piece):
                self._finished.add(piece)
                self._taken.discard(piece)
                self.changed.notify_all()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self.changed:
            self.changed.notify_all()

    def known(self, piece: int) -> tuple[int, str]:
        """Return how much of a piece is noted, and its SHA-256."""
        with self.changed:
            note = self.journal.notes.get(piece)
            return (note.done_bytes, note.sha256) if note is not None else (0, "")

    def is_finished(self, piece: int) -> bool:
        """Say whether all of a piece is here."""
        with self.changed:
            return piece in self._finished

    @property
    def all_finished(self) -> bool:
        """Whether nothing is left to fetch."""
        with self.changed:
            return len(self._finished) == self.count

    def reject(self, piece: int) -> None:
        """Have a piece fetched again: its bytes are not the ones that were noted."""
        with self.changed:
            before = self.journal.notes.get(piece)
            self.journal.forget(piece)
            self._finished.discard(piece)
            self._first = min(self._first, piece)
            self.suspect.discard(piece)
            self._on_bytes(-(before.done_bytes if before is not None else 0))
            self.changed.notify_all()

    def reject_all(self) -> None:
        """Have everything fetched again."""
        for piece in range(self.count):
            self.reject(piece)
