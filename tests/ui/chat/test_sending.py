"""Writing, sending, stopping: what a person does most."""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import Qt

from nextword.engine.protocol import ChatPrompt
from nextword.errors import EngineDied, NotSaved
from nextword.ui.chat.message_bar import MessageBar
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step


def bar(chat: Chat, row: int) -> MessageBar:
    found = chat.page.pane.overlays.bar(row)
    assert found is not None
    return found


def test_enter_sends_and_the_answer_streams_in(chat: Chat) -> None:
    edit = chat.page.box.edit
    chat.qtbot.keyClicks(edit, "What is a token?")
    chat.qtbot.keyClick(edit, Qt.Key.Key_Return)
    chat.until(lambda: chat.engine.asked)
    prompt = chat.engine.asked[0].prompt
    assert isinstance(prompt, ChatPrompt)
    assert [message.text for message in prompt.messages] == ["What is a token?"]
    assert edit.toPlainText() == ""
    chat.engine.begin()
    chat.engine.say(step("A"), step(" token"))
    assert chat.rows() == ["What is a token?", "A token"]
    chat.engine.finish()
    chat.until(lambda: not chat.page.session.busy)


def test_shift_enter_makes_a_new_line_and_sends_nothing(chat: Chat) -> None:
    edit = chat.page.box.edit
    chat.qtbot.keyClicks(edit, "one")
    chat.qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    chat.qtbot.keyClicks(edit, "two")
    assert edit.toPlainText() == "one\ntwo"
    assert chat.rows() == []


def test_blanks_are_not_sent(chat: Chat) -> None:
    chat.page.box.edit.set_text("  \n ")
    assert not chat.page.box.button.isEnabled()
    chat.qtbot.keyClick(chat.page.box.edit, Qt.Key.Key_Return)
    assert chat.rows() == []


def test_the_field_grows_to_eight_lines_and_no_further(chat: Chat) -> None:
    edit = chat.page.box.edit
    edit.set_text("a")
    one = edit.height()
    edit.set_text("\n".join("abcdefgh"))
    eight = edit.height()
    edit.set_text("\n" * 200)
    assert one < eight
    assert edit.height() == eight


def test_stop_keeps_the_partial_text_and_says_so(chat: Chat) -> None:
    chat.ask("Tell me a story")
    chat.engine.begin()
    chat.engine.say(step("Once"), step(" upon"))
    assert chat.page.box.button.text() == "Stop"
    chat.page.box.button.click()
    assert chat.engine.stopped == [1]
    chat.engine.finish("stopped")
    assert chat.rows()[-1] == "Once upon"
    assert chat.page.pane.messages.state_line(chat.page.session.shown[-1]) == "Stopped."
    chat.until(lambda: chat.page.box.button.text() == "Send")


def test_escape_stops_from_the_field_and_from_the_messages(chat: Chat) -> None:
    chat.ask("Tell me a story")
    chat.engine.begin()
    chat.qtbot.keyClick(chat.page.box.edit, Qt.Key.Key_Escape)
    assert chat.engine.stopped == [1]
    chat.qtbot.keyClick(chat.page.pane.view, Qt.Key.Key_Escape)
    assert chat.engine.stopped == [1, 1]


def test_what_is_typed_while_an_answer_is_written_stays(chat: Chat) -> None:
    chat.ask("First")
    chat.engine.begin()
    chat.page.box.edit.set_text("Second")
    chat.qtbot.keyClick(chat.page.box.edit, Qt.Key.Key_Return)
    assert chat.page.box.edit.toPlainText() == "Second"
    assert len(chat.engine.asked) == 1
    chat.engine.finish()


