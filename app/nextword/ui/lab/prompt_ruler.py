"""A thin line that shows how much of the context the prompt takes, example by example."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.ui.lab.prompt_regions import Group, TokenGroup
from nextword.ui.theme import current_theme

_HEIGHT = 6


class PromptRuler(QWidget):
    """Each part of the prompt has a length of its own: examples light and dark in turn, the input in the accent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parts: list[tuple[Group, int, int]] = []
        self._context = 0
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How much of the context the prompt takes"))
        current_theme().changed.connect(self.update)

    def show_groups(self, groups: Sequence[TokenGroup], context_tokens: int) -> None:
        """Show the parts of a prompt. context_tokens 0: not known."""
        self._parts = [(group.group, group.example, len(group.tokens)) for group in groups]
        self._context = context_tokens
        used = sum(count for _, _, count in self._parts)
        self.setAccessibleDescription(
            self.tr("{used} of {context} tokens").format(used=f"{used:,}", context=f"{context_tokens:,}")
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        place = QRectF(self.rect())
        painter.fillRect(place, theme.colour("pressed"))
        whole = max(self._context, sum(count for _, _, count in self._parts), 1)
        left = place.left()
        for group, example, count in self._parts:
            width = place.width() * count / whole
            colour = theme.colour("accent" if group == "input" else "bar")
            colour.setAlphaF(0.55 if group == "example" and example % 2 else 1.0 if group != "template" else 0.35)
            painter.fillRect(QRectF(left, place.top(), max(0.5, width - 0.5), place.height()), colour)
            left += width
