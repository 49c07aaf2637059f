"""Versions of a message: regenerate, edit, continue, and the arrows between them."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nextword.engine.protocol import ChatPrompt
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step
from tests.ui.chat.test_sending import bar


def regenerate(chat: Chat, *words: str) -> None:
    asked = len(chat.engine.asked)
    bar(chat, 1).buttons["regenerate"].click()
    chat.until(lambda: len(chat.engine.asked) > asked)
    chat.engine.answer(*(step(word) for word in words))
    chat.until(lambda: not chat.page.session.busy and chat.page.session.shown[-1].id is not None)


def test_arrows_go_through_the_versions_of_an_answer(chat: Chat) -> None:
    chat.exchange("Pick", "one")
    regenerate(chat, "two")
    regenerate(chat, "three")
    assert chat.rows() == ["Pick", "three"]
    shown = bar(chat, 1)
    assert shown._version.text() == "3 of 3"
    assert not shown._next.isEnabled()
    shown._previous.click()
    assert chat.rows() == ["Pick", "two"]
    assert bar(chat, 1)._version.text() == "2 of 3"
    bar(chat, 1)._previous.click()
    bar(chat, 1)._next.click()
    assert chat.rows() == ["Pick", "two"]


def test_alt_and_an_arrow_key_change_the_version_and_keep_the_place(chat: Chat) -> None:
    chat.exchange("Pick", "one")
    regenerate(chat, "two")
    view = chat.page.pane.view
    view.setFocus()
    view.setCurrentIndex(view.messages.index(1))
    chat.qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert chat.rows() == ["Pick", "one"]
    assert view.currentIndex().row() == 1


def test_editing_a_question_asks_anew_and_keeps_the_old_one(chat: Chat) -> None:
    chat.exchange("Old question", "old")
    chat.page.pane.overlays.action_requested.emit(0, "edit")
    editor = chat.page.pane.overlays.editor
    assert editor is not None
    assert editor.edit.toPlainText() == "Old question"
    editor.edit.set_text("New question")
    chat.qtbot.keyClick(editor.edit, Qt.Key.Key_Return)
    chat.until(lambda: len(chat.engine.asked) == 2)
    chat.engine.answer(step("new"))
    assert chat.rows() == ["New question", "new"]
    assert chat.page.session.shown[0].sibling_count == 2
    assert chat.page.pane.overlays.editor is None


def test_escape_leaves_a_message_as_it_was(chat: Chat) -> None:
    chat.exchange("Question", "answer")
    chat.page.pane.overlays.action_requested.emit(0, "edit")
    editor = chat.page.pane.overlays.editor
    assert editor is not None
    editor.edit.set_text("changed")
    chat.qtbot.keyClick(editor.edit, Qt.Key.Key_Escape)
    assert chat.page.pane.overlays.editor is None
    assert chat.rows() == ["Question", "answer"]
    assert len(chat.engine.asked) == 1


def test_an_edited_answer_stays_as_written_and_nothing_is_generated(chat: Chat) -> None:
    chat.exchange("Question", "answer")
    chat.page.pane.overlays.edited.emit(1, "my own answer")
    chat.until(lambda: not chat.page.session.busy)
    assert chat.rows() == ["Question", "my own answer"]
    assert len(chat.engine.asked) == 1
    assert chat.page.session.shown[1].sibling_count == 2


def test_continue_goes_on_from_the_same_tokens(chat: Chat) -> None:
    chat.exchange("Story", "Once", " upon")
    start = [each.id for each in chat.page.session.shown[1].steps]
    bar(chat, 1).buttons["continue"].click()
    chat.until(lambda: len(chat.engine.asked) == 2)
    prompt = chat.engine.asked[1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert list(prompt.answer_start) == start
    chat.engine.answer(step(" a"), step(" time"))
    assert chat.rows()[-1] == "Once upon a time"


def test_while_an_answer_is_written_nothing_else_can_be_started(chat: Chat) -> None:
    chat.exchange("One", "1")
    chat.ask("Two")
    chat.engine.begin()
    chat.page.pane.view.setCurrentIndex(chat.page.pane.view.messages.index(1))
    chat.page.pane.view.setFocus()
    assert not bar(chat, 1).buttons["regenerate"].isEnabled()
    assert bar(chat, 1).buttons["copy"].isEnabled()
    chat.engine.finish()
