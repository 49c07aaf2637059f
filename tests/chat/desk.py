"""A chat session on the real engine process, a tiny model and a real database, as the tests hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nextword.chat.answer import ShownMessage
from nextword.chat.session import ChatSession
from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.history.conversations import Conversations
from nextword.history.database import History
from nextword.history.records import StoredConversation
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from tests.deliveries import Deliveries


@dataclass
class Desk:
    """A session and what it stands on."""

    folder: Path
    deliver: Deliveries
    engine: Engine
    history: History
    settings: SettingsFile
    library: Library
    session: ChatSession
    failures: list[NextwordError] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)

    def until_idle(self) -> None:
        self.deliver.until(lambda: not self.session.busy)

    def say(self, text: str) -> ShownMessage:
        self.session.send(text)
        self.until_idle()
        return self.session.shown[-1]

    def read(self, work: Callable[[Conversations], StoredConversation]) -> StoredConversation:
        found: list[StoredConversation] = []
        self.history.run(work, done=found.append)
        self.deliver.until(lambda: found)
        return found[0]

    def stored(self) -> StoredConversation:
        conversation = self.session.conversation
        assert conversation is not None
        return self.read(lambda conversations: conversations.read(conversation))

    def reopen(self) -> None:
        self.session.open(self.session.conversation)
        self.deliver.until(lambda: self.session.shown)
