"""Files that go with a message: chosen, dropped or pasted; shown as chips; refused in words; there in the message."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit

from nextword.history.records import Attachment
from nextword.ui.chat.attached_text import AttachedText
from tests.ui.chat.conftest import Chat


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices & more.csv"
    path.write_text("bread,2\nmilk,1\n")
    return path


def attach(chat: Chat, path: Path) -> None:
    before = len(chat.page.box.tray.files)
    chat.page.attaching.attach([str(path)])
    chat.until(lambda: len(chat.page.box.tray.files) > before)


def test_a_file_becomes_a_chip_with_its_size_and_tokens(chat: Chat, prices: Path) -> None:
    attach(chat, prices)
    chip = chat.page.box.tray.chips[0]
    assert chip.file == Attachment("prices & more.csv", "csv", "bread,2\nmilk,1\n")
    assert "prices && more.csv" in chip.name.text()
    assert "15 bytes" in chip.name.accessibleName()
    assert "tokens" in chip.name.accessibleName()


def test_what_is_attached_is_sent_and_shown_with_the_message(chat: Chat, prices: Path) -> None:
    attach(chat, prices)
    chat.exchange("How much is milk?", "1")
    assert chat.page.box.tray.files == ()
    assert chat.page.pane.messages.state_line(chat.page.session.shown[0]) == "Attached: prices & more.csv"
    menu = QMenu()
    chat.page.pane.menu_filled.emit(menu, 0)
    show = next(action for action in menu.actions() if action.text() == "Show prices && more.csv")
    show.trigger()
    dialog = chat.page.window().findChild(AttachedText)
    assert dialog is not None
    assert dialog.text.toPlainText() == "bread,2\nmilk,1\n"
    dialog.reject()


def test_a_file_that_is_no_text_is_refused_in_words_and_nothing_else_happens(chat: Chat, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(bytes(range(256)) * 40)
    chat.page.attaching.attach([str(picture), str(tmp_path / "gone.txt")])
    chat.until(lambda: len(chat.notices) == 2)
    assert chat.page.box.tray.files == ()
    assert all(notice.level == "error" for notice in chat.notices)


def test_letters_that_had_to_be_guessed_are_said(chat: Chat, tmp_path: Path) -> None:
    old = tmp_path / "old.txt"
    old.write_bytes("Fähre über den Fluß".encode("latin-1"))
    attach(chat, old)
    assert "Latin-1" in chat.notices[-1].text


def test_files_dropped_on_the_page_are_attached(chat: Chat, prices: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(prices))])
    where, copy = QPoint(300, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, data, left, none)
    QApplication.sendEvent(chat.page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(chat.page, QDropEvent(QPointF(where), copy, data, left, none))
    chat.until(lambda: chat.page.box.tray.files)


def test_an_address_of_elsewhere_is_not_fetched(chat: Chat) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/prices.csv")])
    enter = QDragEnterEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter.ignore()
    QApplication.sendEvent(chat.page, enter)
    assert not enter.isAccepted()


def test_a_file_on_the_clipboard_is_attached_and_text_is_still_pasted(chat: Chat, prices: Path) -> None:
    clipboard = QGuiApplication.clipboard()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(prices))])
    clipboard.setMimeData(data)
    chat.page.box.edit.paste()
    chat.until(lambda: chat.page.box.tray.files)
    assert chat.page.box.edit.toPlainText() == ""
    clipboard.setText("plain words")
    chat.page.box.edit.paste()
    assert chat.page.box.edit.toPlainText() == "plain words"


def test_a_text_too_long_to_count_says_about_how_much_it_is(chat: Chat, tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("word " * 80_000)
    attach(chat, book)
    assert "about 100,000 tokens" in chat.page.box.tray.chips[0].name.accessibleName()


def test_a_chip_opens_its_text(chat: Chat, prices: Path) -> None:
    attach(chat, prices)
    chat.page.box.tray.chips[0].name.click()
    dialog = chat.page.window().findChild(AttachedText)
    assert dialog is not None
    assert isinstance(dialog.text, QPlainTextEdit)
    assert dialog.text.isReadOnly()
    dialog.reject()


def test_many_files_take_no_more_than_three_lines_and_are_scrolled(chat: Chat, prices: Path) -> None:
    attach(chat, prices)
    tray = chat.page.box.tray
    one = tray.height()
    tray.add([Attachment(f"file number {number}.txt", "txt", str(number)) for number in range(12)])
    chat.until(lambda: tray.height() > one)
    assert tray.height() < 4 * one
    chat.until(lambda: tray.verticalScrollBar().maximum() > 0)
    assert tray.verticalScrollBar().value() == tray.verticalScrollBar().maximum()  # the newest is in sight


def test_a_file_that_was_read_late_stays_with_the_conversation_it_was_chosen_in(chat: Chat, prices: Path) -> None:
    chat.exchange("Good day", "Hello")
    first = chat.page.session.conversation
    chat.page.box.edit.set_text("What does this cost?")
    chat.page.attaching.attach([str(prices)])
    chat.page.open_conversation(None)  # before it is read
    chat.exchange("Other things", "Yes")
    chat.page.open_conversation(first)
    chat.until(lambda: chat.page.box.tray.files)
    assert [file.name for file in chat.page.box.tray.files] == ["prices & more.csv"]
    assert chat.page.box.edit.toPlainText() == "What does this cost?"
    chat.page.open_conversation(None)
    assert chat.page.box.tray.files == ()


def test_a_file_that_is_read_while_its_chat_begins_waits_in_that_chat(chat: Chat, prices: Path) -> None:
    chat.page.attaching.attach([str(prices)])
    chat.exchange("Good day", "Hello")
    chat.until(lambda: chat.page.box.tray.files)
    assert [message.attachments for message in chat.page.session.shown] == [(), ()]


def test_a_file_chosen_in_a_temporary_chat_that_was_left_is_nowhere(chat: Chat, prices: Path) -> None:
    chat.page.open_temporary()
    chat.page.attaching.attach([str(prices)])
    chat.page.open_temporary()
    chat.page.attaching.attach([str(prices.with_name("gone.txt"))])  # is told after the first was read
    chat.until(lambda: chat.notices)
    assert chat.page.box.tray.files == ()
