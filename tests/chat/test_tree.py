from __future__ import annotations

from nextword.chat.tree import Tree
from nextword.history.records import ConversationId, MessageId, StoredMessage


def message(number: int, parent: int | None) -> StoredMessage:
    found = None if parent is None else MessageId(parent)
    return StoredMessage(MessageId(number), ConversationId(1), found, "user", str(number), "complete", 0.0)


#  1 -> 2 -> 3        5 is another version of 2, 6 of 3; 7 of 1
#       5 -> 4   6
TREE = [message(1, None), message(2, 1), message(3, 2), message(5, 1), message(4, 5), message(6, 2), message(7, None)]


def test_a_path_leads_from_the_root_to_its_end() -> None:
    assert [m.id for m in Tree(TREE).path(MessageId(6))] == [1, 2, 6]
    assert Tree(TREE).path(None) == []
    assert Tree(TREE).path(MessageId(99)) == []


def test_versions_are_the_children_of_one_parent_in_order_of_making() -> None:
    tree = Tree(TREE)
    assert tree.versions(MessageId(2)) == [2, 5]
    assert tree.versions(MessageId(3)) == [3, 6]
    assert tree.versions(MessageId(1)) == [1, 7]


def test_the_newest_end_follows_the_newest_version_each_time() -> None:
    tree = Tree(TREE)
    assert tree.newest_end(MessageId(1)) == 4
    assert tree.newest_end(MessageId(2)) == 6
    assert tree.newest_root_end() == 7
    assert Tree().newest_root_end() is None


def test_a_ring_in_a_damaged_tree_does_not_hang() -> None:
    tree = Tree([message(1, 2), message(2, 1)])
    assert [m.id for m in tree.path(MessageId(1))] == [2, 1]
    assert tree.newest_end(MessageId(1)) in (1, 2)
