"""Our own format for conversations in a file, `nextword-conversations` version 1: all that is known, line by line.

A file is UTF-8 text with one JSON object a line; `kind` says which:

* `header`: format, version, app_version. The first line.
* `conversation`: number (counted from 0 in this file), messages (how many follow), title, created, updated, head,
  source, folder (names, the outermost first), tags, pinned, archived, settings, what ("document" for a text of Write).
  What is left out has its default.
* `message`: conversation, place (counted from 0 in the conversation), parent (a place before it), role, text, created,
  state, deleted, deleted_with (a place), origin, outcome, attachments, and the tokens as blocks (base64; the format of
  a block is that of engine/tokens.py) with the text they came with.
* `token_tree`: conversation, name, created, updated, deleted, content (base64; the format is that of
  write/token_tree.py). A tree of continuations of a document. It names the model's file, so that it is left out where
  folders are.
* `end`: how many conversations and messages there are. Without it the file is cut short.

Times are seconds since 1970 (UTC). Numbers are written so that they are read back to the last bit. A line that is
damaged costs no other. Unknown fields are passed over; a change that old programs would misread raises the version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from nextword.history.records import Attachment, ConversationKind, Origin, Outcome, Role, State
from nextword.history.trees import TokenBlock, Tree, TreeMessage

FORMAT: Final = "nextword-conversations"
VERSION: Final = 1


class HeaderLine(Struct, frozen=True, tag_field="kind", tag="header"):
    format: str
    version: int
    app_version: str = ""


class ConversationLine(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="conversation"):
    """what: "document" for a text of Write."""

    number: int
    messages: int
    title: str
    created: float
    updated: float
    head: int | None = None
    source: str = ""
    folder: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived: float | None = None
    settings: dict[str, Any] = {}
    what: ConversationKind = "chat"


class MessageLine(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="message"):
    conversation: int
    place: int
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


class TokenTreeLine(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="token_tree"):
    conversation: int
    name: str
    created: float
    updated: float
    content: bytes
    deleted: float | None = None


class EndLine(Struct, frozen=True, tag_field="kind", tag="end"):
    conversations: int
    messages: int


Line: TypeAlias = HeaderLine | ConversationLine | MessageLine | TokenTreeLine | EndLine

_encoder: Final = msgspec.json.Encoder()
_NOT_OF_A_TREE: Final = ("number", "messages", "what")
_TREE_FIELDS: Final = tuple(name for name in ConversationLine.__struct_fields__ if name not in _NOT_OF_A_TREE)
_MESSAGE_FIELDS: Final = TreeMessage.__struct_fields__


def header(app_version: str) -> bytes:
    """Return the first line."""
    return _written(HeaderLine(FORMAT, VERSION, app_version))


def lines(tree: Tree, number: int) -> Iterator[bytes]:
    """Yield the lines of a conversation, each with its end."""
    about = {name: getattr(tree, name) for name in _TREE_FIELDS}
    yield _written(ConversationLine(number=number, messages=len(tree.messages), what=tree.kind, **about))
    for place, message in enumerate(tree.messages):
        fields = {name: getattr(message, name) for name in _MESSAGE_FIELDS}
        yield _written(MessageLine(conversation=number, place=place, **fields))
    for grown in tree.token_trees:
        yield _written(TokenTreeLine(conversation=number, **asdict(grown)))


def end(conversations: int, messages: int) -> bytes:
    """Return the last line."""
    return _written(EndLine(conversations, messages))


def without_places(tree: Tree) -> Tree:
    """Return the tree without the folders model files lie in, which name the person and the machine.

    Trees of continuations, which name them too, are left out.
    """
    return replace(tree, messages=tuple(map(_without_place, tree.messages)), token_trees=())


def _without_place(message: TreeMessage) -> TreeMessage:
    if message.origin is None:
        return message
    name = message.origin.model_file.replace("\\", "/").rpartition("/")[2]
    return replace(message, origin=replace(message.origin, model_file=name))


def without_deleted(tree: Tree) -> Tree:
    """Return the tree without versions that are in the trash."""
    places: dict[int | None, int | None] = {None: None}
    kept: list[TreeMessage] = []
    for place, message in enumerate(tree.messages):
        if message.deleted is None and message.parent in places:
            places[place] = len(kept)
            kept.append(replace(message, parent=places[message.parent]))
    grown = tuple(one for one in tree.token_trees if one.deleted is None)
    return replace(tree, messages=tuple(kept), head=places.get(tree.head), token_trees=grown)


def _written(line: Line) -> bytes:
    return _encoder.encode(line) + b"\n"
