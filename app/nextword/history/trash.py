"""The trash: conversations and versions of messages go in, come out again, and are gone only when it is emptied."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from nextword.errors import NoSuchRow
from nextword.history.records import ConversationId, MessageId
from nextword.history.search_index import index_some, merge_some
from nextword.history.store import Store

PREVIEW_CHARACTERS = 120
PURGED_AT_ONCE = 100
"""Conversations, or versions: one piece of emptying the trash."""

_ROOTS = "select m.id from messages m where m.deleted_with is not null and m.deleted_with = m.id"


class DeletedVersion(Struct, frozen=True):
    """A version that was put into the trash. messages: it and all that answer it; head: what was shown before."""

    message: MessageId
    conversation: ConversationId
    messages: int
    head: MessageId | None


class VersionInTrash(Struct, frozen=True):
    """A version in the trash of a conversation that is not. deleted: seconds since 1970 (UTC)."""

    message: MessageId
    conversation: ConversationId
    title: str
    preview: str
    role: str
    messages: int
    deleted: float


class Trash:
    """See the module. Whole conversations go in and out by `Conversations.delete` and `restore`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._merging = False

    # --- versions -------------------------------------------------------------------------------------------

    def delete(self, message: MessageId) -> DeletedVersion:
        """Put a version with all that answers it into the trash; the newest version beside it is shown instead.

        Raises NoSuchRow, also when it is there already.
        """
        conversation, tree = self._tree(message)
        if tree.deleted_with[message] is not None:
            raise NoSuchRow("message", message)
        gone = [key for key in tree.below(message) if tree.deleted_with[key] is None]
        head = self._store.row("conversation", conversation)["head"]
        with self._store.db.atomic():
            now = time.time()
            self._store.db.conn.executemany(
                "update messages set deleted = ?, deleted_with = ? where id = ?", [(now, message, key) for key in gone]
            )
            if head in gone:
                self._set_head(conversation, tree.end_without(message))
        self._store.touched(conversation, listed=True)
        return DeletedVersion(message, conversation, len(gone), head)

    def restore(self, message: MessageId, head: MessageId | None = None) -> None:
        """Take a version out of the trash with all that went with it, and what it answers if that is there too.

        head: what is shown then; None, or one that is in the trash itself: the newest that came back. Raises NoSuchRow.
        """
        conversation, tree = self._tree(message)
        come: list[MessageId] = []
        at: MessageId | None = message
        while at is not None and (root := tree.deleted_with[at]) is not None and root not in come:
            come.append(root)
            at = tree.parents.get(root)
        for key, root in tree.deleted_with.items():
            if root in come:
                tree.deleted_with[key] = None
        with self._store.db.atomic():
            self._store.db.conn.executemany(
                "update messages set deleted = null, deleted_with = null where deleted_with = ? and conversation = ?",
                [(root, conversation) for root in come],
            )
            if come:
                there = head is not None and tree.deleted_with.get(head, head) is None
                self._set_head(conversation, head if there else tree.end(message))
        self._store.touched(conversation, listed=True)

    def versions(self, limit: int = 500) -> list[VersionInTrash]:
        """Return the versions in the trash, those deleted last first."""
        sql = f"""
            select m.id, m.conversation, c.title, substr(m.text, 1, {PREVIEW_CHARACTERS}), m.role, m.deleted,
                   (select count(*) from messages w where w.deleted_with = m.id)
            from messages m join conversations c on c.id = m.conversation
            where m.id in ({_ROOTS}) and c.deleted is null
            order by m.deleted desc, m.id desc limit ?
        """
        return [
            VersionInTrash(
                message=MessageId(key),
                conversation=ConversationId(conversation),
                title=title,
                preview=" ".join(text.split()),
                role=role,
                messages=count,
                deleted=deleted,
            )
            for key, conversation, title, text, role, deleted, count in self._store.tuples(sql, [limit])
        ]

    def count(self) -> tuple[int, int]:
        """Return how many conversations are in the trash, and how many versions of messages of other ones."""
        versions = f"select count(*) from ({_ROOTS}) r join messages m on m.id = r.id"
        kept = " join conversations c on c.id = m.conversation where c.deleted is null"
        whole = next(self._store.tuples("select count(*) from conversations where deleted is not null"))[0]
        return int(whole), int(next(self._store.tuples(versions + kept))[0])

    # --- gone for good --------------------------------------------------------------------------------------

    def empty_some(self) -> bool:
        """Delete a piece of what is in the trash for good; return whether nothing is left. There is no way back.

        What was deleted is overwritten in the file. Backups made before still hold it.
        """
        conversations = self._ids("select id from conversations where deleted is not null limit ?")
        # of a version in a version that was deleted later, the inner one first: it needs what it answers
        versions = [] if conversations else self._ids(f"{_ROOTS} order by m.id desc limit ?")
        with self._overwriting():
            if conversations or versions:
                self._purge(conversations, versions)
                self._merging = False
                return False
            if not self._merging:
                self._purge_rest()
            if not index_some(self._store.db):
                return False
            merged = merge_some(self._store.db, begin=not self._merging)
            self._merging = not merged
        if merged:
            self._store.db.execute("pragma wal_checkpoint(truncate)")
        return merged

    def _ids(self, sql: str) -> list[int]:
        return [row[0] for row in self._store.tuples(sql, [PURGED_AT_ONCE])]

    @contextlib.contextmanager
    def _overwriting(self) -> Iterator[None]:
        """Have SQLite write zeros over what is deleted. Messages are deleted in any order: no key is checked."""
        execute = self._store.db.execute
        secure = execute("pragma secure_delete").fetchone()[0]
        execute("pragma foreign_keys=off")
        execute("pragma secure_delete=on")
        try:
            yield
        finally:
            execute(f"pragma secure_delete={secure}")
            execute("pragma foreign_keys=on")

    def _purge(self, conversations: Sequence[int], versions: Sequence[int]) -> None:
        """Delete the rows of conversations, and those of versions with what went with them."""
        messages: list[tuple[int]] = []
        for column, keys in (("conversation", conversations), ("deleted_with", versions)):
            for key in keys:
                messages += self._store.tuples(f"select id from messages where {column} = ?", [key])
        with self._store.db.atomic():
            conn = self._store.db.conn
            for table in ("token_blocks", "attachments", "outcomes", "origins"):
                conn.executemany(f"delete from {table} where message = ?", messages)
            conn.executemany("delete from messages where id = ?", messages)
            whole = [(key,) for key in conversations]
            for table in ("conversation_tags", "drafts", "token_trees"):
                conn.executemany(f"delete from {table} where conversation = ?", whole)
            conn.executemany("delete from conversations where id = ?", whole)
        self._store.touched(listed=True)

    def _purge_rest(self) -> None:
        """Delete all else that is in the trash, and what made answers that are gone."""
        shown = self._store.shown_folders()
        gone = [(shown[key], key) for key in shown if shown[key] != key]
        with self._store.db.atomic():
            conn = self._store.db.conn
            for table, column in (("conversations", "folder"), ("folders", "parent")):
                conn.executemany(f"update {table} set {column} = ? where {column} = ?", gone)
            conn.executemany("delete from folders where id = ?", [(key,) for _, key in gone])
            conn.execute("delete from recipes where id not in (select recipe from origins)")
            for table in ("experiment_runs", "experiment_ratings"):
                conn.execute(
                    f"delete from {table} where experiment in (select id from experiments where deleted is not null)"
                )
            conn.execute(
                "delete from lab_desks where name in (select cast(id as text) from lab_tasks where deleted is not null)"
            )
            for table in ("presets", "prompts", "lab_tasks", "experiments", "token_trees"):
                conn.execute(f"delete from {table} where deleted is not null")
        self._store.touched_library()

    # --- parts ----------------------------------------------------------------------------------------------

    def _tree(self, message: MessageId) -> tuple[ConversationId, _Tree]:
        conversation = ConversationId(self._store.row("message", message)["conversation"])
        sql = "select id, parent, deleted_with from messages where conversation = ? order by id"
        return conversation, _Tree(self._store.tuples(sql, [conversation]))

    def _set_head(self, conversation: ConversationId, head: MessageId | None) -> None:
        self._store.db.execute("update conversations set head = ? where id = ?", [head, conversation])


