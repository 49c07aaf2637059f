"""Presets in the pane of a chat: chosen, kept under a name, renamed, deleted and brought back, as files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from nextword.ui.chat.presets import PresetRow
from nextword.ui.chat.settings_panel import SettingsPanel
from tests.ui.chat.conftest import Chat


def presets_of(chat: Chat) -> PresetRow:
    panel = chat.page.side.show_pane("settings")
    assert isinstance(panel, SettingsPanel)
    chat.until(lambda: panel.presets.choice.count() > 1)
    return panel.presets


def names(row: PresetRow) -> list[str]:
    return [str(row.choice.itemData(at)) for at in range(row.choice.count()) if row.choice.itemData(at)]


def choose(row: PresetRow, name: str) -> None:
    row.choice.setCurrentIndex(row.choice.findData(name))
    row.choice.activated.emit(row.choice.currentIndex())


def offered(row: PresetRow) -> list[str]:
    row.fill_menu()
    return [action.text() for action in row.menu.actions() if action.text()]


def heat(chat: Chat, temperature: float) -> None:
    own = chat.page.session.preferences
    sampling = dataclasses.replace(own.sampling, temperature=temperature)
    chat.page.session.set_preferences(replace(own, sampling=sampling))


@pytest.fixture
def mine(chat: Chat) -> PresetRow:
    row = presets_of(chat)
    heat(chat, 1.75)
    row.save_as("Hot")
    chat.until(lambda: chat.page.session.preferences.preset == "Hot")
    return row


def test_a_preset_that_comes_with_the_program_says_what_it_is_for(chat: Chat) -> None:
    row = presets_of(chat)
    name = names(row)[0]
    choose(row, name)
    assert chat.page.session.preferences.preset == name
    assert row.note.text()
    assert chat.page.top.settings.words.startswith(name)
    assert offered(row) == ["Save as…", "Export to a file…", "Import from a file…"]


def test_what_is_kept_under_a_name_comes_back_with_it(chat: Chat, mine: PresetRow) -> None:
    heat(chat, 0.1)
    assert "Changed" in mine.note.text()
    choose(mine, "Hot")
    assert chat.page.session.preferences.sampling.temperature == 1.75
    assert mine.note.isHidden()


def test_changes_are_kept_in_the_preset_and_taken_back(chat: Chat, mine: PresetRow) -> None:
    heat(chat, 1.5)
    assert offered(mine)[0] == "Keep the changes"
    mine.menu.actions()[0].trigger()
    chat.until(lambda: mine.note.isHidden())
    chat.notices[-1].actions[0].run()
    chat.until(lambda: not mine.note.isHidden())


def test_a_renamed_preset_stays_the_one_of_the_chat(chat: Chat, mine: PresetRow) -> None:
    mine.rename(mine._own["Hot"], "Very hot")
    chat.until(lambda: mine.choice.currentData() == "Very hot")
    assert "Hot" not in names(mine)


def test_a_deleted_preset_comes_back_and_the_chat_keeps_its_values(chat: Chat, mine: PresetRow) -> None:
    mine.delete(mine._own["Hot"])
    chat.until(lambda: "Hot" not in names(mine))
    assert chat.page.session.preferences.sampling.temperature == 1.75
    chat.until(lambda: chat.notices)
    chat.notices[-1].actions[0].run()
    chat.until(lambda: mine.choice.currentData() == "Hot")


def test_a_preset_goes_to_another_machine_as_a_file(
    chat: Chat, mine: PresetRow, make_chat: Callable[[], Chat], tmp_path: Path
) -> None:
    file = tmp_path / "hot.json"
    mine.export(str(file))
    mine.delete(mine._own["Hot"])
    chat.until(lambda: "Hot" not in names(mine))
    other = make_chat()
    row = presets_of(other)
    row.take_in(str(file))
    other.until(lambda: other.page.session.preferences.preset == "Hot")
    assert other.page.session.preferences.sampling.temperature == 1.75


def test_a_file_that_is_no_preset_is_refused_in_words(chat: Chat, tmp_path: Path) -> None:
    row = presets_of(chat)
    file = tmp_path / "other.json"
    file.write_text("[1, 2")
    before = names(row)
    row.take_in(str(file))
    assert chat.notices[-1].level == "error"
    row.export(str(tmp_path / "no folder" / "x.json"))
    assert chat.notices[-1].level == "error"
    assert names(row) == before


def test_a_preset_that_is_kept_late_is_not_chosen_in_another_conversation(chat: Chat) -> None:
    chat.exchange("Good day", "Hello")
    row = presets_of(chat)
    heat(chat, 1.75)
    row.save_as("Hot")
    chat.page.open_conversation(None)  # before it is kept
    chat.until(lambda: "Hot" in names(row))
    assert chat.page.session.preferences.preset == ""
    assert chat.page.session.preferences.sampling.temperature != 1.75
