"""What is on screen of a conversation: the tree that was read, its current path, and the answer that grows in it."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.chat.answer import Answer, ShownMessage, shown_of
from nextword.chat.tree import Tree
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId


class Screen:
    """shown: the messages of the current path, the first first. answer: the one being made, perhaps elsewhere.

    history: where the conversation is kept; of a temporary one in memory alone.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.temporary = False
        self.conversation: ConversationId | None = None
        self.title = ""
        self.tree = Tree()
        self.shown: list[ShownMessage] = []
        self.answer: Answer | None = None
        self.reset: Event[None] = Event()
        self.message_added: Event[int] = Event()
        self.message_changed: Event[int] = Event()
        self.tokens_added: Event[int] = Event()

    def clear(self, conversation: ConversationId | None) -> None:
        """Show nothing of `conversation` yet."""
        self.conversation, self.title, self.tree = conversation, "", Tree()
        self.shown = []
        self.reset.emit(None)

    def show_path(self, end: MessageId | None) -> None:
        """Show the path to `end`, with the answer that grows in it."""
        self.shown = [shown_of(message) for message in self.tree.path(end)]
        if self.answer is not None and self.answer.conversation == self.conversation:
            growing = self.answer.message
            self.shown = [growing if m.id == growing.id and m.id is not None else m for m in self.shown]
            if growing not in self.shown and self.last_id() == self.answer.parent:
                self.shown.append(growing)
        self.count_versions()
        self.reset.emit(None)

    def add(self, message: ShownMessage) -> None:
        """Show a message at the end of the path."""
        self.shown.append(message)
        self.message_added.emit(len(self.shown) - 1)

    def cut(self, index: int) -> None:
        """Show the path only up to before `index`; nothing is lost, the versions stay in the tree."""
        if index < len(self.shown):
            self.shown = self.shown[:index]  # another list: who has not heard of it yet has the one before
            self.reset.emit(None)

    def tell_changed(self, message: ShownMessage) -> None:
        """Say that a message looks different now, if it is on screen."""
        if message in self.shown:
            self.message_changed.emit(self.shown.index(message))

    def count_versions(self) -> None:
        """Give every message its place among its versions."""
        for message in self.shown:
            if message.id is not None and message.id in self.tree:
                versions = self.tree.versions(message.id)
                message.sibling_index, message.sibling_count = versions.index(message.id), len(versions)

    def store_text(self, message: ShownMessage) -> None:
        """Note in the tree what has become of a message."""
        if message.id is not None and message.id in self.tree:
            stored = self.tree.get(message.id)
            self.tree.add(
                replace(
                    stored,
                    text=message.text,
                    state=message.state,
                    outcome=message.outcome,
                    has_tokens=message.has_tokens,
                )
            )

    def last_id(self) -> MessageId | None:
        """Return the end of the path that is kept; an answer that could not be kept is not in it."""
        return next((message.id for message in reversed(self.shown) if message.id is not None), None)

    def has_answer(self) -> bool:
        """Say whether the answer that is being made is one of the messages shown."""
        return self.answer is not None and self.answer.message in self.shown
