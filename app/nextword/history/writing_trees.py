"""Whole conversations into the database, many in one transaction: the verb behind imports and copies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from nextword.history.recipes import keep_recipe
from nextword.history.records import ConversationId, Origin
from nextword.history.store import Store, inserted
from nextword.history.trees import Tree, TreeMessage

_CONVERSATION = (
    "insert into conversations (id, title, created, updated, head, deleted, pinned, archived, settings, source, folder,"
    " fingerprint, kind) values (?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?, ?, ?)"
)
_MESSAGE = (
    "insert into messages (id, conversation, parent, role, text, state, created, deleted, deleted_with)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_OUTCOME = (
    "insert into outcomes (message, reason, prompt_tokens, cached_tokens, generated_tokens, prompt_seconds,"
    " generation_seconds) values (?, ?, ?, ?, ?, ?, ?)"
)

_TOKEN_TREE = (
    "insert into token_trees (conversation, name, content, created, updated, deleted) values (?, ?, ?, ?, ?, ?)"
)


def insert_trees(store: Store, trees: Sequence[tuple[Tree, str | None]]) -> list[ConversationId]:
    """Write conversations with all their versions in one transaction; return their ids in the same order.

    Each comes with the fingerprint it is to be known by, None for one that was not imported.
    """
    if not trees:
        return []
    with store.db.atomic():
        writer = _Writer(store)
        written = [writer.add(tree, fingerprint) for tree, fingerprint in trees]
        writer.finish()
    store.touched(written[-1], listed=True)
    return written


class _Writer:
    """Rows are gathered and written table by table, with numbers that follow the highest there are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._conversation = self._highest("conversations")
        self._message = self._highest("messages")
        self._recipes: dict[bytes, int] = {}
        self._folders: dict[tuple[str, ...], int | None] = {(): None}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def add(self, tree: Tree, fingerprint: str | None) -> ConversationId:
        """Gather the rows of a conversation."""
        self._conversation += 1
        first = self._message + 1
        self._message += len(tree.messages)
        head = None if tree.head is None else first + tree.head
        self._put(
            _CONVERSATION,
            (
                self._conversation, tree.title, tree.created, tree.updated, head, int(tree.pinned), tree.archived,
                json.dumps(tree.settings), tree.source, self._folder(tree.folder), fingerprint,
                tree.kind,
            ),
        )  # fmt: skip
        for tag in tree.tags:
            self._put("insert into conversation_tags (conversation, tag) values (?, ?)", (self._conversation, tag))
        for place, message in enumerate(tree.messages):
            self._add_message(first + place, message, first)
        for grown in tree.token_trees:
            row = (self._conversation, grown.name, grown.content, grown.created, grown.updated, grown.deleted)
            self._put(_TOKEN_TREE, row)
        return ConversationId(self._conversation)

    def finish(self) -> None:
        """Write what was gathered, the rows that others point to first."""
        for sql, rows in self._rows.items():
            self._store.db.conn.executemany(sql, rows)

    def _add_message(self, key: int, message: TreeMessage, first: int) -> None:
        parent = None if message.parent is None else first + message.parent
        with_whom = None if message.deleted_with is None else first + message.deleted_with
        self._put(
            _MESSAGE,
            (
                key, self._conversation, parent, message.role, message.text, message.state, message.created,
                message.deleted, with_whom,
            ),
        )  # fmt: skip
        if message.origin is not None:
            row = (key, self._recipe(message.origin), message.origin.seed)
            self._put("insert into origins (message, recipe, seed) values (?, ?, ?)", row)
        if message.outcome is not None:
            counts = msgspec.structs.astuple(message.outcome)[1:]
            self._put(_OUTCOME, (key, *counts))
        for block in message.blocks:
            row_of_block = (key, block.text, block.block)
            self._put("insert into token_blocks (message, text, block) values (?, ?, ?)", row_of_block)
        for position, file in enumerate(message.attachments):
            self._put(
                "insert into attachments (message, position, name, kind, text) values (?, ?, ?, ?, ?)",
                (key, position, file.name, file.kind, file.text),
            )

    def _put(self, sql: str, row: tuple[Any, ...]) -> None:
        self._rows.setdefault(sql, []).append(row)

    def _highest(self, table: str) -> int:
        return int(next(self._store.tuples(f"select coalesce(max(id), 0) from {table}"))[0])

    def _recipe(self, origin: Origin) -> int:
        plain = msgspec.json.encode(replace(origin, seed=0))
        if plain not in self._recipes:
            self._recipes[plain] = keep_recipe(self._store, origin)
        return self._recipes[plain]

    def _folder(self, path: tuple[str, ...]) -> int | None:
        """Return the folder of that path; folders that are not there are made."""
        if path not in self._folders:
            above = self._folder(path[:-1])
            sql = "select id from folders where name = ? and parent is ? and deleted is null"
            found = next(self._store.tuples(sql, [path[-1], above]), None)
            if found is None:
                table = self._store.db.table("folders").insert({"name": path[-1], "parent": above})
                self._folders[path] = inserted(table)
            else:
                self._folders[path] = int(found[0])
        return self._folders[path]


def known_fingerprints(store: Store) -> set[str]:
    """Return the fingerprints of imported conversations that are not in the trash."""
    sql = "select fingerprint from conversations where fingerprint is not null and deleted is null"
    return {row[0] for row in store.tuples(sql)}


def begun(store: Store) -> defaultdict[float, list[ConversationId]]:
    """Return the conversations that are not in the trash by the moment they were begun."""
    found: defaultdict[float, list[ConversationId]] = defaultdict(list)
    for key, moment in store.tuples("select id, created from conversations where deleted is null"):
        found[moment].append(ConversationId(key))
    return found
