"""The rail: the areas of the program on the left edge, an icon with a word under it for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nextword.ui.feature import Feature
from nextword.ui.theme import current_theme
from nextword.ui.widgets.icons import set_icon

WIDTH = 64


class Rail(QFrame):
    """One button per feature. chosen: the name of the feature that was asked for.

    No QButtonGroup: it would make the rail one stop of Tab and take the focus from the areas not chosen.
    """

    chosen = Signal(str)

    def __init__(self, features: Sequence[Feature], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Areas"))
        self._buttons: dict[str, QToolButton] = {}
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
        for own, button in self._buttons.items():
            button.setChecked(own == name)

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
        button.clicked.connect(partial(self._on_clicked, feature.name))
        self._buttons[feature.name] = button
        return button

    @Slot()
    def _fit(self) -> None:
        """Grow with the text where a word would not fit into the usual width."""
        widest = max((button.sizeHint().width() for button in self._buttons.values()), default=0)
        self.setFixedWidth(max(WIDTH, widest + 9))

    def _on_clicked(self, name: str, _checked: bool = False) -> None:
        self.show_chosen(name)
        self.chosen.emit(name)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, super().sizeHint().height())
