"""What a message would take of the context is seen before it is sent, and nothing is left out without a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from nextword.chat.context import ContextUse
from nextword.chat.preferences import ContextPolicy
from nextword.engine import protocol
from nextword.engine.client import Listener
from nextword.history.records import Role
from nextword.ui.chat.context_meter import ContextMeter
from nextword.ui.chat.fit_question import left_out_under
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step

LONG = "x" * 150
"""Five of these and their answers do not fit into 768 tokens: 1,024 less what is kept for the answer."""


def talk(chat: Chat, turns: int, policy: ContextPolicy = "ask") -> None:
    session = chat.page.session
    session.set_preferences(replace(session.preferences, context_policy=policy))
    for number in range(turns):
        chat.exchange(f"{number} {LONG}", "a" * 50)


def asked_messages(chat: Chat) -> list[str]:
    prompt = chat.engine.asked[-1].prompt
    assert isinstance(prompt, protocol.ChatPrompt)
    return [message.text[:1] for message in prompt.messages]


def use_of(chat: Chat) -> ContextUse:
    use = chat.page.watch.meter.use
    assert use is not None
    return use


def faint_rows(chat: Chat) -> list[int]:
    messages = chat.page.pane.messages
    return [row for row in range(messages.rowCount()) if messages.is_left_out(row)]


def test_an_empty_chat_has_no_meter_and_a_draft_is_counted_before_it_is_sent(chat: Chat) -> None:
    meter = chat.page.watch.meter
    assert meter.isHidden()
    chat.page.box.edit.set_text("Hello")
    chat.until(lambda: meter.isVisible() and meter.words() == "7 of 1,024")  # with <s> and </s>
    assert "Context: 7 of 1,024" in meter.accessibleName()
    chat.page.box.edit.set_text("Hello you")
    chat.until(lambda: meter.words() == "11 of 1,024")
    chat.page.box.edit.clear()
    chat.until(meter.isHidden)


def test_without_a_model_there_is_no_meter(chat: Chat) -> None:
    chat.page.box.edit.set_text("Hello")
    chat.until(chat.page.watch.meter.isVisible)
    chat.engine.show(state="idle", model=None, wanted="")
    assert chat.page.watch.meter.isHidden()


def test_the_meter_tells_what_will_be_left_out_and_the_messages_are_marked(chat: Chat) -> None:
    talk(chat, 3, "drop_oldest")
    chat.page.box.edit.set_text("y" * 200)
    chat.until(lambda: use_of(chat).left_out == (0, 1))
    meter = chat.page.watch.meter
    assert meter.level() == "error"
    assert "2 messages do not fit and will be left out:" in meter.toolTip()
    assert "· 0 xxxxx" in meter.toolTip()
    assert faint_rows(chat) == [0, 1]
    assert "Left out: the context has no room for it." in chat.page.pane.messages.in_words(0)
    chat.page.box.edit.clear()
    chat.until(lambda: not faint_rows(chat))
    assert "Left out" not in chat.page.pane.messages.in_words(0)


def test_it_is_a_warning_when_it_gets_tight() -> None:
    meter = ContextMeter()
    meter.show_use(ContextUse(600, 1024, 256, counts=(300, 290)))
    assert meter.level() == "accent"
    meter.show_use(ContextUse(700, 1024, 256, counts=(300, 390)))
    assert meter.level() == "warning"
    meter.show_use(ContextUse(900, 1024, 256, counts=(900,), too_large=True))
    assert meter.level() == "error"
    assert "Even the last message alone does not fit" in meter.details()
    meter.hide()


def test_what_does_not_fit_is_asked_about_and_the_text_waits_in_the_box(chat: Chat) -> None:
    talk(chat, 4)
    asked = len(chat.engine.asked)
    chat.page.box.edit.set_text(f"4 {LONG}")
    chat.page.box.button.click()
    question = chat.page.watch.question
    chat.until(question.isVisible)
    assert len(chat.engine.asked) == asked
    assert chat.page.box.edit.toPlainText() == f"4 {LONG}"
    assert len(chat.rows()) == 8
    assert question.buttons["drop_oldest"].text() == "Send without the 2 oldest messages"
    assert question.buttons["keep_ends"].text() == "Keep the beginning; send without messages 3 to 4"
    assert question.buttons["drop_oldest"].toolTip().splitlines()[0].startswith("· 0 xxx")
    assert question.buttons["keep_ends"].toolTip().splitlines()[0].startswith("· 1 xxx")
    chat.until(question.buttons["ask"].hasFocus)  # a second Enter leaves nothing out


def test_dropping_the_oldest_sends_the_rest_and_empties_the_box(chat: Chat) -> None:
    talk(chat, 4)
    asked = len(chat.engine.asked)
    chat.page.box.edit.set_text(f"4 {LONG}")
    chat.page.box.button.click()
    chat.until(chat.page.watch.question.isVisible)
    chat.page.watch.question.buttons["drop_oldest"].click()
    chat.until(lambda: len(chat.engine.asked) > asked)
    assert asked_messages(chat) == ["1", "a", "2", "a", "3", "a", "4"]
    assert chat.page.box.edit.toPlainText() == ""
    assert chat.page.watch.question.isHidden()
    assert chat.page.session.preferences.context_policy == "ask"
    chat.engine.answer(step("Yes"))
    chat.until(lambda: not chat.page.session.busy)


def test_keeping_the_ends_leaves_out_what_the_button_said(chat: Chat) -> None:
    talk(chat, 4)
    asked = len(chat.engine.asked)
    chat.page.box.edit.set_text(f"4 {LONG}")
    chat.page.box.button.click()
    question = chat.page.watch.question
    chat.until(question.isVisible)
    question._always.setChecked(True)  # noqa: SLF001
    question.buttons["keep_ends"].click()
    chat.until(lambda: len(chat.engine.asked) > asked)
    assert asked_messages(chat) == ["0", "a", "2", "a", "3", "a", "4"]
    assert chat.page.session.preferences.context_policy == "keep_ends"
    chat.engine.answer(step("Yes"))
    chat.until(lambda: not chat.page.session.busy)
    assert chat.page.pane.messages.lines_under(9) == "Made without messages 3 to 4: they did not fit."


def test_sending_nothing_leaves_everything_as_it_is(chat: Chat) -> None:
    talk(chat, 4)
    chat.page.box.edit.set_text(f"4 {LONG}")
    chat.page.box.button.click()
    question = chat.page.watch.question
    chat.until(question.isVisible)
    chat.qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert question.isHidden()
    assert chat.page.box.edit.toPlainText() == f"4 {LONG}"
    assert len(chat.rows()) == 8
    chat.until(chat.page.box.edit.hasFocus)


def test_another_text_is_another_question(chat: Chat) -> None:
    talk(chat, 4)
    chat.page.box.edit.set_text(f"4 {LONG}")
    chat.page.box.button.click()
    chat.until(chat.page.watch.question.isVisible)
    chat.page.box.edit.set_text("short")
    assert chat.page.watch.question.isHidden()


def test_the_ways_are_told_apart_by_what_was_counted() -> None:
    roles: Sequence[Role] = ("user", "assistant") * 4 + ("user",)
    use = ContextUse(1000, 1024, 256, counts=(100,) * 9, left_out=(0, 1, 2, 3), needs_decision=True, system_tokens=0)
    assert left_out_under(use, roles, "drop_oldest") == (0, 1, 2, 3)
    assert left_out_under(use, roles, "keep_ends")[0] > 0


def test_an_answer_that_is_made_again_is_asked_about_too_and_what_is_written_meanwhile_stays(chat: Chat) -> None:
    talk(chat, 4)
    session = chat.page.session
    session.set_preferences(replace(session.preferences, system_prompt="s" * 100))
    asked = len(chat.engine.asked)
    chat.page.box.edit.set_text("half written")
    session.regenerate(7)
    question = chat.page.watch.question
    chat.until(question.isVisible)
    assert len(chat.engine.asked) == asked
    question.buttons["drop_oldest"].click()
    chat.until(lambda: len(chat.engine.asked) > asked)
    assert asked_messages(chat) == ["s", "1", "a", "2", "a", "3"]
    assert chat.page.box.edit.toPlainText() == "half written"
    chat.engine.answer(step("Again"))
    chat.until(lambda: not session.busy)
    assert chat.rows()[-1] == "Again"


def test_a_count_that_comes_late_is_not_shown_in_another_conversation(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.exchange("Hello", "Hi")
    meter = chat.page.watch.meter
    chat.until(meter.isVisible)
    held: list[Callable[[], None]] = []
    ask = chat.engine.ask

    def ask_slowly(request: protocol.Work, listener: Listener) -> int:
        held.append(lambda: cast(None, ask(request, listener)))
        return 0

    monkeypatch.setattr(chat.engine, "ask", ask_slowly)
    chat.page.box.edit.set_text("And then?")
    chat.until(lambda: held)
    chat.page.open_conversation(None)
    chat.until(meter.isHidden)
    held[0]()
    assert meter.isHidden()
