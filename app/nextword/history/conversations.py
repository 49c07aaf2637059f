"""Conversations, their messages and tokens: what can be asked of the history and done to it.

Every method runs on the history thread, inside one transaction if it writes: when it returns, it is on disk.
Nothing is ever overwritten: an edited message is a new message with the same parent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlite_utils import Database
from sqlite_utils.db import Table

from nextword.errors import NoSuchRow
from nextword.history.records import (
    ConversationId,
    ConversationSummary,
    HistoryChange,
    MessageId,
    Origin,
    Outcome,
    Role,
    State,
    StoredConversation,
    StoredMessage,
)

PREVIEW_CHARACTERS = 120
TITLE_CHARACTERS = 80

_LIST = """
select c.id, c.title, c.updated, c.deleted,
       (select substr(m.text, 1, :preview) from messages m where m.conversation = c.id and m.role = 'assistant'
        order by m.id desc limit 1) as preview
from conversations c
where (c.deleted is not null) = :deleted
  and (:pattern = '' or c.title like :pattern escape '\\'
       or exists (select 1 from messages m where m.conversation = c.id and m.text like :pattern escape '\\'))
order by c.updated desc, c.id desc limit :limit
"""
_MESSAGES = """
select m.*, o.model_file, o.model_sha256, o.model_name, o.template_hash, o.sampling, o.seed, o.app_version,
       o.engine_version, o.engine_variant, r.reason, r.prompt_tokens, r.cached_tokens, r.generated_tokens,
       r.prompt_seconds, r.generation_seconds,
       exists (select 1 from token_blocks t where t.message = m.id) as has_tokens
