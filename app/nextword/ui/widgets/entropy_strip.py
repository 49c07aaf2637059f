"""A row of thin bars under an answer, one per token: how surprising it was; a click chooses the token."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.colours import FULL_TINT_BITS
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_spans import Surprisals
from nextword.ui.widgets.token_text import bits, visible

STRIP_HEIGHT = 26
"""In px."""

_WIDEST_BAR, _NARROWEST_BAR = 21.0, 2.0


class EntropyStrip(QWidget):
    """Bars as high as the surprisal, full at 8 bits; more tokens than fit are shown in groups by their highest."""

    token_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[TokenStep] = ()
        self._surprisals = Surprisals()
        self._count = 0
        self._selected: int | None = None
        self.setFixedHeight(STRIP_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Surprise of each token"))
        current_theme().changed.connect(self._on_theme_changed)

    def show_steps(self, steps: Sequence[TokenStep], selected: int | None) -> None:
        """Show the tokens; selected: the one that is marked. The sequence may grow: call again."""
        if steps is self._steps and len(steps) == self._count and selected == self._selected:
            return
        self._steps, self._count, self._selected = steps, len(steps), selected
        self._surprisals.take(steps)
        self.setAccessibleDescription(self._in_words())
        self.update()

    def token_at(self, x: float) -> int | None:
        """Return the token whose bar is at x; of a group its most surprising one."""
        if not self._steps or x < 0:
            return None
        group = int(x / self._bar_width())
        members = range(group * self._group(), min((group + 1) * self._group(), self._count))
        return max(members, key=self._surprisals.bits.__getitem__) if members else None

    def _bar_width(self) -> float:
        bars = math.ceil(self._count / self._group())
        return min(_WIDEST_BAR, self.width() / max(1, bars))

    def _group(self) -> int:
        return max(1, math.ceil(self._count * _NARROWEST_BAR / max(1, self.width())))

    def _in_words(self) -> str:
        if not self._steps:
            return ""
        worst = max(range(self._count), key=self._surprisals.bits.__getitem__)
        return self.tr("{count} tokens; the most surprising is number {number}, {token}, {bits} bits").format(
            count=len(self._steps), number=worst + 1, token=visible(self._steps[worst].text),
            bits=bits(self._steps[worst].surprisal_bits),
        )  # fmt: skip

    @Slot()
    def _on_theme_changed(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, STRIP_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        group, width = self._group(), self._bar_width()
        full = theme.tint(FULL_TINT_BITS)
        gap = 2.0 if width >= 6 else (1.0 if width >= 3 else 0.0)
        first = max(0, int(event.rect().left() / width) - 1)
        for bar, start in enumerate(range(first * group, self._count, group), first):
            if bar * width > event.rect().right():
                break
            members = range(start, start + group)
            surprisal = max(self._surprisals.bits[start : start + group])
            height = max(1.5, (STRIP_HEIGHT - 2) * min(1.0, surprisal / FULL_TINT_BITS))
            painter.setBrush(theme.colour("accent") if self._selected in members else full)
            painter.drawRect(QRectF(bar * width, STRIP_HEIGHT - height, width - gap, height))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        token = self.token_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and token is not None:
            self.token_chosen.emit(token)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            token = self.token_at(event.pos().x())
            if token is not None:
                step = self._steps[token]
                text = self.tr("{token}: {bits} bits").format(token=visible(step.text), bits=bits(step.surprisal_bits))
                QToolTip.showText(event.globalPos(), text.replace("<", "‹"), self)
            return True
        return super().event(event)
