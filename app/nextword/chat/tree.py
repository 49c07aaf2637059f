"""The tree of a conversation: paths, versions, and which end a path leads to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from nextword.history.records import MessageId, StoredMessage


class Tree:
    """Messages by parent; versions of a message are the children of one parent, in order of their making.

    What is in the trash is there to be looked at alone: it is no version, and on no path that is found here.
    """

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
        return self.answers(self._messages[message].parent)

    def answers(self, message: MessageId | None) -> list[MessageId]:
        """Return what answers `message`, the oldest first; the versions of the first message for None."""
        return [child for child in self._children.get(message, ()) if self._messages[child].deleted is None]

    def all(self) -> Iterator[StoredMessage]:
        """Return every message, those in the trash too, in order of their making."""
        return iter(self._messages.values())

    def has(self, message: MessageId | None) -> bool:
        """Say whether a message is there and not in the trash."""
        return message is not None and message in self and self._messages[message].deleted is None

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
        while children := self.answers(message):
            message = children[-1]
            if message in seen:
                break
            seen.add(message)
        return message

    def newest_root_end(self) -> MessageId | None:
        """Return the newest end of all, None for an empty tree."""
        roots = self.answers(None)
        return self.newest_end(roots[-1]) if roots else None
