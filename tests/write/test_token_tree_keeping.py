"""Trees stay with the document that they were grown in, also when that was not kept yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nextword.history.records import ConversationId
from nextword.history.token_trees import TokenTreeSummary
from nextword.write import keeping as document_keeping
from nextword.write.token_tree import ROOT, TokenTree, TreeNode, TreePlan
from nextword.write.token_tree_keeping import TreeKeeping
from tests.write.documents import Desk

TREE = TokenTree((1, 2), "the word", "tiny", "/m.gguf", TreePlan(1, 1), (TreeNode(ROOT, 5, b" and", -0.5),), "done")


@pytest.fixture
def trees(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TreeKeeping]:
    """Trees of a document that is kept only when it is left."""
    monkeypatch.setattr(document_keeping, "SAVE_SECONDS", 3600.0)
    made = TreeKeeping(desk.session)
    yield made
    made.close()


def trees_of(desk: Desk, document: ConversationId) -> list[TokenTreeSummary]:
    found: list[list[TokenTreeSummary]] = []
    desk.history.run(lambda kept: kept.token_trees.list(document), done=found.append)
    desk.deliver.until(lambda: found)
    return found[0]


def documents_of(desk: Desk) -> list[ConversationId]:
    """Return all documents, the newest first."""
    found: list[list[ConversationId]] = []
    desk.history.run(
        lambda kept: [row[0] for row in kept.store.tuples("select id from conversations order by id desc", [])],
        done=found.append,
    )
    desk.deliver.until(lambda: found)
    return found[0]


def test_a_tree_waits_for_its_document_and_is_kept_with_it(desk: Desk, trees: TreeKeeping) -> None:
    desk.type("the word")
    trees.keep(TREE)
    assert desk.session.document is None
    desk.kept()
    desk.deliver.until(lambda: trees.current is not None)
    assert desk.session.document is not None
    assert len(trees_of(desk, desk.session.document)) == 1


@pytest.mark.parametrize("next_one", ["another document", "a new document"])
def test_a_tree_of_a_document_that_is_left_before_it_was_kept_goes_with_it(
    desk: Desk, trees: TreeKeeping, next_one: str
) -> None:
    desk.type("another text")
    desk.kept()
    other = desk.session.document
    assert other is not None
    desk.session.open(None)
    desk.type("the word")
    left: list[bool] = []
    trees.leaving.connect(lambda _nothing: left.append(True))
    trees.keep(TREE)
    assert desk.session.document is None
    desk.session.open(other if next_one == "another document" else None)
    assert left == [True]
    assert trees.current is None
    (first, second) = documents_of(desk)
    assert second == other
    assert len(trees_of(desk, first)) == 1
    assert trees_of(desk, other) == []
    assert trees.current is None  # what is kept next is a tree of the document that is shown
