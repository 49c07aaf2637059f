"""The line above the messages: the list's switch, the model, and what can be done with the conversation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from nextword.engine.client import Engine
from nextword.hub.library import Library
from nextword.ui.chat.settings_chip import SettingsChip
from nextword.ui.feature import Place
from nextword.ui.theme import GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.icons import pixmap, set_icon
from nextword.ui.widgets.model_chip import ModelChip

TOP_HEIGHT = 48
_NARROW = 680


class TopBar(QFrame):
    """list_toggled: the conversations are to be shown (True) or hidden."""

    list_toggled = Signal(bool)
    rename_requested = Signal()
    copy_requested = Signal(str)  # "markdown" or "text"
    export_requested = Signal()
    delete_requested = Signal()

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "top")
        self.setFixedHeight(TOP_HEIGHT)
        self.list_button = QToolButton(self)
        set_icon(self.list_button, "list", checked="accent", size=16)
        self.list_button.setCheckable(True)
        self.list_button.setAccessibleName(self.tr("Conversations"))
        self.list_button.setToolTip(self.tr("Show or hide the conversations"))
        self.list_button.toggled.connect(self.list_toggled)
        self.list_button.hide()
        self.chip = ModelChip(engine, library, go, self)
        self.settings = SettingsChip(self)
        self.temporary = QLabel(self)
        self.temporary.setAccessibleName(self.tr("Temporary"))
        self.temporary.setProperty("type", "warning")
        self.temporary.setToolTip(self.tr("Nothing of this chat is kept: it is gone when another one is opened."))
        self.temporary.hide()
        self.tree = self._pane_button("git-branch", self.tr("Branches"), self.tr("All versions (Ctrl+Shift+B)"))
        self.seen = self._pane_button(
            "eye", self.tr("What the model sees"), self.tr("The exact prompt as tokens (Ctrl+Shift+P)")
        )
        self._more = QToolButton(self)
        set_icon(self._more, "dots-three", size=16)
        self._more.setAccessibleName(self.tr("This conversation"))
        self._more.setToolTip(self.tr("Rename, copy, export or delete this conversation"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add_menu()
        line = QHBoxLayout(self)
        line.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, 0)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.list_button)
        line.addWidget(self.chip)
        line.addWidget(self.settings)
        line.addWidget(self.temporary)
        line.addStretch()
        line.addWidget(self.tree)
        line.addWidget(self.seen)
        line.addWidget(self._more)

    def _add_menu(self) -> None:
        menu = QMenu(self._more)
        menu.addAction(self.tr("Rename")).triggered.connect(self._on_rename)
        menu.addAction(self.tr("Copy as Markdown"), partial(self.copy_requested.emit, "markdown"))
        menu.addAction(self.tr("Copy as text"), partial(self.copy_requested.emit, "text"))
        menu.addAction(self.tr("Export…")).triggered.connect(self._on_export)
        menu.addSeparator()
        menu.addAction(self.tr("Delete")).triggered.connect(self._on_delete)
        self._more.setMenu(menu)

    def _pane_button(self, icon: str, name: str, meaning: str) -> QToolButton:
        button = QToolButton(self)
        set_icon(button, icon, checked="accent", size=16)
        button.setCheckable(True)
        button.setAccessibleName(name)
        button.setToolTip(meaning)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_temporary(not self.temporary.isHidden())

    def set_temporary(self, on: bool) -> None:
        """Say that nothing of the chat is kept: with a word, or where there is little room with a sign."""
        self.temporary.setVisible(on)
        if on and self.width() < _NARROW:
            scale = self.devicePixelRatioF()
            self.temporary.setPixmap(pixmap("ghost", current_theme().colour("warning"), size=16, scale=scale))
        elif on:
            self.temporary.setText(self.tr("Temporary"))

    def set_conversation(self, kept: bool) -> None:
        """Offer what can be done with a conversation only where there is one."""
        self._more.setEnabled(kept)

    @Slot()
    def _on_rename(self) -> None:
        self.rename_requested.emit()

    @Slot()
    def _on_export(self) -> None:
        self.export_requested.emit()

    @Slot()
    def _on_delete(self) -> None:
        self.delete_requested.emit()
