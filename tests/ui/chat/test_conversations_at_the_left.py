"""The column of conversations: groups, search, rename, delete and its undo."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nextword.history.records import ConversationId, ConversationSummary
from nextword.ui.chat.conversation_list import MOST_ROWS, SUMMARY, ConversationList
from tests.ui.chat.conftest import Chat

NOW = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)


def summary(number: int, days_ago: float) -> ConversationSummary:
    updated = (NOW - datetime.timedelta(days=days_ago)).timestamp()
    return ConversationSummary(ConversationId(number), f"Title {number}", "preview", updated)


def shown(chat: Chat) -> list[str]:
    model = chat.page.column.conversations
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def titles(chat: Chat) -> list[str]:
    model = chat.page.column.conversations
    return [str(model.index(row).data()) for row in range(model.rowCount()) if model.summary(row) is not None]


def test_conversations_are_grouped_by_day(qtbot: QtBot) -> None:  # noqa: ARG001
    model = ConversationList()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.show([summary(1, 0), summary(2, 0.4), summary(3, 1), summary(4, 5), summary(5, 40)], NOW)
    found = [str(model.index(row).data()) for row in range(model.rowCount())]
    assert found == [
        "Today", "Title 1", "Title 2", "Yesterday", "Title 3", "Previous 7 days", "Title 4", "Older", "Title 5",
    ]  # fmt: skip
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.index(0).data(SUMMARY) is None
    assert model.row_of(ConversationId(3)) == 4
    model.show([summary(3, 0)], NOW)
    assert model.row_of(ConversationId(1)) == -1
    del tester


def test_a_list_that_has_become_long_sends_to_the_search(qtbot: QtBot) -> None:  # noqa: ARG001
    model = ConversationList()
    model.show([summary(number, 1 + number / 100) for number in range(MOST_ROWS - 1)], NOW)
    model.set_more(True)
    assert model.canFetchMore(QModelIndex())
    model.show([summary(number, 1 + number / 100) for number in range(MOST_ROWS)], NOW)
    model.set_more(True)
    assert not model.canFetchMore(QModelIndex())
    assert model.index(model.rowCount() - 1).data() == "The search finds older ones"


def test_a_new_conversation_appears_with_its_title_and_is_marked(chat: Chat) -> None:
    chat.exchange("What is a token?", "A", " piece")
    chat.until(lambda: titles(chat) == ["What is a token?"])
    column = chat.page.column
    assert column.list.currentIndex().row() == column.conversations.row_of(chat.page.session.conversation)
    chat.until(lambda: column.search.placeholderText() == "Search 2 messages")


def test_search_looks_into_messages(chat: Chat) -> None:
    chat.exchange("First", "about", " lighthouses")
    chat.page.open_conversation(None)
    chat.exchange("Second", "about", " rabbits")
    chat.until(lambda: titles(chat) == ["Second", "First"])
    chat.qtbot.keyClicks(chat.page.column.search, "lighthouse")
    chat.until(lambda: titles(chat) == ["First"])
    chat.page.column.search.setText("nothing like it")
    chat.until(lambda: titles(chat) == [])
    assert chat.page.column._nothing.isVisible()


def test_choosing_a_conversation_opens_it(chat: Chat) -> None:
    chat.exchange("First", "one")
    first = chat.page.session.conversation
    chat.page.open_conversation(None)
    chat.exchange("Second", "two")
    chat.until(lambda: titles(chat) == ["Second", "First"])
    column = chat.page.column
    column.list.setFocus()
    column.list.setCurrentIndex(column.conversations.index(column.conversations.row_of(first)))
    chat.qtbot.keyClick(column.list, Qt.Key.Key_Return)
    chat.until(lambda: chat.rows() == ["First", "one"])


def test_a_conversation_can_be_renamed_in_its_row(chat: Chat) -> None:
    chat.exchange("First", "one")
    chat.until(lambda: titles(chat) == ["First"])
    column = chat.page.column
    conversation = chat.page.session.conversation
    assert conversation is not None
    column.rename(conversation)
    editor = column.list.findChild(QLineEdit)
    assert editor is not None
    editor.setText("A better title")
    column.refresh()
    read: list[None] = []
    chat.services.history.run(lambda _conversations: None, done=read.append)
    chat.until(lambda: read)
    assert editor.text() == "A better title"
    chat.qtbot.keyClick(editor, Qt.Key.Key_Return)
    chat.until(lambda: titles(chat) == ["A better title"])


def test_a_deleted_conversation_comes_back_with_undo(chat: Chat) -> None:
    chat.exchange("Keep me", "ok")
    chat.until(lambda: titles(chat) == ["Keep me"])
    column = chat.page.column
    column.list.setFocus()
    chat.qtbot.keyClick(column.list, Qt.Key.Key_Delete)
    chat.until(lambda: titles(chat) == [])
    chat.until(lambda: chat.notices)
    assert chat.rows() == []
    notice = chat.notices[-1]
    assert "Keep me" in notice.text
    notice.actions[0].run()
    chat.until(lambda: chat.rows() == ["Keep me", "ok"])
    chat.until(lambda: titles(chat) == ["Keep me"])