def test_an_engine_that_dies_leaves_the_text_and_the_reason_under_it(chat: Chat) -> None:
    chat.ask("Go on")
    chat.engine.begin()
    chat.engine.say(step("Half"))
    chat.engine.fail(EngineDied(stage="generating", signal_name="SIGSEGV", exit_code=-11))
    message = chat.page.session.shown[-1]
    line = chat.page.pane.messages.state_line(message)
    assert message.text == "Half"
    assert line.startswith("Interrupted: ")
    chat.until(lambda: message.id is not None)
    assert not bar(chat, 1).buttons["continue"].isHidden()


def test_a_question_that_got_no_answer_can_be_asked_again(chat: Chat) -> None:
    chat.ask("Anyone?")
    chat.engine.fail(EngineDied(stage="prompt", signal_name="SIGKILL", exit_code=-9))
    assert chat.rows() == ["Anyone?"]
    assert chat.page.pane.messages.state_line(chat.page.session.shown[0])
    button = bar(chat, 0).buttons["regenerate"]
    assert not button.isHidden()
    button.click()
    assert len(chat.engine.asked) == 2


def test_text_that_could_not_be_kept_comes_back_into_the_field_with_a_notice(chat: Chat) -> None:
    chat.page.session.draft_restored.emit("my words")
    chat.page.session.failed.emit(NotSaved("disk_full"))
    assert chat.page.box.edit.toPlainText() == "my words"
    assert [notice.error for notice in chat.notices] == [NotSaved("disk_full")] or isinstance(
        chat.notices[-1].error, NotSaved
    )


def test_figures_under_an_answer_are_those_of_its_tokens(chat: Chat) -> None:
    chat.ask("Hi")
    chat.engine.answer(step("a", 0.5), step("b", 0.125), step("c", 0.25))
    chat.until(lambda: chat.page.session.shown[-1].id is not None)
    spoken = chat.page.pane.messages.in_words(1)
    assert "3 tokens · 200/s" in spoken
    assert "2.0 bits per token" in spoken


def test_a_model_that_still_loads_says_so_under_the_question(chat: Chat) -> None:
    chat.engine.show(state="loading", load_fraction=0.43)
    chat.ask("Hello")
    line = chat.page.pane.messages.state_line(chat.page.session.shown[-1])
    assert "43" in line
    chat.engine.show(state="ready", load_fraction=1.0)
    assert chat.page.pane.messages.state_line(chat.page.session.shown[-1]) == ""


def test_drafts_stay_with_their_conversation(chat: Chat) -> None:
    chat.exchange("First chat", "ok")
    first = chat.page.session.conversation
    chat.page.box.edit.set_text("left here")
    chat.page.open_conversation(None)
    assert chat.page.box.edit.toPlainText() == ""
    chat.page.box.edit.set_text("new one")
    chat.page.open_conversation(first)
    assert chat.page.box.edit.toPlainText() == "left here"
    chat.page.open_conversation(None)
    assert chat.page.box.edit.toPlainText() == "new one"


def test_an_answer_with_markup_is_plain_text(chat: Chat) -> None:
    chat.exchange("x", "<b>bold</b> <img src='file:///etc/passwd'>")
    assert chat.rows()[-1] == "<b>bold</b> <img src='file:///etc/passwd'>"
    chat.page.pane.view.grab()


def test_the_conversation_is_there_at_the_next_start(make_chat: Callable[[], Chat]) -> None:
    first = make_chat()
    first.exchange("Remember me", "I", " will")
    conversation = first.page.session.conversation
    second = make_chat()
    second.page.open_conversation(conversation)
    second.until(lambda: second.rows() == ["Remember me", "I will"])
    second.until(lambda: second.page.session.shown[1].steps)
    assert [each.text for each in second.page.session.shown[1].steps] == [b"I", b" will"]


def test_a_function_that_is_due_later_is_called_though_nobody_else_holds_its_object(chat: Chat) -> None:
    called: list[int] = []

    class Due:
        def __init__(self, number: int) -> None:
            self.number = number

        def call(self) -> None:
            called.append(self.number)

    for number in range(300):
        chat.page._later(0.01, Due(number).call)
    gc.collect()
    chat.until(lambda: len(called) == 300)
