"""What a session has done on the history thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextword.engine.tokens import TokenStep, unpack
from nextword.history.records import ConversationId, MessageId, Role, StoredMessage

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations


def add_message(
    conversation: ConversationId | None, parent: MessageId | None, role: Role, text: str, conversations: Conversations
) -> tuple[ConversationId, StoredMessage]:
    """Keep a message, in a new conversation for None; return where and what it is."""
    if conversation is None:
        conversation = conversations.create()
    message = conversations.add_message(conversation, parent, role, text)
    return conversation, conversations.message(message)


def set_head(conversation: ConversationId | None, end: MessageId, conversations: Conversations) -> None:
    """Remember which path is shown."""
    if conversation is not None:
        conversations.set_head(conversation, end)


def read_tokens(message: MessageId, conversations: Conversations) -> list[TokenStep]:
    """Return the tokens of an answer. Raises TokensNotReadable."""
    return [step for block in conversations.tokens(message) for step in unpack(block)]
