"""The line above a conversation or a document: the list's switch, the model, the settings, the panes and a menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from nextword.engine.client import Engine
from nextword.hub.library import Library
from nextword.ui.feature import Place
from nextword.ui.theme import GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_chip import ModelChip
from nextword.ui.widgets.settings_chip import SettingsChip

TOP_HEIGHT = 48


class TopBar(QFrame):
    """A screen names the parts, adds its own at the right, and fills the menu.

    list_toggled: the list at the left is to be shown (True) or hidden.
    """

    list_toggled = Signal(bool)
    rename_requested = Signal()
    export_requested = Signal()
    delete_requested = Signal()

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "top")
        self.list_button = self.icon_button("list")
        self.list_button.toggled.connect(self.list_toggled)
        self.list_button.hide()
        self.chip = ModelChip(engine, library, go, self)
        self.settings = SettingsChip(self)
        self.menu_button = QToolButton(self)
        set_icon(self.menu_button, "dots-three", size=16)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.menu_button)
        self.menu_button.setMenu(self.menu)
        self._others: tuple[QWidget, ...] = ()
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, 0)
        self._line.setSpacing(GAP_SMALL)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setFixedHeight(max(TOP_HEIGHT, self.chip.sizeHint().height() + GAP_WIDE))

    def lay_out(self, *, left: tuple[QWidget, ...] = (), right: tuple[QWidget, ...] = ()) -> None:
        """Put the parts in line. left: beside the settings; right: before the menu."""
        self._others = (self.list_button, *left, *right, self.menu_button)
        for widget in (self.list_button, self.chip, self.settings, *left):
            self._line.addWidget(widget)
        self._line.addStretch(1)
        for widget in (*right, self.menu_button):
            self._line.addWidget(widget)

    def _share_room(self) -> None:
        """Give the model what it would like and the settings the rest; at least their first words, if there is room."""
        others = [each for each in self._others if not each.isHidden()]
        room = self.width() - 2 * GAP_WIDE - sum(each.sizeHint().width() + GAP_SMALL for each in others) - GAP_SMALL
        beside = room - self.chip.sizeHint().width()
        least = min(self.settings.width_of(1), room - self.chip.minimumSizeHint().width())
        self.settings.fit(max(beside, least))
        # what is too much is cut from the name of the model; the layout would take it from both
        room -= self.settings.sizeHint().width()
        self.chip.setMaximumWidth(max(self.chip.minimumSizeHint().width(), room))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._share_room()
        return super().event(event)

    def icon_button(self, icon: str, name: str = "", meaning: str = "") -> QToolButton:
        """Return a button that stays down while what it shows is there."""
        button = QToolButton(self)
        set_icon(button, icon, checked="accent", size=16)
        button.setCheckable(True)
        name_button(button, name, meaning)
        return button

    def add_usual(self) -> tuple[QAction, QAction]:
        """Put renaming first into the menu and deleting last; return both."""
        rename = QAction(self.tr("Rename"), self.menu)
        rename.triggered.connect(self._on_rename)
        first = self.menu.actions()
        self.menu.insertAction(first[0] if first else None, rename)  # type: ignore[arg-type]
        self.menu.addSeparator()
        delete = self.menu.addAction(self.tr("Delete"))
        delete.triggered.connect(self._on_delete)
        return rename, delete

    @Slot()
    def _on_rename(self) -> None:
        self.rename_requested.emit()

    @Slot()
    def _on_delete(self) -> None:
        self.delete_requested.emit()


def name_button(button: QWidget, name: str, meaning: str) -> None:
    """Say what a button is for, to screen readers and under the pointer."""
    button.setAccessibleName(name)
    button.setToolTip(meaning)
