"""The list of shortcuts under F1, gathered from the actions of the window and of the pages built so far.

A page that has keys which are no QAction (Enter in a text field) names them in its property "shortcut_notes",
a list of [keys, what they do].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget


@dataclass(frozen=True, slots=True)
class Shortcut:
    """keys: as the system writes them; words: what they do."""

    area: str
    keys: str
    words: str


def shortcuts_of(area: str, widget: QWidget) -> Iterator[Shortcut]:
    """Yield the shortcuts of `widget` and all below it."""
    for action in [*widget.actions(), *widget.findChildren(QAction)]:
        keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
        words = action.text().replace("&", "") or action.toolTip()
        if keys and words:
            yield Shortcut(area, " · ".join(keys), words)
    notes = widget.property("shortcut_notes")
    for keys, words in notes if isinstance(notes, list) else []:
        yield Shortcut(area, keys, words)


class ShortcutsDialog(QDialog):
    """Open it with open(); it deletes itself when it is closed."""

    def __init__(self, shortcuts: Sequence[Shortcut], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        content = QWidget()
        content.setObjectName("page_content")
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(16, 16, 16, 16)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        area = ""
        for shortcut in dict.fromkeys(shortcuts):
            if shortcut.area != area:
                area = shortcut.area
                self._add_area(area)
            self._add(shortcut)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        scroll.setAccessibleName(self.tr("Shortcuts"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(scroll, 1)
        footer = QVBoxLayout()
        footer.setContentsMargins(16, 0, 16, 16)
        footer.addWidget(buttons)
        column.addLayout(footer)
        letter = self.fontMetrics().averageCharWidth()
        room = parent.size() - QSize(48, 48)
        self.resize(QSize(72 * letter, content.sizeHint().height() + 90).boundedTo(room))

    def _add_area(self, area: str) -> None:
        label = QLabel(area)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("type", "heading")
        if self._grid.rowCount() > 1:
            label.setContentsMargins(0, 12, 0, 0)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 2)

    def _add(self, shortcut: Shortcut) -> None:
        row = self._grid.rowCount()
        for column, text, look in ((0, shortcut.keys, "strong"), (1, shortcut.words, "")):
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("type", look)
            label.setWordWrap(column == 1)
            self._grid.addWidget(label, row, column)
