"""Whole conversations out of the database, as values."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from nextword.history.message_rows import read_messages
from nextword.history.records import ConversationId, StoredMessage
from nextword.history.store import Store
from nextword.history.trees import TokenBlock, TokenTreeBlock, Tree, TreeMessage

_BLOCKS = (
    "select b.message, b.text, b.block from messages m join token_blocks b on b.message = m.id"
    " where m.conversation = ? order by b.message, b.id"
)


def read_tree(store: Store, conversation: ConversationId, *, tokens: bool = True) -> Tree:
    """Return a conversation with all its versions, those in the trash too, and with `tokens` their token blocks and
    the trees of continuations of a document.

    Raises NoSuchRow.
    """
    row = store.row("conversation", conversation)
    messages = read_messages(store, "m.conversation = ?", [conversation])
    places: dict[int | None, int] = {message.id: place for place, message in enumerate(messages)}
    blocks: defaultdict[int, list[TokenBlock]] = defaultdict(list)
    if tokens and any(message.has_tokens for message in messages):
        for key, text, block in store.tuples(_BLOCKS, [conversation]):
            blocks[key].append(TokenBlock(text, block))
    with_whom: dict[int, int | None] = {}
    if any(message.deleted is not None for message in messages):
        sql = "select id, deleted_with from messages where conversation = ? and deleted is not null"
        with_whom = {key: places.get(other) for key, other in store.tuples(sql, [conversation])}
    tags = store.tuples("select tag from conversation_tags where conversation = ? order by id", [conversation])
    return Tree(
        title=row["title"],
        created=row["created"],
        updated=row["updated"],
        messages=tuple(_message(message, places, blocks, with_whom) for message in messages),
        head=places.get(row["head"]),
        source=row["source"],
        folder=_folder_names(store, row["folder"]),
        tags=tuple(tag for (tag,) in tags),
        pinned=bool(row["pinned"]),
        archived=row["archived"],
        settings=json.loads(row["settings"]),
        kind=row["kind"],
        token_trees=_token_trees(store, conversation) if tokens and row["kind"] == "document" else (),
    )


def _token_trees(store: Store, conversation: ConversationId) -> tuple[TokenTreeBlock, ...]:
    sql = "select name, created, updated, content, deleted from token_trees where conversation = ? order by id"
    return tuple(
        TokenTreeBlock(name=name, created=created, updated=updated, content=content, deleted=deleted)
        for name, created, updated, content, deleted in store.tuples(sql, [conversation])
    )


def _message(
    message: StoredMessage,
    places: dict[int | None, int],
    blocks: dict[int, list[TokenBlock]],
    with_whom: dict[int, int | None],
) -> TreeMessage:
    return TreeMessage(
        parent=places.get(message.parent),
        role=message.role,
        text=message.text,
        created=message.created,
        state=message.state,
        deleted=message.deleted,
        deleted_with=with_whom.get(message.id),
        origin=message.origin,
        outcome=message.outcome,
        blocks=tuple(blocks[message.id]) if message.id in blocks else (),
        attachments=message.attachments,
    )


def _folder_names(store: Store, folder: int | None) -> tuple[str, ...]:
    """Return the names from the outermost folder to the one a conversation is shown in."""
    if folder is None:
        return ()
    rows = {row[0]: (row[1], row[2]) for row in store.tuples("select id, name, parent from folders")}
    shown = store.shown_folders()
    names: list[str] = []
    above: int | None = shown.get(folder)  # type: ignore[call-overload]
    seen: set[int] = set()
    while above is not None and above in rows and above not in seen:
        seen.add(above)
        names.append(rows[above][0])
        parent = rows[above][1]
        above = None if parent is None else shown.get(parent)
    return tuple(reversed(names))


def conversation_ids(store: Store, chosen: Sequence[ConversationId] | None) -> list[ConversationId]:
    """Return the conversations to be written out: those chosen, or all that are not in the trash."""
    if chosen is not None:
        return list(chosen)
    return [
        ConversationId(row[0]) for row in store.tuples("select id from conversations where deleted is null order by id")
    ]
