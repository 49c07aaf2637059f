"""The open database as the verbs share it, and what the work of the moment has touched in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace
from sqlite_utils import Database
from sqlite_utils.db import Table

from nextword.errors import NoSuchRow
from nextword.history.records import ConversationId, FolderId, HistoryChange


class Store:
    """Belongs to the history thread, as everything that is made from it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._change = HistoryChange()

    def rows(self, sql: str, parameters: Any = None) -> Iterator[dict[str, Any]]:
        """Return rows as dicts; for many rows `tuples` is several times as fast."""
        return iter(self.db.query(sql, parameters))

    def tuples(self, sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
        """Return rows as they come from SQLite."""
        return iter(self.db.execute(sql, parameters))

    def row(self, kind: str, key: int) -> dict[str, Any]:
        """Return the row of the table `kind`s with that id. Raises NoSuchRow."""
        found = next(self.rows(f"select * from {kind}s where id = ?", [key]), None)
        if found is None:
            raise NoSuchRow(kind, key)
        return found

    def touched(self, conversation: ConversationId | None = None, *, listed: bool = False) -> None:
        """Note that a conversation changed, and with `listed` that the list of conversations did."""
        self._change = HistoryChange(
            conversations=self._change.conversations or listed,
            conversation=conversation if conversation is not None else self._change.conversation,
            library=self._change.library,
            experiments=self._change.experiments,
        )

    def touched_library(self) -> None:
        """Note that presets or prompts changed."""
        self._change = replace(self._change, library=True)

    def touched_experiments(self) -> None:
        """Note that a task, an experiment or a run of the lab changed."""
        self._change = replace(self._change, experiments=True)

    def take_change(self) -> HistoryChange | None:
        """Return what was touched since the last call, None if nothing was."""
        change, self._change = self._change, HistoryChange()
        return change if change != HistoryChange() else None

    def shown_folders(self) -> dict[FolderId, FolderId | None]:
        """Return for every folder, deleted ones too, the folder its conversations are shown in.

        That is the folder itself, or the nearest one above it that is not deleted.
        """
        found = {row[0]: (row[1], row[2] is not None) for row in self.tuples("select id, parent, deleted from folders")}
        shown: dict[FolderId, FolderId | None] = {}
        for folder in found:
            above: int | None = folder
            seen: set[int] = set()  # a damaged database could hold a ring
            while above is not None and above in found and found[above][1] and above not in seen:
                seen.add(above)
                above = found[above][0]
            there = above in found and not found[above][1]
            shown[FolderId(folder)] = FolderId(above) if there and above is not None else None
        return shown


def inserted(table: Table) -> int:
    """Return the key of the row inserted last."""
    key = table.last_pk
    assert isinstance(key, int)
    return key


def storable(text: str) -> str:
    """Return `text` as SQLite can keep it: halves of characters, which a clipboard can hold, are joined or replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
