"""Conversations, their messages and tokens: what can be asked of the history and done to it.

Every method runs on the history thread, inside one transaction if it writes: when it returns, it is on disk.
Nothing is ever overwritten: an edited message is a new message with the same parent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from sqlite_utils import Database

from nextword.errors import NoSuchRow
from nextword.history.documents import Documents
from nextword.history.drafts import Drafts
from nextword.history.experiments import Experiments, LabTasks
from nextword.history.lab_desks import LabDesks
from nextword.history.library import Presets, Prompts
from nextword.history.listing import list_page
from nextword.history.message_rows import keep_outcome, read_messages
from nextword.history.recipes import keep_recipe
from nextword.history.records import (
    Attachment,
    ConversationId,
    ConversationKind,
    ConversationSummary,
    Filters,
    MessageId,
    Origin,
    Outcome,
    Role,
    State,
    StoredConversation,
    StoredMessage,
)
from nextword.history.search import Search
from nextword.history.shelves import Shelves
from nextword.history.store import Store, inserted, storable
from nextword.history.token_trees import TokenTrees
from nextword.history.trash import Trash

TITLE_CHARACTERS = 80


class Conversations:
    """See the module; verbs of other kinds are in its parts, `search`, `shelves`, `trash`, `drafts` and so on.

    What a call touched is taken with `take_change`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._store = Store(db)
        self._rows = self._store.rows
        self._touched = self._store.touched
        self.take_change = self._store.take_change
        self.search = Search(self._store)
        self.shelves = Shelves(self._store)
        self.trash = Trash(self._store)
        self.drafts = Drafts(self._store)
        self.presets = Presets(self._store)
        self.prompts = Prompts(self._store)
        self.documents = Documents(self._store)
        self.lab_tasks = LabTasks(self._store)
        self.experiments = Experiments(self._store)
        self.lab_desks = LabDesks(self._store)
        self.token_trees = TokenTrees(self._store)

    @property
    def store(self) -> Store:
        """The open database, for verbs in files of their own."""
        return self._store

    # --- reading --------------------------------------------------------------------------------------------

    def list(
        self,
        search: str = "",
        *,
        limit: int = 500,
        deleted: bool = False,
        filters: Filters | None = None,
        after: ConversationSummary | None = None,
    ) -> list[ConversationSummary]:
        """Return a page of conversations, the pinned first, then the last used first.

        deleted: those in the trash; filters: instead of what is shown in the list; after: the last row of the page
        before; search: only what has these words, as `search.find` has it, which tells more.
        """
        filters = filters or Filters(place="trash" if deleted else "shown")
        if not search.strip():
            return list_page(self._store, filters, limit=limit, after=after)
        page = self.search.find(search, filters, limit=limit)
        found = [hit.conversation for hit in page.hits]
        while page.further is not None and len(found) < limit:
            page = self.search.find(search, filters, limit=limit - len(found), further=page.further)
            found += [hit.conversation for hit in page.hits]
        return sorted(found, key=lambda row: (row.pinned, row.updated, row.id), reverse=True)

    def count_messages(self) -> int:
        """Return how many messages all chats that are not in the trash hold."""
        (every,) = next(self._store.tuples("select count(*) from messages"))
        in_trash = (
            "select count(*) from messages m join conversations c on c.id = m.conversation where c.deleted is not null"
        )
        versions_in_trash = (
            "select count(*) from messages m join conversations c on c.id = m.conversation"
            " where m.deleted_with is not null and c.deleted is null"
        )
        documents = (
            "select count(*) from conversations c join messages m on m.conversation = c.id"
            " where c.kind = 'document' and c.deleted is null and m.deleted_with is null"
        )
        hidden = sum(next(self._store.tuples(sql))[0] for sql in (in_trash, versions_in_trash, documents))
        return int(every - hidden)

    def read(self, conversation: ConversationId, *, deleted: bool = False) -> StoredConversation:
        """Return the whole tree, without its tokens; with `deleted` the versions in the trash too. Raises NoSuchRow."""
        row = self._conversation(conversation)
        visible = "m.conversation = ?" if deleted else "m.conversation = ? and m.deleted is null"
        tags = self._store.tuples(
            "select tag from conversation_tags where conversation = ? order by tag", [conversation]
        )
        return StoredConversation(
            id=conversation,
            title=row["title"],
            head=None if row["head"] is None else MessageId(row["head"]),
            messages=read_messages(self._store, visible, [conversation]),
            settings=json.loads(row["settings"]),
            tags=tuple(tag for (tag,) in tags),
            folder=None if row["folder"] is None else self._store.shown_folders().get(row["folder"]),
            pinned=bool(row["pinned"]),
            archived=row["archived"] is not None,
            source=row["source"],
            created=row["created"],
            updated=row["updated"],
            deleted=row["deleted"] is not None,
            kind=row["kind"],
        )

    def message(self, message: MessageId) -> StoredMessage:
        """Return one message, without its tokens. Raises NoSuchRow."""
        found = read_messages(self._store, "m.id = ?", [message])
        if not found:
            raise NoSuchRow("message", message)
        return found[0]

    def tokens(self, message: MessageId) -> tuple[bytes, ...]:
        """Return the token blocks of a message in their order; empty when it was not generated."""
        rows = self._rows("select block from token_blocks where message = ? order by id", [message])
        return tuple(row["block"] for row in rows)

    # --- writing --------------------------------------------------------------------------------------------

    def create(
        self,
        title: str = "",
        *,
        settings: Mapping[str, Any] | None = None,
        source: str = "",
        kind: ConversationKind = "chat",
    ) -> ConversationId:
        """Make an empty conversation. settings: JSON values; source: the program it is imported from."""
        now = time.time()
        row = {
            "title": _short(title),
            "created": now,
            "updated": now,
            "settings": json.dumps(dict(settings or {})),
            "source": source,
            "kind": kind,
        }
        with self._db.atomic():
            conversation = ConversationId(inserted(self._db.table("conversations").insert(row)))
        self._touched(conversation, listed=True)
        return conversation

    def set_settings(self, conversation: ConversationId, settings: Mapping[str, Any]) -> None:
        """Give a conversation other settings, JSON values, all of them at once. Raises NoSuchRow."""
        self._conversation(conversation)
        with self._db.atomic():
            self._db.table("conversations").update(conversation, {"settings": json.dumps(dict(settings))})
        self._touched(conversation)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Give a conversation another title. Raises NoSuchRow."""
        self._set(conversation, {"title": _short(title)})

    def delete(self, conversation: ConversationId) -> None:
        """Put a conversation into the trash; `restore` takes it out again. Raises NoSuchRow."""
        self._set(conversation, {"deleted": time.time()})

    def restore(self, conversation: ConversationId) -> None:
        """Take a conversation out of the trash. Raises NoSuchRow."""
        self._set(conversation, {"deleted": None})

    def add_message(
        self,
        conversation: ConversationId,
        parent: MessageId | None,
        role: Role,
        text: str,
        *,
        attachments: Sequence[Attachment] = (),
    ) -> MessageId:
        """Add a message that is complete, and show the path that ends with it. Raises NoSuchRow."""
        with self._db.atomic():
            message = self._insert(conversation, parent, role, text=text, state="complete")
            for position, file in enumerate(attachments):
                row = {"name": storable(file.name), "kind": file.kind, "text": storable(file.text)}
                self._db.table("attachments").insert({"message": message, "position": position} | row)
            if not self._conversation(conversation)["title"] and role == "user":
                self._db.table("conversations").update(conversation, {"title": _short(text)})
        self._touched(conversation, listed=True)
        return message

    def begin_answer(self, conversation: ConversationId, parent: MessageId, origin: Origin) -> MessageId:
        """Add an empty answer that is being generated, with what makes it. Raises NoSuchRow."""
        with self._db.atomic():
            message = self._insert(conversation, parent, "assistant", text="", state="generating")
            row = {"message": message, "recipe": keep_recipe(self._store, origin), "seed": origin.seed}
            self._db.table("origins").insert(row)
        self._touched(conversation)
        return message

    def append_tokens(self, message: MessageId, text: str, block: bytes) -> None:
        """Keep what was generated since the last call: `text`, and the packed tokens it came from."""
        with self._db.atomic():
            self._db.table("token_blocks").insert({"message": message, "text": text, "block": block})

    def finish_answer(self, message: MessageId, text: str, outcome: Outcome, *, block: bytes = b"") -> None:
        """Write the whole text and how it ended; `block`, if given, takes the place of the blocks so far.

        Raises NoSuchRow.
        """
        with self._db.atomic():
            row = next(self._rows("select conversation from messages where id = ?", [message]), None)
            if row is None:
                raise NoSuchRow("message", message)
            self._db.table("messages").update(message, {"text": text, "state": outcome.state})
            keep_outcome(self.store, message, outcome)
            if block:
                self._db.table("token_blocks").delete_where("message = ?", [message])
                self._db.table("token_blocks").insert({"message": message, "text": text, "block": block})
            self._db.table("conversations").update(row["conversation"], {"updated": time.time()})
        self._touched(ConversationId(row["conversation"]), listed=True)

    def set_head(self, conversation: ConversationId, message: MessageId | None) -> None:
        """Remember which path is shown. Raises NoSuchRow."""
        self._conversation(conversation)
        with self._db.atomic():
            self._db.table("conversations").update(conversation, {"head": message})

    def fill_sha256(self, model_file: str, sha256: str, messages: Sequence[MessageId]) -> None:
        """Note the hash of the file that made `messages`, which was not known yet when they were begun."""
        with self._db.atomic():
            for message in messages:
                stored = self.message(message).origin
                if stored is not None and stored.model_file == model_file and not stored.model_sha256:
                    recipe = keep_recipe(self._store, replace(stored, model_sha256=sha256))
                    self._db.table("origins").update(message, {"recipe": recipe})

    def recover(self) -> int:
        """Close answers that a program that ended was still generating; return how many there were."""
        open_answers = list(self._rows("select id from messages where state = 'generating'"))
        for row in open_answers:
            parts = self._rows("select text from token_blocks where message = ? order by id", [row["id"]])
            text = "".join(part["text"] for part in parts)
            self.finish_answer(MessageId(row["id"]), text, Outcome(state="interrupted", reason="ProgramEnded"))
        return len(open_answers)

    # --- parts ----------------------------------------------------------------------------------------------

    def _conversation(self, conversation: ConversationId) -> dict[str, Any]:
        return self._store.row("conversation", conversation)

    def _set(self, conversation: ConversationId, values: dict[str, Any]) -> None:
        self._conversation(conversation)
        with self._db.atomic():
            self._db.table("conversations").update(conversation, values)
        self._touched(conversation, listed=True)

    def _insert(
        self, conversation: ConversationId, parent: MessageId | None, role: Role, *, text: str, state: State
    ) -> MessageId:
        self._conversation(conversation)
        if parent is not None:
            sql = "select 1 from messages where id = ? and conversation = ? and deleted is null"
            if next(self._store.tuples(sql, [parent, conversation]), None) is None:
                raise NoSuchRow("message", parent)
        now = time.time()
        table = self._db.table("messages").insert(
            {
                "conversation": conversation,
                "parent": parent,
                "role": role,
                "text": storable(text),
                "state": state,
                "created": now,
            }
        )
        message = MessageId(inserted(table))
        self._db.table("conversations").update(conversation, {"head": message, "updated": now})
        return message


def _short(title: str) -> str:
    """Return the first line of `title`, cut at a length that fits a list."""
    line = " ".join(storable(title).split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"
