"""The rows of the history as values: what is read from the database and what is written to it."""

from __future__ import annotations

from typing import Any, Literal, NewType, TypeAlias

from msgspec import Struct

ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
FolderId = NewType("FolderId", int)

Role: TypeAlias = Literal["system", "user", "assistant"]
ConversationKind: TypeAlias = Literal["chat", "document"]
"""document: a text of Write, which is its messages, one after the other; a person wrote those of the role "user"."""

State: TypeAlias = Literal["complete", "generating", "stopped", "interrupted"]
"""generating: being written now; stopped: by the person; interrupted: the engine or the program ended first."""


class Origin(Struct, frozen=True):
    """What made a message: enough to make it again. sampling: the settings as JSON values, without the seed."""

    model_file: str
    model_sha256: str
    model_name: str
    template_hash: str
    sampling: dict[str, Any]
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


class Attachment(Struct, frozen=True):
    """A text that goes with a message. name: of the file it came from; kind: what it is, such as "csv" or "pdf"."""

    name: str
    kind: str
    text: str


class Draft(Struct, frozen=True):
    """A text that is being written, and what is to go with it."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


class StoredMessage(Struct, frozen=True):
    """A message as stored. parent is None for the first of a conversation; created: seconds since 1970 (UTC).

    has_tokens: whether token blocks can be read for it. deleted: when it went into the trash, None if it is not there.
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
    attachments: tuple[Attachment, ...] = ()
    deleted: float | None = None


class ConversationSummary(Struct, frozen=True):
    """One row of the conversation list. updated: seconds since 1970 (UTC), of the last message.

    folder: None when it is in none.
    """

    id: ConversationId
    title: str
    preview: str
    updated: float
    deleted: bool = False
    pinned: bool = False
    archived: bool = False
    folder: FolderId | None = None
    tags: tuple[str, ...] = ()
    source: str = ""


class Folder(Struct, frozen=True):
    """A folder of conversations. parent: None at the top."""

    id: FolderId
    name: str
    parent: FolderId | None = None


Place: TypeAlias = Literal["shown", "archive", "anywhere", "trash"]
"""shown: the list; archive: what was put away; anywhere: both of them."""


class Filters(Struct, frozen=True):
    """Which conversations are wanted; what is left out does not matter.

    model: the name of a model that answered in it; since, until: seconds since 1970 (UTC) of its last use, until
    excluded; tags: all of them; folder: it or one below it; kind: None for all.
    """

    place: Place = "anywhere"
    kind: ConversationKind | None = "chat"
    model: str = ""
    since: float | None = None
    until: float | None = None
    tags: tuple[str, ...] = ()
    folder: FolderId | None = None
    pinned: bool | None = None


class StoredConversation(Struct, frozen=True):
    """A whole tree. head: the message at the end of the path that was shown last; messages in order of id.

    settings: JSON values, what is not there is as in the settings of the program. source: "" or the program it was
    imported from. created, updated: seconds since 1970 (UTC).
    """

    id: ConversationId
    title: str
    head: MessageId | None
    messages: tuple[StoredMessage, ...] = ()
    settings: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    folder: FolderId | None = None
    pinned: bool = False
    archived: bool = False
    source: str = ""
    created: float = 0.0
    updated: float = 0.0
    deleted: bool = False
    kind: ConversationKind = "chat"


class HistoryChange(Struct, frozen=True):
    """What a write touched; listeners read again what they show.

    conversations: the list or its folders and tags; library: presets or prompts; experiments: anything of the lab.
    """

    conversations: bool = False
    conversation: ConversationId | None = None
    library: bool = False
    experiments: bool = False
