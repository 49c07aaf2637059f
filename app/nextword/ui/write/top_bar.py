"""The line above the text: the list's switch, the model, the settings, the panes, and what can be done with it all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from nextword.engine.client import Engine
from nextword.engine.protocol import Kind
from nextword.hub.library import Library
from nextword.settings import SamplingSettings
from nextword.ui.feature import Place
from nextword.ui.theme import GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_chip import ModelChip

TOP_HEIGHT = 48
_ICONS = {"versions": "git-branch", "sent": "eye"}


class TopBar(QFrame):
    """more: the menu; after_panes: the action before which the panes stand in it."""

    list_toggled = Signal(bool)
    rename_requested = Signal()
    export_requested = Signal()
    delete_requested = Signal()

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "top")
        self.setFixedHeight(TOP_HEIGHT)
        self.list_button = QToolButton(self)
        set_icon(self.list_button, "list", checked="accent", size=16)
        self.list_button.setCheckable(True)
        self.list_button.setAccessibleName(self.tr("Documents"))
        self.list_button.setToolTip(self.tr("Show or hide the documents"))
        self.list_button.toggled.connect(self.list_toggled)
        self.list_button.hide()
        self.chip = ModelChip(engine, library, go, self)
        self.settings = QPushButton(self)
        self.settings.setProperty("look", "chip")
        self.settings.setCheckable(True)
        self.settings.setAccessibleName(self.tr("Settings of this document"))
        set_icon(self.settings, "sliders-horizontal", checked="accent", size=14)
        self._pane_buttons: dict[str, QAbstractButton] = {"settings": self.settings}
        for name, icon in _ICONS.items():
            button = QToolButton(self)
            button.setCheckable(True)
            set_icon(button, icon, checked="accent", size=16)
            self._pane_buttons[name] = button
        self._export = QPushButton(self.tr("Export"), self)
        self._export.setToolTip(self.tr("Write the document into a file"))
        self._export.clicked.connect(self.export_requested)
        self._build_menu()
        self._lay_out()
        self.show_document(False)

    def _build_menu(self) -> None:
        self._more = QToolButton(self)
        set_icon(self._more, "dots-three", size=16)
        self._more.setAccessibleName(self.tr("More"))
        self._more.setToolTip(self.tr("More"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more = QMenu(self._more)
        self._rename = self.more.addAction(self.tr("Rename"))
        self._rename.triggered.connect(self._on_rename)
        self.after_panes = self.more.addSeparator()
        self._delete = self.more.addAction(self.tr("Delete"))
        self._delete.triggered.connect(self._on_delete)
        self._more.setMenu(self.more)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, 0)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.list_button)
        line.addWidget(self.chip)
        line.addWidget(self.settings)
        line.addStretch(1)
        for name in _ICONS:
            line.addWidget(self._pane_buttons[name])
        line.addWidget(self._export)
        line.addWidget(self._more)

    def pane_button(self, name: str) -> QAbstractButton | None:
        """Return the button for a pane that has one here."""
        return self._pane_buttons.get(name)

    def show_document(self, kept: bool) -> None:
        """Offer what can be done with a document only where there is one."""
        for thing in (self._rename, self._delete, self._export):
            thing.setEnabled(kept)

    def show_kind(self, kind: Kind | None) -> None:
        """Say what this screen is for with the model that is loaded."""
        self.chip.setAccessibleDescription(
            self.tr("A base model continues texts.") if kind == "base" else self.tr("The model gets the bare text.")
        )

    def show_sampling(self, sampling: SamplingSettings, context_tokens: int) -> None:
        """Show what matters most of the sampling. context_tokens: of the model, 0 for none; no text gets longer."""
        parts = [self.tr("T {temperature}").format(temperature=f"{sampling.temperature:.3g}")]
        if sampling.temperature > 0 and sampling.top_p < 1:
            parts.append(self.tr("top-p {top_p}").format(top_p=f"{sampling.top_p:.3g}"))
        if 0 < context_tokens <= sampling.max_tokens:
            parts.append(self.tr("until the context is full"))
        else:
            parts.append(self.tr("{count} tokens").format(count=f"{sampling.max_tokens:,}"))
        words = " · ".join(parts)
        self.settings.setText(words)
        self.settings.setAccessibleDescription(words)

    @Slot()
    def _on_rename(self) -> None:
        self.rename_requested.emit()

    @Slot()
    def _on_delete(self) -> None:
        self.delete_requested.emit()
