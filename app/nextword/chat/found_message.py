"""The path through a message that a search found becomes the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextword.chat.tree import Tree
from nextword.history.records import ConversationId, MessageId

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations


def show_through(conversation: ConversationId, message: MessageId, conversations: Conversations) -> None:
    """Show the newest path that has `message` when the conversation is opened next; it stays when it has it already."""
    stored = conversations.read(conversation)
    tree = Tree(stored.messages)
    shown = {shown.id for shown in tree.path(stored.head)} if stored.head in tree else set()
    if message in tree and message not in shown:
        conversations.set_head(conversation, tree.newest_end(message))
