"""Notices are worded, replaced by key, closed, and never interpret foreign text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nextword.errors import ContextTooSmall, ModelLoadFailed
from nextword.ui.explain import explain
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.widgets.notice_bar import MOST_SHOWN, NoticeBar


def _texts(bar: NoticeBar) -> list[str]:
    return [label.text() for card in bar.cards for label in card.findChildren(QLabel)]


def test_an_error_shows_title_text_and_advice(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    error = ContextTooSmall(5000, 1024)
    bar.show_notice(Notice(error=error, level="error"))
    words = explain(error)
    assert _texts(bar) == [words.title, words.text, words.advice]
    assert not bar.isHidden()


def test_foreign_text_is_shown_as_it_is(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show_notice(Notice(error=ModelLoadFailed("/m/<img src=x>.gguf", ("<b>bold</b>",))))
    labels = [label for card in bar.cards for label in card.findChildren(QLabel)]
    assert any("<b>bold</b>" in label.text() for label in labels)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_the_same_key_replaces(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    for number in range(3):
        bar.show_notice(Notice(text=f"number {number}", key="same", level="warning"))
    assert _texts(bar) == ["number 2"]


def test_the_newest_is_on_top_and_old_ones_go(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    for number in range(MOST_SHOWN + 2):
        bar.show_notice(Notice(text=f"number {number}", level="warning"))
    assert _texts(bar) == ["number 4", "number 3", "number 2"]


def test_closing_the_last_hides_the_bar(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show_notice(Notice(text="once", level="warning"))
    bar.cards[0].closed.click()
    assert bar.cards == ()
    assert bar.isHidden()


def test_a_button_does_what_it_says_and_closes(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    action = Action("Do it", lambda: done.append("done"))
    bar.show_notice(Notice(text="what now", level="error", actions=(action,)))
    button = next(button for button in bar.cards[0].findChildren(QPushButton) if button.text() == "Do it")
    button.click()
    assert done == ["done"]
    assert bar.cards == ()


def test_notices_that_come_early_wait_for_the_window(qtbot: QtBot) -> None:
    notices = Notices()
    notices.add(Notice(text="early"))
    bar = NoticeBar()
    qtbot.addWidget(bar)
    notices.listen(bar.show_notice)
    notices.add(Notice(text="late"))
    assert _texts(bar) == ["late", "early"]


def test_a_screen_reader_gets_the_words(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    error = ContextTooSmall(5000, 1024)
    bar.show_notice(Notice(error=error))
    assert bar.cards[0].accessibleName() == explain(error).title
    assert explain(error).advice in bar.cards[0].accessibleDescription()
    assert bar.cards[0].closed.accessibleName()
