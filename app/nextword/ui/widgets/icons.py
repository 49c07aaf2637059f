"""Icons by name from resources/icons, in the colours of the theme at any scale."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QPushButton

from nextword import resources
from nextword.ui.theme import current_theme

_FAINT = 0.4
_GAP = 4  # between an icon and the text beside it, on top of what the style leaves


def icon(name: str, colour: QColor, *, checked: QColor | None = None, size: int = 20, gap: int = 0) -> QIcon:
    """Return the icon drawn in `colour`; checked: the colour of the pressed-in state, if it differs."""
    made = QIcon()
    inks = {QIcon.State.Off: colour} if checked is None else {QIcon.State.Off: colour, QIcon.State.On: checked}
    for state, ink in inks.items():
        for scale in sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()}):
            drawn = pixmap(name, ink, size=size, scale=scale, gap=gap)
            made.addPixmap(drawn, QIcon.Mode.Normal, state)
            made.addPixmap(_faded(drawn), QIcon.Mode.Disabled, state)
    return made


def _faded(drawn: QPixmap) -> QPixmap:
    """Return what a button shows that cannot be used; Qt's own way leaves a light icon on dark as it is."""
    faint = QPixmap(drawn.size())
    faint.setDevicePixelRatio(drawn.devicePixelRatio())
    faint.fill(Qt.GlobalColor.transparent)
    painter = QPainter(faint)
    painter.setOpacity(_FAINT)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return faint


def set_icon(button: QAbstractButton, name: str, *, colour: str = "text", checked: str = "", size: int = 20) -> None:
    """Give `button` an icon in a colour of the theme (a name in Colours) and keep it so when the theme changes.

    size: px at a text size of 100 %; the icon grows with the text.
    """
    for old in button.findChildren(_IconOn, options=Qt.FindChildOption.FindDirectChildrenOnly):
        old.setParent(None)
        old.deleteLater()
    _IconOn(button, name, colours=(colour, checked), size=size)


class _IconOn(QObject):
    """Draws a button's icon again whenever the theme changes; a child of the button."""

    def __init__(self, button: QAbstractButton, name: str, *, colours: tuple[str, str], size: int) -> None:
        super().__init__(button)
        self._button = button
        self._name = name
        self._colour, self._checked = colours
        self._size = size
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        theme = current_theme()
        size = round(self._size * max(1.0, theme.scale))
        gap = _GAP if isinstance(self._button, QPushButton) and self._button.text() else 0
        checked = theme.colour(self._checked) if self._checked else None
        self._button.setIconSize(QSize(size + gap, size))
        self._button.setIcon(icon(self._name, theme.colour(self._colour), checked=checked, size=size, gap=gap))


def pixmap(name: str, colour: QColor, *, size: int, scale: float, gap: int = 0) -> QPixmap:
    """Return the icon, `size` px square, as a pixmap for a screen of the given scale; gap: empty px right of it."""
    from PySide6.QtSvg import QSvgRenderer  # a module of its own: not before the first icon is drawn

    source = (resources.ICONS / f"{name}.svg").read_bytes()
    renderer = QSvgRenderer(QByteArray(source.replace(b"currentColor", colour.name().encode())))
    drawn = QPixmap(QSize(size + gap, size) * scale)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    drawn.setDevicePixelRatio(scale)
    return drawn
