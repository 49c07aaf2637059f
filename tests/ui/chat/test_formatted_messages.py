"""Formatted answers on the page: copying, links, code, folds, the other look, selection by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from nextword.ui.chat.message_view import MessageView
from nextword.ui.chat.selecting import next_word
from nextword.ui.chat.selection import Selection
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.link_question import LinkQuestion
from nextword.ui.widgets.markdown.view import MarkdownText
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step

ANSWER = (
    "# Title\n\n", "Some ", "**bold**", " words and a [link](https://b", "ank.example@evil.example/x).\n\n",
    "- one\n- two\n\n```python\nprint(1)\n```",
)  # fmt: skip


def shown(chat: Chat, *words: str) -> tuple[MessageView, MarkdownText]:
    chat.exchange("Hi", *(words or ANSWER))
    view = chat.page.pane.view
    view.setFocus()
    return view, view.words_of(1)


def touch(chat: Chat, view: MessageView, part: str) -> None:
    """Click the first link, button or fold of the answer."""
    words = view.words_of(1)
    corner = view.part_rect(1, "words").topLeft()
    for y in range(2, int(words.height), 4):
        for x in range(2, int(words.width), 6):
            touched = words.touched(QPoint(x, y).toPointF())
            if touched is not None and touched.part == part:
                chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=corner + QPoint(x, y))
                return
    raise AssertionError(part)


def texts(menu: QMenu) -> list[str]:
    found: list[str] = []
    for action in menu.actions():
        found.append(action.text())
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            found += texts(submenu)
    return found


def test_a_link_is_opened_only_after_its_host_was_shown(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    view, _ = shown(chat)
    touch(chat, view, "link")
    question = chat.page.findChild(LinkQuestion)
    assert isinstance(question, LinkQuestion)
    assert question.host.text() == "evil.example"
    assert any("user name" in note for note in question.notes)
    assert question.whole.toPlainText() == "https://bank.example@evil.example/x"
    assert opened == []
    question.cancel.click()
    assert opened == []
    touch(chat, view, "link")
    again = chat.page.findChildren(LinkQuestion)[-1]
    again.open_button.click()
    assert [url.host() for url in opened] == ["evil.example"]
    assert chat.page.side.shown == ""


def test_code_is_copied_by_its_button(chat: Chat) -> None:
    view, _ = shown(chat)
    touch(chat, view, "copy")
    assert QGuiApplication.clipboard().text() == "print(1)"


def test_a_message_is_copied_in_three_forms(chat: Chat) -> None:
    shown(chat)
    pane, clipboard = chat.page.pane, QGuiApplication.clipboard()
    pane.overlays.action_requested.emit(1, "copy")
    assert clipboard.text() == "".join(ANSWER)
    pane._copy(1, "text")
    assert clipboard.text().startswith("Title\n\nSome bold words and a link.\n\n• one\n• two\n\nprint(1)")
    assert not clipboard.mimeData().hasHtml()
    pane._copy(1, "rich")
    assert "<strong>bold</strong>" in clipboard.mimeData().html()
    assert clipboard.text().startswith("Title\n\nSome bold")


def test_a_selection_by_keys_reaches_across_blocks(chat: Chat) -> None:
    view, _ = shown(chat)
    view.setCurrentIndex(view.messages.index(1))
    for _ in range(3):
        chat.qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    chat.qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    chat.qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Title\n\nSome bold words and a link.")
    assert "• one" in copied
    assert "<h1>Title</h1>" in QGuiApplication.clipboard().mimeData().html()
    chat.qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text() == "".join(ANSWER)
    chat.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection is None


def test_a_selection_by_mouse_reaches_across_blocks(chat: Chat) -> None:
    view, words = shown(chat, "First *one*.\n\n", "Second.")
    corner = view.part_rect(1, "words").topLeft()
    port = view.viewport()
    chat.qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=corner + QPoint(1, 6))
    end = corner + QPoint(int(words.end_rect().left()), int(words.end_rect().center().y()))
    chat.qtbot.mouseMove(port, end)
    view.selection = Selection.within(
        1, 0, words.place_at((end - corner).toPointF())
    )  # offscreen moves carry no button
    chat.qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)
    assert view.selected_text() == "First *one*.\n\nSecond."
    chat.page.pane._copy(1, "text")
    assert QGuiApplication.clipboard().text() == "First one.\n\nSecond."


def test_next_word_steps_over_words_in_utf16() -> None:
    text = "😀 one two"
    assert next_word(text, 0, 1) == 6
    assert next_word(text, 6, 1) == 10
    assert next_word(text, 10, 1) == 10
    assert next_word(text, 10, -1) == 7
    assert next_word(text, 3, -1) == 0


def test_the_menu_offers_by_keys_what_a_click_does(chat: Chat) -> None:
    shown(chat)
    offered = texts(chat.page.pane.menu_for(1))
    for words in ("As Markdown", "As plain text", "As rich text", "print(1)", "Show as it was written"):
        assert words in offered
    assert any("evil.example" in words for words in offered)


def test_an_answer_is_shown_as_it_was_written_and_formatted_again(chat: Chat) -> None:
    view, _ = shown(chat)
    view.show_raw(1, True)
    assert view.words_of(1).raw
    assert view.token_rect(1, 2).width() > 0
    view.show_raw(1, False)
    assert not view.words_of(1).raw


def test_what_a_person_writes_is_shown_as_it_was_written(chat: Chat) -> None:
    chat.exchange("**not bold**", "ok")
    assert chat.page.pane.view.words_of(0)._view(0).blocks[0][0].text == "**not bold**"


def test_long_code_is_scrolled_by_its_bar(chat: Chat) -> None:
    view, words = shown(chat, "```\n", "x" * 300, "\n```")
    corner = view.part_rect(1, "words").topLeft()
    bar = corner + QPoint(40, int(words.height) - 4)
    block = words.sideways_bar_at((bar - corner).toPointF())
    assert block is not None
    before = view.token_rect(1, 1).left()
    chat.qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=bar)
    view._drag_bar(bar.x() + 30)
    chat.qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=bar + QPoint(30, 0))
    assert block.value > 30
    assert view.token_rect(1, 1).left() < before
    assert chat.page.side.shown == ""


def test_thoughts_open_with_a_click(chat: Chat) -> None:
    view, _ = shown(chat, "<think>", "deep thoughts", "</think>", "\n\nSo.")
    before = view._heights.height(1)
    touch(chat, view, "fold")
    assert view._heights.height(1) > before
    touch(chat, view, "fold")
    assert view._heights.height(1) == before


def test_words_of_a_table_and_of_code_can_be_asked(chat: Chat) -> None:
    pieces = ("| a | b |\n|---|---|\n| ", "cell", " | 2 |\n\n```\n", "code", "\n```")
    view, _ = shown(chat, *pieces)
    for token in (1, 3):
        chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.token_rect(1, token).center())
        inspector = chat.page.side.widget("inspector")
        assert isinstance(inspector, Inspector)
        assert inspector.facts is not None
        assert inspector.facts.step.text == pieces[token].encode()


def test_formatting_while_it_grows_ends_as_the_whole(chat: Chat) -> None:
    chat.ask("Go")
    chat.engine.begin()
    for sign in "".join(ANSWER):
        chat.engine.say(step(sign))
    chat.engine.finish()
    chat.until(lambda: not chat.page.session.busy)
    view = chat.page.pane.view
    height = view._laid_out(1).height
    view.show_raw(1, True)
    view.show_raw(1, False)
    view.words_of(1).ensure(0, 1e6)
    assert view._laid_out(1).height == height


def test_nothing_but_the_question_opens_addresses_of_the_network() -> None:
    import nextword

    folder = Path(nextword.__file__).parent / "ui"
    opening = {
        path.name
        for path in folder.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "openUrl" in line and "fromLocalFile" not in line
    }
    assert opening == {"link_question.py"}
