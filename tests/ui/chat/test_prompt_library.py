"""Prompts that are used again: found by typing, filled in, inserted; kept, changed, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nextword.ui.chat.prompt_library import PromptLibrary
from tests.ui.chat.conftest import Chat


def library(chat: Chat) -> PromptLibrary:
    """Return the library that is open."""
    found = [dialog for dialog in chat.page.window().findChildren(PromptLibrary) if dialog.isVisible()]
    assert len(found) == 1
    return found[0]


def keep(chat: Chat, name: str, text: str) -> None:
    """Put a prompt into the library by its form."""
    chat.page.inserting.open()
    dialog = library(chat)
    dialog.new.click()
    dialog.edit.name.setText(name)
    dialog.edit.text.setPlainText(text)
    dialog.edit.save.click()
    chat.until(lambda: dialog.current is not None and dialog.current.name == name)
    dialog.reject()


def text(chat: Chat) -> str:
    return chat.page.box.edit.toPlainText()


def test_a_slash_in_the_empty_box_opens_the_library_and_enter_inserts(chat: Chat) -> None:
    keep(chat, "Summary", "Summarise this in one sentence:\n")
    keep(chat, "Translation", "Translate this:\n")
    chat.qtbot.keyClick(chat.page.box.edit, "/")
    dialog = library(chat)
    chat.until(lambda: dialog.list.count() == 2)
    chat.qtbot.keyClicks(dialog.search, "one sent")
    chat.qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert text(chat) == "Summarise this in one sentence:\n"


def test_a_slash_that_was_meant_as_one_is_written(chat: Chat) -> None:
    chat.qtbot.keyClick(chat.page.box.edit, "/")
    library(chat).reject()
    assert text(chat) == "/"
    chat.page.box.edit.set_text("1")
    chat.qtbot.keyClick(chat.page.box.edit, "/")
    assert text(chat) == "1/"


def test_variables_are_asked_for_with_their_defaults(chat: Chat) -> None:
    keep(chat, "Translation", "Translate into {{language=French}}: {{text}}")
    chat.page.box.edit.set_text("Please. ")
    chat.page.inserting.open()
    dialog = library(chat)
    chat.until(lambda: dialog.use.isEnabled())
    dialog.use.click()
    fields = dialog.fill.fields
    assert list(fields) == ["language", "text"]
    assert fields["language"].toPlainText() == "French"
    edges = {name: field.parentWidget() for name, field in fields.items()}
    chat.until(lambda: edges["language"].property("focused"))
    fields["text"].setFocus()
    chat.until(lambda: edges["text"].property("focused") and not edges["language"].property("focused"))
    assert not dialog.fill.insert.isEnabled()
    assert "text" in dialog.fill.insert.toolTip()
    fields["text"].setPlainText("Good {{morning}}")
    chat.qtbot.keyClick(fields["text"], Qt.Key.Key_Return)
    assert text(chat) == "Please. Translate into French: Good {{morning}}"


def test_the_text_in_the_box_can_be_kept(chat: Chat) -> None:
    chat.page.box.edit.set_text("Explain it to a child.")
    chat.page.inserting.open()
    dialog = library(chat)
    dialog.new.click()
    assert dialog.edit.text.toPlainText() == "Explain it to a child."
    assert not dialog.edit.save.isEnabled()  # it has no name yet
    dialog.reject()
    assert text(chat) == "Explain it to a child."


def test_prompts_are_there_after_a_restart_and_can_be_changed(make_chat: Callable[[], Chat]) -> None:
    keep(make_chat(), "Summary", "Summarise this.")
    chat = make_chat()
    chat.page.inserting.open()
    dialog = library(chat)
    chat.until(lambda: dialog.current is not None)
    dialog.change.click()
    dialog.edit.text.setPlainText("Summarise this in a line.")
    dialog.edit.save.click()
    chat.until(lambda: dialog.current is not None and dialog.current.text == "Summarise this in a line.")


def test_a_deleted_prompt_comes_back(chat: Chat) -> None:
    keep(chat, "Summary", "Summarise this.")
    chat.page.inserting.open()
    dialog = library(chat)
    chat.until(lambda: dialog.current is not None)
    dialog.delete.click()
    chat.until(lambda: dialog.list.count() == 0 and not dialog.undo.isHidden())
    dialog.undo.click()
    chat.until(lambda: dialog.current is not None)
    assert dialog.undo.isHidden()


def test_words_that_no_prompt_has_are_said(chat: Chat) -> None:
    keep(chat, "Summary", "Summarise this.")
    chat.page.inserting.open()
    dialog = library(chat)
    chat.until(lambda: dialog.list.count() == 1)
    dialog.search.setText("nothing like it")
    assert dialog.said.text() == "No prompt has these words."
    assert not dialog.use.isEnabled()


def test_a_prompt_that_is_not_saved_is_not_dropped_without_a_word(chat: Chat) -> None:
    chat.page.inserting.open()
    dialog = library(chat)
    dialog.new.click()
    dialog.edit.text.setPlainText("Explain {{topic}}")
    dialog.reject()
    assert dialog.isVisible()
    assert any("not saved" in label.text() for label in dialog.findChildren(QLabel) if label.isVisible())
    dialog.reject()
    assert not dialog.isVisible()
    chat.page.inserting.open()
    again = library(chat)
    again.new.click()
    again.reject()
    assert not again.isVisible(), "nothing was written"
