"""The frame: pages on demand, places, notices, shortcuts, geometry; and what every control must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nextword.ui.feature import Feature, OpenConversation, Place, ShowAbout, ShowModels, ShowSettings
from nextword.ui.features import FEATURES
from nextword.ui.notices import Notice
from nextword.ui.shortcuts import ShortcutsDialog
from nextword.ui.theme import current_theme
from nextword.ui.window import SMALLEST, Window
from tests.ui.conftest import Desk


class Windows:
    """Makes windows for a desk and closes them."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self._qtbot = qtbot
        self._desk = desk
        self._made: list[Window] = []

    def make(self, features: Sequence[Feature] = FEATURES) -> Window:
        window = Window(self._desk.services, features)
        self._made.append(window)
        self._qtbot.addWidget(window)
        with self._qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    def close(self) -> None:
        for window in self._made:
            window.shut_down()
            window.close()


@pytest.fixture
def windows(qtbot: QtBot, desk: Desk) -> Iterator[Windows]:
    made = Windows(qtbot, desk)
    yield made
    made.close()


def _all_pages(window: Window) -> None:
    for feature in FEATURES:
        window.show_feature(feature.name)


def test_only_the_first_page_is_built_at_first(windows: Windows) -> None:
    window = windows.make()
    assert list(window.pages) == [FEATURES[0].name]
    window.show_feature("about")
    assert list(window.pages) == [FEATURES[0].name, "about"]


@pytest.mark.parametrize("left_out", range(len(FEATURES)), ids=[feature.name for feature in FEATURES])
def test_the_window_starts_without_any_one_of_the_screens(windows: Windows, left_out: int) -> None:
    features = FEATURES[:left_out] + FEATURES[left_out + 1 :]
    window = windows.make(features)
    for feature in features:
        window.show_feature(feature.name)
    places: list[Place] = [OpenConversation(None), ShowModels(), ShowSettings(), ShowAbout()]
    assert [window.go(place) for place in places] == [
        any(feature.owns(place) for feature in features) for place in places
    ]


def test_a_place_brings_its_screen_to_the_front(windows: Windows) -> None:
    window = windows.make()
    for place, name in ((ShowModels(), "models"), (ShowSettings("engine.threads"), "settings"), (ShowAbout(), "about")):
        assert window.go(place)
        assert window.pages[name].isVisible()


def test_the_rail_follows_and_leads(qtbot: QtBot, windows: Windows) -> None:
    window = windows.make()
    buttons = {button.text(): button for button in window.findChildren(QToolButton, "rail_button")}
    assert list(buttons) == [feature.title for feature in FEATURES]
    window.go(ShowSettings())
    assert buttons["Settings"].isChecked()
    qtbot.mouseClick(buttons["Models"], Qt.MouseButton.LeftButton)
    assert window.pages["models"].isVisible()


def test_number_keys_switch_areas(qtbot: QtBot, windows: Windows) -> None:
    window = windows.make()
    for number, feature in enumerate(FEATURES):
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + number), Qt.KeyboardModifier.ControlModifier)
        assert window.pages[feature.name].isVisible(), feature.name
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.pages["settings"].isVisible()


def test_a_notice_comes_above_the_page(windows: Windows, desk: Desk) -> None:
    window = windows.make()
    desk.services.notices.add(Notice(text="Something to know", level="warning"))
    assert len(window.notices.cards) == 1
    assert window.notices.isVisible()
    assert window.notices.geometry().bottom() <= window.pages[FEATURES[0].name].parentWidget().geometry().top()


def test_no_two_actions_that_can_be_reached_together_share_a_key(windows: Windows) -> None:
    window = windows.make()
    _all_pages(window)
    pages = list(window.pages.values())
    keys: dict[object, list[str]] = {page: [] for page in [None, *pages]}
    for action in window.findChildren(QAction):
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut:
            owner = action.parent()
            while owner is not None and owner not in pages:
                owner = owner.parent()
            keys[owner] += [key.toString() for key in action.shortcuts()]
    assert keys[None], "the window has keys of its own"
    for page in pages:  # one page is shown at a time, and Qt leaves the keys of hidden widgets alone
        reachable = sorted(keys[None] + keys[page])
        assert reachable == sorted(set(reachable)), type(page).__name__


def test_f1_lists_every_shortcut(qtbot: QtBot, windows: Windows) -> None:
    window = windows.make()
    _all_pages(window)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChildren(ShortcutsDialog)[0]
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    for words in ("Go to Chat", "New chat", "Settings", "Shortcuts", "Quit", "Ctrl+N", "Ctrl+Q", "F1"):
        assert words in shown
    dialog.reject()


@pytest.mark.parametrize("name", [feature.name for feature in FEATURES])
def test_every_control_has_a_name_and_can_be_reached_by_keyboard(windows: Windows, name: str) -> None:
    window = windows.make()
    window.show_feature(name)
    controls = (QAbstractButton, QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractItemView)
    for control in window.findChildren(QWidget):
        if not isinstance(control, controls) or not control.isVisible():
            continue
        if _inside_another_control(control, controls):
            continue  # a part of it, such as the arrow of a list of choices
        words = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        assert words, f"{control} in {control.parentWidget()} has no name"
        if control.isEnabled():
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, f"{words} is not reached by Tab"


def _inside_another_control(control: QWidget, controls: tuple[type[QWidget], ...]) -> bool:
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, controls):
            return True
        parent = parent.parentWidget()
    return False


def test_no_label_reads_foreign_text_as_rich_text(windows: Windows) -> None:
    window = windows.make()
    _all_pages(window)
    for label in window.findChildren(QLabel):
        assert label.textFormat() != Qt.TextFormat.RichText, label.text()
        if label.textFormat() == Qt.TextFormat.AutoText:
            assert "<" not in label.text(), label.text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(720, 480), (900, 600), (1280, 800)])
@pytest.mark.parametrize("percent", [100, 200])
def test_every_page_fits(windows: Windows, theme: str, width: int, height: int, percent: int) -> None:
    current_theme().apply(theme, percent)
    window = windows.make()
    window.resize(width, height)
    _all_pages(window)
    assert window.width() <= max(width, SMALLEST.width()), "a page is wider than the window"
    assert not window.grab().isNull()


def test_geometry_is_kept(windows: Windows) -> None:
    first = windows.make()
    first.setGeometry(30, 40, 760, 500)
    first.close()
    second = windows.make()
    assert second.size() == first.size()


def test_geometry_of_a_screen_that_is_gone_is_not_taken(windows: Windows) -> None:
    first = windows.make()
    first.setGeometry(20_000, 20_000, 760, 500)
    first.close()
    second = windows.make()
    assert second.screen().availableGeometry().intersects(second.geometry())


def test_a_damaged_geometry_file_does_no_harm(windows: Windows, desk: Desk) -> None:
    desk.services.profile.window.write_bytes(b"\0[General]\ngeometry=@ByteArray(\x01\xff)\n")
    assert windows.make().width() >= SMALLEST.width()


def test_painted_and_closing_are_told_once(qtbot: QtBot, desk: Desk) -> None:
    window = Window(desk.services, FEATURES[1:])
    qtbot.addWidget(window)
    told: list[str] = []
    window.painted.connect(lambda: told.append("painted"))
    window.closing.connect(lambda: told.append("closing"))
    with qtbot.waitSignal(window.painted):
        window.show()
    window.repaint()
    window.close()
    window.close()
    window.shut_down()
    assert told == ["painted", "closing"]
