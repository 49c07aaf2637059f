"""One connection of a download: takes pieces, fetches them, and knows what can be tried again and what cannot."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

from nextword.hub.hub_api import failure_of
from nextword.hub.hub_records import HubFile
from nextword.hub.part_file import disk_error
from nextword.hub.pieces import PIECE_BYTES, Pieces
from nextword.hub.ranges import Expired, Span, opened_part
from nextword.network_errors import DownloadFailed, NetworkError, NoAnswer, SwitchedOffline

if TYPE_CHECKING:
    from nextword.hub.fetching import FileFetch, Tools

NOTE_BYTES = 1 << 19
IN_FLIGHT_BYTES = 7_500_000
"""All connections together have asked for at most so much that is not noted: what a killed program can lose."""

_DEFINITE = frozenset({"wrong_length", "web_page", "lfs_pointer", "not_gguf", "no_folder", "disk", "exists"})
_IDLE_SECONDS = 0.2


class Waits:
    """Who waits for the network, why and until when; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[NetworkError, float]] = {}
        self._busy: set[int] = set()

    def begin(self, who: Any) -> None:
        """Note that `who` works now."""
        with self._lock:
            self._busy.add(id(who))

    def end(self, who: Any) -> None:
        """Note that `who` has nothing to do."""
        with self._lock:
            self._busy.discard(id(who))
            self._waiting.pop(id(who), None)

    def wait(self, who: Any, error: NetworkError, seconds: float, tools: Tools) -> None:
        """Wait for so long, or until the download stops; offline, until the switch is put back."""
        with self._lock:
            self._waiting[id(who)] = (error, time.monotonic() + seconds)
        try:
            if isinstance(error, SwitchedOffline):
                while tools.network.offline and not tools.stop.wait(_IDLE_SECONDS):
                    pass
            else:
                tools.stop.wait(seconds)
        finally:
            with self._lock:
                self._waiting.pop(id(who), None)

    def state(self) -> tuple[NetworkError, float] | None:
        """Return why everybody waits and for how many seconds more; None while somebody works."""
        with self._lock:
            if not self._waiting or self._busy - self._waiting.keys():
                return None
            error, until = min(self._waiting.values(), key=lambda each: each[1])
        return error, max(0.0, until - time.monotonic())


class Connection:
    """See the module. One thread runs it."""

    def __init__(self, fetch: FileFetch, pieces: Pieces, tools: Tools, count: int) -> None:
        self._fetch = fetch
        self._file = fetch.file
        self._pieces = pieces
        self._tools = tools
        self._over = fetch.over
        self._generation = -1
        self._address = ""
        self._tries = 0
        self._lies = 0
        self._silent = 0
        self._renewed = False
        parts = -(-PIECE_BYTES * count // IN_FLIGHT_BYTES)
        self._span_bytes = -(-PIECE_BYTES // parts)

    @property
    def _stopped(self) -> bool:
        return self._over.is_set() or self._tools.stop.is_set()

    def run(self) -> None:
        """Fetch pieces until the fetch is over."""
        while not self._stopped:
            piece = self._pieces.take()
            if piece is None:
                with self._pieces.changed:
                    self._pieces.changed.wait(_IDLE_SECONDS)
                continue
            self._tools.waits.begin(self)
            try:
                self._try(piece)
            finally:
                self._pieces.give_back(piece)
                self._tools.waits.end(self)

    def _try(self, piece: int) -> None:
        """Fetch a piece, again and again while that may help."""
        while not self._stopped and not self._pieces.is_finished(piece):
            before = self._pieces.known(piece)[0]
            try:
                if not self._address:
                    self._address, self._generation = self._fetch.address(self._generation)
                self._read(piece)
                self._tries = self._lies = self._silent = 0
                self._renewed = False
                continue
            except Expired:
                self._address = ""
                error: NetworkError = NoAnswer("server")
                if not self._renewed:
                    self._renewed = True  # signed addresses end; the second time in a row something else is wrong
                    continue
            except OSError as problem:
                error = disk_error(problem, self._file.name)
            except NetworkError as problem:
                error = problem
            if self._pieces.known(piece)[0] > before:
                self._tries = self._lies = self._silent = 0
                self._renewed = False
            if self._stopped:
                return
            if not self._bears(error):
                self._fetch.fail(error)
                return
            self._tools.waits.wait(self, error, self._tools.patience.wait(self._tries, error), self._tools)
            self._tries += 1

    def _bears(self, error: NetworkError) -> bool:
        """Say whether it is worth trying again after an error."""
        if isinstance(error, SwitchedOffline):
            return True
        if isinstance(error, DownloadFailed):
            self._lies += error.reason != "no_room"
            return error.reason not in _DEFINITE and self._lies < self._tools.patience.lies
        if isinstance(error, NoAnswer) and error.reason == "interrupted" and not self._tools.network.offline:
            self._silent += 1
            if self._silent >= self._tools.patience.silent_tries:
                self._fetch.fail(DownloadFailed("wrong_length", self._file.name))
                return False
        return failure_of(error)

    def _read(self, piece: int) -> None:
        """Fetch what is missing of a piece; what came before an error is noted."""
        start, length = piece * PIECE_BYTES, self._pieces.length(piece)
        done, digest = self._resumed(piece, start)
        noted = done
        try:
            while done < length and not self._stopped:
                end = min(done + self._span_bytes, length)
                span = Span(start + done, start + end, self._file.size_bytes, self._file.name)
                with opened_part(self._tools.network, self._address, span, self._origin) as chunks:
                    for chunk in chunks:
                        if start + done == 0:
                            _look_at(chunk, self._file)
                        self._tools.limit.take(len(chunk), self._tools.stop)
                        self._pieces.part.write(start + done, chunk)
                        digest.update(chunk)
                        done += len(chunk)
                        self._tools.meter.add(len(chunk))
                        if done - noted >= NOTE_BYTES:
                            self._pieces.note(piece, done, digest.copy().hexdigest())
                            noted = done
                        if self._stopped:
                            break
        finally:
            if done > noted:
                self._pieces.note(piece, done, digest.hexdigest())

    @property
    def _origin(self) -> str:
        return self._fetch.origin

    def _resumed(self, piece: int, start: int) -> tuple[int, Any]:
        """Return how much of a piece is here, and its digest so far; nothing, when its bytes are not those noted."""
        done, sha256 = self._pieces.known(piece)
        if not done:
            return 0, hashlib.sha256()
        digest = self._pieces.part.digest(start, done)
        if digest.hexdigest() == sha256:
            return done, digest
        self._pieces.reject(piece)
        return 0, hashlib.sha256()


def _look_at(first: bytes, file: HubFile) -> None:
    """Raise DownloadFailed when a file's first bytes are not those of a GGUF file, and say what they are."""
    if first[:4] == b"GGUF"[: len(first)]:
        return
    if first.startswith(b"version https://git-lfs"):
        raise DownloadFailed("lfs_pointer", file.name)
    if first.lstrip()[:1] == b"<":
        raise DownloadFailed("web_page", file.name)
    raise DownloadFailed("not_gguf", file.name)
