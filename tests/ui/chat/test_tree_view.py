"""The branches of a conversation: their order, what is on screen, going to another one, the trash."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from nextword.chat.outline import Node, Outline
from nextword.engine.tokens import TokenStep
from nextword.history.records import MessageId
from nextword.ui.chat.branch_list import BranchList, branches
from nextword.ui.chat.tree_view import TreePane
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step


def node(number: int, parent: int | None, *, on_path: bool = False, deleted: bool = False, model: str = "") -> Node:
    return Node(
        id=MessageId(number), parent=None if parent is None else MessageId(parent),
        role="assistant" if number % 2 == 0 else "user", words=f"words {number}", differs="", on_path=on_path,
        deleted=deleted, state="complete", created=0.0, model=model,
    )  # fmt: skip


def order(*nodes: Node, forks_only: bool = False) -> list[tuple[int, int]]:
    return [(int(row.node.id), row.depth) for row in branches(Outline(nodes), forks_only=forks_only)]


def open_pane(chat: Chat) -> TreePane:
    chat.page.top.tree.click()
    pane = cast(TreePane, chat.page.side.widget("tree"))
    chat.until(lambda: pane.model.rowCount() > 0)
    return pane


def test_the_path_on_screen_is_the_trunk_and_other_versions_stand_before_it() -> None:
    nodes = (
        node(1, None, on_path=True), node(2, 1), node(4, 1, on_path=True), node(3, 2), node(5, 4, on_path=True),
        node(6, 1),
    )  # fmt: skip
    assert order(*nodes) == [(1, 0), (2, 1), (3, 1), (6, 1), (4, 0), (5, 0)]
    assert order(*nodes, forks_only=True) == [(2, 1), (3, 1), (6, 1), (4, 0), (5, 0)]


def test_away_from_the_path_the_newest_version_that_is_not_in_the_trash_goes_on() -> None:
    assert order(node(1, None), node(2, 1), node(4, 1), node(6, 1, deleted=True)) == [(1, 0), (2, 1), (6, 1), (4, 0)]


def test_a_version_in_the_trash_is_restored_with_what_it_stands_on() -> None:
    rows = branches(Outline((node(1, None), node(2, 1, deleted=True), node(3, 2, deleted=True))))
    assert [row.trash_root for row in rows] == [None, 2, 2]


def test_lines_go_from_row_to_row_of_a_branch() -> None:
    rows = branches(Outline((node(1, None, on_path=True), node(2, 1), node(3, 2), node(4, 1, on_path=True))))
    assert [(int(row.node.id), row.above, row.below, row.through) for row in rows] == [
        (1, False, True, ()), (2, False, True, (0,)), (3, True, False, (0,)), (4, True, False, ()),
    ]  # fmt: skip


def test_a_thousand_versions_of_a_thousand_turns_are_ordered_without_recursion() -> None:
    nodes = [node(1, None)]
    for number in range(2, 1_001):
        nodes.append(node(number, number - 1))
        nodes.append(node(number + 10_000, number - 1))
    rows = branches(Outline(tuple(nodes)))
    assert len(rows) == len(nodes)
    assert len({row.node.id for row in rows}) == len(nodes)


def test_the_model_is_sound_and_says_everything_of_a_row() -> None:
    model = BranchList()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(branches(Outline((node(1, None, on_path=True), node(2, 1, deleted=True), node(4, 1, on_path=True)))))
    words = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert words == [
        "You: words 1, on screen",
        "Model: words 2, in the trash, level 1",
        "Model: words 4, on screen",
    ]
    model.show(branches(Outline((node(1, None), node(2, 1, model="a"), node(4, 1, model="b")))))
    assert [model.who(model.branch(row).node) for row in range(3)] == ["You", "a", "b"]  # type: ignore[union-attr]


def test_enter_shows_a_branch_and_the_messages_follow(chat: Chat) -> None:
    chat.exchange("Hello", "First", " one")
    chat.page.session.regenerate(1)
    chat.until(lambda: len(chat.engine.asked) == 2)
    chat.engine.answer(*chat_words("Second", " one"))
    chat.until(lambda: not chat.page.session.busy and chat.page.session.shown[1].id is not None)
    pane = open_pane(chat)
    assert [pane.model.index(row).data() for row in range(3)] == ["Hello", "First one", "Second one"]
    assert chat.page.top.tree.isChecked()
    pane.view.setCurrentIndex(pane.model.index(1))
    chat.qtbot.keyClick(pane.view, Qt.Key.Key_Return)
    assert chat.rows() == ["Hello", "First one"]
    chat.until(lambda: pane.model.index(2).data() == "First one")
    assert pane.model.branch(2).node.on_path  # type: ignore[union-attr]
    assert pane.view.currentIndex().row() == 2  # the same version, where it stands now


def test_a_version_in_the_trash_can_be_had_back(chat: Chat) -> None:
    chat.exchange("Hello", "First")
    chat.page.session.regenerate(1)
    chat.until(lambda: len(chat.engine.asked) == 2)
    chat.engine.answer(*chat_words("Second"))
    chat.until(lambda: not chat.page.session.busy and chat.page.session.shown[1].id is not None)
    pane = open_pane(chat)
    chat.page.session.delete(1)
    chat.until(lambda: chat.rows() == ["Hello", "First"] and any(row_deleted(pane)))
    row = row_deleted(pane).index(True)
    pane.view.setCurrentIndex(pane.model.index(0))
    assert pane.restore.isHidden()
    chat.qtbot.mouseClick(
        pane.view.viewport(), Qt.MouseButton.LeftButton, pos=pane.view.visualRect(pane.model.index(row)).center()
    )
    assert not pane.restore.isHidden()
    assert chat.rows() == ["Hello", "First"]
    pane.restore.click()
    chat.until(lambda: chat.rows() == ["Hello", "Second"] and not any(row_deleted(pane)))
    assert pane.restore.isHidden()


def test_esc_closes_the_branches(chat: Chat) -> None:
    chat.exchange("Hello", "First")
    pane = open_pane(chat)
    chat.qtbot.keyClick(pane.view, Qt.Key.Key_Escape)
    assert chat.page.side.isHidden()
    assert not chat.page.top.tree.isChecked()


def row_deleted(pane: TreePane) -> list[bool]:
    rows = [pane.model.branch(row) for row in range(pane.model.rowCount())]
    return [row.node.deleted for row in rows if row is not None]


def chat_words(*words: str) -> list[TokenStep]:
    return [step(word) for word in words]
