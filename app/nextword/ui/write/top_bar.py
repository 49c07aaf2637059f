"""The line above the text: what all such lines have, and what is a document's alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from nextword.engine.client import Engine
from nextword.engine.protocol import Kind
from nextword.hub.library import Library
from nextword.settings import SamplingSettings
from nextword.ui.feature import Place
from nextword.ui.widgets import top_bar
from nextword.ui.widgets.settings_chip import temperature_words

_ICONS = {"versions": "git-branch", "sent": "eye"}


class TopBar(top_bar.TopBar):
    """after_panes: the action before which the panes stand in the menu."""

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget) -> None:
        super().__init__(engine, library, go, parent)
        top_bar.name_button(self.list_button, self.tr("Documents"), self.tr("Show or hide the documents"))
        self.settings.setAccessibleName(self.tr("Settings of this document"))
        buttons: dict[str, QAbstractButton] = {name: self.icon_button(icon) for name, icon in _ICONS.items()}
        self._pane_buttons = {"settings": self.settings, **buttons}
        self._export = QPushButton(self.tr("Export"), self)
        self._export.setToolTip(self.tr("Write the document into a file"))
        self._export.clicked.connect(self.export_requested)
        top_bar.name_button(self.menu_button, self.tr("More"), self.tr("More"))
        self._rename, self._delete = self.add_usual()
        self.after_panes = next(action for action in self.menu.actions() if action.isSeparator())
        self.lay_out(right=(*buttons.values(), self._export))
        self.show_document(False)

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
        if 0 < context_tokens <= sampling.max_tokens:
            longest = self.tr("until the context is full")
        else:
            longest = self.tr("{count} tokens").format(count=f"{sampling.max_tokens:,}")
        self.settings.show_parts([*temperature_words(sampling), longest])
