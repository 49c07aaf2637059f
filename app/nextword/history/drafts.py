"""What stands in the message box of a conversation and has not been sent."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from nextword.history.records import Attachment, ConversationId
from nextword.history.records import Draft as Draft
from nextword.history.store import Store, storable

_NEW = 0
"""Where the chat that has not begun keeps its draft."""


class Drafts:
    """One draft for every conversation, and one for the chat that has not begun: conversation None."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, conversation: ConversationId | None) -> Draft:
        """Return the draft; an empty one if there is none."""
        sql = "select text, attachments from drafts where conversation = ?"
        row = next(self._store.tuples(sql, [_NEW if conversation is None else conversation]), None)
        return Draft() if row is None else Draft(row[0], msgspec.json.decode(row[1], type=tuple[Attachment, ...]))

    def keep(self, conversation: ConversationId | None, text: str, attachments: Sequence[Attachment] = ()) -> None:
        """Keep a draft in the place of the one before; an empty one is none."""
        key = _NEW if conversation is None else conversation
        if not text and not attachments:
            self.drop(conversation)
            return
        files = [Attachment(storable(file.name), file.kind, storable(file.text)) for file in attachments]
        row = (key, storable(text), msgspec.json.encode(files).decode(), time.time())
        with self._store.db.atomic():
            sql = "insert or replace into drafts (conversation, text, attachments, updated) values (?, ?, ?, ?)"
            self._store.db.execute(sql, row)

    def drop(self, conversation: ConversationId | None) -> None:
        """Forget a draft: it was sent."""
        with self._store.db.atomic():
            key = _NEW if conversation is None else conversation
            self._store.db.execute("delete from drafts where conversation = ?", [key])
