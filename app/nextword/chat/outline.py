"""A conversation as a tree to look at: what each version begins with, and where it parts from those beside it."""

from __future__ import annotations

import os.path
from collections import defaultdict
from collections.abc import Collection, Sequence

from msgspec import Struct

from nextword.chat.tree import Tree
from nextword.history.records import MessageId, Role, State, StoredMessage

_LOOKED_AT_CHARACTERS = 4000
_WORDS_CHARACTERS = 80


class Node(Struct, frozen=True):
    """A version. words: its first words. differs: its words from the first in which it and one beside it differ; ""
    for the only version. deleted: it is in the trash. created: seconds since 1970 (UTC)."""

    id: MessageId
    parent: MessageId | None
    role: Role
    words: str
    differs: str
    on_path: bool
    deleted: bool
    state: State
    created: float
    model: str = ""


class Outline(Struct, frozen=True):
    """All versions in order of their making: a parent comes before what answers it."""

    nodes: tuple[Node, ...] = ()


def outline_of(tree: Tree, path: Collection[MessageId]) -> Outline:
    """Return the outline of a tree of which `path` is shown."""
    versions: defaultdict[MessageId | None, list[StoredMessage]] = defaultdict(list)
    for message in tree.all():
        versions[message.parent].append(message)
    starts = {parent: _common(group) for parent, group in versions.items()}
    shown = frozenset(path)
    return Outline(tuple(_node(message, starts[message.parent], shown) for message in tree.all()))


def _node(message: StoredMessage, start: int, shown: frozenset[MessageId]) -> Node:
    differs = "" if start < 0 else _words(message.text[start:])
    if start > 0 and differs:
        differs = f"… {differs}"
    return Node(
        id=message.id,
        parent=message.parent,
        role=message.role,
        words=_words(message.text),
        differs=differs,
        on_path=message.id in shown,
        deleted=message.deleted is not None,
        state=message.state,
        created=message.created,
        model=message.origin.model_name if message.origin is not None else "",
    )


def _common(versions: Sequence[StoredMessage]) -> int:
    """Return after how many characters, at the beginning of a word, the versions differ; -1 for a single one."""
    if len(versions) < 2:
        return -1
    texts = [message.text[:_LOOKED_AT_CHARACTERS] for message in versions]
    common = os.path.commonprefix(texts)
    if all(len(text) == len(common) or text[len(common)].isspace() for text in texts):
        return len(common)
    return max((at + 1 for at, letter in enumerate(common) if letter.isspace()), default=0)


def _words(text: str) -> str:
    line = " ".join(text[: 8 * _WORDS_CHARACTERS].split())
    return line if len(line) <= _WORDS_CHARACTERS else line[: _WORDS_CHARACTERS - 1].rstrip() + "…"
