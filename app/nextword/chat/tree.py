"""The tree of a conversation: paths, versions, and which end a path leads to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nextword.history.records import MessageId, StoredMessage


class Tree:
    """Messages by parent; versions of a message are the children of one parent, in order of their making."""

    def __init__(self, messages: Iterable[StoredMessage] = ()) -> None:
        self._messages: dict[MessageId, StoredMessage] = {}
        self._children: dict[MessageId | None, list[MessageId]] = defaultdict(list)
        for message in messages:
            self.add(message)

    def add(self, message: StoredMessage) -> None:
        """Add a message or replace the one with its id; its parent must be there already."""
        if message.id not in self._messages:
            self._children[message.parent].append(message.id)
        self._messages[message.id] = message

    def get(self, message: MessageId) -> StoredMessage:
        """Return a message. Raises KeyError."""
        return self._messages[message]

    def __contains__(self, message: object) -> bool:
        return message in self._messages

    def versions(self, message: MessageId) -> list[MessageId]:
        """Return the versions of `message`, itself among them, the oldest first."""
        return list(self._children[self._messages[message].parent])

    def path(self, end: MessageId | None) -> list[StoredMessage]:
        """Return the messages from the root to `end`; empty for None or an unknown id."""
        found: list[StoredMessage] = []
        seen: set[MessageId] = set()
        while end is not None and end in self._messages and end not in seen:
            seen.add(end)  # a damaged database could hold a ring
            message = self._messages[end]
            found.append(message)
            end = message.parent
        return found[::-1]

    def newest_end(self, message: MessageId) -> MessageId:
        """Return the end of the path that goes through `message` and takes the newest version each time."""
        seen = {message}
        while children := self._children[message]:
            message = children[-1]
            if message in seen:
                break
            seen.add(message)
        return message

    def newest_root_end(self) -> MessageId | None:
        """Return the newest end of all, None for an empty tree."""
        roots = self._children[None]
        return self.newest_end(roots[-1]) if roots else None
