"""What a session has done on the history thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nextword.engine.tokens import TokensNotReadable, TokenStep, unpack
from nextword.errors import TokensDamaged
from nextword.history.records import (
    Attachment,
    ConversationId,
    Draft,
    MessageId,
    Role,
    StoredConversation,
    StoredMessage,
)

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations
    from nextword.history.trash import DeletedVersion


class NewMessage(Struct, frozen=True):
    """A message to be kept. conversation None: a new one, with `settings`. sent: what stood in the box was this."""

    conversation: ConversationId | None
    parent: MessageId | None
    role: Role
    text: str
    attachments: tuple[Attachment, ...] = ()
    settings: Mapping[str, Any] = {}
    sent: bool = False


def add_message(new: NewMessage, conversations: Conversations) -> tuple[ConversationId, StoredMessage]:
    """Keep a message; return where and what it is. What was sent is no draft any more."""
    conversation = new.conversation
    with conversations.store.db.atomic():
        if conversation is None:
            title = new.attachments[0].name if new.attachments and not new.text.strip() else ""
            conversation = conversations.create(title, settings=new.settings)
        message = conversations.add_message(conversation, new.parent, new.role, new.text, attachments=new.attachments)
        if new.sent:
            conversations.drafts.drop(new.conversation)
    return conversation, conversations.message(message)


def set_settings(conversation: ConversationId, settings: Mapping[str, Any], conversations: Conversations) -> None:
    """Keep the preferences of a conversation."""
    conversations.set_settings(conversation, settings)


def set_head(conversation: ConversationId | None, end: MessageId, conversations: Conversations) -> None:
    """Remember which path is shown."""
    if conversation is not None:
        conversations.set_head(conversation, end)


def read_tokens(message: MessageId, conversations: Conversations) -> list[TokenStep]:
    """Return the tokens of an answer. Raises TokensDamaged."""
    try:
        return [step for block in conversations.tokens(message) for step in unpack(block)]
    except TokensNotReadable as error:
        raise TokensDamaged(str(error)) from error


def read_all(conversation: ConversationId, conversations: Conversations) -> StoredConversation:
    """Return a conversation with the versions in the trash."""
    return conversations.read(conversation, deleted=True)


def delete_version(message: MessageId, conversations: Conversations) -> tuple[DeletedVersion, StoredConversation]:
    """Put a version into the trash; return what went there, and the conversation as it is now."""
    gone = conversations.trash.delete(message)
    return gone, conversations.read(gone.conversation, deleted=True)


def restore_version(message: MessageId, head: MessageId | None, conversations: Conversations) -> StoredConversation:
    """Take a version out of the trash; return the conversation as it is now."""
    conversations.trash.restore(message, head)
    return conversations.read(conversations.message(message).conversation, deleted=True)


def keep_draft(conversation: ConversationId | None, draft: Draft, conversations: Conversations) -> None:
    """Keep what is being written."""
    conversations.drafts.keep(conversation, draft.text, draft.attachments)


def read_draft(conversation: ConversationId | None, conversations: Conversations) -> Draft:
    """Return what was being written in a conversation, or in the one that has not begun."""
    return conversations.drafts.read(conversation)