class _Tree:
    """The messages of one conversation: what each answers, and with which it was deleted."""

    def __init__(self, rows: Iterable[tuple[int, int | None, int | None]]) -> None:
        self.parents: dict[MessageId, MessageId | None] = {}
        self.deleted_with: dict[MessageId, MessageId | None] = {}
        self._children: defaultdict[MessageId | None, list[MessageId]] = defaultdict(list)
        for key, parent, deleted_with in rows:
            message = MessageId(key)
            above = None if parent is None else MessageId(parent)
            self.parents[message] = above
            self.deleted_with[message] = None if deleted_with is None else MessageId(deleted_with)
            self._children[above].append(message)

    def below(self, message: MessageId) -> list[MessageId]:
        """Return `message` and all that answers it, deleted or not."""
        found: dict[MessageId, None] = {message: None}
        for at in (waiting := [message]):  # it grows while it is gone through
            new = [child for child in self._children[at] if child not in found]
            found |= dict.fromkeys(new)
            waiting += new
        return list(found)

    def end(self, message: MessageId) -> MessageId:
        """Return the end of the path through `message` that takes the newest version each time."""
        seen = {message}
        while children := [
            key for key in self._children[message] if self.deleted_with[key] is None and key not in seen
        ]:
            message = children[-1]
            seen.add(message)
        return message

    def end_without(self, message: MessageId) -> MessageId | None:
        """Return the end of the path that is shown when `message` is gone: through the version beside it or above."""
        above = self.parents[message]
        beside = [key for key in self._children[above] if self.deleted_with[key] is None and key != message]
        return self.end(beside[-1]) if beside else above
