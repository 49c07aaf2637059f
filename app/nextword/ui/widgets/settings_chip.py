"""How something is sampled, in a few words beside the model; a click shows the pane with all of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from nextword.settings import SamplingSettings
from nextword.ui.widgets.icons import set_icon

_UNBOUNDED = 100_000  # px
_LEAST_WIDTH = 40  # the icon alone
_BETWEEN = " · "


class SettingsChip(QPushButton):
    """Gives way where there is little room: what matters least is left out first, the icon stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parts: tuple[str, ...] = ()
        self._room = _UNBOUNDED
        self.setProperty("look", "chip")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_icon(self, "sliders-horizontal", checked="accent", size=14)

    @property
    def words(self) -> str:
        """All that it has to say, whether or not there is room for it."""
        return _BETWEEN.join(self._parts)

    def show_parts(self, parts: Sequence[str]) -> None:
        """Show parts, what matters most first."""
        self._parts = tuple(parts)
        self.setAccessibleDescription(self.words)
        self.setToolTip(self.tr("{words}\n{name} (Ctrl+Shift+S)").format(words=self.words, name=self.accessibleName()))
        self.fit(self._room)

    def width_of(self, count: int) -> int:
        """Return the width of the chip in px with so many of the parts."""
        metrics, shown = self.fontMetrics(), self.text().replace("&&", "&")
        words = _BETWEEN.join(self._parts[:count])
        return self.sizeHint().width() + metrics.horizontalAdvance(words) - metrics.horizontalAdvance(shown)

    def fit(self, room: int) -> None:
        """Show as many parts as there is room for, in px."""
        self._room = room
        count = len(self._parts)
        while count and self.width_of(count) > room:
            count -= 1
        words = _BETWEEN.join(self._parts[:count]).replace("&", "&&")
        if words != self.text():
            self.setText(words)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())


def temperature_words(sampling: SamplingSettings) -> list[str]:
    """Return the temperature, and top-p where it counts: "T 0.7", "top-p 0.95"."""
    parts = [f"T {number(sampling.temperature)}"]
    if sampling.temperature > 0 and sampling.top_p < 1:
        parts.append(f"top-p {number(sampling.top_p)}")
    return parts


def number(value: float) -> str:
    """Return a value with three figures; a locale would bring 700 names before the window is seen."""
    return f"{value:.3g}"
