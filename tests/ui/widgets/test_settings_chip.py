"""The chip with the settings never cuts a word: what does not fit is left out, the least important first."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nextword.ui.theme import current_theme
from nextword.ui.widgets.settings_chip import SettingsChip


def test_what_does_not_fit_is_left_out_as_a_whole(qtbot: QtBot) -> None:
    current_theme().apply("light", 100)
    room = QWidget()
    qtbot.addWidget(room)
    line = QHBoxLayout(room)
    chip = SettingsChip(room)
    chip.setAccessibleName("Settings")
    line.addWidget(chip)
    chip.show_parts(["Strict & short", "T 0.7", "top-p 0.95", "JSON"])
    room.show()
    possible = ("", "Strict & short", "Strict & short · T 0.7", "Strict & short · T 0.7 · top-p 0.95", chip.words)
    seen = set()
    for width in range(500, 60, -10):
        room.resize(width, 60)
        qtbot.waitUntil(lambda width=width: room.layout().geometry().width() == width)
        text = chip.text().replace("&&", "&")
        seen.add(text)
        needed = chip.sizeHint().width() - chip.fontMetrics().horizontalAdvance(chip.words[len(text) :])
        assert not text or needed <= chip.width() + 2
    assert seen == set(possible)
    assert chip.accessibleDescription() == chip.words
    room.resize(500, 60)
    qtbot.waitUntil(lambda: chip.text().replace("&&", "&") == chip.words)
