"""The rows of the history as values: what is read from the database and what is written to it."""

from __future__ import annotations

from typing import Literal, NewType, TypeAlias

from msgspec import Struct

ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)

Role: TypeAlias = Literal["system", "user", "assistant"]
State: TypeAlias = Literal["complete", "generating", "stopped", "interrupted"]
"""generating: being written now; stopped: by the person; interrupted: the engine or the program ended first."""


class Origin(Struct, frozen=True):
    """What made a message: enough to make it again. sampling: the settings as plain values, without the seed."""

    model_file: str
    model_sha256: str
    model_name: str
    template_hash: str
    sampling: dict[str, float | int | str | bool]
    seed: int
    app_version: str
    engine_version: str
    engine_variant: str


class Outcome(Struct, frozen=True):
    """How an answer ended. reason: one of StopReason (engine/replies.py) or the class name of an error."""

    state: State
    reason: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    prompt_seconds: float = 0.0
    generation_seconds: float = 0.0


class StoredMessage(Struct, frozen=True):
    """A message as stored. parent is None for the first of a conversation; created: seconds since 1970 (UTC).

    has_tokens: whether token blocks can be read for it.
    """

    id: MessageId
    conversation: ConversationId
    parent: MessageId | None
    role: Role
    text: str
    state: State
    created: float
    origin: Origin | None = None
    outcome: Outcome | None = None
    has_tokens: bool = False


class ConversationSummary(Struct, frozen=True):
    """One row of the conversation list. updated: seconds since 1970 (UTC), of the last message."""

    id: ConversationId
    title: str
    preview: str
    updated: float
    deleted: bool = False


class StoredConversation(Struct, frozen=True):
    """A whole tree. head: the message at the end of the path that was shown last; messages in order of id."""

    id: ConversationId
    title: str
    head: MessageId | None
    messages: tuple[StoredMessage, ...] = ()


class HistoryChange(Struct, frozen=True):
    """What a write touched; listeners read again what they show."""

    conversations: bool = False
    conversation: ConversationId | None = None
