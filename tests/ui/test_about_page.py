"""About shows versions, engine, isolation, folders and licences, and copies them."""

from __future__ import annotations

import platform
import sqlite3

import PySide6
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

import nextword
from nextword.engine.protocol import Isolation
from nextword.ui.about.page import AboutPage
from tests.ui.conftest import Desk, model_info


def _page(qtbot: QtBot, desk: Desk) -> AboutPage:
    page = AboutPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    return page


def _texts(page: AboutPage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]


def test_versions_are_those_that_run(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    for version in (nextword.__version__, PySide6.__version__, platform.python_version(), sqlite3.sqlite_version):
        assert any(version in text for text in _texts(page)), version
    page.shut_down()


def test_the_engine_check_is_shown_when_it_is_done(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    desk.set_status(variant="haswell", llama_version="b9999", tried=("icelake: SIGILL", "haswell: ok"))
    assert "haswell" in _texts(page)
    assert "b9999" in _texts(page)
    assert "icelake: SIGILL\nhaswell: ok" in _texts(page)
    page.shut_down()


def test_a_model_that_cannot_share_beginnings_says_so(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    assert "none is loaded" in _texts(page)
    plain = model_info("/m", memory_type="F32", context_tokens=4096, state_tokens=1200)
    desk.set_status(model=plain)
    texts = _texts(page)
    assert any("read once" in text for text in texts)
    assert any("single precision" in text for text in texts)
    assert "1,200 tokens of the last conversation" in texts
    desk.set_status(model=model_info("/m", shares_prefixes=False, memory_type="F16"))
    texts = _texts(page)
    assert any("every text whole" in text for text in texts)
    assert any("half precision" in text for text in texts)
    page.shut_down()


def test_isolation_is_told_with_what_is_missing(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    desk.set_status(isolation=Isolation("partial", 3, False, True, ("no network rules before Landlock 4",)))
    texts = _texts(page)
    assert "partial" in texts
    assert "not blocked" in texts
    assert "blocked" in texts
    assert "no network rules before Landlock 4" in texts
    page.shut_down()


def test_nothing_is_sent_is_said(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    assert any("Nothing you write is sent" in text for text in _texts(page))
    page.shut_down()


def test_details_are_copied(qtbot: QtBot, desk: Desk) -> None:
    page = _page(qtbot, desk)
    button = next(button for button in page.findChildren(QPushButton) if button.text() == "Copy details")
    button.click()
    copied = QGuiApplication.clipboard().text()
    assert f"Nextword: {nextword.__version__}" in copied
    assert str(desk.services.profile.root) in copied
    page.shut_down()
