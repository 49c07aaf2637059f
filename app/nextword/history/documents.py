"""Documents of Write: conversations whose messages, one after the other, are one text."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from nextword.history.message_rows import keep_outcome
from nextword.history.recipes import keep_recipe
from nextword.history.records import ConversationId, MessageId, Origin, Outcome, Role, State
from nextword.history.store import Store, inserted, storable


class Segment(Struct, frozen=True):
    """A part of a document by one author: "user" for the person, "assistant" for the model.

    block: its packed tokens, b"" for none; they need an origin. state "generating": it grows by `append_tokens`.
    """

    role: Role
    text: str
    state: State = "complete"
    block: bytes = b""
    origin: Origin | None = None
    outcome: Outcome | None = None


class Save(Struct, frozen=True):
    """What a document is now, told by what it was: `keep` from its beginning, then messages that get another content,
    then new ones. What followed `keep` before stays as another version.

    document: None for one that is not kept yet. title: takes the place of title_before, not of a name given to it.
    """

    document: ConversationId | None
    title: str
    title_before: str = ""
    settings: Mapping[str, Any] = {}
    keep: tuple[MessageId, ...] = ()
    change: tuple[tuple[MessageId, Segment], ...] = ()
    add: tuple[Segment, ...] = ()


class Saved(Struct, frozen=True):
    """path: the messages that are the text now."""

    document: ConversationId
    path: tuple[MessageId, ...]


class Documents:
    """See the module. A document is listed, renamed, deleted and searched like any conversation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, save: Save) -> Saved:
        """Write a document as it is now. Raises NoSuchRow."""
        now = time.time()
        with self._store.db.atomic():
            document = self._make(save, now) if save.document is None else save.document
            row = self._store.row("conversation", document)
            path = [*save.keep, *(message for message, _ in save.change)]
            for message, segment in save.change:
                self._store.row("message", message)
                changed = {"role": segment.role, "text": storable(segment.text), "state": segment.state}
                self._store.db.table("messages").update(message, changed)
                self._keep_tokens(message, segment)
            for segment in save.add:
                path.append(self._add(document, path[-1] if path else None, segment, now))
            head = path[-1] if path else None
            values: dict[str, Any] = {"head": head, "settings": json.dumps(dict(save.settings)), "updated": now}
            if row["title"] == save.title_before:
                values["title"] = storable(save.title)
            self._store.db.table("conversations").update(document, values)
        self._store.touched(document, listed=True)
        return Saved(document, tuple(path))

    def _make(self, save: Save, now: float) -> ConversationId:
        row = {"title": save.title_before, "created": now, "updated": now, "kind": "document"}
        return ConversationId(inserted(self._store.db.table("conversations").insert(row)))

    def _add(self, document: ConversationId, parent: MessageId | None, segment: Segment, now: float) -> MessageId:
        row = {
            "conversation": document,
            "parent": parent,
            "role": segment.role,
            "text": storable(segment.text),
            "state": segment.state,
            "created": now,
        }
        message = MessageId(inserted(self._store.db.table("messages").insert(row)))
        self._keep_tokens(message, segment)
        return message

    def _keep_tokens(self, message: MessageId, segment: Segment) -> None:
        db = self._store.db
        for table in ("token_blocks", "origins", "outcomes"):
            db.table(table).delete_where("message = ?", [message])
        if segment.origin is not None:
            recipe = keep_recipe(self._store, segment.origin)
            db.table("origins").insert({"message": message, "recipe": recipe, "seed": segment.origin.seed})
        if segment.outcome is not None:
            keep_outcome(self._store, message, segment.outcome)
        if segment.block:
            db.table("token_blocks").insert({"message": message, "text": segment.text, "block": segment.block})
