"""The line above the messages: what all such lines have, and what is the chat's alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from nextword.chat.preferences import Preferences
from nextword.engine.client import Engine
from nextword.hub.library import Library
from nextword.ui.explanation import short
from nextword.ui.feature import Place
from nextword.ui.theme import current_theme
from nextword.ui.widgets import top_bar
from nextword.ui.widgets.icons import pixmap
from nextword.ui.widgets.settings_chip import temperature_words

_NARROW = 680


class TopBar(top_bar.TopBar):
    """copy_requested: the whole conversation, as "markdown" or as "text"."""

    copy_requested = Signal(str)

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget) -> None:
        super().__init__(engine, library, go, parent)
        top_bar.name_button(self.list_button, self.tr("Conversations"), self.tr("Show or hide the conversations"))
        self.settings.setAccessibleName(self.tr("Settings of this chat"))
        self.temporary = QLabel(self)
        self.temporary.setAccessibleName(self.tr("Temporary"))
        self.temporary.setProperty("type", "warning")
        self.temporary.setToolTip(self.tr("Nothing of this chat is kept: it is gone when another one is opened."))
        self.temporary.hide()
        self.tree = self.icon_button("git-branch", self.tr("Branches"), self.tr("All versions (Ctrl+Shift+B)"))
        self.seen = self.icon_button(
            "eye", self.tr("What the model sees"), self.tr("The exact prompt as tokens (Ctrl+Shift+P)")
        )
        top_bar.name_button(
            self.menu_button, self.tr("This conversation"), self.tr("Rename, copy, export or delete this conversation")
        )
        self.menu.addAction(self.tr("Copy as Markdown"), partial(self.copy_requested.emit, "markdown"))
        self.menu.addAction(self.tr("Copy as text"), partial(self.copy_requested.emit, "text"))
        self.menu.addAction(self.tr("Export…")).triggered.connect(self._on_export)
        self.add_usual()
        self.lay_out(left=(self.temporary,), right=(self.tree, self.seen))

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
        self.menu_button.setEnabled(kept)

    def show_preferences(self, preferences: Preferences) -> None:
        """Show the preset, or what matters most of the sampling."""
        sampling = preferences.sampling
        parts = [short(preferences.preset, 24)] if preferences.preset else []
        parts += temperature_words(sampling)
        if sampling.grammar or sampling.json_schema:
            parts.append(self.tr("JSON") if sampling.json_schema else self.tr("grammar"))
        self.settings.show_parts(parts)

    @Slot()
    def _on_export(self) -> None:
        self.export_requested.emit()
