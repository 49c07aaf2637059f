"""What is wider than the column: how far it has been scrolled, and the thin bar that shows it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from nextword.ui.theme import current_theme


class Sideways:
    """One for each code block and table. value: px scrolled to the right."""

    def __init__(self) -> None:
        self.value = 0.0
        self._content = 0.0
        self._room = 0.0

    @property
    def most(self) -> float:
        """The greatest value; 0 where everything fits."""
        return max(0.0, self._content - self._room)

    def add(self, content: float, room: float) -> None:
        """Take the width of a part and the room there is; the widest part counts."""
        if room != self._room:
            self._content = 0.0
        self._content, self._room = max(self._content, content), room
        self.value = min(self.value, self.most)

    def move(self, delta: float) -> bool:
        """Scroll; say whether that changed anything."""
        before = self.value
        self.value = max(0.0, min(self.most, self.value + delta))
        return self.value != before

    def drag(self, delta: float) -> bool:
        """Move the bar by so many px; say whether that changed anything."""
        return self.move(delta * self._content / self._room) if self._room else False

    def paint(self, painter: QPainter, track: QRectF) -> None:
        """Paint the bar where it is needed."""
        if self.most <= 0 or self._content <= 0:
            return
        length = max(24.0, track.width() * self._room / self._content)
        left = track.left() + (track.width() - length) * self.value / self.most
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current_theme().colour("bar"))
        painter.drawRoundedRect(QRectF(left, track.top(), length, track.height()), 2, 2)
