"""A field that leaves only those settings on the page that have the words in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from nextword.ui.theme import current_theme
from nextword.ui.widgets.icons import icon

_WIDTH = 220


@dataclass(slots=True)
class Group:
    """A heading and what stands below it: each part with the words it is found by."""

    heading: QLabel
    parts: list[tuple[QWidget, str]] = field(default_factory=list)


class SettingsFinder(QLineEdit):
    """found: how many parts are left on the page, -1 for all of them. Enter goes to the first."""

    found = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[Group] = []
        self.setPlaceholderText(self.tr("Find a setting"))
        self.setAccessibleName(self.tr("Find a setting"))
        self.setToolTip(self.tr("By its name or what it does (Ctrl+F); Esc shows all again"))
        self.setMaximumWidth(_WIDTH)
        self._clear = self.addAction(
            icon("x", current_theme().colour("secondary"), size=12), QLineEdit.ActionPosition.TrailingPosition
        )
        self._clear.setToolTip(self.tr("Show all settings again (Esc)"))
        self._clear.triggered.connect(self.clear)
        self._clear.setVisible(False)
        self.textChanged.connect(self._on_text)
        self.returnPressed.connect(self._on_enter)

    def begin(self, heading: QLabel) -> None:
        """Know a new group."""
        self._groups.append(Group(heading))

    def know(self, part: QWidget, words: str = "") -> None:
        """Know a part of the last group. words: by which it is found, besides those it shows."""
        shown = (label.text() for label in part.findChildren(QLabel))
        self._groups[-1].parts.append((part, " ".join((self._groups[-1].heading.text(), words, *shown)).casefold()))

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        wanted = [re.compile(rf"(?<!\w){re.escape(word)}") for word in text.casefold().split()]  # where words begin
        count = 0
        for group in self._groups:
            fitting = [part for part, words in group.parts if all(word.search(words) for word in wanted)]
            for part, _ in group.parts:
                part.setVisible(part in fitting)
            group.heading.setVisible(bool(fitting))
            count += len(fitting)
        self.found.emit(count if wanted else -1)

    @Slot()
    def _on_enter(self) -> None:
        for group in self._groups:
            for part, _ in group.parts:
                if not part.isHidden():
                    getattr(part, "field", part).setFocus(Qt.FocusReason.ShortcutFocusReason)
                    return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
