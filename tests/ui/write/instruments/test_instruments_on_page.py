"""The instruments are panes of the real page; each says what it needs while no model is loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from nextword.ui.write.page import WritePage
from nextword.ui.write.token_tree_pane import TokenTreePane
from nextword.ui.write.tokens_pane import TokensPane
from nextword.ui.write.xray_pane import XrayPane
from tests.ui.conftest import Desk


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> Iterator[WritePage]:
    made = WritePage(desk.services)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    yield made
    made.shut_down()


@pytest.mark.parametrize(("name", "kind"), [("xray", XrayPane), ("tree", TokenTreePane), ("tokens", TokensPane)])
def test_a_pane_is_built_when_it_is_first_shown(page: WritePage, name: str, kind: type) -> None:
    assert page.side.widget(name) is None
    assert isinstance(page.side.show_pane(name), kind)


def test_without_a_model_the_panes_say_so(page: WritePage) -> None:
    xray, tree = page.side.show_pane("xray"), page.side.show_pane("tree")
    assert isinstance(xray, XrayPane)
    assert isinstance(tree, TokenTreePane)
    assert tree.place.text() == "No model is loaded."
    assert not tree.grow.isEnabled()
    page.side.show_pane("xray")
    assert xray.place.text() == "No model is loaded."
    assert not xray.draw.isVisible()


def test_there_is_nothing_to_copy_before_there_is_a_run(page: WritePage, desk: Desk) -> None:
    copy = next(action for action in page.more.actions() if action.text() == "Copy as Python")
    copy.trigger()
    assert "no run to copy" in desk.told[-1].text
