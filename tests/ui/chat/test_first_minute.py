"""An empty chat: what it says of the model, and three things to try."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from nextword.engine.protocol import ChatPrompt
from nextword.ui.chat.first_steps import steps_for
from nextword.ui.chat.message_view import MessageView
from nextword.ui.feature import OpenExperiment, ShowModels
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import MODEL


def button(chat: Chat, text: str) -> QPushButton:
    return next(each for each in chat.page.welcome.findChildren(QPushButton) if each.text() == text)


def prompt(chat: Chat) -> str:
    chat.until(lambda: chat.engine.asked)
    asked = chat.engine.asked[-1].prompt
    assert isinstance(asked, ChatPrompt)
    return asked.messages[-1].text


def test_a_card_asks_a_question_at_once(chat: Chat) -> None:
    assert chat.page.welcome.isVisible()
    button(chat, "What is a token?").click()
    assert prompt(chat) == "What is a token?"
    assert not chat.page.welcome.isVisible()
    assert not chat.page.pane.view.tinted


def test_the_card_of_probabilities_asks_and_turns_the_tint_on(chat: Chat) -> None:
    button(chat, "Ask and tint").click()
    assert prompt(chat)
    assert chat.page.pane.view.tinted


@pytest.mark.parametrize(("words", "examples"), [("Zero-shot", 0), ("With 3 examples", 3)])
def test_zero_shot_and_few_shot_ask_for_the_same_review(chat: Chat, words: str, examples: int) -> None:
    button(chat, words).click()
    text = prompt(chat)
    assert "The soup was cold and bland." in text
    assert text.count("Output: ") == examples


def test_the_same_question_leads_to_the_lab(chat: Chat) -> None:
    button(chat, "In the lab").click()
    assert chat.places == [OpenExperiment(data_set="sentiment")]
    assert not chat.page.session.busy


def test_a_base_model_is_said_to_continue_text(chat: Chat) -> None:
    chat.engine.show(model=msgspec.structs.replace(MODEL, kind="base"))
    assert "continue" in chat.page.welcome.about.text()
    assert chat.page.box.edit.placeholderText() == "Write a text to continue"
    chat.until(lambda: button(chat, "Once upon a time").isVisible())


def test_without_a_model_the_way_to_the_models_is_offered(chat: Chat) -> None:
    chat.engine.show(state="idle", model=None, wanted="")
    assert "No model" in chat.page.welcome.about.text()
    button(chat, "Show models").click()
    assert chat.places == [ShowModels()]


def test_every_prompt_has_words_on_its_button() -> None:
    for kind in ("instruct", "base"):
        steps = steps_for(kind)
        assert len(steps) == 3
        assert all(each.label and (each.prompt or each.in_lab) for made in steps for each in made.tries)


def test_every_control_of_the_page_has_a_name(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    nameless = [
        widget
        for widget in chat.page.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy().value and not widget.accessibleName()
        and not getattr(widget, "text", lambda: "")() and not isinstance(widget, QLabel)
        and not widget.objectName().startswith("qt_")
    ]  # fmt: skip
    assert nameless == []


def test_the_messages_are_built_with_the_first_one_and_stand_before_the_box_for_tab(chat: Chat) -> None:
    assert not chat.page.findChildren(MessageView)
    chat.exchange("hello", "hi")
    view = chat.page.findChild(MessageView)
    assert view is not None
    assert view.isVisible()
    after = view.nextInFocusChain()
    while not after.focusPolicy() & Qt.FocusPolicy.TabFocus:
        after = after.nextInFocusChain()
    assert after is chat.page.box.edit


def test_a_new_chat_is_begun_while_the_keys_are_with_the_messages(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    chat.page.pane.view.setFocus()
    chat.until(chat.page.pane.view.hasFocus)
    chat.page.open_conversation(None)  # the messages go, and lose the focus before they know that they are gone
    assert chat.page.welcome.isVisible()
    assert chat.page.pane.messages.rowCount() == 0


def test_buttons_of_a_card_go_below_its_words_where_there_is_little_room(chat: Chat) -> None:
    few_shot = button(chat, "In the lab")
    zero_shot = button(chat, "Zero-shot")
    words = next(each for each in chat.page.welcome.findChildren(QLabel) if each.text().startswith("The same task"))
    chat.page.resize(1200, 700)
    chat.until(lambda: few_shot.x() > words.x() + words.width() and few_shot.isVisible())
    chat.page.side.show_pane("settings")
    chat.page.resize(760, 600)
    chat.until(lambda: zero_shot.y() >= words.y() + words.height())
    chat.until(lambda: words.height() >= words.heightForWidth(words.width()))


def test_the_line_above_leaves_out_settings_before_it_cuts_the_model(chat: Chat) -> None:
    top = chat.page.top
    chat.page.resize(1200, 700)
    chat.until(lambda: top.settings.text() == top.settings.words == "T 0.7 · top-p 0.95")
    chat.page.open_temporary()
    for width in range(1000, 640, -40):
        chat.page.resize(width, 700)
        chat.until(lambda: not top.settings.text() or top.settings.width() >= top.settings.width_of(1))
        assert top.settings.geometry().right() < top.tree.x()
        assert top.settings.text() in ("T 0.7 · top-p 0.95", "T 0.7", "")


def test_tab_goes_through_the_box_as_it_is_seen(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    box = chat.page.box
    box.edit.set_text("More")
    box.edit.setFocus()
    chat.until(box.edit.hasFocus)
    seen = []
    while not seen or (box.isAncestorOf(seen[-1]) and len(seen) < 12):
        chat.qtbot.keyClick(chat.page.focusWidget(), Qt.Key.Key_Tab)
        focused = chat.page.focusWidget()
        assert focused is not None
        seen.append(focused)
    inside = [widget for widget in seen if box.isAncestorOf(widget)]
    assert inside[-1] is box.button
    assert len(inside) >= 4
    places = [widget.mapTo(box, widget.rect().center()).x() for widget in inside]
    assert places == sorted(places)
