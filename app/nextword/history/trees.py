"""A whole conversation as one value, free of row numbers: what is exported, imported and copied.

Knows nothing of SQL and of files; `reading_trees` and `writing_trees` take it out of the database and put it in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from nextword.history.records import Attachment, ConversationKind, Origin, Outcome, Role, State

SYSTEM_PROMPT = "system_prompt"
SET_ASIDE = "imported_system_prompt"
"""In the settings of a conversation: a system prompt that came with an import and is not sent. It has no effect until
a person makes it the system prompt."""


class TokenBlock(Struct, frozen=True, omit_defaults=True):
    """Packed tokens (engine/tokens.py) and the text they came with."""

    text: str
    block: bytes


class TokenTreeBlock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tree of continuations of a document (token_trees.py). Times are seconds since 1970 (UTC)."""

    name: str
    created: float
    updated: float
    content: bytes
    deleted: float | None = None


class TreeMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message. parent: the place of its parent in the messages of the tree, always before its own.

    created, deleted: seconds since 1970 (UTC); deleted: when this version was put into the trash; deleted_with: the
    place of the message it went there with, its own if it was itself deleted.
    """

    parent: int | None
    role: Role
    text: str
    created: float
    state: State = "complete"
    deleted: float | None = None
    deleted_with: int | None = None
    origin: Origin | None = None
    outcome: Outcome | None = None
    blocks: tuple[TokenBlock, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Tree(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation with every version. head: the place of the message that ends the path shown last.

    source: "" for a conversation that was held here, else the program it was imported from. folder: names of
    folders, the outermost first. settings: JSON values, see records.py. created, updated, archived: seconds since
    1970 (UTC). What stands unsent in the message box is no part of it. token_trees: of a document, the oldest first.
    """

    title: str
    created: float
    updated: float
    messages: tuple[TreeMessage, ...] = ()
    head: int | None = None
    source: str = ""
    folder: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived: float | None = None
    settings: dict[str, Any] = {}
    kind: ConversationKind = "chat"
    token_trees: tuple[TokenTreeBlock, ...] = ()


def fingerprint(tree: Tree) -> str:
    """Return what tells the same conversation again: a hash of its messages and their times.

    Title, folder, tags and settings do not count, because they change without making it another conversation.
    """
    digest = hashlib.sha256(repr(tree.created).encode())
    for message in tree.messages:
        digest.update(msgspec.json.encode((message.parent, message.role, message.created, message.text)))
    return digest.hexdigest()


def shown_path(tree: Tree) -> list[TreeMessage]:
    """Return the messages from the first to the one that ends the shown path."""
    path: list[TreeMessage] = []
    place = tree.head if tree.head is not None else _last_end(tree.messages)
    while place is not None:
        path.append(tree.messages[place])
        place = path[-1].parent
    return path[::-1]


def document_text(tree: Tree) -> str:
    """Return the text of a document: the messages of the shown path, one after the other."""
    return "".join(message.text for message in shown_path(tree))


def _last_end(messages: Sequence[TreeMessage]) -> int | None:
    kept = [place for place, message in enumerate(messages) if message.deleted is None]
    return kept[-1] if kept else None
