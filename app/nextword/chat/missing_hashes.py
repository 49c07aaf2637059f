"""Answers whose model file was not hashed yet when they were begun; the hash is noted when it is known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nextword.history.database import History
from nextword.history.records import MessageId, Origin
from nextword.hub.library import Library
from nextword.remote.endpoints import is_remote

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations


class MissingHashes:
    """The answers of this run that wait. A large file takes minutes to hash and can be asked at once."""

    def __init__(self, history: History, library: Library) -> None:
        self._history = history
        self._library = library
        self._waiting: dict[str, tuple[MessageId, ...]] = {}
        self.close = library.changed.connect(self._on_library_changed)

    def note(self, message: MessageId, origin: Origin | None) -> None:
        """Remember `message` if its origin lacks the hash of its model."""
        if origin is None or is_remote(origin.model_file):
            return
        if origin.model_file and not origin.model_sha256:
            path = origin.model_file
            self._waiting[path] = (*self._waiting.get(path, ()), message)
            self._on_library_changed(None)  # it may have become known while the row was made

    def _on_library_changed(self, _none: None) -> None:
        for path in tuple(self._waiting):
            known = self._library.find(path)
            if known is not None and known.sha256:
                work = partial(_fill, path, known.sha256, self._waiting.pop(path))
                self._history.run(work)


def _fill(path: str, sha256: str, messages: tuple[MessageId, ...], conversations: Conversations) -> None:
    conversations.fill_sha256(path, sha256, messages)
