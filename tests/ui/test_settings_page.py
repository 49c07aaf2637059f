"""Settings are saved at once, refused in words, and follow changes made elsewhere."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from nextword.settings import DECLARATIONS
from nextword.ui.settings.page import SettingsPage
from nextword.ui.widgets.setting_fields import ChoiceField, NumberField, SwitchField, TextField
from tests.ui.conftest import Desk


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> SettingsPage:
    made = SettingsPage(desk.services.settings, desk.services.notices)
    qtbot.addWidget(made)
    return made


def _type(qtbot: QtBot, field: QWidget, text: str) -> None:
    assert isinstance(field, NumberField)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_every_setting_but_the_model_has_a_row(page: SettingsPage) -> None:
    others = {name for name in DECLARATIONS if name.startswith("network.")}  # test_network_settings.py has them
    assert set(page.rows) == set(DECLARATIONS) - others - {"engine.model"}


def test_every_field_is_labelled_and_described(page: SettingsPage) -> None:
    for name, row in page.rows.items():
        assert row.field.accessibleName(), name
        assert row.field.accessibleDescription(), name
        buddies = [label for label in row.findChildren(QLabel) if label.buddy() is row.field]
        assert len(buddies) == 1, name


def test_a_number_is_saved_at_once(qtbot: QtBot, desk: Desk, page: SettingsPage) -> None:
    _type(qtbot, page.rows["sampling.temperature"].field, "0.25")
    assert desk.services.settings.value.sampling.temperature == 0.25
    assert json.loads(desk.services.profile.settings.read_text())["sampling.temperature"] == 0.25


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sampling.top_p", "1.5"),
        ("sampling.top_k", "-3"),
        ("sampling.seed", "99999999999"),
        ("sampling.temperature", "warm"),
        ("sampling.temperature", "nan"),
        ("engine.threads", ""),
        ("engine.threads", "1.5"),
    ],
)
def test_a_wrong_value_is_refused_in_words_and_changes_nothing(
    qtbot: QtBot, desk: Desk, page: SettingsPage, name: str, text: str
) -> None:
    before = desk.services.settings.value
    row = page.rows[name]
    _type(qtbot, row.field, text or " ")
    assert desk.services.settings.value == before
    assert not row.error.isHidden()
    assert row.error.property("type") == "error"
    assert DECLARATIONS[name].rule.allowed() in row.error.text()


def test_a_right_value_takes_the_refusal_away(qtbot: QtBot, page: SettingsPage) -> None:
    row = page.rows["sampling.top_p"]
    _type(qtbot, row.field, "2")
    _type(qtbot, row.field, "0.9")
    assert row.error.isHidden()


def test_arrow_keys_step(qtbot: QtBot, desk: Desk, page: SettingsPage) -> None:
    qtbot.keyClick(page.rows["sampling.top_k"].field, Qt.Key.Key_Up)
    qtbot.keyClick(page.rows["sampling.temperature"].field, Qt.Key.Key_Down)
    assert desk.services.settings.value.sampling.top_k == 41
    assert desk.services.settings.value.sampling.temperature == 0.65


def test_a_choice_is_saved(desk: Desk, page: SettingsPage) -> None:
    field = page.rows["appearance.theme"].field
    assert isinstance(field, ChoiceField)
    field.setCurrentIndex(field.findData("dark"))
    field.activated.emit(field.currentIndex())
    assert desk.services.settings.value.appearance.theme == "dark"


def test_a_text_is_saved_after_a_moment_and_when_the_page_goes(qtbot: QtBot, desk: Desk, page: SettingsPage) -> None:
    field = page.rows["chat.system_prompt"].field
    assert isinstance(field, TextField)
    field.setPlainText("Be brief.")
    qtbot.waitUntil(lambda: desk.services.settings.value.chat.system_prompt == "Be brief.")
    field.setPlainText("Be exact.")
    page.shut_down()
    assert desk.services.settings.value.chat.system_prompt == "Be exact."


def test_a_change_made_elsewhere_is_shown(desk: Desk, page: SettingsPage) -> None:
    desk.services.settings.set("chat.tint", "surprisal")
    desk.services.settings.set("sampling.top_k", 7)
    tint, top_k = page.rows["chat.tint"].field, page.rows["sampling.top_k"].field
    assert isinstance(tint, ChoiceField)
    assert isinstance(top_k, NumberField)
    assert tint.currentData() == "surprisal"
    assert top_k.text() == "7"


def test_reset_brings_the_built_in_value_back(qtbot: QtBot, desk: Desk, page: SettingsPage) -> None:
    row = page.rows["sampling.top_k"]
    _type(qtbot, row.field, "5")
    row.reset.click()
    assert desk.services.settings.value.sampling.top_k == DECLARATIONS["sampling.top_k"].default
    assert row.reset.isHidden()


def test_a_disk_that_fails_becomes_a_notice(
    qtbot: QtBot, desk: Desk, page: SettingsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nextword.whole_files.os.fsync", fail)
    _type(qtbot, page.rows["sampling.top_k"].field, "5")
    assert desk.services.settings.value.sampling.top_k == 5
    assert [notice.key for notice in desk.told] == ["settings"]


def test_pointing_at_a_setting_puts_the_cursor_there(page: SettingsPage) -> None:
    page.resize(700, 400)
    page.show()
    page.point_at("engine.threads")
    assert page.focusWidget() is page.rows["engine.threads"].field


def test_a_page_that_was_just_built_scrolls_to_the_setting(qtbot: QtBot, page: SettingsPage) -> None:
    page.point_at("chat.uncertain_bits")
    page.resize(700, 400)
    page.show()
    row = page.rows["chat.uncertain_bits"]
    qtbot.waitUntil(lambda: 0 <= row.mapTo(page, QPoint(0, 0)).y() <= 100)


def test_a_switch_is_saved_at_once_and_shows_what_is_set(page: SettingsPage, desk: Desk) -> None:
    field = page.rows["engine.keep_place"].field
    assert isinstance(field, SwitchField)
    assert field.isChecked()
    field.click()
    assert desk.services.settings.value.engine.keep_place is False
    desk.services.settings.set("engine.keep_place", True)
    assert field.isChecked()


def test_a_setting_is_found_by_its_name_or_what_it_does(qtbot: QtBot, page: SettingsPage) -> None:
    page.show()
    qtbot.keyClicks(page.finder, "DARK")
    assert [name for name, row in page.rows.items() if not row.isHidden()] == ["appearance.theme"]
    headings = [label.text() for label in page.findChildren(QLabel) if label.property("type") == "heading"]
    assert "Appearance" in headings
    shown = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert "Appearance" in shown
    assert "Sampling" not in shown
    page.activateWindow()
    qtbot.keyClick(page.finder, Qt.Key.Key_Return)
    assert page.focusWidget() is page.rows["appearance.theme"].field
    page.finder.setText("text")
    assert not page.rows["appearance.text_percent"].isHidden()
    assert page.rows["sampling.penalty_tokens"].isHidden(), "context is another word"
    page.finder.setText("likely words nowhere")
    assert all(row.isHidden() for row in page.rows.values())
    assert "No setting has these words." in [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    qtbot.keyClick(page.finder, Qt.Key.Key_Escape)
    assert not any(row.isHidden() for row in page.rows.values())
    page.finder.setText("dark")
    page.point_at("sampling.seed")
    assert not page.rows["sampling.seed"].isHidden()
