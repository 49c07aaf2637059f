"""What is being written stays: with its conversation, with what is attached to it, across a restart."""

from __future__ import annotations

from collections.abc import Callable

from nextword.history.records import Attachment
from tests.ui.chat.conftest import Chat

FILE = Attachment("prices.csv", "csv", "bread,2\nmilk,1\n")


def text(chat: Chat) -> str:
    return chat.page.box.edit.toPlainText()


def wait_for_the_history(chat: Chat) -> None:
    """Wait until what was asked of the history before is done."""
    done: list[None] = []
    chat.services.history.run(lambda _conversations: None, done=done.append)
    chat.until(lambda: done)


def test_a_draft_is_there_after_a_restart_with_what_is_attached(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    chat.page.box.edit.set_text("half a thought")
    chat.page.box.tray.add([FILE])
    chat = make_chat()
    chat.until(lambda: text(chat) == "half a thought")
    assert chat.page.box.tray.files == (FILE,)


def test_every_conversation_has_its_own_draft(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    first = chat.page.session.conversation
    chat.page.box.edit.set_text("more to say")
    chat.page.open_conversation(None)
    assert text(chat) == ""
    chat.page.box.edit.set_text("something new")
    chat.page.open_conversation(first)
    chat.until(lambda: text(chat) == "more to say")
    chat.page.open_conversation(None)
    chat.until(lambda: text(chat) == "something new")


def test_what_was_sent_is_no_draft_any_more(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    chat.page.box.tray.add([FILE])
    chat.exchange("How much is bread?", "2")
    assert text(chat) == ""
    assert chat.page.box.tray.files == ()
    conversation = chat.page.session.conversation
    chat = make_chat()
    chat.page.open_conversation(conversation)
    chat.until(lambda: len(chat.rows()) == 2)
    assert text(chat) == ""
    assert chat.page.session.shown[0].attachments == (FILE,)


def test_what_is_typed_before_the_draft_is_read_stays(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    chat.page.box.edit.set_text("from yesterday")
    chat = make_chat()
    chat.page.box.edit.set_text("quick")
    wait_for_the_history(chat)
    assert text(chat) == "quick"


def test_attached_texts_alone_can_be_sent_and_are_quoted(chat: Chat) -> None:
    chat.page.box.tray.add([FILE])
    chat.ask("")
    sent = chat.engine.asked[-1].prompt.messages[-1].text  # type: ignore[union-attr]
    assert "prices.csv" in sent
    assert "milk,1" in sent


def test_a_chip_is_removed_by_its_button_and_the_cursor_goes_back_to_the_box(chat: Chat) -> None:
    other = Attachment("b.txt", "txt", "b")
    tray = chat.page.box.tray
    tray.add([FILE, other, FILE])
    assert tray.files == (FILE, other)
    tray.show_tokens(other, 1234)
    assert "1,234 tokens" in tray.chips[1].name.accessibleName()
    tray.chips[0].remove.click()
    tray.chips[0].remove.click()
    assert tray.isHidden()
    chat.until(chat.page.box.edit.hasFocus)


def test_a_temporary_chat_keeps_no_draft(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    chat.page.session.open(None, temporary=True)
    chat.page.box.edit.set_text("a secret")
    chat = make_chat()
    wait_for_the_history(chat)
    assert text(chat) == ""
