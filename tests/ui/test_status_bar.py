"""The status line: speed, context, seed to copy, variant, and that nothing is sent."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nextword.ui.status_bar import StatusLine
from tests.ui.conftest import Desk, model_info


def _words(line: StatusLine) -> list[str]:
    return [label.text() for label in line.findChildren(QLabel) if not label.isHidden()]


def test_an_answer_leaves_its_figures(qtbot: QtBot, desk: Desk) -> None:
    line = StatusLine(desk.services.engine)
    qtbot.addWidget(line)
    desk.set_status(
        state="ready", model=model_info("/m/a.gguf"), tokens_per_second=214.3, context_used=412, seed=81204117,
        variant="icelake",
    )  # fmt: skip
    size = QLocale().toString(1024)
    qtbot.waitUntil(lambda: "214 tokens/s" in _words(line))
    context = f"context 412 of {size}"
    assert _words(line) == ["214 tokens/s", context, "CPU: icelake", "local · nothing you write is sent"]
    line.shut_down()


def test_the_seed_can_be_copied(qtbot: QtBot, desk: Desk) -> None:
    desk.set_status(seed=81204117)
    line = StatusLine(desk.services.engine)
    qtbot.addWidget(line)
    button = line.findChildren(QPushButton)[0]
    assert button.text() == "seed 81\u2009204\u2009117"
    button.click()
    assert QGuiApplication.clipboard().text() == "81204117"
    line.shut_down()


def test_before_anything_ran_the_state_is_told(qtbot: QtBot, desk: Desk) -> None:
    line = StatusLine(desk.services.engine)
    qtbot.addWidget(line)
    assert _words(line) == ["engine not running", "local · nothing you write is sent"]
    assert line.findChildren(QPushButton)[0].isHidden()
    line.shut_down()


def test_many_changes_are_shown_together(qtbot: QtBot, desk: Desk) -> None:
    line = StatusLine(desk.services.engine)
    qtbot.addWidget(line)
    for tokens in range(200):
        desk.set_status(model=model_info("/m/a.gguf"), context_used=tokens)
    assert "engine not running" in _words(line)
    qtbot.waitUntil(lambda: any(words.startswith("context 199 of") for words in _words(line)))
    line.shut_down()


def test_what_matters_least_is_left_out_before_a_word_is_cut(qtbot: QtBot, desk: Desk) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = StatusLine(desk.services.engine, window)
    window.show()
    line.resize(1200, 30)
    desk.set_status(
        state="ready", model=model_info("/m/a.gguf"), tokens_per_second=214.3, context_used=412, seed=81204117,
        variant="icelake",
    )  # fmt: skip
    qtbot.waitUntil(lambda: len(_words(line)) == 4)
    everything = _words(line)
    line.resize(line.sizeHint().width() - 10, 30)
    qtbot.waitUntil(lambda: _words(line) == [words for words in everything if not words.startswith("CPU")])
    line.resize(line.sizeHint().width() - 10, 30)
    qtbot.waitUntil(lambda: _words(line) == [words for words in everything if words[:3] not in ("CPU", "214")])
    line.resize(1200, 30)
    qtbot.waitUntil(lambda: _words(line) == everything)
    line.shut_down()
