"""How this chat is sampled, in a few words beside the model; a click shows the pane with all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from nextword.chat.preferences import Preferences
from nextword.ui.explanation import short
from nextword.ui.widgets.icons import set_icon

_LEAST_WIDTH = 40  # the icon alone


class SettingsChip(QPushButton):
    """Gives way where there is little room: the words are cut, the icon stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ""
        self.setProperty("look", "chip")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Settings of this chat"))

    def show_preferences(self, preferences: Preferences) -> None:
        """Show the preset, or what matters most of the sampling."""
        sampling = preferences.sampling
        parts = [short(preferences.preset, 24)] if preferences.preset else []
        parts.append(self.tr("T {temperature}").format(temperature=_number(sampling.temperature)))
        if sampling.temperature > 0 and sampling.top_p < 1:
            parts.append(self.tr("top-p {top_p}").format(top_p=_number(sampling.top_p)))
        if sampling.grammar or sampling.json_schema:
            parts.append(self.tr("JSON") if sampling.json_schema else self.tr("grammar"))
        self._words = " · ".join(parts)
        self.setText(self._words.replace("&", "&&"))
        self.setAccessibleDescription(self._words)
        self.setToolTip(self.tr("{words}\nSettings of this chat (Ctrl+Shift+S)").format(words=self._words))
        set_icon(self, "sliders-horizontal", checked="accent", size=14)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, super().sizeHint().height())


def _number(value: float) -> str:
    return f"{value:.3g}"  # a locale would bring 700 names before the window is seen
