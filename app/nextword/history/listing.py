"""Conversations as rows of a list: pages of it, and the filters that choose them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from nextword.history.records import ConversationId, ConversationSummary, Filters, FolderId, Place
from nextword.history.store import Store

PREVIEW_CHARACTERS = 120
FEW_CONVERSATIONS = 2000
"""Filters that leave no more are answered from their own index, others while the list is gone through."""
_FEW_ANSWERS = 10_000

_PLACES: dict[Place, str] = {
    "shown": "c.deleted is null and c.archived is null",
    "archive": "c.deleted is null and c.archived is not null",
    "anywhere": "c.deleted is null",
    "trash": "c.deleted is not null",
}
_ANSWERS = "select o.message from recipes r join origins o on o.recipe = r.id where r.model_name = ? limit ?"
_ANSWERED = (
    "exists (select 1 from messages m join origins o on o.message = m.id join recipes r on r.id = o.recipe"
    " where m.conversation = c.id and r.model_name = ?)"
)
_SUMMARY = """
select c.id, c.title, c.updated, c.deleted is not null, c.pinned, c.archived is not null, c.folder, c.source,
       (select substr(m.text, 1, ?) from messages m
        where m.conversation = c.id and m.role = 'assistant' and m.deleted is null order by m.id desc limit 1)
from conversations c where {} order by c.pinned desc, c.updated desc, c.id desc limit ?
"""


class Choice(Struct, frozen=True):
    """Which conversations are chosen. condition: SQL on the conversation `c`; ids: all of them, if they are few."""

    condition: str
    parameters: tuple[Any, ...]
    ids: tuple[int, ...] | None = None


def choose(store: Store, filters: Filters) -> Choice:
    """Return how the conversations are found that `filters` choose."""
    chooser = _Chooser(store, filters)
    chooser.add_marks()
    chooser.add_dates()
    chooser.add_tags()
    chooser.add_folder()
    chooser.add_model()
    return chooser.choice()


class _Chooser:
    """Gathers conditions, and probes: each selects all conversations that one filter leaves, from its own index."""

    def __init__(self, store: Store, filters: Filters) -> None:
        self._store = store
        self._filters = filters
        self._parts = [_PLACES[filters.place]]
        self._parameters: list[Any] = []
        if filters.kind is not None:
            self._parts.append("c.kind = ?")
            self._parameters.append(filters.kind)
        self._probes: list[tuple[str, list[Any]]] = []

    def add_marks(self) -> None:
        if self._filters.place in ("archive", "trash"):
            column = "archived" if self._filters.place == "archive" else "deleted"
            self._probes.append((f"select id from conversations where {column} is not null", []))
        if self._filters.pinned is not None:
            self._parts.append("c.pinned <> 0" if self._filters.pinned else "c.pinned = 0")
        if self._filters.pinned:
            self._probes.append(("select id from conversations where pinned <> 0", []))

    def add_dates(self) -> None:
        limits = {"updated >= ?": self._filters.since, "updated < ?": self._filters.until}
        dates = {condition: value for condition, value in limits.items() if value is not None}
        if dates:
            self._parts += [f"c.{condition}" for condition in dates]
            self._parameters += dates.values()
            self._probes.append((f"select id from conversations where {' and '.join(dates)}", [*dates.values()]))

    def add_tags(self) -> None:
        for tag in self._filters.tags:
            self._parts.append("exists (select 1 from conversation_tags where conversation = c.id and tag = ?)")
            self._parameters.append(tag)
            self._probes.append(("select conversation from conversation_tags where tag = ?", [tag]))

    def add_folder(self) -> None:
        if self._filters.folder is not None:
            folders = _folders_in(self._store, self._filters.folder)
            condition = f"folder in ({','.join('?' * len(folders))})"
            self._parts.append(f"c.{condition}")
            self._parameters += folders
            self._probes.append((f"select id from conversations where {condition}", [*folders]))

    def add_model(self) -> None:
        if self._filters.model:
            self._parts.append(_ANSWERED)
            self._parameters.append(self._filters.model)
            answers = [row[0] for row in self._store.tuples(_ANSWERS, [self._filters.model, _FEW_ANSWERS])]
            if len(answers) < _FEW_ANSWERS:
                marks = ",".join("?" * len(answers))
                self._probes.append((f"select distinct conversation from messages where id in ({marks})", answers))

    def choice(self) -> Choice:
        """Return a choice by numbers if one of the filters leaves few conversations, else by condition."""
        condition = " and ".join(self._parts)
        for probe, values in self._probes:
            found = [row[0] for row in self._store.tuples(f"{probe} limit ?", [*values, FEW_CONVERSATIONS + 1])]
            if len(found) <= FEW_CONVERSATIONS:
                marks = ",".join("?" * len(found))
                sql = f"select c.id from conversations c where c.id in ({marks}) and {condition}"
                ids = tuple(row[0] for row in self._store.tuples(sql, [*found, *self._parameters]))
                return Choice(f"c.id in ({','.join('?' * len(ids))})", ids, ids)
        return Choice(condition, tuple(self._parameters))


def _folders_in(store: Store, folder: FolderId) -> list[FolderId]:
    """Return the folders whose conversations are shown in `folder` or below it."""
    above = {FolderId(key): parent for key, parent in store.tuples("select id, parent from folders")}
    shown = store.shown_folders()
    found: list[FolderId] = []
    for start in above:
        at: FolderId | None = shown[start]
        seen: set[FolderId] = set()  # a damaged database could hold a ring
        while at is not None and at != folder and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at == folder:
            found.append(start)
    return found


def list_page(
    store: Store, filters: Filters, *, limit: int, after: ConversationSummary | None = None
) -> list[ConversationSummary]:
    """Return conversations, the pinned first, then the last used first. after: the last row of the page before."""
    choice = choose(store, filters)
    where, parameters = choice.condition, [*choice.parameters]
    if after is not None:
        where += " and (c.pinned, c.updated, c.id) < (?, ?, ?)"
        parameters += [int(after.pinned), after.updated, after.id]
    return _summaries(store, store.tuples(_SUMMARY.format(where), [PREVIEW_CHARACTERS, *parameters, limit]))


def summaries(store: Store, conversations: Sequence[ConversationId]) -> dict[ConversationId, ConversationSummary]:
    """Return the rows of these conversations."""
    where = f"c.id in ({','.join('?' * len(conversations))})"
    rows = store.tuples(_SUMMARY.format(where), [PREVIEW_CHARACTERS, *conversations, len(conversations)])
    return {summary.id: summary for summary in _summaries(store, rows)}


def _summaries(store: Store, rows: Iterable[tuple[Any, ...]]) -> list[ConversationSummary]:
    rows = list(rows)
    tags: defaultdict[int, list[str]] = defaultdict(list)
    sql = f"select conversation, tag from conversation_tags where conversation in ({','.join('?' * len(rows))})"
    for conversation, tag in store.tuples(f"{sql} order by tag", [row[0] for row in rows]):
        tags[conversation].append(tag)
    folders = store.shown_folders()
    return [
        ConversationSummary(
            id=ConversationId(key),
            title=title,
            preview=" ".join((preview or "").split()),
            updated=updated,
            deleted=bool(deleted),
            pinned=bool(pinned),
            archived=bool(archived),
            folder=folders.get(folder),
            tags=tuple(tags[key]) if key in tags else (),
            source=source,
        )
        for key, title, updated, deleted, pinned, archived, folder, source, preview in rows
    ]
