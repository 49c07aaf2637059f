"""Asking a word: tint, the card with its numbers, the keys, a branch."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from nextword.engine.protocol import ChatPrompt
from nextword.ui.widgets.token_text import bits, percent
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step


def click_token(chat: Chat, row: int, token: int) -> None:
    view = chat.page.pane.view
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.token_rect(row, token).center())


def card_texts(chat: Chat) -> set[str]:
    return {label.text() for label in chat.page.pane.card.findChildren(QLabel)}


def test_control_t_turns_the_tint_on_and_off(chat: Chat) -> None:
    chat.exchange("Hi", "one", " two")
    key = (Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    chat.qtbot.keyClick(chat.page, *key)
    assert chat.services.settings.value.chat.tint == "surprisal"
    assert chat.page.pane.view.tinted
    assert chat.page.pane.overlays.strip.isVisible()
    assert chat.page.box._legend.isVisible()
    chat.qtbot.keyClick(chat.page, *key)
    assert not chat.page.pane.view.tinted
    assert not chat.page.pane.overlays.strip.isVisible()


def test_a_click_on_a_word_shows_its_numbers_with_the_tint_off(chat: Chat) -> None:
    chat.ask("Hi")
    chat.engine.answer(step("A", 0.9), step(" piece", 0.05), step(".", 0.7))
    chat.until(lambda: chat.page.session.shown[-1].id is not None)
    click_token(chat, 1, 1)
    card, chosen = chat.page.pane.card, chat.page.session.shown[1].steps[1]
    assert card.isVisible()
    assert card.facts is not None
    assert card.facts.step == chosen
    assert {percent(chosen.probability), str(chosen.rank), f"{bits(chosen.surprisal_bits)} bits"} <= card_texts(chat)
    assert "Token 2 of 3" in card_texts(chat)
    assert "4,091 others" in card.accessibleDescription()


def test_words_of_a_stored_answer_can_be_asked_too(make_chat: Callable[[], Chat]) -> None:
    first = make_chat()
    first.exchange("One", "stored", " words")
    first.exchange("Two", "later")
    conversation = first.page.session.conversation
    chat = make_chat()
    chat.page.open_conversation(conversation)
    chat.until(lambda: len(chat.page.session.shown) == 4)
    assert chat.page.session.shown[1].steps == []
    view = chat.page.pane.view
    words = view.part_rect(1, "words")
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=words.topLeft() + QPoint(6, 10))
    chat.until(lambda: chat.page.pane.card.isVisible())
    assert chat.page.pane.card.facts is not None
    assert chat.page.pane.card.facts.step.text == b"stored"


def test_a_word_is_reached_and_branched_from_by_keys_alone(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token", " is")
    view = chat.page.pane.view
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_Right)
    chat.qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.token == (1, 1)
    assert "Token 2 of 3: ·token" in view.accessibleDescription()
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    card = chat.page.pane.card
    assert card.isVisible()
    chat.qtbot.keyClick(card.bars, Qt.Key.Key_Down)
    taken = card.bars.current_row()
    assert taken is not None
    chat.qtbot.keyClick(card.bars, Qt.Key.Key_Return)
    chat.until(lambda: len(chat.engine.asked) == 2)
    prompt = chat.engine.asked[1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.answer_start[1] == taken.id
    assert chat.rows()[-1].startswith("A other")
    assert not card.isVisible()


def test_escape_closes_the_card_and_gives_the_keys_back(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    click_token(chat, 1, 0)
    chat.qtbot.keyClick(chat.page.pane.card.bars, Qt.Key.Key_Right)
    assert chat.page.pane.view.token == (1, 1)
    assert "Token 2 of 2" in card_texts(chat)
    chat.qtbot.keyClick(chat.page.pane.card.bars, Qt.Key.Key_Escape)
    assert not chat.page.pane.card.isVisible()
    assert chat.page.pane.view.hasFocus()
    chat.qtbot.keyClick(chat.page.pane.view, Qt.Key.Key_Escape)
    assert chat.page.pane.view.token is None


def test_dragging_selects_text_instead_of_asking_a_word(chat: Chat) -> None:
    chat.exchange("Hi", "Some", " words", " here")
    view = chat.page.pane.view
    start, end = view.token_rect(1, 0), view.token_rect(1, 1)
    port = view.viewport()
    chat.qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(start.left(), start.center().y()))
    chat.qtbot.mouseMove(port, QPoint(end.right(), end.center().y()))
    view.selection = (1, 0, 10)
    chat.qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(end.right(), end.center().y()))
    assert view.selected_text() == "Some words"
    assert not chat.page.pane.card.isVisible()


def test_the_strip_chooses_a_token(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token", " is")
    chat.page.box.tint_chosen.emit("surprisal")
    chat.page.pane.overlays.strip.token_chosen.emit(2)
    assert chat.page.pane.view.token == (1, 2)


def test_the_tint_is_remembered(make_chat: Callable[[], Chat]) -> None:
    make_chat().page.box.tint_chosen.emit("surprisal")
    assert make_chat().page.pane.view.tinted
