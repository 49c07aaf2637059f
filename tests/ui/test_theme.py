"""The theme follows the choice, the system and the text size, while the program runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QCompleter, QLineEdit
from pytestqt.qtbot import QtBot

from nextword.ui import colours
from nextword.ui.theme import Theme, current_theme


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    found = current_theme()
    assert found.parent() is qapp
    found.apply("light", 100)
    yield found
    found.apply("light", 100)


def test_there_is_one_theme(theme: Theme) -> None:
    assert current_theme() is theme


def test_dark_replaces_colours_palette_and_sheet(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    light_sheet = qapp.styleSheet()
    with qtbot.waitSignal(theme.changed):
        theme.apply("dark", 100)
    assert theme.colours is colours.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == colours.DARK.window
    assert qapp.styleSheet() != light_sheet
    assert colours.DARK.surface in qapp.styleSheet()


def test_the_sheet_has_no_name_left_to_fill_in(qapp: QApplication, theme: Theme) -> None:
    theme.apply("dark", 150)
    assert "$" not in qapp.styleSheet()


def test_system_takes_what_the_system_has(qapp: QApplication, theme: Theme) -> None:
    theme.apply("system", 100)
    system_dark = qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert theme.colours.dark == system_dark


def test_system_follows_a_change_of_the_system(
    qtbot: QtBot, qapp: QApplication, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply("system", 100)
    assert not theme.colours.dark
    monkeypatch.setattr(type(qapp.styleHints()), "colorScheme", lambda _: Qt.ColorScheme.Dark)
    with qtbot.waitSignal(theme.changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.colours.dark


def test_a_fixed_choice_does_not_follow_the_system(
    qapp: QApplication, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(qapp.styleHints()), "colorScheme", lambda _: Qt.ColorScheme.Dark)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not theme.colours.dark


def test_all_type_grows_with_the_setting(theme: Theme) -> None:
    before = {role: theme.points(role) for role in ("text", "small", "message", "title", "mono")}
    theme.apply("light", 200)
    for role, size in before.items():
        assert theme.points(role) == pytest.approx(2 * size, rel=0.1), role


def test_messages_are_a_step_larger_than_controls(theme: Theme) -> None:
    assert theme.points("small") <= theme.points("text") < theme.points("message") < theme.points("title")


def test_no_type_is_smaller_than_can_be_read(theme: Theme) -> None:
    theme.apply("light", 80)
    assert theme.points("small") >= 7


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_an_open_choice_shows_all_its_entries_and_marks_one_as_menus_do(qtbot: QtBot, theme: Theme) -> None:
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems([f"entry {number}" for number in range(7)])
    combo.show()
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    assert view.visualRect(combo.model().index(6, 0)).bottom() < view.viewport().height()
    assert view.visualRect(combo.model().index(0, 0)).top() >= 0
    marked = view.viewport().grab().toImage().pixelColor(20, view.visualRect(combo.model().index(0, 0)).top() + 4)
    assert marked.name().upper() == theme.colours.selected.upper()
    combo.hidePopup()


def test_suggestions_below_a_field_have_a_ground_of_their_own(qtbot: QtBot, theme: Theme) -> None:
    theme.apply("dark", 100)
    field = QLineEdit()
    qtbot.addWidget(field)
    completer = QCompleter(["notes.md", "notes.txt"], field)
    field.setCompleter(completer)
    field.show()
    completer.popup().resize(200, 100)
    picture = completer.popup().grab().toImage()
    assert picture.pixelColor(100, 90) == theme.colour("surface")
