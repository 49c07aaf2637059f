"""A selection that reaches from one message into others, and what it gives to the clipboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent

from nextword.history.records import Attachment
from nextword.ui.chat.attached_text import AttachedText
from nextword.ui.chat.message_view import MessageView
from nextword.ui.chat.selection import Selection
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step

_NONE, _SHIFT, _CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def two_exchanges(chat: Chat) -> MessageView:
    chat.exchange("First question", "An *answer*", " of one")
    chat.exchange("Second question", "Another", " answer")
    chat.page.resize(1100, 900)
    view = chat.page.pane.view
    view.setFocus()
    chat.until(lambda: view.visible_rows() == range(4) and view.part_rect(3, "words").isValid())
    return view


def middle(view: MessageView, row: int) -> QPoint:
    return view.part_rect(row, "words").center()


def drag(view: MessageView, to: QPoint) -> None:
    """Move with the button down: the test platform's own moves carry none."""
    place = QPointF(to)
    view.mouseMoveEvent(
        QMouseEvent(
            QEvent.Type.MouseMove, place, view.viewport().mapToGlobal(place), Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton, _NONE,
        )
    )  # fmt: skip


def copied(chat: Chat, view: MessageView) -> str:
    chat.qtbot.keyClick(view, Qt.Key.Key_C, _CONTROL)
    return QGuiApplication.clipboard().text()


def test_what_is_selected_of_a_message_depends_on_where_it_stands() -> None:
    upwards = Selection(3, 5, 1, 7)
    assert upwards.rows == range(1, 4)
    assert upwards.part(0) is None
    assert upwards.part(1) == (7, upwards.part(2)[1])  # type: ignore[index]
    assert upwards.part(3) == (0, 5)
    assert Selection.within(2, 9, 4).part(2) == (4, 9)


def test_a_drag_reaches_into_other_messages(chat: Chat) -> None:
    view = two_exchanges(chat)
    start = view.part_rect(1, "words").topLeft() + QPoint(1, 8)
    chat.qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    end = view.part_rect(3, "words")
    drag(view, QPoint(end.right() + 40, end.center().y()))
    chat.qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end.center())
    assert view.selected_text() == "An *answer* of one\n\nSecond question\n\nAnother answer"
    assert chat.page.side.shown == ""
    text = copied(chat, view)
    assert (
        text == "**Scripted:**\n\nAn *answer* of one\n\n**You:**\n\nSecond question\n\n**Scripted:**\n\nAnother answer"
    )
    html = QGuiApplication.clipboard().mimeData().html()
    assert "<p><strong>You:</strong></p>" in html
    assert "<em>answer</em>" in html
    chat.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection is None


def test_a_click_with_shift_selects_up_to_there(chat: Chat) -> None:
    view = two_exchanges(chat)
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, _NONE, middle(view, 2))
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, _SHIFT, middle(view, 0))
    assert view.selection is not None
    assert view.selection.rows == range(3)
    assert view.currentIndex().row() == 0
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, _NONE, middle(view, 0))
    assert view.selection is None


def test_a_drag_below_the_view_scrolls_and_selects_on(chat: Chat) -> None:
    chat.exchange("Much", *(f"line {number}\n\n" for number in range(80)))
    view = chat.page.pane.view
    bar = view.verticalScrollBar()
    chat.until(lambda: bar.maximum() > 400)
    bar.setValue(0)
    chat.qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 0))
    drag(view, QPoint(view.width() // 2, view.viewport().height() + 300))
    chat.until(lambda: bar.value() == bar.maximum())
    view.selecting.let_go()
    assert view.selection is not None
    assert view.selection.end_row == 1
    assert "line 70" in view.selected_text()


def test_keys_select_beyond_a_message(chat: Chat) -> None:
    view = two_exchanges(chat)
    view.setCurrentIndex(view.messages.index(1))
    for _ in range(2):
        chat.qtbot.keyClick(view, Qt.Key.Key_Down, _SHIFT)
    assert view.selected_text() == "An *answer* of one\n\nSecond question"
    assert view.currentIndex().row() == 2
    assert "2 messages" in view.accessibleDescription()
    chat.qtbot.keyClick(view, Qt.Key.Key_Up, _SHIFT)
    chat.qtbot.keyClick(view, Qt.Key.Key_Left, _SHIFT)
    assert view.selection is not None
    assert view.selection.rows == range(1, 2)


def test_all_messages_are_selected_by_asking_twice(chat: Chat) -> None:
    view = two_exchanges(chat)
    chat.qtbot.keyClick(view, Qt.Key.Key_A, _CONTROL)
    assert view.selected_text() == "Another answer"
    chat.qtbot.keyClick(view, Qt.Key.Key_A, _CONTROL)
    assert copied(chat, view).startswith("**You:**\n\nFirst question\n\n**Scripted:**\n\nAn *answer* of one")
    menu = chat.page.pane.menu_for(1)
    assert [action.text() for action in menu.actions()][:2] == ["Copy selection", "Copy selection as"]
    chat.page.pane._copy(1, "text")
    assert "Scripted: An answer of one\n\nYou: Second question" in QGuiApplication.clipboard().text()


def test_the_menu_above_copies_the_whole_conversation(chat: Chat) -> None:
    two_exchanges(chat)
    chat.page.top.copy_requested.emit("markdown")
    assert QGuiApplication.clipboard().text().count("**You:**") == 2
    chat.page.top.copy_requested.emit("text")
    assert QGuiApplication.clipboard().text().startswith("You: First question\n\nScripted: An answer of one")


def test_the_line_of_an_attached_text_shows_it(chat: Chat) -> None:
    session, note = chat.page.session, Attachment("notes.md", "md", "The *notes*")
    session.send("", [note])  # it can go without a word
    chat.until(lambda: chat.engine.asked)
    chat.engine.answer(step("Done"))
    chat.until(lambda: not session.busy and session.shown[-1].id is not None)
    view = chat.page.pane.view
    line = view.part_rect(0, "state")
    assert line.isValid()
    assert view.part_rect(0, "words").isEmpty(), "no bubble without words"
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, _NONE, line.center())
    shown = chat.page.window().findChild(AttachedText)
    assert isinstance(shown, AttachedText)
    assert shown.text.toPlainText() == "The *notes*"
    shown.reject()
    menu = chat.page.acts.files_menu((note, Attachment("more.txt", "txt", "More")))
    assert [action.text() for action in menu.actions()] == ["Show notes.md", "Show more.txt"]
