"""Order among conversations: pins, the archive, the trash for several at once, tags, folders.

Verbs for many conversations return what they changed, so that the opposite verb, given that, undoes them exactly.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from nextword.history.records import ConversationId, Folder, FolderId
from nextword.history.store import Store, inserted, storable

NAME_CHARACTERS = 80
_AT_ONCE = 500


class RenamedTag(Struct, frozen=True):
    """What renaming a tag changed. merged: conversations that had the new name before as well."""

    changed: tuple[ConversationId, ...]
    merged: tuple[ConversationId, ...]


class Shelves:
    """See the module. A conversation that is not there is passed over."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- pins and the archive -------------------------------------------------------------------------------

    def pin(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """Put conversations at the top of the list; return those that were not there."""
        return self._mark(conversations, "pinned = 1", "pinned = 0")

    def unpin(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """Put conversations back among the others; return those that were pinned."""
        return self._mark(conversations, "pinned = 0", "pinned <> 0")

    def archive(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """Put conversations away: they are found, but not listed. Return those that were listed."""
        return self._mark(conversations, f"archived = {time.time()!r}", "archived is null")

    def unarchive(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """List conversations again; return those that were put away."""
        return self._mark(conversations, "archived = null", "archived is not null")

    def delete(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """Put conversations into the trash; return those that were not there."""
        return self._mark(conversations, f"deleted = {time.time()!r}", "deleted is null")

    def restore(self, conversations: Sequence[ConversationId]) -> list[ConversationId]:
        """Take conversations out of the trash; return those that were there."""
        return self._mark(conversations, "deleted = null", "deleted is not null")

    def _mark(self, conversations: Sequence[ConversationId], change: str, where: str) -> list[ConversationId]:
        changed: list[ConversationId] = []
        with self._store.db.atomic():
            for some in _pieces(conversations):
                marks = ",".join("?" * len(some))
                sql = f"select id from conversations where {where} and id in ({marks})"
                changed += [row[0] for row in self._store.tuples(sql, some)]
                self._store.db.execute(f"update conversations set {change} where {where} and id in ({marks})", some)
        self._told(changed)
        return changed

    # --- tags -----------------------------------------------------------------------------------------------

    def tags(self) -> dict[str, int]:
        """Return every tag with the number of conversations that have it (not in the trash), by the alphabet."""
        sql = (
            "select t.tag, count(*) from conversation_tags t join conversations c on c.id = t.conversation"
            " where c.deleted is null group by t.tag"
        )
        return dict(sorted(self._store.tuples(sql), key=lambda row: row[0].casefold()))

    def tag(self, conversations: Sequence[ConversationId], tag: str) -> list[ConversationId]:
        """Give conversations a tag; return those that did not have it. A tag without letters or signs is none."""
        tag = self._known(tag)
        sql = (
            "insert into conversation_tags (conversation, tag) select c.id, ? from conversations c where c.id = ?"
            " and not exists (select 1 from conversation_tags t where t.conversation = c.id and t.tag = ?)"
        )
        changed: list[ConversationId] = []
        with self._store.db.atomic():
            for conversation in conversations if tag else ():
                if self._store.db.execute(sql, [tag, conversation, tag]).rowcount:
                    changed.append(conversation)
        self._told(changed)
        return changed

    def untag(self, conversations: Sequence[ConversationId], tag: str) -> list[ConversationId]:
        """Take a tag from conversations; return those that had it."""
        sql = "delete from conversation_tags where conversation = ? and tag = ?"
        with self._store.db.atomic():
            changed = [
                conversation
                for conversation in conversations
                if self._store.db.execute(sql, [conversation, tag]).rowcount
            ]
        self._told(changed)
        return changed

    def rename_tag(self, tag: str, name: str) -> RenamedTag:
        """Give a tag another name in every conversation; where both were, one stays.

        Undone by untagging `changed` and tagging `changed` and `merged` as before.
        """
        name = _name(name)
        having = "select conversation from conversation_tags where tag = ?"
        before = [row[0] for row in self._store.tuples(having, [tag])]
        if not name or name == tag:
            return RenamedTag((), ())
        with self._store.db.atomic():
            both = {row[0] for row in self._store.tuples(having, [name])}.intersection(before)
            delete = "delete from conversation_tags where tag = ? and conversation = ?"
            self._store.db.conn.executemany(delete, [(tag, conversation) for conversation in both])
            self._store.db.execute("update conversation_tags set tag = ? where tag = ?", [name, tag])
        self._told(before)
        return RenamedTag(tuple(key for key in before if key not in both), tuple(sorted(both)))

    def delete_tag(self, tag: str) -> list[ConversationId]:
        """Take a tag from every conversation; return those that had it, for `tag`."""
        sql = "select conversation from conversation_tags where tag = ?"
        return self.untag([row[0] for row in self._store.tuples(sql, [tag])], tag)

    def _known(self, tag: str) -> str:
        """Return the tag as it is written already, if it differs in upper and lower case alone."""
        tag = _name(tag)
        known = (row[0] for row in self._store.tuples("select distinct tag from conversation_tags"))
        return next((other for other in known if other.casefold() == tag.casefold()), tag)

    # --- folders --------------------------------------------------------------------------------------------

    def folders(self) -> list[Folder]:
        """Return all folders, in order of the alphabet. What was in a deleted one is in the one above it."""
        shown = self._store.shown_folders()
        rows = self._store.tuples("select id, name, parent from folders where deleted is null")
        found = [Folder(FolderId(key), name, shown.get(parent)) for key, name, parent in rows]
        return sorted(found, key=lambda folder: (folder.name.casefold(), folder.id))

    def make_folder(self, name: str, parent: FolderId | None = None) -> FolderId:
        """Make a folder; return the one of that name if there is one. Raises NoSuchRow for the parent."""
        name = _name(name) or "…"
        if parent is not None:
            self._store.row("folder", parent)
        for folder in self.folders():
            if folder.parent == parent and folder.name.casefold() == name.casefold():
                return folder.id
        with self._store.db.atomic():
            key = inserted(self._store.db.table("folders").insert({"name": name, "parent": parent, "deleted": None}))
        self._store.touched(listed=True)
        return FolderId(key)

    def rename_folder(self, folder: FolderId, name: str) -> None:
        """Give a folder another name; one without letters or signs changes nothing. Raises NoSuchRow."""
        self._set_folder(folder, "name", _name(name) or self._store.row("folder", folder)["name"])

    def move_folder(self, folder: FolderId, parent: FolderId | None) -> bool:
        """Put a folder into another, or to the top for None; False, and nothing is done, if that is inside it.

        Raises NoSuchRow.
        """
        above = {row[0]: row[1] for row in self._store.tuples("select id, parent from folders")}
        at = parent
        for _ in above:  # a damaged database could hold a ring
            if at == folder:
                return False
            at = above.get(at)
        if parent is not None:
            self._store.row("folder", parent)
        self._set_folder(folder, "parent", parent)
        return True

    def delete_folder(self, folder: FolderId) -> None:
        """Take a folder away; its conversations and folders are shown in the one above. Raises NoSuchRow."""
        self._set_folder(folder, "deleted", time.time())

    def restore_folder(self, folder: FolderId) -> None:
        """Bring a deleted folder back with what was in it. Raises NoSuchRow."""
        self._set_folder(folder, "deleted", None)

    def put(self, places: Mapping[ConversationId, FolderId | None]) -> dict[ConversationId, FolderId | None]:
        """Put conversations into folders, None for none; return where those that moved were, for `put`.

        Raises NoSuchRow for a folder.
        """
        for wanted in {folder for folder in places.values() if folder is not None}:
            self._store.row("folder", wanted)
        before: dict[ConversationId, FolderId | None] = {}
        with self._store.db.atomic():
            for conversation, folder in places.items():
                sql = "select folder from conversations where id = ? and folder is not ?"
                for (was,) in self._store.tuples(sql, [conversation, folder]):
                    before[conversation] = was
            changes = [(places[conversation], conversation) for conversation in before]
            self._store.db.conn.executemany("update conversations set folder = ? where id = ?", changes)
        self._told(before)
        return before

    def _set_folder(self, folder: FolderId, column: str, value: object) -> None:
        self._store.row("folder", folder)
        with self._store.db.atomic():
            self._store.db.table("folders").update(folder, {column: value})
        self._store.touched(listed=True)

    def _told(self, changed: Iterable[ConversationId]) -> None:
        for conversation in changed:
            self._store.touched(conversation, listed=True)


def _name(text: str) -> str:
    """Return `text` on one line, cut at a length that fits a list."""
    return " ".join(storable(text).split())[:NAME_CHARACTERS].rstrip()


def _pieces(conversations: Sequence[ConversationId]) -> Iterator[Sequence[ConversationId]]:
    return (conversations[start : start + _AT_ONCE] for start in range(0, len(conversations), _AT_ONCE))
