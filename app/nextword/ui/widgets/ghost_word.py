"""A word that could have stood in the place of another, shown over it for a moment; the text is not changed."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nextword.ui.theme import current_theme

_PADDING = 3


class GhostWord(QWidget):
    """Begins where the word begins, and is as wide as it needs to be."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.word = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_over(self, word: QRect, instead: str) -> None:
        """Show `instead` over a word, in the parent's coordinates."""
        self.word = instead
        metrics = QFontMetrics(self._font())
        parent = self.parentWidget()
        room = parent.width() if parent is not None else word.right()
        width = min(room, max(word.width(), metrics.horizontalAdvance(instead) + 2 * _PADDING))
        size = QSize(width, max(word.height(), metrics.height() + 2))
        left = max(0, min(word.left(), room - width))
        self.setGeometry(QRect(word.topLeft(), size).translated(left - word.left(), 0))
        self.setVisible(word.isValid())
        self.raise_()
        self.update()

    def _font(self) -> QFont:
        font = current_theme().font("message")
        font.setItalic(True)
        return font

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.colour("surface"))
        painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setFont(self._font())
        painter.setPen(theme.colour("accent"))
        inner = self.rect().adjusted(_PADDING, 0, -_PADDING, 0)
        text = QFontMetrics(self._font()).elidedText(self.word, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
