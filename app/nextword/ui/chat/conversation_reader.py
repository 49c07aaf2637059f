"""What the conversation list reads of the history: pages of it, or what a search finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationSummary, Filters, Folder
from nextword.ui.chat.conversation_list import MOST_ROWS, Listed

if TYPE_CHECKING:  # they bring sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations
    from nextword.history.search import Further, Hits
    from nextword.history.trash import VersionInTrash

PAGE_ROWS = 200
_FOUND_ROWS = 50
_FEW_FOUND = 15
"""A search that found fewer goes on by itself, part by part."""
_VERSIONS = 500


class Page(Struct, frozen=True):
    """Rows to show. added: they come after those before; more: there are others; searching: it goes on by itself."""

    items: tuple[Listed, ...]
    folders: tuple[Folder, ...] = ()
    added: bool = False
    more: bool = False
    searching: bool = False


class ConversationReader(QObject):
    """text, filters: what is shown; set them, then `refresh`. A later question makes an earlier one void."""

    read = Signal(object)  # Page
    counted = Signal(int)
    failed = Signal(object)

    def __init__(self, history: History, parent: QObject) -> None:
        super().__init__(parent)
        self.text = ""
        self.filters = Filters(place="shown")
        self._history = history
        self._asked = 0
        self._further: Further | None = None
        self._last: ConversationSummary | None = None
        self._found = 0
        self._counting = False

    @property
    def is_search(self) -> bool:
        """Whether words are looked for."""
        return bool(self.text.strip())

    def refresh(self, rows: int = 0) -> None:
        """Read from the beginning. rows: how many are shown and are to be shown again."""
        self._asked += 1
        if self.is_search:
            self._search(None)
            return
        limit = min(max(PAGE_ROWS, rows), MOST_ROWS)
        work = partial(_read_page, self.filters, limit, None)
        self._run(work, partial(self._on_page, False, limit))
        if not self._counting:
            self._counting = True
            self._history.run(_count, done=self._on_counted, failed=self._on_failed)

    def read_more(self) -> None:
        """Read what comes after the last row."""
        if self.is_search:
            if self._further is not None:
                self._search(self._further)
        elif self._last is not None:
            work = partial(_read_page, self.filters, PAGE_ROWS, self._last)
            self._run(work, partial(self._on_page, True, PAGE_ROWS))

    def stop(self) -> None:
        """Tell nothing of what was asked."""
        self._asked += 1

    # --- parts ----------------------------------------------------------------------------------------------

    def _run(self, work: Callable[[Conversations], object], done: Callable[..., None]) -> None:
        asked = self._asked

        def work_still_wanted(conversations: Conversations) -> object:
            return work(conversations) if asked == self._asked else None  # while one types, questions pile up

        def tell(result: object) -> None:
            if asked == self._asked:
                done(result)

        self._history.run(work_still_wanted, done=tell, failed=self._on_failed)

    def _search(self, further: Further | None) -> None:
        place = "anywhere" if self.filters.place == "shown" else self.filters.place
        work = partial(_find, self.text, replace(self.filters, place=place), further)
        if further is None:
            self._found = 0
        self._run(work, partial(self._on_hits, further is not None))

    def _on_page(self, added: bool, limit: int, read: tuple[Sequence[Listed], Sequence[Folder]]) -> None:
        items, folders = read
        whole = [item for item in items if item.version is None]
        self._last = whole[-1].summary if whole else None
        self.read.emit(Page(tuple(items), tuple(folders), added=added, more=len(whole) >= limit))

    def _on_hits(self, added: bool, hits: Hits) -> None:
        items = tuple(Listed(hit.conversation, hit.message, hit.snippet.text, hit.snippet.matches) for hit in hits.hits)
        self._further = hits.further
        self._found += len(items)
        goes_on = hits.further is not None and self._found < _FEW_FOUND
        self.read.emit(Page(items, added=added, more=hits.further is not None, searching=goes_on))
        if goes_on:
            self.read_more()

    def _on_counted(self, messages: int) -> None:
        self._counting = False
        self.counted.emit(messages)

    def _on_failed(self, error: NextwordError) -> None:
        self._counting = False
        self.failed.emit(error)


def _read_page(
    filters: Filters, limit: int, after: ConversationSummary | None, conversations: Conversations
) -> tuple[list[Listed], list[Folder]]:
    items = [Listed(summary) for summary in conversations.list(filters=filters, limit=limit, after=after)]
    if after is None and filters.place == "trash":
        items = [*map(_listed_version, conversations.trash.versions(_VERSIONS)), *items]
    return items, conversations.shelves.folders()


def _listed_version(version: VersionInTrash) -> Listed:
    summary = ConversationSummary(version.conversation, version.title, version.preview, version.deleted, deleted=True)
    return Listed(summary, version=version.message)


def _find(text: str, filters: Filters, further: Further | None, conversations: Conversations) -> Hits:
    return conversations.search.find(text, filters, limit=_FOUND_ROWS, further=further)


def _count(conversations: Conversations) -> int:
    return conversations.count_messages()
