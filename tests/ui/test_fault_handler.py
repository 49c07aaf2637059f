"""A fault of the program goes into the log and a notice; the program goes on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal, qWarning
from pytestqt.qtbot import QtBot

from nextword.errors import ContextTooSmall
from nextword.ui.fault_handler import LOG_BYTES, FaultHandler
from nextword.ui.notices import Notice, Notices


class _Button(QObject):
    pressed = Signal()


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def notices(told: list[Notice]) -> Notices:
    made = Notices()
    made.listen(told.append)
    return made


@pytest.fixture
def handler(tmp_path: Path, notices: Notices) -> Iterator[FaultHandler]:
    hooks = sys.excepthook, threading.excepthook
    made = FaultHandler(tmp_path, notices, lambda function: function())
    made.install()
    yield made
    made.close()
    sys.excepthook, threading.excepthook = hooks


@pytest.mark.usefixtures("handler")
def test_an_exception_is_logged_and_told(tmp_path: Path, told: list[Notice]) -> None:
    try:
        raise ValueError("a fault of ours")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert "a fault of ours" in (tmp_path / "nextword.log").read_text()
    assert "test_fault_handler.py" in (tmp_path / "nextword.log").read_text()
    assert len(told) == 1
    assert told[0].level == "error"
    assert "ValueError" in told[0].text
    assert "a fault of ours" not in told[0].text


def test_the_log_is_shown_from_the_notice(tmp_path: Path, notices: Notices, told: list[Notice]) -> None:
    shown: list[bool] = []
    handler = FaultHandler(tmp_path, notices, lambda function: function(), show_log=lambda: shown.append(True))
    handler.report(ValueError("a fault of ours"))
    (act,) = told[0].actions
    act.run()
    assert (act.label, shown) == ("Show the log", [True])
    handler.close()


@pytest.mark.usefixtures("handler")
def test_a_slot_that_raises_leaves_the_others_working(qtbot: QtBot, told: list[Notice]) -> None:
    button = _Button()
    seen: list[int] = []

    def fail() -> None:
        raise RuntimeError("in a slot")

    button.pressed.connect(fail)
    button.pressed.connect(lambda: seen.append(1))
    with qtbot.captureExceptions() as caught:
        button.pressed.emit()
        button.pressed.emit()
    assert seen == [1, 1]
    assert len(told) + len(caught) == 2


@pytest.mark.usefixtures("handler")
def test_an_exception_of_a_thread_is_told(told: list[Notice], tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert len(told) == 1
    assert "in a thread" in (tmp_path / "nextword.log").read_text()


def test_an_error_of_ours_keeps_its_words(handler: FaultHandler, told: list[Notice]) -> None:
    error = ContextTooSmall(5, 3)
    handler.report(error)
    assert told[0].error is error


@pytest.mark.usefixtures("handler")
def test_what_qt_says_is_logged(tmp_path: Path) -> None:
    qWarning("something about a widget")
    assert "something about a widget" in (tmp_path / "nextword.log").read_text()


def test_a_crash_of_the_last_run_is_told(tmp_path: Path, notices: Notices, told: list[Notice]) -> None:
    (tmp_path / "crash.log").write_text("Fatal Python error: Segmentation fault\n")
    handler = FaultHandler(tmp_path, notices, lambda function: function())
    handler.install()
    handler.close()
    assert [notice.key for notice in told] == ["crash"]
    assert "Segmentation fault" in (tmp_path / "crash-previous.log").read_text()
    assert (tmp_path / "crash.log").read_text() == ""


def test_a_clean_end_is_not_told(tmp_path: Path, notices: Notices, told: list[Notice]) -> None:
    for _ in range(2):
        handler = FaultHandler(tmp_path, notices, lambda function: function())
        handler.install()
        handler.close()
    assert told == []


def test_a_long_log_is_turned(tmp_path: Path, notices: Notices) -> None:
    (tmp_path / "nextword.log").write_bytes(b"x" * (LOG_BYTES + 1))
    handler = FaultHandler(tmp_path, notices, lambda function: function())
    handler.install()
    handler.report(ValueError("new"))
    handler.close()
    assert (tmp_path / "nextword.log").stat().st_size < 10_000
    assert (tmp_path / "nextword.previous.log").stat().st_size == LOG_BYTES + 1
