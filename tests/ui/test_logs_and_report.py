"""The logs are looked through in the window; a report is read before it is saved, and saved where one says."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nextword.ui.about.log_dialog import LogDialog
from nextword.ui.about.page import AboutPage
from nextword.ui.about.report_dialog import ReportDialog
from nextword.ui.feature import ShowAbout, ShowModels
from tests.ui.conftest import Desk

LINES = "".join(f"llama_context: line {number}\n" for number in range(3000))


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[AboutPage]:
    logs = desk.services.profile.logs
    (logs / "engine.log").write_text(LINES + "ggml: the last one\n", "utf-8")
    (logs / "nextword.log").write_text("2026-11-22 10:00:00,000 ERROR nextword: not caught\n", "utf-8")
    (logs / "empty.log").write_text("")
    made = AboutPage(desk.services)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut_down()


def _press(page: AboutPage, words: str) -> None:
    next(button for button in page.findChildren(QPushButton) if button.text() == words).click()


def _logs(qtbot: QtBot, page: AboutPage) -> LogDialog:
    _press(page, "Show the logs")
    dialog = page.findChild(LogDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.text.toPlainText()))
    return dialog


def test_the_newest_log_is_shown_at_its_end(qtbot: QtBot, page: AboutPage) -> None:
    dialog = _logs(qtbot, page)
    assert [dialog.file.itemText(row) for row in range(dialog.file.count())] == ["nextword.log", "engine.log"]
    dialog.file.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.text.toPlainText().endswith("ggml: the last one"))
    assert dialog.count.text() == "3,001 lines"


def test_lines_are_found_as_one_types(qtbot: QtBot, page: AboutPage) -> None:
    dialog = _logs(qtbot, page)
    dialog.file.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "3,001" in dialog.count.text())
    qtbot.keyClicks(dialog.wanted, "LINE 299")
    assert dialog.text.toPlainText().splitlines()[0] == "llama_context: line 299"
    assert dialog.count.text() == "11 of 3,001 lines"
    next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy").click()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 11


def test_what_was_written_since_is_there_after_reading_again(qtbot: QtBot, page: AboutPage, desk: Desk) -> None:
    dialog = _logs(qtbot, page)
    with (desk.services.profile.logs / "nextword.log").open("a") as file:
        file.write("a new line\n")
    dialog.look_again()
    qtbot.waitUntil(lambda: dialog.text.toPlainText().endswith("a new line"))


def test_without_logs_it_says_so(qtbot: QtBot, desk: Desk) -> None:
    page = AboutPage(desk.services)
    qtbot.addWidget(page)
    page.show_logs()
    dialog = page.findChild(LogDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.count.text() == "No log has anything in it.")
    assert not dialog.file.isEnabled()
    page.shut_down()


def test_a_notice_leads_to_the_logs(qtbot: QtBot, page: AboutPage) -> None:
    from nextword.ui.about import FEATURE

    assert FEATURE.open(page, ShowAbout())
    assert page.findChild(LogDialog) is None
    assert FEATURE.open(page, ShowAbout(logs=True))
    dialog = page.findChild(LogDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.text.toPlainText()))
    assert not FEATURE.open(page, ShowModels())


def _report(qtbot: QtBot, page: AboutPage) -> ReportDialog:
    _press(page, "Save a report…")
    dialog = page.findChild(ReportDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.save.isEnabled)
    return dialog


def test_a_report_can_be_read_before_it_is_saved(qtbot: QtBot, page: AboutPage, desk: Desk, tmp_path: Path) -> None:
    dialog = _report(qtbot, page)
    shown = {}
    for row in range(dialog.part.count()):
        dialog.part.setCurrentIndex(row)
        shown[f"nextword-report/{dialog.part.currentText()}"] = dialog.text.toPlainText()
    path = tmp_path / "a report.zip"
    with qtbot.waitSignal(dialog.saved):
        dialog.write(path)
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == shown
    assert "llama_context: line 2999" in shown["nextword-report/logs/engine.txt"]
    assert str(desk.services.profile.root) not in "".join(shown.values())
    qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].text == "The report was saved as a report.zip."


def test_a_folder_that_is_gone_is_told_and_the_report_stays(qtbot: QtBot, page: AboutPage, tmp_path: Path) -> None:
    dialog = _report(qtbot, page)
    with qtbot.waitSignal(dialog.failed):
        dialog.write(tmp_path / "nowhere" / "report.zip")
    assert "report.zip was not written" in dialog.problem.text()
    assert dialog.save.isEnabled()
    with qtbot.waitSignal(dialog.saved):
        dialog.write(tmp_path / "report.zip")


def test_a_dialog_that_is_closed_early_does_no_harm(qtbot: QtBot, page: AboutPage) -> None:
    page.show_logs()
    dialog = page.findChild(LogDialog)
    assert dialog is not None
    gone: list[bool] = []
    dialog.destroyed.connect(lambda: gone.append(True))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.close()
    qtbot.waitUntil(lambda: bool(gone))
    _report(qtbot, page).reject()
