"""The chip with the settings never cuts a word: what does not fit is left out, the least important first."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from nextword.ui.theme import current_theme
from nextword.ui.widgets.settings_chip import SettingsChip


def test_what_does_not_fit_is_left_out_as_a_whole(qtbot: QtBot) -> None:
    current_theme().apply("light", 100)
    chip = SettingsChip(None)  # type: ignore[arg-type]
    qtbot.addWidget(chip)
    chip.setAccessibleName("Settings")
    parts = ["Strict & short", "T 0.7", "top-p 0.95", "JSON"]
    chip.show_parts(parts)
    chip.show()
    widest = chip.width_of(4)
    seen = set()
    for room in range(widest, 0, -5):
        chip.fit(room)
        seen.add(chip.text().replace("&&", "&"))
        assert not chip.text() or chip.sizeHint().width() <= room
    assert seen == {" · ".join(parts[:count]) for count in range(5)}
    assert chip.accessibleDescription() == chip.words
    chip.fit(widest)
    assert chip.text().replace("&&", "&") == chip.words == " · ".join(parts)
    chip.show_parts(["T 0.5"])
    assert chip.text() == "T 0.5"
