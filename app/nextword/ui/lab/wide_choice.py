"""A choice with names longer than its room: the open list is as wide as they are, the closed one has a tip."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from nextword.ui.theme import GAP_PAGE

_WIDEST = 640


class WideChoice(QComboBox):
    """characters: so many of the chosen name are shown at least."""

    def __init__(self, name: str, parent: QWidget, *, characters: int) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._name = name
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(characters)
        self.currentTextChanged.connect(self._on_text)

    def showPopup(self) -> None:
        wanted = self.view().sizeHintForColumn(0) + 2 * GAP_PAGE
        window = self.window().width() - GAP_PAGE
        self.view().setMinimumWidth(max(self.width(), min(wanted, _WIDEST, window)))
        super().showPopup()

    def _on_text(self, text: str) -> None:
        self.setToolTip(f"{self._name}: {text}" if text else self._name)
