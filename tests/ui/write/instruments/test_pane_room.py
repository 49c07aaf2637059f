"""A wide pane takes the room that the text can spare, and gives it back."""

from __future__ import annotations

from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from nextword.ui.write.pane_room import PaneRoom


def make(qtbot: QtBot, width: int) -> tuple[QSplitter, QStackedWidget, QWidget]:
    splitter = QSplitter()
    qtbot.addWidget(splitter)
    splitter.addWidget(QWidget())
    stack = QStackedWidget()
    splitter.addWidget(stack)
    narrow, wide = QWidget(), QWidget()
    stack.addWidget(narrow)
    stack.addWidget(wide)
    PaneRoom(wide, 560)
    splitter.resize(width, 300)
    splitter.show()
    splitter.setSizes([width - 300, 300])
    return splitter, stack, wide


def test_it_takes_what_it_wants_while_it_is_shown(qtbot: QtBot) -> None:
    splitter, stack, wide = make(qtbot, 1200)
    before = splitter.sizes()
    stack.setCurrentWidget(wide)
    qtbot.waitUntil(lambda: splitter.sizes()[1] == 560)
    stack.setCurrentIndex(0)
    qtbot.waitUntil(lambda: splitter.sizes() == before)


def test_the_text_keeps_enough(qtbot: QtBot) -> None:
    splitter, stack, wide = make(qtbot, 800)
    stack.setCurrentWidget(wide)
    qtbot.waitUntil(lambda: splitter.sizes()[1] > 300)
    assert splitter.sizes()[0] >= 410


def test_what_a_person_made_of_it_stays(qtbot: QtBot) -> None:
    splitter, stack, wide = make(qtbot, 1200)
    stack.setCurrentWidget(wide)
    qtbot.waitUntil(lambda: splitter.sizes()[1] == 560)
    splitter.setSizes([sum(splitter.sizes()) - 480, 480])
    stack.setCurrentIndex(0)
    assert splitter.sizes()[1] == 480


def test_it_takes_what_the_page_makes_free_for_it(qtbot: QtBot) -> None:
    splitter, stack, wide = make(qtbot, 900)
    stack.setCurrentWidget(wide)
    qtbot.waitUntil(lambda: splitter.sizes()[1] > 300)
    splitter.resize(1200, 300)
    qtbot.waitUntil(lambda: splitter.sizes()[1] >= 560)
