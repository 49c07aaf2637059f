"""Fetches one file: pieces over several connections, its SHA-256 worked out behind them, its name at the end."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from nextword.hub.connection import Connection, Waits
from nextword.hub.hub_api import FileHead, HubApi, failure_of
from nextword.hub.hub_records import HubFile, Source
from nextword.hub.journal import Identity, Journal
from nextword.hub.pace import Limit, Meter
from nextword.hub.part_file import PartFile, disk_error
from nextword.hub.pieces import PIECE_BYTES, Pieces
from nextword.network.door import DOWNLOAD, Errand, Network, errand
from nextword.network_errors import DownloadFailed, NetworkError, RateLimited, SwitchedOffline

SYNC_SECONDS = 2.0


class Patience(Struct, frozen=True):
    """How often and how long is tried again. lies: wrong answers without one right in between. silent_tries: answers
    that end before their first byte."""

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    lies: int = 3
    silent_tries: int = 8

    def wait(self, tries: int, error: Exception) -> float:
        """Return how many seconds to wait before the next of `tries` tries, at least what the server asks for."""
        grown = min(self.longest_seconds, self.first_seconds * 2.0 ** min(tries, 16))
        asked = error.wait_seconds if isinstance(error, RateLimited) else 0.0
        return max(asked, grown * random.uniform(0.75, 1.25))


class Tools(Struct, frozen=True):
    """What every file of a download shares. on_bytes: told how many bytes more (or fewer) are here."""

    network: Network
    api: HubApi
    meter: Meter
    limit: Limit
    patience: Patience
    connections: int
    on_bytes: Callable[[int], None]
    stop: threading.Event
    waits: Waits


class Stopped(Exception):  # noqa: N818  (no failure: a person paused it)
    """The download was told to stop; what is here stays."""


class FileFetch:
    """One file at one commit. over: set when its connections are to end."""

    def __init__(self, source: Source, file: HubFile, target: Path, tools: Tools) -> None:
        self._source = source
        self.file = file
        self._target = target
        self._tools = tools
        self._part = PartFile(target, file.size_bytes)
        self._failure: NetworkError | None = None
        self.over = threading.Event()
        self._head_lock = threading.Lock()
        self._location = ""
        self._generation = 0
        self._pieces: Pieces | None = None

    @property
    def origin(self) -> str:
        """Whom a token belongs to."""
        return self._source.endpoint

    @property
    def checking(self) -> bool:
        """Whether all bytes are here and only the check is left."""
        return self._pieces is not None and self._pieces.all_finished

    def run(self) -> None:
        """Return when the file has its name. Raises NetworkError, or Stopped."""
        try:
            if self._is_here():
                self._tools.on_bytes(self.file.size_bytes)
                return
            self._tools.waits.begin(self)
            try:
                self._location = self._checked_head().location
            finally:
                self._tools.waits.end(self)  # from here on its connections work, or wait
            self._fetch()
        except OSError as error:
            raise disk_error(error, self.file.name) from error

    # --- before ---------------------------------------------------------------------------------------------

    def _is_here(self) -> bool:
        """Say whether the very file has its name already. Raises DownloadFailed("exists") when another one has."""
        if not self._target.is_symlink() and not self._target.exists():
            return False
        if self._target.is_file() and self._target.stat().st_size == self.file.size_bytes:
            digest = hashlib.sha256()
            with self._target.open("rb") as opened:
                while chunk := opened.read(1 << 20):
                    if self._tools.stop.is_set():
                        raise Stopped
                    digest.update(chunk)
            if digest.hexdigest() == self.file.sha256:
                return True
        raise DownloadFailed("exists", self.file.name)

    def _checked_head(self) -> FileHead:
        """Return what the hub says of the file, once it says what it said when the file was chosen."""
        tries = 0
        while True:
            try:
                head = self._ask()
            except NetworkError as error:
                if not (failure_of(error) or isinstance(error, SwitchedOffline)):
                    raise
                self._tools.waits.wait(self, error, self._tools.patience.wait(tries, error), self._tools)
                tries += 1
                if self._tools.stop.is_set():
                    raise Stopped from error
                continue
            if head.commit != self._source.revision:
                raise DownloadFailed("moved_revision", self.file.name, head.commit[:12])
            if head.size_bytes != self.file.size_bytes:
                reason = "lfs_pointer" if head.size_bytes < 1024 < self.file.size_bytes else "wrong_length"
                raise DownloadFailed(reason, self.file.name, str(head.size_bytes))
            if not head.sha256:
                raise DownloadFailed("no_hash", self.file.name)
            if head.sha256 != self.file.sha256:
                raise DownloadFailed("moved_revision", self.file.name, head.sha256[:12])
            return head

    def _ask(self) -> FileHead:
        source = self._source
        return self._tools.api.head(source.endpoint, source.repo, source.revision, self.file.path)

    def address(self, generation: int) -> tuple[str, int]:
        """Return where the bytes are, and the number of this answer; another one than `generation` is asked for.

        Raises NetworkError.
        """
        with self._head_lock:
            if generation == self._generation:
                self._location = self._ask().location
                self._generation += 1
            return self._location, self._generation

    # --- fetching -------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        self._target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity = Identity(self.file.sha256, self.file.size_bytes, PIECE_BYTES)
        journal = Journal(self._part.journal_path, identity)
        threads: list[threading.Thread] = []
        try:
            was_here = self._part.open()
            if not journal.open() or not was_here:
                journal.begin_anew()
            self._pieces = pieces = Pieces(self._part, journal, self._tools.on_bytes)
            self._tools.on_bytes(pieces.done_bytes)
            threads = self._connect(pieces)
            self._check_twice(pieces)
        finally:
            self.over.set()
            if self._pieces is not None:
                self._pieces.wake()
            for thread in threads:
                thread.join()
            self._part.sync()
            journal.sync()
            journal.close()
            self._part.close()

    def _connect(self, pieces: Pieces) -> list[threading.Thread]:
        count = min(self._tools.connections, pieces.count)
        threads = [
            threading.Thread(target=self._connection, args=(pieces, count), name=f"download-{number}", daemon=True)
            for number in range(count)
        ]
        threads.append(threading.Thread(target=self._sync, args=(pieces,), name="download-sync", daemon=True))
        for thread in threads:
            thread.start()
        return threads

    def _connection(self, pieces: Pieces, count: int) -> None:
        connection = Connection(self, pieces, self._tools, count)
        try:
            with errand(Errand(DOWNLOAD, self._source.endpoint)):
                connection.run()
        finally:
            if not self.over.is_set() and not self._tools.stop.is_set():  # a fault of our own: nobody may wait for it
                self.fail(DownloadFailed("disk", self.file.name))

    def _sync(self, pieces: Pieces) -> None:
        """Have what was noted survive a power cut, every two seconds: the bytes first, then their notes."""
        while not self.over.wait(SYNC_SECONDS):
            try:
                self._part.sync()
                pieces.journal.sync()
            except (OSError, ValueError):  # the next write says so
                continue

    def fail(self, error: NetworkError) -> None:
        """End the fetch with an error; the first counts."""
        self._failure = self._failure or error
        self.over.set()
        if self._pieces is not None:
            self._pieces.wake()

    def _check_twice(self, pieces: Pieces) -> None:
        """Name the file when its SHA-256 is right; fetch all of it once more when it is not."""
        for last in (False, True):
            if self._digest(pieces) == self.file.sha256:
                self.over.set()
                self._part.name()
                return
            if last:
                pieces.journal.begin_anew()
                raise DownloadFailed("wrong_hash", self.file.name)
            pieces.reject_all()

    def _digest(self, pieces: Pieces) -> str:
        """Return the SHA-256 of the whole file, read back from the disk, piece by piece as they come."""
        whole = hashlib.sha256()
        for piece in range(pieces.count):
            while True:
                self._await(pieces, piece)
                data = self._part.read(piece * PIECE_BYTES, pieces.length(piece))
                if piece not in pieces.suspect or hashlib.sha256(data).hexdigest() == pieces.known(piece)[1]:
                    break
                pieces.reject(piece)
            whole.update(data)
        return whole.hexdigest()

    def _await(self, pieces: Pieces, piece: int) -> None:
        with pieces.changed:
            while not pieces.is_finished(piece):
                if self._failure is not None:
                    raise self._failure
                if self._tools.stop.is_set():
                    raise Stopped
                pieces.changed.wait(0.2)
        if self._tools.stop.is_set():
            raise Stopped
