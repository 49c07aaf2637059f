"""Headers of files at the hub, each read once; until it is, what a quantization needs follows from another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nextword.errors import ModelNotReadable, NextwordError
from nextword.hub.fit_desk import FitDesk, Outlook
from nextword.hub.hub_records import HubDetail, HubFile, HubItem
from nextword.hub.online import Online

if TYPE_CHECKING:
    from nextword.engine.header import Header
    from nextword.hub.ranges import RemoteFile

_LIMIT_BYTES = 48_000_000
_MOST_KEPT = 50
_PLAUSIBLE_BITS = (0.9, 40.0)  # of a weight; beyond, the file is another model than that of the header


class HubReading:
    """Reads through the door of the program: the offline switch and the ledger see it."""

    def __init__(self, online: Online, desk: FitDesk) -> None:
        self._online = online
        self._desk = desk
        self._headers: dict[tuple[str, str], dict[str, Header]] = {}
        self._unreadable: dict[tuple[str, str, str], ModelNotReadable] = {}

    def read(
        self,
        detail: HubDetail,
        item: HubItem,
        done: Callable[[HubDetail], None],
        failed: Callable[[HubDetail, NextwordError], None],
    ) -> None:
        """Read the header of an item, unless it is known; a few megabytes of the file come."""
        if item.path in self._of(detail):
            done(detail)
            return
        known = self.problem(detail, item)
        if known is not None:
            failed(detail, known)
            return
        network, api = self._online.network, self._online.catalog.api

        def ask() -> Header:
            from nextword.hub.ranges import RemoteFile
            from nextword.hub.remote_header import read_remote_header

            files: dict[str, RemoteFile] = {}

            def fetch(file: HubFile, start: int, count: int) -> bytes:
                if file.path not in files:
                    files[file.path] = RemoteFile(api, network, detail.endpoint, limit_bytes=_LIMIT_BYTES)
                model = detail.model
                return files[file.path].read(model.repo, model.revision, file.path, start=start, length=count)

            return read_remote_header(item, fetch)

        def keep(header: Header) -> None:
            self._of(detail)[item.path] = header
            done(detail)

        def note(error: NextwordError) -> None:
            if isinstance(error, ModelNotReadable):  # it will be no other the next time, as the network may be
                self._unreadable[_key(detail, item)] = error
            failed(detail, error)

        self._online.catalog.run(ask, keep, note)

    def problem(self, detail: HubDetail, item: HubItem) -> ModelNotReadable | None:
        """Return what is wrong with the header of an item, None when it is good or was not read."""
        return self._unreadable.get(_key(detail, item))

    def header(self, detail: HubDetail, item: HubItem) -> Header | None:
        """Return the header of an item, or of another quantization of the same model; None before one was read."""
        known = self._of(detail)
        if item.path in known:
            return known[item.path]
        if self.problem(detail, item) is not None:
            return None
        header = next(iter(known.values()), None)
        if header is None or not header.parameter_count:
            return None
        bits = 8 * item.size_bytes / header.parameter_count
        return header if _PLAUSIBLE_BITS[0] <= bits <= _PLAUSIBLE_BITS[1] else None

    def weights_bytes(self, detail: HubDetail, item: HubItem) -> int:
        """Return what the weights of an item take, 0 where its own header says so."""
        from nextword.hub.fit import weights_of_sibling

        header = self.header(detail, item)
        if header is None or item.path in self._of(detail):
            return 0
        return weights_of_sibling(header, item.size_bytes)

    def outlook(self, detail: HubDetail, item: HubItem, context_tokens: int) -> Outlook | None:
        """Return whether an item will run here, None when it cannot be said."""
        header = self.header(detail, item)
        if header is None or item.problem is not None:
            return None
        return self._desk.outlook(header, context_tokens, weights_bytes=self.weights_bytes(detail, item))

    def _of(self, detail: HubDetail) -> dict[str, Header]:
        key = (detail.model.repo, detail.model.revision)
        if key not in self._headers and len(self._headers) >= _MOST_KEPT:
            self._headers.clear()
            self._unreadable.clear()
        return self._headers.setdefault(key, {})


def _key(detail: HubDetail, item: HubItem) -> tuple[str, str, str]:
    return detail.model.repo, detail.model.revision, item.path
