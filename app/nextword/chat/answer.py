"""A message as it is shown, and an answer that grows: its text, its tokens, and what of it is kept already."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from nextword.engine.tokens import TokenStep, Utf8Stream, pack, text_of
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import (
    Attachment,
    ConversationId,
    MessageId,
    Origin,
    Outcome,
    Role,
    State,
    StoredMessage,
)

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations

FLUSH_SECONDS = 0.5
FLUSH_TOKENS = 64

Later: TypeAlias = Callable[[float, Callable[[], None]], None]
"""Call a function on this thread after some seconds."""


@dataclass(slots=True, eq=False)
class ShownMessage:
    """A message of the path on screen.

    steps: the tokens of an answer, empty until they are loaded (has_tokens says whether there are any).
    version_index counts from 0. error: why an answer is missing or incomplete, for this run only.
    """

    id: MessageId | None
    role: Role
    text: str
    state: State = "complete"
    steps: list[TokenStep] = field(default_factory=list)
    has_tokens: bool = False
    sibling_index: int = 0
    sibling_count: int = 1
    origin: Origin | None = None
    outcome: Outcome | None = None
    error: NextwordError | None = None
    created: float = field(default_factory=time.time)
    attachments: tuple[Attachment, ...] = ()


def shown_of(stored: StoredMessage) -> ShownMessage:
    """Return a stored message as it is shown, its tokens not loaded."""
    return ShownMessage(
        id=stored.id,
        role=stored.role,
        text=stored.text,
        state=stored.state,
        has_tokens=stored.has_tokens,
        origin=stored.origin,
        outcome=stored.outcome,
        created=stored.created,
        attachments=stored.attachments,
    )


class Answer:
    """An answer while it is generated. start: tokens it begins with (continued or branched from another)."""

    def __init__(
        self,
        *,
        conversation: ConversationId,
        parent: MessageId,
        start: Sequence[TokenStep],
        history: History,
        later: Later,
    ) -> None:
        self.conversation = conversation
        self.parent = parent
        self.job: int | None = None
        self.temporary = False  # nothing of it may reach a disk
        self.message = ShownMessage(None, "assistant", "", state="generating")
        self._history = history
        self._later = later
        self._stream = Utf8Stream()
        self._kept_steps = 0
        self._kept_characters = 0
        self._flushed_at = time.monotonic()
        self._flush_due = False
        self._row_asked = False
        self._row: MessageId | None = None  # as the history thread knows it
        for step in start:
            self._grow(step)

    def begin(self, origin: Origin, done: Callable[[MessageId], None], failed: Callable[[NextwordError], None]) -> None:
        """Ask the history for a row, once the engine has taken the job."""
        self.message.origin = origin
        self._row_asked = True
        self._history.keep(partial(self._begin, origin), done=partial(self._on_row, done), failed=failed)

    def add(self, step: TokenStep) -> None:
        """Append a token; it is kept on disk half a second later, or with the 64th."""
        self._grow(step)
        waiting = len(self.message.steps) - self._kept_steps
        if waiting >= FLUSH_TOKENS or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()
        elif not self._flush_due:
            self._flush_due = True
            self._later(FLUSH_SECONDS, self._on_flush_due)

    def trim(self, size_bytes: int) -> None:
        """Take the beginning of a stop text off the end; the last token keeps its id."""
        steps = self.message.steps
        if size_bytes and steps:
            steps[-1] = replace(steps[-1], text=steps[-1].text[:-size_bytes])
            self.message.text = text_of(steps)
            self._stream = Utf8Stream()

    def flush(self) -> None:
        """Hand everything that is not kept yet to the history, which keeps it in memory while there is no room."""
        self._flush_due = False
        message = self.message
        if not self._row_asked or len(message.steps) == self._kept_steps:
            return
        steps = tuple(message.steps[self._kept_steps :])
        text = message.text[self._kept_characters :]
        self._kept_steps, self._kept_characters = len(message.steps), len(message.text)
        self._flushed_at = time.monotonic()
        self._history.keep(partial(self._append, text, steps))

    def finish(
        self,
        outcome: Outcome,
        *,
        done: Callable[[], None],
        waits: Callable[[NextwordError], None],
        failed: Callable[[NextwordError], None],
    ) -> None:
        """Close the answer; its row gets the whole text and one block of tokens. `done` when that is on disk.

        waits: there is no room for it now; `done` comes when there is.
        """
        message = self.message
        message.text += self._stream.finish()
        message.state, message.outcome = outcome.state, outcome
        message.has_tokens = bool(message.steps)
        if not self._row_asked:
            done()
            return
        # The row's id may still be on its way: the history thread works in order, so it is known by then.
        work = partial(self._finish, message.text, outcome, tuple(message.steps))
        self._history.keep(work, done=partial(self._on_finished, done), waits=waits, failed=failed)

    def _grow(self, step: TokenStep) -> None:
        self.message.steps.append(step)
        if not step.special:
            self.message.text += self._stream.feed(step.text)

    def _on_flush_due(self) -> None:
        if self._flush_due and self.message.state == "generating":
            self.flush()

    def _on_row(self, done: Callable[[MessageId], None], row: MessageId) -> None:
        self.message.id = row
        if self.message.state == "generating":
            self.flush()
        done(row)

    def _on_finished(self, done: Callable[[], None], row: MessageId) -> None:
        self.message.id = row
        done()

    # --- on the history thread ------------------------------------------------------------------------------

    def _begin(self, origin: Origin, conversations: Conversations) -> MessageId:
        self._row = conversations.begin_answer(self.conversation, self.parent, origin)
        return self._row

    def _append(self, text: str, steps: tuple[TokenStep, ...], conversations: Conversations) -> None:
        if self._row is not None:  # else it could not be begun, which was told
            conversations.append_tokens(self._row, text, pack(steps))

    def _finish(
        self, text: str, outcome: Outcome, steps: tuple[TokenStep, ...], conversations: Conversations
    ) -> MessageId:
        row = self._row
        if row is None:  # it could not be begun; perhaps it can now
            assert self.message.origin is not None, "begun"
            row = self._begin(self.message.origin, conversations)
        conversations.finish_answer(row, text, outcome, block=pack(steps) if steps else b"")
        return row
