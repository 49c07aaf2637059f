"""What can be done with the text: the line below it with the acts, the colour, and what the numbers come to."""

from __future__ import annotations

from functools import partial
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.entropy_strip import EntropyStrip
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.legend import TintLegend
from nextword.ui.widgets.tint import Tint, tint_names
from nextword.write.session import Task

_PANES = ("compare", "xray", "tree", "tokens")


class BottomBar(QFrame):
    """Signals are what was clicked. tint_chosen: a value of the setting write.tint; shown_toggled: a setting and its
    new value."""

    continue_requested = Signal()
    stop_requested = Signal()
    one_requested = Signal()
    score_requested = Signal()
    fill_requested = Signal()
    tint_chosen = Signal(str)
    shown_toggled = Signal(str, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "bottom")
        self._task: Task = ""
        self.go = self._button(self.tr("Continue"), self.tr("The model goes on at the cursor (Ctrl+Enter)"))
        self.go.setProperty("look", "primary")
        self.go.clicked.connect(self._on_go)
        self.one = self._button(
            self.tr("One token"), self.tr("See what could come next at the cursor, and choose yourself (Ctrl+.)")
        )
        self.one.clicked.connect(self.one_requested)
        self.score = self._button(
            self.tr("Score this text"), self.tr("Give every token of the text its probability (Ctrl+Shift+Enter)")
        )
        self.score.clicked.connect(self.score_requested)
        self.fill = self._button(
            self.tr("Fill in"),
            self.tr("The model writes what fits between what stands before and behind the cursor (Ctrl+Shift+I)"),
        )
        self.fill.clicked.connect(self.fill_requested)
        self.colour = self._button("", self.tr("By which number the tokens are coloured (Ctrl+T goes on and off)"))
        self._add_menu()
        line = QWidget(self)
        self._flow = FlowLayout(line)
        for button in (self.go, self.one, self.score, self.fill, self.colour):
            self._flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP_SMALL)
        column.addWidget(line)
        self.show_can_fill(False)

    def _button(self, words: str, meaning: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(meaning)
        button.setAccessibleDescription(meaning)
        return button

    def _add_menu(self) -> None:
        menu = QMenu(self.colour)
        group = QActionGroup(menu)
        self.tints: dict[str, QAction] = {}
        for value, name in tint_names().items():
            action = menu.addAction(name)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(partial(self._on_tint, value))
            self.tints[value] = action
        menu.addSeparator()
        self.shown: dict[str, QAction] = {}
        for name, words in (
            ("authors", self.tr("Mark what the model wrote")),
            ("spaces", self.tr("Show spaces and line ends")),
        ):
            self.shown[name] = menu.addAction(words)
            self.shown[name].setCheckable(True)
            self.shown[name].toggled.connect(partial(self.shown_toggled.emit, name))
        self.colour.setMenu(menu)

    def pane_button(self, name: str, title: str) -> QAbstractButton | None:
        """Return a button for a pane that has one here, None for the others."""
        if name not in _PANES:
            return None
        button = QPushButton(title, self)
        button.setCheckable(True)
        self._flow.addWidget(button)
        return button

    def show_look(self, tint: str, *, authors: bool, spaces: bool) -> None:
        """Show what is chosen."""
        name = tint_names()[tint]
        self.colour.setText(self.tr("Colour: {name} ▾").format(name=name.lower()))
        self.tints[tint].setChecked(True)
        for key, value in (("authors", authors), ("spaces", spaces)):
            self.shown[key].blockSignals(True)
            self.shown[key].setChecked(value)
            self.shown[key].blockSignals(False)

    def show_task(self, task: Task) -> None:
        """Offer to stop while the model works."""
        self._task = task
        self.go.setText(self.tr("Stop") if task else self.tr("Continue"))
        self.go.setToolTip(
            self.tr("Stop; what is there stays (Esc)")
            if task
            else self.tr("The model goes on at the cursor (Ctrl+Enter)")
        )
        for button in (self.one, self.score, self.fill):
            if task and button.hasFocus():  # it goes on to "Stop", not to whatever comes next
                self.go.setFocus()
            button.setEnabled(not task)

    def show_can_fill(self, can: bool) -> None:
        """Offer to fill a gap where the model knows how."""
        self.fill.setVisible(can)

    def _on_tint(self, value: str, _checked: bool = False) -> None:
        self.tint_chosen.emit(value)

    @Slot()
    def _on_go(self) -> None:
        (self.stop_requested if self._task else self.continue_requested).emit()


class Figures(QWidget):
    """Below the text: a bar for each token, the scale of the colours, and what the numbers of the text come to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.strip = EntropyStrip(self)
        self.legend = TintLegend(self)
        self.legend.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.totals = QLabel(self)
        self.totals.setProperty("type", "small")
        self.totals.setWordWrap(True)
        self.totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.totals.setAccessibleName(self.tr("Numbers of the text"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_SMALL, 0, GAP_TINY)
        column.setSpacing(GAP_TINY)
        column.addWidget(self.strip)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.totals, 1)
        column.addLayout(line)
        column.addWidget(self.legend)

    def show_tint(self, tint: str) -> None:
        """Show the scale of a tint."""
        self.legend.show_tint(cast(Tint, tint))
