"""Begin an answer oneself, put a message into the trash, take it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from nextword.engine.protocol import ChatPrompt
from nextword.ui.chat.message_acts import PrefillDialog
from nextword.ui.feature import WriteText
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step


@pytest.fixture
def talked(chat: Chat) -> Chat:
    chat.exchange("Is it raining?", "No", ".")
    return chat


def choose(chat: Chat, row: int) -> None:
    view = chat.page.pane.view
    view.setFocus()
    view.setCurrentIndex(chat.page.pane.messages.index(row))
    chat.until(view.hasFocus)


def words(chat: Chat, row: int) -> list[str]:
    menu = QMenu()
    chat.page.pane.menu_filled.emit(menu, row)
    return [action.text() for action in menu.actions() if action.text()]


def test_the_menu_offers_them(talked: Chat) -> None:
    assert words(talked, 0) == words(talked, 1) == ["Open in Write", "Begin the answer yourself…", "Delete"]


def test_a_message_is_opened_in_write(talked: Chat) -> None:
    menu = QMenu()
    talked.page.pane.menu_filled.emit(menu, 0)
    menu.actions()[0].trigger()
    assert talked.places[-1] == WriteText("Is it raining?")


def test_while_an_answer_is_written_nothing_is_offered_that_changes_messages(talked: Chat) -> None:
    talked.ask("And now?")
    assert words(talked, 0) == ["Open in Write"]


@pytest.mark.parametrize("row", [0, 1])
def test_an_answer_begins_with_the_words_that_were_given(talked: Chat, row: int) -> None:
    choose(talked, row)
    talked.qtbot.keyClick(talked.page.pane.view, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    dialog = talked.page.window().findChild(PrefillDialog)
    assert dialog is not None
    dialog.edit.set_text("Yes, because")
    asked = len(talked.engine.asked)
    dialog.answer.click()
    talked.until(lambda: len(talked.engine.asked) > asked)
    sent = talked.engine.asked[-1].prompt
    assert isinstance(sent, ChatPrompt)
    assert [message.text for message in sent.messages] == ["Is it raining?"]
    assert len(sent.answer_start) == len("Yes, because")
    talked.engine.answer(step(" it"), step(" pours."))
    talked.until(lambda: not talked.page.session.busy)
    assert talked.rows() == ["Is it raining?", "Yes, because it pours."]
    assert talked.page.session.shown[1].sibling_count == 2


def test_a_deleted_message_comes_back_by_the_notice(talked: Chat) -> None:
    choose(talked, 1)
    talked.qtbot.keyClick(talked.page.pane.view, Qt.Key.Key_Delete)
    talked.until(lambda: talked.rows() == ["Is it raining?"])
    talked.until(lambda: talked.notices)
    assert talked.notices[-1].text == "The message is in the trash."
    talked.notices[-1].actions[0].run()
    talked.until(lambda: talked.rows() == ["Is it raining?", "No."])


def test_a_question_goes_with_its_answer_and_ctrl_z_brings_both_back(talked: Chat) -> None:
    talked.exchange("And tomorrow?", "Yes.")
    talked.page.session.delete(2)
    talked.until(lambda: len(talked.rows()) == 2)
    talked.until(lambda: talked.notices)
    assert talked.notices[-1].text == "2 messages are in the trash."
    choose(talked, 0)
    talked.qtbot.keyClick(talked.page.pane.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    talked.until(lambda: len(talked.rows()) == 4)


def test_the_notice_of_a_deletion_goes_when_its_undo_would_undo_something_else(talked: Chat) -> None:
    withdrawn: list[str] = []
    talked.services.notices.withdrawn.connect(withdrawn.append)
    first = talked.page.session.conversation
    talked.page.session.delete(1)
    talked.until(lambda: talked.notices)
    withdrawn.clear()
    talked.page.open_conversation(None)
    assert withdrawn == ["undo in chat"]
    talked.exchange("And now?", "Sun", ".")
    talked.page.session.delete(1)
    talked.until(lambda: len(talked.notices) == 2)
    withdrawn.clear()
    talked.page.session.edit(0, "And then?")
    talked.until(lambda: withdrawn == ["undo in chat"])
    talked.engine.answer(step("Rain"))
    talked.until(lambda: not talked.page.session.busy)
    talked.page.open_conversation(first)
    talked.until(lambda: talked.rows() == ["Is it raining?"])
