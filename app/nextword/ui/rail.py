"""The rail: the areas of the program on the left edge, an icon with a word under it for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nextword.ui.feature import Feature
from nextword.ui.theme import current_theme
from nextword.ui.widgets.icons import set_icon

WIDTH = 64


class Rail(QFrame):
    """One button per feature. chosen: the name of the feature that was asked for."""

    chosen = Signal(str)

    def __init__(self, features: Sequence[Feature], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Areas"))
        self._names = [feature.name for feature in features]
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.idClicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 12)
        column.setSpacing(4)
        for number, feature in enumerate(features):
            if not feature.at_bottom:
                column.addWidget(self._button(number, feature))
        column.addStretch(1)
        for number, feature in enumerate(features):
            if feature.at_bottom:
                column.addWidget(self._button(number, feature))
        current_theme().changed.connect(self._fit)
        self._fit()

    def show_chosen(self, name: str) -> None:
        """Mark the feature that is shown."""
        if name in self._names:
            self._group.button(self._names.index(name)).setChecked(True)

    def _button(self, number: int, feature: Feature) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("rail_button")
        button.setText(feature.title)
        button.setToolTip(self.tr("{area} (Ctrl+{number})").format(area=feature.title, number=number + 1))
        button.setAccessibleName(feature.title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_icon(button, feature.icon, colour="secondary", checked="accent")
        self._group.addButton(button, number)
        return button

    @Slot()
    def _fit(self) -> None:
        """Grow with the text where a word would not fit into the usual width."""
        widest = max((button.sizeHint().width() for button in self._group.buttons()), default=0)
        self.setFixedWidth(max(WIDTH, widest + 9))

    @Slot(int)
    def _on_clicked(self, number: int) -> None:
        self.chosen.emit(self._names[number])

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, super().sizeHint().height())
