"""What is being written and was not sent: kept across a restart, a second after the last key at most."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from nextword.chat.answer import Later
from nextword.chat.history_work import keep_draft, read_draft
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import Attachment, ConversationId

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.drafts import Draft

_AFTER_SECONDS = 1.0


class DraftKeeper:
    """Writes drafts, not with every key. was_read: the draft of the conversation that was opened last."""

    def __init__(self, history: History, later: Later) -> None:
        self.was_read: Event[Draft] = Event()
        self.failed: Event[NextwordError] = Event()
        self._history = history
        self._later = later
        self._waiting: dict[ConversationId | None, tuple[str, tuple[Attachment, ...]]] = {}
        self._due = False
        self._read_for = 0

    def note(self, conversation: ConversationId | None, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Keep a draft soon."""
        self._waiting[conversation] = (text, attachments)
        if not self._due:
            self._due = True
            self._later(_AFTER_SECONDS, self.flush)

    def keep(self, conversation: ConversationId | None, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Keep a draft at once."""
        self.note(conversation, text, attachments)
        self.flush()

    def forget(self, conversation: ConversationId | None) -> None:
        """Write nothing more of a draft: it is being sent."""
        self._waiting.pop(conversation, None)

    def flush(self) -> None:
        """Keep what is not kept yet."""
        self._due = False
        waiting, self._waiting = self._waiting, {}
        for conversation, (text, attachments) in waiting.items():
            self._history.run(partial(keep_draft, conversation, text, attachments), failed=self.failed.emit)

    def read(self, conversation: ConversationId | None) -> None:
        """Read the draft of a conversation, or of the one that has not begun; `was_read` tells of the last asked."""
        self._read_for += 1
        number = self._read_for

        def on_read(draft: Draft) -> None:
            if number == self._read_for:
                self.was_read.emit(draft)

        work: Callable[..., Draft] = partial(read_draft, conversation)
        self._history.run(work, done=on_read, failed=self.failed.emit)
