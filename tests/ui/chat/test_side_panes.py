"""Panes at the right of the messages: one at a time, closed by Esc, and the rest of the page makes room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from nextword.ui.theme import current_theme
from nextword.ui.widgets.side_panes import SidePanes
from tests.ui.chat.conftest import Chat


@pytest.fixture
def panes(qtbot: QtBot) -> SidePanes:
    made = SidePanes()
    qtbot.addWidget(made)
    made.add("one", "The first", QPlainTextEdit)
    made.add("two", "The second", QWidget)
    return made


def test_a_pane_is_built_when_it_is_first_shown_and_takes_the_place_of_another(panes: SidePanes) -> None:
    names: list[str] = []
    panes.shown_changed.connect(names.append)
    assert panes.isHidden()
    assert panes.widget("one") is None
    first = panes.show_pane("one")
    panes.show_pane("two")
    assert panes.show_pane("one") is first
    assert names == ["one", "two", "one"]
    assert panes.accessibleName() == "The first"


def test_the_same_key_closes_a_pane(panes: SidePanes) -> None:
    panes.toggle("one")
    assert panes.shown == "one"
    panes.toggle("one")
    assert (panes.shown, panes.isHidden()) == ("", True)


def test_esc_closes_a_pane_and_the_cursor_is_in_the_box_again(chat: Chat) -> None:
    chat.page.side.add("text", "A text", QPlainTextEdit)
    chat.page.side.toggle("text")
    field = chat.page.side.widget("text")
    chat.until(lambda: field is not None and field.hasFocus())
    chat.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert chat.page.side.isHidden()
    chat.until(chat.page.box.edit.hasFocus)


def test_a_pane_takes_the_room_of_the_conversations_where_there_is_little(chat: Chat) -> None:
    chat.page.resize(836, 560)
    chat.until(chat.page.column.isVisible)
    chat.page.side.add("text", "A text", QPlainTextEdit)
    chat.page.side.show_pane("text")
    chat.until(lambda: not chat.page.column.isVisible())
    assert chat.page.top.list_button.isVisible()
    assert chat.page.box.width() > 360
    chat.page.side.close_pane()
    chat.until(chat.page.column.isVisible)


def test_escape_closes_the_pane_from_the_messages_and_from_the_box(chat: Chat) -> None:
    chat.exchange("Hi", "Some", " words")
    view, side = chat.page.pane.view, chat.page.side
    for widget in (view, chat.page.box.edit):
        side.show_pane("settings")
        widget.setFocus()
        view.select_token(1, 0)
        chat.qtbot.keyClick(view, Qt.Key.Key_Escape)
        assert side.shown == "settings", "the first one lets go of the word"
        chat.qtbot.keyClick(widget, Qt.Key.Key_Escape)
        assert side.shown == ""


def test_with_larger_text_a_pane_is_wider_and_the_conversations_make_room_earlier(chat: Chat) -> None:
    page = chat.page
    page.resize(1500, 800)
    page.side.show_pane("settings")
    chat.until(lambda: page.column.isVisible())
    usual = page.side.minimumSizeHint().width()
    current_theme().apply("light", 200)
    assert page.side.minimumSizeHint().width() == round(1.5 * usual)
    chat.until(lambda: page.column.isHidden() and page.top.list_button.isVisible())
    chat.until(lambda: page.top.height() > page.top.chip.height() + 8)
    current_theme().apply("light", 100)
    chat.until(lambda: page.column.isVisible())
