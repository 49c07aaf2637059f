"""The scale of the tint: from the colour of the expected to that of the very surprising, in bits."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.ui.colours import FULL_TINT_BITS
from nextword.ui.theme import GAP_SMALL, current_theme

_BAR_WIDTH, _BAR_HEIGHT = 120, 6


class TintLegend(QWidget):
    """Paints "fits 0 [scale] 8+ bits"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low = self.tr("fits 0")
        self._high = self.tr("{bits}+ bits").format(bits=f"{FULL_TINT_BITS:g}")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Scale of the tint"))
        self.setAccessibleDescription(
            self.tr("No tint: the word was expected. Strongest tint: {bits} bits of surprise or more.").format(
                bits=f"{FULL_TINT_BITS:g}"
            )
        )
        self.setToolTip(
            self.tr("Surprisal: how unexpected a word was. Each bit halves its probability; 0 bits is certainty.")
        )
        current_theme().changed.connect(self._on_theme_changed)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(current_theme().font("small"))
        words = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(words + _BAR_WIDTH + 2 * GAP_SMALL, metrics.height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        from PySide6.QtGui import QLinearGradient  # brings 200 names: not before the tint is on

        theme = current_theme()
        font = theme.font("small")
        metrics = QFontMetrics(font)
        if self.width() < self.sizeHint().width():
            return  # half a scale says something wrong; the button beside it still says what the tint shows
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(theme.colour("secondary"))
        rect = QRectF(self.rect())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._low)
        left = metrics.horizontalAdvance(self._low) + GAP_SMALL
        bar = QRectF(left, rect.center().y() - _BAR_HEIGHT / 2, _BAR_WIDTH, _BAR_HEIGHT)
        scale = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(11):
            scale.setColorAt(step / 10, theme.tint(step / 10 * FULL_TINT_BITS))
        painter.drawText(
            rect.adjusted(bar.right() + GAP_SMALL, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self._high,
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(scale)
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
