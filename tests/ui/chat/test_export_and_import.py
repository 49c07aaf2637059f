"""Conversations into files and out of them, from the dialogs: every form, progress, cancel, reports, faults."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from nextword.history.conversations import Conversations
from nextword.history.records import ConversationId
from nextword.ui.chat.export_dialog import ExportDialog
from nextword.ui.chat.import_dialog import ImportDialog
from tests.ui.chat.conftest import Chat
from tests.ui.chat.test_many_conversations import add, history, titles_of


def exporting(chat: Chat, form: str, *conversations: ConversationId) -> ExportDialog:
    desk = chat.page.column.desk
    desk.export_some(conversations, "Rabbits" if len(conversations) == 1 else "")
    dialog = desk._dialog
    assert isinstance(dialog, ExportDialog)
    dialog.forms[form].setChecked(True)
    return dialog


def importing(chat: Chat) -> ImportDialog:
    chat.page.column.desk.import_some()
    dialog = chat.page.column.desk._dialog
    assert isinstance(dialog, ImportDialog)
    return dialog


def written(chat: Chat, dialog: ExportDialog, target: Path) -> None:
    ended: list[int] = []
    dialog.finished.connect(ended.append)
    dialog.write_to(str(target))
    chat.until(lambda: ended)
    assert ended == [QDialog.DialogCode.Accepted]


def test_a_conversation_is_written_as_markdown_to_the_chosen_file(chat: Chat, tmp_path: Path) -> None:
    (one,) = add(chat, "Rabbits")
    written(chat, exporting(chat, "markdown", one), tmp_path / "rabbits.md")
    text = (tmp_path / "rabbits.md").read_text(encoding="utf-8")
    assert "All there is to say about Rabbits" in text
    chat.until(lambda: chat.notices)
    assert str(tmp_path / "rabbits.md") in chat.notices[-1].text


def test_all_conversations_become_pages_of_a_folder(chat: Chat, tmp_path: Path) -> None:
    add(chat, "Rabbits", "Boats")
    written(chat, exporting(chat, "html"), tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.suffix == ".html") == [".html", ".html"]
    assert chat.notices[-1].text.startswith("2 files were written")


def test_tinted_words_are_in_the_page_that_asks_for_them(chat: Chat, tmp_path: Path) -> None:
    chat.exchange("Say it", "a", " word")
    conversation = chat.page.session.conversation
    assert conversation is not None
    dialog = exporting(chat, "html", conversation)
    assert not dialog.words.isHidden()
    dialog.words.setChecked(True)
    written(chat, dialog, tmp_path / "tinted.html")
    assert 'class="words"' in (tmp_path / "tinted.html").read_text(encoding="utf-8")


def test_a_pdf_holds_every_message_on_as_many_pages_as_it_needs(chat: Chat, tmp_path: Path) -> None:
    (one,) = add(chat, "Rabbits")

    def longer(rows: Conversations) -> None:
        last = rows.read(one).head
        for number in range(30):
            text = (
                f"Question {number}\n\n| a | b |\n|---|---|\n| {number} | 2 |\n\n```\ncode {number}\n```\n"
                + "word " * 90
            )
            last = rows.add_message(one, last, "user" if number % 2 else "assistant", text)

    history(chat, longer)
    written(chat, exporting(chat, "pdf", one), tmp_path / "rabbits.pdf")
    pages = PdfReader(tmp_path / "rabbits.pdf").pages
    assert len(pages) > 2
    texts = [page.extract_text().replace("\t", " ") for page in pages]
    whole = "\n".join(texts)
    assert all(len(re.findall(rf"Question {number}\b", whole)) == 1 for number in range(30))
    assert all(f"code {number}" in whole for number in range(30))
    assert all(text.strip() for text in texts)


def test_what_was_exported_as_jsonl_comes_back_marked_as_imported(chat: Chat, tmp_path: Path) -> None:
    (one, _two) = add(chat, "Rabbits", "Boats")
    target = tmp_path / "all.jsonl"
    written(chat, exporting(chat, "lines"), target)
    assert json.loads(target.read_text(encoding="utf-8").splitlines()[0])
    history(chat, lambda rows: (rows.rename(one, "Hares"), rows.add_message(one, None, "user", "Something else")))
    chat.until(lambda: "Hares" in titles_of(chat))

    dialog = importing(chat)
    dialog.read([str(target)])
    chat.until(lambda: dialog.head.text() == "Imported")
    assert "Conversations: 1" in dialog.words.text()
    assert "here already: 1" in dialog.words.text()
    assert "Boats is here already" in dialog.details.toPlainText()
    chat.until(lambda: "Rabbits" in titles_of(chat))
    came = next(item for item in chat.page.column.conversations.items if item.summary.title == "Rabbits")
    assert came.summary.source == "nextword"
    rows = chat.page.column.conversations
    said = rows.index(rows.row_of(came.summary.id)).data(Qt.ItemDataRole.ToolTipRole)
    assert said == "Imported from Nextword"
    dialog.close()
    chat.notices[-1].actions[0].run()
    chat.until(lambda: "Rabbits" not in titles_of(chat))


def test_a_file_that_holds_no_conversation_is_refused_with_its_reason(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "letter.json").write_text('{"dear": "reader"}', encoding="utf-8")
    dialog = importing(chat)
    dialog.read([str(tmp_path / "letter.json")])
    chat.until(lambda: "letter.json" in dialog.head.text())
    assert "Nextword reads" in dialog.words.text()
    dialog.close()


def test_a_target_that_cannot_be_written_is_told_in_the_dialog_and_another_can_be_chosen(
    chat: Chat, tmp_path: Path
) -> None:
    (one,) = add(chat, "Rabbits")
    for form, name in (("markdown", "a.md"), ("pdf", "a.pdf")):
        dialog = exporting(chat, form, one)
        dialog.write_to(str(tmp_path / "missing" / name))
        chat.until(dialog._said.isVisible)
        assert name in dialog._said.text()
        written(chat, dialog, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0


def test_closing_the_dialog_leaves_no_half_written_file(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nextword.history.exports.exporting.PIECE_SECONDS", -1.0)  # it is never done by itself
    add(chat, *(f"Title {number}" for number in range(40)))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    for form in ("lines", "pdf"):
        target = tmp_path / form
        dialog = exporting(chat, form)
        dialog.write_to(str(target))
        if form == "lines":
            chat.until(lambda: {path for path in tmp_path.rglob("*") if path.is_file()} > before)
        dialog.reject()
        history(chat, lambda _rows: None)
        assert not target.is_file()
        assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
