"""Fetches one item, all its files one after the other, on a thread of its own, and tells how far it is."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from nextword.errors import NextwordError
from nextword.hub.connection import Waits
from nextword.hub.fetching import FileFetch, Patience, Stopped, Tools
from nextword.hub.file_names import folder_of, safe_name
from nextword.hub.hub_api import HubApi
from nextword.hub.hub_records import HubItem, Source
from nextword.hub.pace import Limit, Meter
from nextword.hub.part_file import PartFile, disk_error, sync_folder
from nextword.network.door import Network
from nextword.network_errors import DownloadFailed
from nextword.whole_files import write_json

TELL_SECONDS = 0.25
SOURCE_FILE = "source.json"


class Progress(Struct, frozen=True):
    """How far an item is. waiting: why nothing comes now, None when something does."""

    done_bytes: int = 0
    fetched_bytes: int = 0
    bytes_per_second: float = 0.0
    checking: bool = False
    waiting: NextwordError | None = None
    retry_seconds: float = 0.0


class Way(Struct, frozen=True):
    """How it is fetched: shared by all downloads."""

    network: Network
    api: Callable[[], HubApi]
    limit: Limit
    connections: int
    patience: Patience


def targets_of(models: Path, source: Source, item: HubItem) -> tuple[Path, ...]:
    """Return where the files of an item go. Raises DownloadFailed, HubRefused for names that are not taken."""
    folder = folder_of(models, source.repo, source.revision)
    if "/" in item.files[0].path:  # files of one name in several folders of the repository
        folder = folder / item.files[0].sha256[:8]
    return tuple(folder / safe_name(file.path) for file in item.files)


class ItemFetch:
    """Begins with `start`. on_progress, on_end: called on threads of its own; on_end with None, an error or Stopped."""

    def __init__(
        self,
        source: Source,
        item: HubItem,
        targets: tuple[Path, ...],
        way: Way,
        tell: tuple[Callable[[Progress], None], Callable[[Exception | None], None]],
    ) -> None:
        self._source = source
        self._item = item
        self._targets = targets
        self._way = way
        self._on_progress, self._on_end = tell
        self.stop = threading.Event()
        self._ended = threading.Event()
        self._meter = Meter()
        self._waits = Waits()
        self._lock = threading.Lock()
        self._done_bytes = 0
        self._current: FileFetch | None = None
        self._threads = [
            threading.Thread(target=self._run, name="download-item", daemon=True),
            threading.Thread(target=self._tell, name="download-progress", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its threads after `stop` was set."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def progress(self) -> Progress:
        """Return how far it is now."""
        waiting = self._waits.state()
        with self._lock:
            current, done_bytes = self._current, max(0, self._done_bytes)
        return Progress(  # not under the lock: `checking` takes the one under which bytes are counted
            done_bytes=done_bytes,
            fetched_bytes=self._meter.total_bytes,
            bytes_per_second=0.0 if waiting else self._meter.rate(),
            checking=current is not None and current.checking,
            waiting=waiting[0] if waiting else None,
            retry_seconds=waiting[1] if waiting else 0.0,
        )

    def _count(self, more: int) -> None:
        with self._lock:
            self._done_bytes += more

    def _tell(self) -> None:
        while not self._ended.wait(TELL_SECONDS):
            self._on_progress(self.progress())

    def _run(self) -> None:
        result: Exception | None = DownloadFailed("disk", self._item.name)  # unless a fault of our own comes between
        try:
            tools = Tools(
                self._way.network, self._way.api(), self._meter, self._way.limit, self._way.patience,
                self._way.connections, self._count, self.stop, self._waits,
            )  # fmt: skip
            for file, target in zip(self._item.files, self._targets, strict=True):
                fetch = FileFetch(self._source, file, target, tools)
                with self._lock:
                    self._current = fetch
                fetch.run()
            _note_source(self._source, self._item, self._targets)
            result = None
        except (NextwordError, Stopped) as error:
            result = error
        except OSError as error:
            result = disk_error(error, self._item.name)
        finally:
            self._ended.set()
            self._on_progress(self.progress())
            self._on_end(result)


def delete_parts(item: HubItem, targets: tuple[Path, ...], *, whole: bool) -> None:
    """Delete what an unfinished item left, whole files of it as well when `whole`; folders that are empty then go."""
    for file, target in zip(item.files, targets, strict=True):
        with contextlib.suppress(OSError):
            PartFile(target, file.size_bytes).delete()
        if whole and len(item.files) > 1:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
    folder = targets[0].parent
    for _ in range(3):
        with contextlib.suppress(OSError):
            folder.rmdir()  # not when something is in it
        folder = folder.parent


def _note_source(source: Source, item: HubItem, targets: tuple[Path, ...]) -> None:
    """Write beside the files where they come from."""
    path = targets[0].parent / SOURCE_FILE
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        files = dict(known["files"])
    except (OSError, ValueError, KeyError, TypeError):
        files = {}
    for file, target in zip(item.files, targets, strict=True):
        files[target.name] = {"path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes}
    content = {
        "endpoint": source.endpoint, "repo": source.repo, "revision": source.revision, "licence": source.licence,
        "base_models": list(source.base_models), "downloaded": int(time.time()), "files": files,
    }  # fmt: skip
    write_json(path, content)
    sync_folder(path.parent)
