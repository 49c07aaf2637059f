"""The trees of continuations that were grown in a document: kept with it, and gone for good with it.

What a tree holds is known to nextword.write alone; here it is bytes.
"""

from __future__ import annotations

import time
from typing import Any, NewType

from msgspec import Struct

from nextword.history.records import ConversationId
from nextword.history.store import Store, inserted, storable

TokenTreeId = NewType("TokenTreeId", int)
_NAME_CHARACTERS = 120


class TokenTreeSummary(Struct, frozen=True):
    """A tree as a list shows it. updated: seconds since 1970 (UTC)."""

    id: TokenTreeId
    name: str
    updated: float


class TokenTrees:
    """Verbs for trees. Whoever deletes can restore."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, document: ConversationId) -> list[TokenTreeSummary]:
        """Return the trees of a document, the last one first."""
        sql = "select id, name, updated from token_trees where conversation = ? and deleted is null order by id desc"
        rows = self._store.tuples(sql, [document])
        return [TokenTreeSummary(TokenTreeId(key), name, updated) for key, name, updated in rows]

    def read(self, tree: TokenTreeId) -> bytes:
        """Return what a tree holds. Raises NoSuchRow."""
        content: bytes = self._row(tree)["content"]
        return content

    def add(self, document: ConversationId, name: str, content: bytes) -> TokenTreeId:
        """Keep a new tree. Raises NoSuchRow when there is no such document."""
        self._store.row("conversation", document)
        now = time.time()
        row = {"conversation": document, "name": _short(name), "content": content, "created": now, "updated": now}
        with self._store.db.atomic():
            return TokenTreeId(inserted(self._store.db.table("token_trees").insert(row | {"deleted": None})))

    def change(self, tree: TokenTreeId, content: bytes) -> None:
        """Keep a tree as it is now, grown further. Raises NoSuchRow."""
        self._set(tree, {"content": content, "updated": time.time()})

    def delete(self, tree: TokenTreeId) -> None:
        """Put a tree into the trash. Raises NoSuchRow."""
        self._set(tree, {"deleted": time.time()})

    def restore(self, tree: TokenTreeId) -> None:
        """Take a tree out of the trash. Raises NoSuchRow."""
        self._set(tree, {"deleted": None})

    def _row(self, tree: TokenTreeId) -> dict[str, Any]:
        return self._store.row("token_tree", tree)

    def _set(self, tree: TokenTreeId, values: dict[str, object]) -> None:
        self._row(tree)
        with self._store.db.atomic():
            self._store.db.table("token_trees").update(tree, values)


def _short(name: str) -> str:
    """Return `name` on one line; of a long one its end, which tells places of a text apart."""
    line = " ".join(storable(name).split())
    return line if len(line) <= _NAME_CHARACTERS else "…" + line[1 - _NAME_CHARACTERS :].lstrip()
