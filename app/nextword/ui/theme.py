"""How the program looks: palette, style sheet, type sizes; follows the system and changes while it runs.

Widgets that paint themselves take colours and fonts from `current_theme()` and repaint on its `changed`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, cast

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from nextword.ui import colours, style_sheet
from nextword.ui.colours import Colours

FontRole: TypeAlias = Literal["text", "small", "message", "strong", "heading", "title", "mono"]
"""text: controls; small: the least size used; message: text to be read; strong: text in bold; heading, title:
above a group and above a page; mono: ids, code, token chips."""

GAP_TINY, GAP_SMALL, GAP, GAP_WIDE, GAP_PAGE = 4, 8, 12, 16, 24
"""Spacing in px; nothing else is used between things."""

RADIUS = 6

_STEPS: dict[FontRole, float] = {
    "text": 1.0, "small": 0.9, "message": 1.15, "strong": 1.0, "heading": 1.1, "title": 1.5, "mono": 1.0,
}  # fmt: skip
_SMALLEST_POINTS = 7.5


class Theme(QObject):
    """The look in use. `colours` is replaced as a whole when it changes, then `changed` is emitted."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._choice = "system"
        self._percent = 100
        self._system_font = QFont(application.font())
        self.colours: Colours = colours.LIGHT
        application.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    def apply(self, choice: str, text_percent: int) -> None:
        """Take the look of the settings: choice is system, light or dark; text_percent scales all type."""
        self._choice = choice
        self._percent = text_percent
        self._install()

    @property
    def scale(self) -> float:
        """By how much text, and what goes with it, is larger than the system has it."""
        return self._percent / 100

    def tint(self, fraction: float) -> QColor:
        """Return the colour (with alpha) to paint behind a word; fraction: 0 for none, 1 for the strongest."""
        return colours.tint(self.colours, fraction)

    def syntax(self, kind: str) -> QColor:
        """Return the colour of a kind of word in code, for example "keyword"."""
        return colours.syntax(self.colours, kind)

    def colour(self, name: str) -> QColor:
        """Return a colour by its name in Colours, for example "secondary"."""
        return QColor(getattr(self.colours, name))

    def font(self, role: FontRole = "text") -> QFont:
        """Return the font for a role, sized from the system's font and the setting."""
        if role == "mono":
            from PySide6.QtGui import QFontDatabase  # not before there is code to show

            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        else:
            font = QFont(self._system_font)
        font.setPointSizeF(self.points(role))
        if role in ("strong", "heading", "title"):
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def points(self, role: FontRole) -> float:
        """Return the size of a role in points."""
        base = self._system_font.pointSizeF()
        if base <= 0:  # the system gave its size in pixels
            base = QFontInfo(self._system_font).pointSizeF()
        return max(_SMALLEST_POINTS, base * _STEPS[role] * self._percent / 100)

    def _install(self) -> None:
        hints = self._application.styleHints()
        if self._choice == "system":
            hints.unsetColorScheme()
        else:
            wanted = Qt.ColorScheme.Dark if self._choice == "dark" else Qt.ColorScheme.Light
            hints.setColorScheme(wanted)
        dark = self._choice == "dark" or (self._choice == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
        self.colours = colours.DARK if dark else colours.LIGHT
        self._application.setFont(self.font())
        self._application.setPalette(palette(self.colours))
        sheet = style_sheet.build(self.colours, {role: self.points(role) for role in _STEPS})
        if sheet != self._application.styleSheet():  # polishing every widget again costs a visible moment
            self._application.setStyleSheet(sheet)
        self.changed.emit()

    @Slot()
    def _on_system_changed(self) -> None:
        system_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self._choice == "system" and system_dark != self.colours.dark:
            self._install()


def current_theme() -> Theme:
    """Return the theme of the running application; a first call makes it (light, 100 %, not yet applied)."""
    application = cast(QApplication, QApplication.instance())
    found = application.findChild(Theme, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found if found is not None else Theme(application)


def palette(chosen: Colours) -> QPalette:
    """Return the palette of a theme, for what the style sheet leaves to the style."""
    made = QPalette()
    role = QPalette.ColorRole
    for key, name in {
        role.Window: chosen.window, role.WindowText: chosen.text, role.Base: chosen.surface,
        role.AlternateBase: chosen.window, role.Text: chosen.text, role.Button: chosen.surface,
        role.ButtonText: chosen.text, role.BrightText: chosen.error, role.Highlight: chosen.accent,
        role.HighlightedText: chosen.on_accent, role.Link: chosen.accent, role.LinkVisited: chosen.accent,
        role.ToolTipBase: chosen.surface, role.ToolTipText: chosen.text, role.PlaceholderText: chosen.secondary,
        role.Light: chosen.surface, role.Midlight: chosen.hover, role.Mid: chosen.line, role.Dark: chosen.line,
        role.Shadow: chosen.line, role.Accent: chosen.accent,
    }.items():  # fmt: skip
        made.setColor(key, QColor(name))
    for key in (role.WindowText, role.Text, role.ButtonText):
        faint = QColor(chosen.secondary)
        faint.setAlphaF(0.6)
        made.setColor(QPalette.ColorGroup.Disabled, key, faint)
    return made
