"""What the picture of a tree says of each version."""

from __future__ import annotations

from nextword.chat.outline import outline_of
from nextword.chat.tree import Tree
from nextword.history.records import ConversationId, MessageId, StoredMessage


def message(number: int, parent: int | None, text: str, *, deleted: float | None = None) -> StoredMessage:
    above = None if parent is None else MessageId(parent)
    return StoredMessage(
        MessageId(number), ConversationId(1), above, "user", text, "complete", float(number), deleted=deleted
    )


def differing(*texts: str) -> list[str]:
    tree = Tree(message(number, None, text) for number, text in enumerate(texts, 1))
    return [node.differs for node in outline_of(tree, []).nodes]


def test_versions_tell_the_words_in_which_they_part() -> None:
    assert differing("The cat sat on the mat", "The cat slept", "The cat sat down") == [
        "… sat on the mat",
        "… slept",
        "… sat down",
    ]


def test_a_word_that_begins_alike_is_told_whole() -> None:
    assert differing("a catalogue", "a catapult") == ["… catalogue", "… catapult"]


def test_a_version_that_goes_on_where_another_ends_tells_what_it_adds() -> None:
    assert differing("the cat", "the cat sat") == ["", "… sat"]


def test_a_single_version_has_nothing_to_tell_apart() -> None:
    assert differing("alone") == [""]
    assert differing("same", "same") == ["", ""]


def test_a_long_text_is_told_by_its_first_words() -> None:
    tree = Tree([message(1, None, "word " * 100_000)])
    (node,) = outline_of(tree, []).nodes
    assert len(node.words) <= 80
    assert node.words.endswith("…")


def test_the_path_and_the_trash_are_told() -> None:
    tree = Tree([message(1, None, "a"), message(2, 1, "b"), message(3, 1, "c", deleted=5.0)])
    nodes = outline_of(tree, [MessageId(1), MessageId(2)]).nodes
    assert [(node.id, node.parent, node.on_path, node.deleted) for node in nodes] == [
        (1, None, True, False),
        (2, 1, True, False),
        (3, 1, False, True),
    ]
    assert tree.versions(MessageId(2)) == [2]