from messages m left join origins o on o.message = m.id left join outcomes r on r.message = m.id
where {} = ? order by m.id
"""


class Conversations:
    """See the module. changes: what the last call touched, taken by the caller with `take_change`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._change = HistoryChange()

    def take_change(self) -> HistoryChange | None:
        """Return what was touched since the last call, None if nothing was."""
        change, self._change = self._change, HistoryChange()
        return change if change != HistoryChange() else None

    # --- reading --------------------------------------------------------------------------------------------

    def list(self, search: str = "", *, limit: int = 500, deleted: bool = False) -> list[ConversationSummary]:
        """Return conversations, the last used first; `search` is looked for in titles and messages."""
        words = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._rows(
            _LIST,
            {
                "pattern": f"%{words}%" if words else "",
                "limit": limit,
                "deleted": deleted,
                "preview": PREVIEW_CHARACTERS,
            },
        )
        return [
            ConversationSummary(
                id=ConversationId(row["id"]),
                title=row["title"],
                preview=" ".join((row["preview"] or "").split()),
                updated=row["updated"],
                deleted=row["deleted"] is not None,
            )
            for row in rows
        ]

    def count_messages(self) -> int:
        """Return how many messages all conversations that are not in the trash hold."""
        sql = (
            "select count(*) as n from messages m join conversations c on c.id = m.conversation where c.deleted is null"
        )
        return int(next(self._rows(sql))["n"])

    def read(self, conversation: ConversationId) -> StoredConversation:
        """Return the whole tree, without its tokens. Raises NoSuchRow."""
        row = self._conversation(conversation)
        messages = tuple(
            self._message(found) for found in self._rows(_MESSAGES.format("m.conversation"), [conversation])
        )
        head = None if row["head"] is None else MessageId(row["head"])
        return StoredConversation(conversation, row["title"], head, messages)

    def message(self, message: MessageId) -> StoredMessage:
        """Return one message, without its tokens. Raises NoSuchRow."""
        row = next(self._rows(_MESSAGES.format("m.id"), [message]), None)
        if row is None:
            raise NoSuchRow("message", message)
        return self._message(row)

    def tokens(self, message: MessageId) -> tuple[bytes, ...]:
        """Return the token blocks of a message in their order; empty when it was not generated."""
        rows = self._rows("select block from token_blocks where message = ? order by id", [message])
        return tuple(row["block"] for row in rows)

    # --- writing --------------------------------------------------------------------------------------------

    def create(self, title: str = "") -> ConversationId:
        """Make an empty conversation."""
        now = time.time()
        with self._db.atomic():
            table = self._db.table("conversations").insert(
                {"title": _short(title), "created": now, "updated": now, "head": None, "deleted": None}
            )
            conversation = ConversationId(_key(table))
        self._touched(conversation, listed=True)
        return conversation

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Give a conversation another title. Raises NoSuchRow."""
        self._set(conversation, {"title": _short(title)})

    def delete(self, conversation: ConversationId) -> None:
        """Put a conversation into the trash; `restore` takes it out again. Raises NoSuchRow."""
        self._set(conversation, {"deleted": time.time()})

    def restore(self, conversation: ConversationId) -> None:
        """Take a conversation out of the trash. Raises NoSuchRow."""
        self._set(conversation, {"deleted": None})

    def add_message(self, conversation: ConversationId, parent: MessageId | None, role: Role, text: str) -> MessageId:
        """Add a message that is complete, and show the path that ends with it. Raises NoSuchRow."""
        with self._db.atomic():
            message = self._insert(conversation, parent, role, text=text, state="complete")
            if not self._conversation(conversation)["title"] and role == "user":
                self._db.table("conversations").update(conversation, {"title": _short(text)})
        self._touched(conversation, listed=True)
        return message

    def begin_answer(self, conversation: ConversationId, parent: MessageId, origin: Origin) -> MessageId:
        """Add an empty answer that is being generated, with what makes it. Raises NoSuchRow."""
        with self._db.atomic():
            message = self._insert(conversation, parent, "assistant", text="", state="generating")
            self._db.table("origins").insert(
                {
                    "message": message,
                    "model_file": origin.model_file,
                    "model_sha256": origin.model_sha256,
                    "model_name": origin.model_name,
                    "template_hash": origin.template_hash,
                    "sampling": json.dumps(origin.sampling),
                    "seed": origin.seed,
                    "app_version": origin.app_version,
                    "engine_version": origin.engine_version,
                    "engine_variant": origin.engine_variant,
                }
            )
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
            self._db.table("outcomes").insert(
                {
                    "message": message,
                    "reason": outcome.reason,
                    "prompt_tokens": outcome.prompt_tokens,
                    "cached_tokens": outcome.cached_tokens,
                    "generated_tokens": outcome.generated_tokens,
                    "prompt_seconds": outcome.prompt_seconds,
                    "generation_seconds": outcome.generation_seconds,
                },
                replace=True,
            )
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
                self._db.execute(
                    "update origins set model_sha256 = ? where message = ? and model_file = ? and model_sha256 = ''",
                    [sha256, message, model_file],
                )

    def recover(self) -> int:
        """Close answers that a program that ended was still generating; return how many there were."""
        open_answers = list(self._rows("select id from messages where state = 'generating'"))
        for row in open_answers:
            parts = self._rows("select text from token_blocks where message = ? order by id", [row["id"]])
            text = "".join(part["text"] for part in parts)
            self.finish_answer(MessageId(row["id"]), text, Outcome(state="interrupted", reason="ProgramEnded"))
        return len(open_answers)

    # --- parts ----------------------------------------------------------------------------------------------

    def _rows(self, sql: str, parameters: Any = None) -> Iterator[dict[str, Any]]:
        return iter(self._db.query(sql, parameters))

    def _conversation(self, conversation: ConversationId) -> dict[str, Any]:
        row = next(self._rows("select * from conversations where id = ?", [conversation]), None)
        if row is None:
            raise NoSuchRow("conversation", conversation)
        return row

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
            sql = "select 1 as found from messages where id = ? and conversation = ?"
            if next(self._rows(sql, [parent, conversation]), None) is None:
                raise NoSuchRow("message", parent)
        now = time.time()
        table = self._db.table("messages").insert(
            {
                "conversation": conversation,
                "parent": parent,
                "role": role,
                "text": text,
                "state": state,
                "created": now,
            }
        )
        message = MessageId(_key(table))
        self._db.table("conversations").update(conversation, {"head": message, "updated": now})
        return message

    def _touched(self, conversation: ConversationId, *, listed: bool = False) -> None:
        self._change = HistoryChange(conversations=self._change.conversations or listed, conversation=conversation)

    @staticmethod
    def _message(row: dict[str, Any]) -> StoredMessage:
        origin = outcome = None
        if row["model_file"] is not None:
            origin = Origin(
                model_file=row["model_file"],
                model_sha256=row["model_sha256"],
                model_name=row["model_name"],
                template_hash=row["template_hash"],
                sampling=json.loads(row["sampling"]),
                seed=row["seed"],
                app_version=row["app_version"],
                engine_version=row["engine_version"],
                engine_variant=row["engine_variant"],
            )
        if row["reason"] is not None:
            outcome = Outcome(
                state=row["state"],
                reason=row["reason"],
                prompt_tokens=row["prompt_tokens"],
                cached_tokens=row["cached_tokens"],
                generated_tokens=row["generated_tokens"],
                prompt_seconds=row["prompt_seconds"],
                generation_seconds=row["generation_seconds"],
            )
        return StoredMessage(
            id=MessageId(row["id"]),
            conversation=ConversationId(row["conversation"]),
            parent=None if row["parent"] is None else MessageId(row["parent"]),
            role=row["role"],
            text=row["text"],
            state=row["state"],
            created=row["created"],
            origin=origin,
            outcome=outcome,
            has_tokens=bool(row["has_tokens"]),
        )


def _key(table: Table) -> int:
    """Return the key of the row inserted last."""
    key = table.last_pk
    assert isinstance(key, int)
    return key


def _short(title: str) -> str:
    """Return the first line of `title`, cut at a length that fits a list."""
    line = " ".join(title.split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"
