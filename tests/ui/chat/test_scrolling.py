"""A long conversation: what the reader looks at stays, the end is followed, only what is seen is laid out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester

from nextword.history.conversations import Conversations
from nextword.history.records import ConversationId, MessageId
from nextword.ui.chat.message_view import MessageView
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import MODEL, step

PARAGRAPH = "A long message with many words in it, so that it needs several lines of the column. " * 12


def stored(chat: Chat, count: int) -> ConversationId:
    """Put a long conversation into the history."""
    return stored_texts(chat, [f"Number {number}. {PARAGRAPH if number % 2 else ''}" for number in range(count)])


def stored_texts(chat: Chat, texts: list[str]) -> ConversationId:
    """Put a conversation into the history: question, answer, question ..."""
    found: list[ConversationId] = []

    def write(conversations: Conversations) -> ConversationId:
        with conversations._db.atomic():  # one transaction: a thousand would take the disk minutes
            conversation = conversations.create("Long")
            parent: MessageId | None = None
            for number, text in enumerate(texts):
                parent = conversations.add_message(conversation, parent, "assistant" if number % 2 else "user", text)
        return conversation

    chat.services.history.run(write, done=found.append)
    chat.until(lambda: found)
    return found[0]


def with_room(chat: Chat) -> None:
    """Give the model a context in which everything fits."""
    chat.engine.show(model=msgspec.structs.replace(MODEL, context_tokens=10_000_000))


def open_long(chat: Chat, count: int = 60) -> MessageView:
    with_room(chat)
    chat.page.open_conversation(stored(chat, count))
    chat.until(lambda: len(chat.page.session.shown) == count)
    return chat.page.pane.view


def top_of(view: MessageView, row: int) -> int:
    return view.visualRect(view.messages.index(row)).top()


def test_a_conversation_of_a_thousand_long_messages_lays_out_only_what_is_seen(chat: Chat) -> None:
    view = open_long(chat, 1000)
    assert view.visible_rows().stop == 1000
    assert len(view._rows) < 40
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    view.grab()
    assert len(view._rows) < 80
    for _ in range(30):
        view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 900)
    assert len(view._rows) < 160


def test_a_conversation_opens_at_its_end(chat: Chat) -> None:
    view = open_long(chat)
    assert view.is_at_end()
    assert view.visible_rows().stop == 60
    assert not chat.page.pane._jump.isVisible()


def test_the_end_is_followed_while_an_answer_grows(chat: Chat) -> None:
    view = open_long(chat)
    chat.ask("And now?")
    chat.engine.begin()
    for _ in range(40):
        chat.engine.say(*(step(" growing") for _ in range(10)))
    chat.qtbot.waitUntil(lambda: len(view._laid_out(61).words.text) == len(chat.rows()[-1]))
    assert view.is_at_end()
    chat.engine.finish()


def test_the_view_stays_where_the_reader_scrolled_to(chat: Chat) -> None:
    view = open_long(chat)
    chat.ask("And now?")
    chat.engine.begin()
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 1500)
    row = view.visible_rows().start + 1
    before = top_of(view, row)
    for _ in range(40):
        chat.engine.say(*(step(" growing") for _ in range(10)))
    chat.qtbot.waitUntil(lambda: len(view._laid_out(61).words.text) == len(chat.rows()[-1]))
    assert top_of(view, row) == before
    assert chat.page.pane._jump.isVisible()
    chat.page.pane._jump.click()
    assert view.is_at_end()
    assert not chat.page.pane._jump.isVisible()
    chat.engine.finish()


def test_rows_measured_above_do_not_move_what_is_read(chat: Chat) -> None:
    view = open_long(chat)
    bar = view.verticalScrollBar()
    for _ in range(25):
        row = view.visible_rows().start + 1
        before, value = top_of(view, row), bar.value()
        bar.setValue(value - 120)
        assert abs(top_of(view, row) - before - 120) <= 1


def test_an_answer_is_repainted_once_for_many_tokens(chat: Chat) -> None:
    chat.ask("Go")
    chat.engine.begin()
    chat.until(lambda: chat.page.session.shown[1].id is not None)
    changes: list[int] = []
    chat.page.pane.messages.dataChanged.connect(lambda _first, _last, roles: changes.extend(roles))
    chat.engine.say(*(step(" x") for _ in range(500)))
    assert changes == []
    chat.until(lambda: changes)
    assert len(changes) == 1
    chat.engine.finish()


def test_keys_go_from_message_to_message_and_to_both_ends(chat: Chat) -> None:
    view = open_long(chat)
    view.setFocus()
    assert view.currentIndex().row() == 59
    for _ in range(60):
        chat.qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() < 40
    assert view.visualRect(view.currentIndex()).intersects(view.viewport().rect())
    chat.qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.verticalScrollBar().value() == 0
    chat.qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.is_at_end()


def test_messages_keep_qts_rules_for_models(chat: Chat) -> None:
    tester = QAbstractItemModelTester(chat.page.pane.messages, QAbstractItemModelTester.FailureReportingMode.Warning)
    chat.exchange("One", "1")
    chat.page.pane.overlays.action_requested.emit(1, "regenerate")
    chat.until(lambda: len(chat.engine.asked) == 2)
    chat.engine.answer(step("2"))
    chat.until(lambda: not chat.page.session.busy)
    chat.page.open_conversation(None)
    assert chat.page.pane.messages.rowCount() == 0
    assert isinstance(tester, QObject)


def test_another_width_breaks_the_lines_anew_and_stays_at_the_end(chat: Chat) -> None:
    view = open_long(chat)
    before = view.words_of(59).height
    assert chat.page.minimumSizeHint().width() < 652  # the window can be made 720 px wide
    chat.page.resize(640, 600)
    chat.until(chat.page.column.isHidden)

    def is_narrow() -> bool:
        chat.page.resize(480, 600)  # as far as the layout allows; it takes a moment to notice the hidden column
        return view.words_of(59).height > before

    chat.until(is_narrow)
    assert view.is_at_end()
    assert chat.page.column.isHidden()
    assert chat.page.top.list_button.isVisible()


def test_every_message_is_announced_with_what_its_row_shows(chat: Chat) -> None:
    chat.exchange("Hello", "Hi", " there")
    messages = chat.page.pane.messages
    role = Qt.ItemDataRole.AccessibleTextRole
    assert str(messages.index(0).data(role)) == "You: Hello"
    assert str(messages.index(1).data(role)).startswith("Scripted: Hi there. 2 tokens")


def test_a_point_below_the_last_message_is_no_message(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    view = chat.page.pane.view
    assert not view.indexAt(QPoint(50, view.viewport().height() - 2)).isValid()


def test_huge_texts_of_one_word_can_be_shown(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    with_room(chat)
    chat.exchange("x" * 100_000, "ok")
    chat.page.pane.view.verticalScrollBar().setValue(100)
    chat.page.pane.view.grab()
    assert chat.rows()[1] == "ok"
