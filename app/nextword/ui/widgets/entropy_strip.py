"""A row of thin bars under an answer, one per token: its surprisal, entropy or rank; a click chooses the token."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.tint import Heights, Tint
from nextword.ui.widgets.token_text import bits, number, percent, visible

STRIP_HEIGHT = 26
"""In px."""

_WIDEST_BAR, _NARROWEST_BAR = 21.0, 2.0


class EntropyStrip(QWidget):
    """Bars of what the tint shows, full at 8 bits or rank 10,000; tokens beyond the room share bars, the highest wins.

    The bar of a token that was not the model's first choice is tinted, that of a first choice is grey.
    """

    token_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[TokenStep] = ()
        self._heights = Heights()
        self._tint: Tint = "surprisal"
        self._count = 0
        self._selected: int | None = None
        self.setFixedHeight(STRIP_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("A bar for each token"))
        current_theme().changed.connect(self._on_theme_changed)

    def show_steps(self, steps: Sequence[TokenStep], selected: int | None, tint: Tint = "surprisal") -> None:
        """Show the tokens; selected: the one that is marked. The sequence may grow: call again."""
        same = steps is self._steps and len(steps) == self._count and tint == self._tint
        if same:
            self._select(selected)
            return
        self._steps, self._count, self._selected, self._tint = steps, len(steps), selected, tint
        self._heights.take(steps, tint)
        self.setAccessibleDescription(self._in_words())
        self.update()

    def _select(self, selected: int | None) -> None:
        """Mark another token; only its bar and that of the one before are painted again."""
        before, self._selected = self._selected, selected
        if selected == before:
            return
        for token in (before, selected):
            if token is not None:
                left = token // self._group() * self._bar_width()
                self.update(QRectF(left - 2, 0, self._bar_width() + 6, STRIP_HEIGHT).toAlignedRect())

    def token_at(self, x: float) -> int | None:
        """Return the token whose bar is at x; of a group its highest one."""
        if not self._steps or x < 0:
            return None
        group = int(x / self._bar_width())
        members = range(group * self._group(), min((group + 1) * self._group(), self._count))
        return max(members, key=self._heights.all.__getitem__) if members else None

    def _bar_width(self) -> float:
        return min(_WIDEST_BAR, self.width() / max(1, self._bars()))

    def _bars(self) -> int:
        return math.ceil(self._count / self._group())

    def _group(self) -> int:
        return max(1, math.ceil(self._count * _NARROWEST_BAR / max(1, self.width())))

    def _in_words(self) -> str:
        if not self._steps:
            return ""
        worst = max(range(self._count), key=self._heights.all.__getitem__)
        step = self._steps[worst]
        match self._tint:
            case "entropy":
                words = self.tr("{count} tokens; the model was most undecided at number {number}, {token}, {bits} bits")
                value = bits(step.entropy_bits)
            case "rank":
                words = self.tr("{count} tokens; the highest rank has number {number}, {token}, rank {bits}")
                value = number(step.rank)
            case _:
                words = self.tr("{count} tokens; the most surprising is number {number}, {token}, {bits} bits")
                value = bits(step.surprisal_bits)
        return words.format(count=len(self._steps), number=worst + 1, token=visible(step.text), bits=value)

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
        fork, first_choice = theme.tint(1.0), theme.colour("bar")
        painter.fillRect(QRectF(0, STRIP_HEIGHT - 1, min(self.width(), self._bars() * width), 1), theme.colour("line"))
        gap = 2.0 if width >= 6 else (1.0 if width >= 3 else 0.0)
        first = max(0, int(event.rect().left() / width) - 1)
        for bar, start in enumerate(range(first * group, self._count, group), first):
            if bar * width > event.rect().right():
                break
            members = range(start, min(start + group, self._count))
            token = max(members, key=self._heights.all.__getitem__)
            height = max(1.5, (STRIP_HEIGHT - 4) * min(1.0, self._heights.all[token]))
            chosen = self._selected in members
            painter.setBrush(
                theme.colour("accent") if chosen else fork if self._steps[token].rank > 1 else first_choice
            )
            painter.drawRect(QRectF(bar * width, STRIP_HEIGHT - height, max(1.0, width - gap), height))
            if chosen:  # seen without its colour, and however low its bar is
                painter.drawRect(QRectF(bar * width, 0, max(3.0, width - gap), 2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        token = self.token_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and token is not None:
            self.token_chosen.emit(token)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            token = self.token_at(event.pos().x())
            if token is not None:
                step = self._steps[token]
                text = self.tr("{token}  {percent}, rank {rank}, {bits} bits; entropy {entropy} bits").format(
                    token=visible(step.text), percent=percent(step.probability), rank=number(step.rank),
                    bits=bits(step.surprisal_bits), entropy=bits(step.entropy_bits),
                )  # fmt: skip
                QToolTip.showText(event.globalPos(), text.replace("<", "‹"), self)
            return True
        return super().event(event)
