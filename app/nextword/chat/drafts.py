"""What is being written and was not sent: kept across a restart, a second after the last key at most."""

from __future__ import annotations

from functools import partial

from nextword.chat.answer import Later
from nextword.chat.history_work import keep_draft, read_draft
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import Attachment, ConversationId, Draft

_AFTER_SECONDS = 1.0


class DraftKeeper:
    """Writes drafts, not with every key. was_read: the draft of the conversation that was opened last.

    What was written in this run is in memory too: a draft is there at once, and nobody is quicker than it.
    """

    def __init__(self, history: History, later: Later) -> None:
        self.was_read: Event[Draft] = Event()
        self.failed: Event[NextwordError] = Event()
        self._history = history
        self._later = later
        self._known: dict[ConversationId | None, Draft] = {}
        self._waiting: set[ConversationId | None] = set()
        self._due = False
        self._read_for = 0

    def note(self, conversation: ConversationId | None, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Keep a draft soon."""
        self._known[conversation] = Draft(text, attachments)
        self._waiting.add(conversation)
        if not self._due:
            self._due = True
            self._later(_AFTER_SECONDS, self.flush)

    def keep(self, conversation: ConversationId | None, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Keep a draft at once."""
        self.note(conversation, text, attachments)
        self.flush()

    def add(self, conversation: ConversationId | None, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Put something to the draft of a conversation that is not on screen: a text before what stands there."""

        def on_read(draft: Draft) -> None:
            known = self._known.get(conversation, draft)
            whole = "\n".join(part for part in (text, known.text) if part)
            self.keep(conversation, whole, (*known.attachments, *attachments))

        if conversation in self._known:
            on_read(self._known[conversation])
        else:
            self._history.run(partial(read_draft, conversation), done=on_read, failed=self.failed.emit)

    def forget(self, conversation: ConversationId | None) -> None:
        """Write nothing more of a draft: it is being sent."""
        self._known[conversation] = Draft()
        self._waiting.discard(conversation)

    def flush(self) -> None:
        """Keep what is not kept yet."""
        self._due = False
        waiting, self._waiting = self._waiting, set()
        for conversation in waiting:
            work = partial(keep_draft, conversation, self._known[conversation])
            self._history.run(work, failed=self.failed.emit)

    def read(self, conversation: ConversationId | None) -> None:
        """Tell the draft of a conversation, or of the one that has not begun, unless another is asked for before."""
        self._read_for += 1
        number = self._read_for

        def on_read(draft: Draft) -> None:
            if number == self._read_for:
                self.was_read.emit(self._known.setdefault(conversation, draft))

        if conversation in self._known:
            on_read(self._known[conversation])
        else:
            self._history.run(partial(read_draft, conversation), done=on_read, failed=self.failed.emit)
