"""Trees of continuations are kept with their document and go with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.records import ConversationId


def test_a_tree_is_there_again_after_the_database_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    db = open_database(path)
    conversations = Conversations(db)
    document = conversations.create("Text")
    first = conversations.token_trees.add(document, "Once upon a time", b"\x01one")
    second = conversations.token_trees.add(document, "x" * 300, b"\x01two")
    conversations.token_trees.change(first, b"\x01grown")
    db.close()
    db = open_database(path)
    trees = Conversations(db).token_trees
    assert [tree.id for tree in trees.list(document)] == [second, first]
    assert trees.read(first) == b"\x01grown"
    assert len(trees.list(document)[0].name) == 120
    db.close()


def test_a_deleted_tree_can_be_restored_and_is_gone_when_the_trash_is_emptied(tmp_path: Path) -> None:
    db = open_database(tmp_path / "history.db")
    conversations = Conversations(db)
    document = conversations.create("Text")
    kept = conversations.token_trees.add(document, "kept", b"kept")
    gone = conversations.token_trees.add(document, "gone", b"gone")
    for tree in (kept, gone):
        conversations.token_trees.delete(tree)
    conversations.token_trees.restore(kept)
    while not conversations.trash.empty_some():
        pass
    assert [tree.id for tree in conversations.token_trees.list(document)] == [kept]
    with pytest.raises(NoSuchRow):
        conversations.token_trees.read(gone)
    conversations.delete(document)
    while not conversations.trash.empty_some():
        pass
    with pytest.raises(NoSuchRow):
        conversations.token_trees.read(kept)
    db.close()


def test_a_tree_belongs_to_a_document(tmp_path: Path) -> None:
    db = open_database(tmp_path / "history.db")
    with pytest.raises(NoSuchRow):
        Conversations(db).token_trees.add(ConversationId(7), "lost", b"")
    db.close()
