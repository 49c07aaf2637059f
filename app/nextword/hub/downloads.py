"""The list of downloads: one runs, the others wait their turn; kept in a file, so that they go on after a restart.

All methods are called on one thread, the window's; what the fetching threads find out is delivered there.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from nextword.errors import NextwordError
from nextword.events import Event
from nextword.hub.download_list import load, save
from nextword.hub.hub_records import Download, HubItem, Source
from nextword.network.door import Network

if TYPE_CHECKING:
    from nextword.hub.hub_api import HubApi
    from nextword.hub.item_fetch import ItemFetch, Progress
    from nextword.hub.pace import Limit

Deliver: TypeAlias = Callable[[Callable[[], None]], None]

UNFINISHED = frozenset({"queued", "running", "waiting", "paused", "checking", "failed"})
_ACTIVE = frozenset({"running", "waiting", "checking"})
_CLOSE_SECONDS = 5.0
_SAVE_EVERY = 40  # reports of progress, four a second


class Downloads:
    """See the module. items: in the order in which they run. changed: whenever one of them did; finished: a download
    whose files have their names and are checked.

    models: the folder that files go to. file: where the list is kept.
    """

    def __init__(self, models: Path, file: Path, network: Network, api: Callable[[], HubApi], deliver: Deliver) -> None:
        self.items: tuple[Download, ...] = ()
        self.changed: Event[None] = Event()
        self.finished: Event[Download] = Event()
        self.connections = 4
        self.patience: object | None = None  # a fetching.Patience, for tests
        self._models = models
        self._file = file
        self._network = network
        self._api = api
        self._deliver = deliver
        self._limit_bytes = 0
        self._limit: Limit | None = None
        self._fetch: ItemFetch | None = None
        self._running = ""
        self._ending: set[str] = set()  # told to stop, not yet stopped
        self._deleting: dict[str, Download] = {}
        self._reports = 0
        self._closed = False

    def begin(self) -> None:
        """Read the list and go on with what was not paused."""
        self.items = load(self._file)
        if self.items:
            self.changed.emit(None)
        self._advance()

    def find(self, download: str) -> Download | None:
        """Return a download by its id, None when it is not in the list."""
        return next((item for item in self.items if item.id == download), None)

    def of_file(self, sha256: str) -> Download | None:
        """Return the download that a file with this SHA-256 belongs to, None for none."""
        return next((one for one in self.items if any(file.sha256 == sha256 for file in one.item.files)), None)

    def add(self, source: Source, item: HubItem) -> Download:
        """Put an item at the end of the list. One that is there already is gone on with, not added twice.

        Raises NextwordError when it cannot be downloaded, before anything is written or sent.
        """
        from nextword.hub.item_fetch import targets_of

        if item.problem is not None:
            raise item.problem
        targets = targets_of(self._models, source, item)
        known = next((one for one in self.items if one.path == str(targets[0])), None)
        if known is not None and known.state != "done":
            self.resume(known.id)
            return self.find(known.id) or known
        if known is not None:
            self.items = tuple(one for one in self.items if one.id != known.id)
        download = Download(uuid.uuid4().hex, source, item, str(targets[0]))
        self.items = (*self.items, download)
        self._kept_changed()
        self._advance()
        return self.find(download.id) or download

    def pause(self, download: str) -> None:
        """Stop a download; what is here stays."""
        found = self.find(download)
        if found is None or found.state not in _ACTIVE | {"queued"}:
            return
        self._stop(download)
        self._put(msgspec.structs.replace(found, state="paused", bytes_per_second=0.0, error=None))
        self._kept_changed()
        self._advance()

    def resume(self, download: str) -> None:
        """Go on with a download that is paused or failed, or try at once one that waits.

        It runs at once when it stands before the one that runs.
        """
        found = self.find(download)
        if found is None or found.state not in ("paused", "failed", "waiting"):
            return
        if found.state == "waiting":
            self._stop(download)
        self._put(msgspec.structs.replace(found, state="queued", error=None, retry_seconds=0.0))
        self._give_way()
        self._kept_changed()
        self._advance()

    def pause_all(self) -> None:
        """Pause everything that is not finished."""
        for item in self.items:
            self.pause(item.id)

    def move(self, download: str, place: int) -> None:
        """Put a download at another place of the list; one that is before the running one runs in its stead."""
        found = self.find(download)
        if found is None:
            return
        others = [item for item in self.items if item.id != download]
        place = max(0, min(place, len(others)))
        self.items = (*others[:place], found, *others[place:])
        self._give_way()
        self._kept_changed()
        self._advance()

    def _give_way(self) -> None:
        """Stop what runs if another stands before it that could."""
        first = next((item for item in self.items if item.state in _ACTIVE | {"queued"}), None)
        running = self.find(self._running)
        if first is not None and running is not None and first.id != self._running and running.state in _ACTIVE:
            self._stop(self._running)
            self._put(msgspec.structs.replace(running, state="queued", bytes_per_second=0.0, error=None))

    def remove(self, download: str) -> None:
        """Take a download off the list and delete what is unfinished of it; a finished file stays."""
        found = self.find(download)
        if found is None:
            return
        self.items = tuple(item for item in self.items if item.id != download)
        if found.state != "done":
            self._deleting[download] = found
            self._stop(download)
            if download != self._running:
                self._delete(download)
        self._kept_changed()
        self._advance()

    def refuse(self, download: str, error: NextwordError) -> None:
        """Note that what was downloaded, as the hub describes it, is no model that can be used."""
        found = self.find(download)
        if found is not None:
            self._put(msgspec.structs.replace(found, state="failed", error=error))
            self._kept_changed()

    def clear_finished(self) -> None:
        """Take what is finished off the list; the files stay."""
        self.items = tuple(item for item in self.items if item.state != "done")
        self._kept_changed()

    def limit(self, bytes_per_second: int) -> None:
        """Let all downloads together take at most so much, 0 for no limit."""
        self._limit_bytes = bytes_per_second
        if self._limit is not None:
            self._limit.set(bytes_per_second)

    def close(self) -> None:
        """Stop; the next `begin` goes on. Its threads are joined, whatever they wait for, after the network closed."""
        self._closed = True
        if self._fetch is not None:
            self._fetch.stop.set()
            self._network.interrupt()
            self._fetch.join(_CLOSE_SECONDS)
        for key in tuple(self._deleting):
            self._delete(key)
        self._save()

    # --- one after the other --------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Begin the first that waits its turn, when nothing runs."""
        if self._running or self._closed:
            return
        found = next((item for item in self.items if item.state == "queued"), None)
        if found is not None:
            self._begin(found)

    def _begin(self, download: Download) -> None:
        from nextword.hub.fetching import Patience
        from nextword.hub.item_fetch import ItemFetch, Way, targets_of
        from nextword.hub.pace import Limit

        try:
            targets = targets_of(self._models, download.source, download.item)
        except NextwordError as error:  # a list that somebody changed
            self._put(msgspec.structs.replace(download, state="failed", error=error))
            self._kept_changed()
            self._advance()
            return
        if self._limit is None:
            self._limit = Limit(self._limit_bytes)
        patience = self.patience if isinstance(self.patience, Patience) else Patience()
        way = Way(self._network, self._api, self._limit, self.connections, patience)
        key = download.id

        def on_progress(progress: Progress) -> None:
            self._deliver(lambda: self._hear(key, progress))

        def on_end(result: Exception | None) -> None:
            self._deliver(lambda: self._on_ended(key, result))

        self._running = key
        self._fetch = ItemFetch(download.source, download.item, targets, way, (on_progress, on_end))
        self._put(msgspec.structs.replace(download, state="running", error=None))
        self.changed.emit(None)
        self._fetch.start()

    def _stop(self, download: str) -> None:
        if download == self._running and self._fetch is not None:
            self._ending.add(download)
            self._fetch.stop.set()

    def _hear(self, key: str, progress: Progress) -> None:
        found = self.find(key)
        if found is None or self._closed or key in self._ending or key != self._running:
            return
        state = "waiting" if progress.waiting is not None else "checking" if progress.checking else "running"
        self._put(
            msgspec.structs.replace(
                found,
                state=state,
                done_bytes=min(progress.done_bytes, found.total_bytes),
                fetched_bytes=progress.fetched_bytes,
                bytes_per_second=progress.bytes_per_second,
                retry_seconds=progress.retry_seconds,
                error=progress.waiting,
            )
        )
        self._reports += 1
        if self._reports % _SAVE_EVERY == 0:
            self._save()
        self.changed.emit(None)

    def _on_ended(self, key: str, result: Exception | None) -> None:
        """Take what became of the one that ran, and begin the next."""
        if self._closed or key != self._running:
            return
        stopped = key in self._ending
        self._ending.discard(key)
        self._running = ""
        if self._fetch is not None:
            self._fetch.join(_CLOSE_SECONDS)
            self._fetch = None
        if key in self._deleting:
            self._delete(key)
        found = self.find(key)
        if found is not None:
            self._settle(found, result, stopped=stopped)
        self._kept_changed()
        self._advance()

    def _settle(self, found: Download, result: Exception | None, *, stopped: bool) -> None:
        plain = msgspec.structs.replace(found, bytes_per_second=0.0, retry_seconds=0.0, error=None)
        if result is None:
            done = msgspec.structs.replace(plain, state="done", done_bytes=found.total_bytes)
            self._put(done)
            self.finished.emit(done)
        elif isinstance(result, NextwordError) and not stopped:
            self._put(msgspec.structs.replace(plain, state="failed", error=result))

    def _delete(self, key: str) -> None:
        from nextword.hub.item_fetch import delete_parts, targets_of

        found = self._deleting.pop(key)
        with contextlib.suppress(NextwordError):
            delete_parts(found.item, targets_of(self._models, found.source, found.item), whole=True)

    def _put(self, download: Download) -> None:
        self.items = tuple(download if item.id == download.id else item for item in self.items)

    def _kept_changed(self) -> None:
        self._save()
        self.changed.emit(None)

    def _save(self) -> None:
        save(self._file, self.items)
