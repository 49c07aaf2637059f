"""Documents of Write: kept like conversations, told apart from chats, and no version of them is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.engine.tokens import TokenStep, pack
from nextword.errors import NoSuchRow
from nextword.history import own_format
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.documents import Save, Segment
from nextword.history.exports.exporting import document
from nextword.history.reading_trees import read_tree
from nextword.history.records import Filters, Origin, Outcome
from nextword.history.writing_trees import insert_trees

ORIGIN = Origin("m.gguf", "ab", "Tiny", "", {"temperature": 0.7}, 5, "1", "2", "x")
STEPS = [TokenStep(4, b" cat", -1.0, 2, 3.0, -1.0, 5), TokenStep(7, b" sat", -0.5, 1, 2.0, -0.5, 5)]
WROTE = Segment("assistant", " cat sat", block=pack(STEPS), origin=ORIGIN, outcome=Outcome("complete", "end"))


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Conversations(open_database(tmp_path / "history.db"))


def test_a_document_is_its_messages_one_after_the_other(conversations: Conversations) -> None:
    saved = conversations.documents.save(Save(None, "The", add=(Segment("user", "The"), WROTE)))
    stored = conversations.read(saved.document)
    assert stored.kind == "document"
    assert stored.title == "The"
    assert "".join(message.text for message in stored.messages) == "The cat sat"
    assert stored.head == saved.path[-1]
    assert stored.messages[1].parent == saved.path[0]
    assert conversations.tokens(saved.path[1]) == (WROTE.block,)
    assert stored.messages[1].origin == ORIGIN


def test_what_is_changed_in_place_has_no_second_version_and_what_is_added_elsewhere_has(
    conversations: Conversations,
) -> None:
    saved = conversations.documents.save(Save(None, "The", add=(Segment("user", "The"), WROTE)))
    first, second = saved.path
    again = conversations.documents.save(
        Save(saved.document, "A", title_before="The", change=((first, Segment("user", "A")), (second, WROTE)))
    )
    assert again.path == saved.path
    assert len(conversations.read(saved.document).messages) == 2
    other = conversations.documents.save(
        Save(saved.document, "A", title_before="A", keep=(first,), add=(Segment("assistant", " dog"),))
    )
    stored = conversations.read(saved.document)
    assert stored.head == other.path[-1]
    assert [message.text for message in stored.messages] == ["A", " cat sat", " dog"]
    with pytest.raises(NoSuchRow):
        conversations.documents.save(Save(saved.document, "", change=((first + 99, WROTE),)))


def test_a_name_that_was_given_to_a_document_stays(conversations: Conversations) -> None:
    saved = conversations.documents.save(Save(None, "First words", add=(Segment("user", "First words"),)))
    conversations.rename(saved.document, "My novel")
    conversations.documents.save(Save(saved.document, "Other words", title_before="First words", keep=saved.path))
    assert conversations.read(saved.document).title == "My novel"


def test_chats_and_documents_are_listed_found_and_thrown_away_apart(conversations: Conversations) -> None:
    chat = conversations.create("a fox in a chat")
    saved = conversations.documents.save(Save(None, "a fox", add=(Segment("user", "a fox and a hen"),)))
    assert [row.id for row in conversations.list()] == [chat]
    assert [row.id for row in conversations.list("fox")] == [chat]
    documents = Filters(kind="document")
    assert [row.id for row in conversations.list(filters=documents)] == [saved.document]
    assert [hit.conversation.id for hit in conversations.search.find("hen", documents).hits] == [saved.document]
    assert len(conversations.list(filters=Filters(kind=None))) == 2
    assert conversations.count_messages() == 0
    conversations.delete(saved.document)
    assert not conversations.list(filters=documents)
    assert not conversations.list(deleted=True)
    assert [row.id for row in conversations.list(filters=Filters(place="trash", kind="document"))] == [saved.document]


def test_an_answer_cut_off_in_a_document_leaves_what_follows_it(conversations: Conversations) -> None:
    growing = Segment("assistant", "", state="generating", origin=ORIGIN)
    parts = (Segment("user", "The"), growing, Segment("user", " on the mat."))
    saved = conversations.documents.save(Save(None, "The", add=parts))
    conversations.append_tokens(saved.path[1], " cat", pack(STEPS[:1]))
    conversations.append_tokens(saved.path[1], " sat", pack(STEPS[1:]))
    assert conversations.recover() == 1
    stored = conversations.read(saved.document)
    assert "".join(message.text for message in stored.messages) == "The cat sat on the mat."
    assert stored.messages[1].state == "interrupted"


def test_a_document_leaves_and_comes_back_whole(conversations: Conversations) -> None:
    saved = conversations.documents.save(Save(None, "The", add=(Segment("user", "The"), WROTE)))
    tree = read_tree(conversations.store, saved.document)
    line = next(own_format.lines(tree, 0))
    assert b'"what":"document"' in line
    (copy,) = insert_trees(conversations.store, [(tree, None)])
    assert conversations.read(copy).kind == "document"
    assert read_tree(conversations.store, copy).messages == tree.messages
    assert document(tree, "markdown").endswith("\n\nThe cat sat\n")
    assert "The cat sat" in document(tree, "html")
