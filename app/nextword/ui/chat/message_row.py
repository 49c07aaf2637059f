"""One message at one width: where its parts lie, and painting them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontInfo, QFontMetrics, QFontMetricsF, QPainter

from nextword.ui.chat.column import Column
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme
from nextword.ui.widgets.entropy_strip import STRIP_HEIGHT
from nextword.ui.widgets.token_view import LINE_HEIGHT, TokenLook, TokenText

if TYPE_CHECKING:
    from nextword.chat.answer import ShownMessage

_BUBBLE_PADDING_X, _BUBBLE_PADDING_Y, _BUBBLE_RADIUS = 14.0, 9.0, 10.0
_BUBBLE_SHARE = 0.84  # of the column, at most


def bar_height() -> int:
    """Return the height of the line with versions, figures and actions, in px."""
    return max(28, QFontMetrics(current_theme().font("small")).height() + 2 * GAP_SMALL - 2)


def estimated_height(message: ShownMessage, column: Column) -> float:
    """Return about how high the row will be, without laying it out."""
    font = current_theme().font("message")
    per_line = max(8.0, column.width / (QFontMetricsF(font).averageCharWidth() * 0.98))
    lines = len(message.text) / per_line + message.text.count("\n") * 0.6 + 0.6
    return math.ceil(lines) * QFontInfo(font).pixelSize() * LINE_HEIGHT + bar_height() + GAP_PAGE


class MessageRow:
    """The parts of a row, from its own top: gap, words (in a bubble for a person), state line, bar, strip."""

    def __init__(self) -> None:
        theme = current_theme()
        self.words = TokenText(theme.font("message"))
        self._state = TokenText(theme.font("text"))
        self.words_rect = QRectF()
        self.bubble = QRectF()
        self.state_rect = QRectF()
        self.bar_rect = QRectF()
        self.strip_rect = QRectF()
        self.height = 0.0
        self._state_colour = "secondary"
        self._streaming = False

    def lay_out(self, message: ShownMessage, column: Column, state_line: str, *, strip: bool) -> None:
        """Place everything. strip: whether room is kept for the bars under the answer."""
        if message.role == "user":
            self._lay_out_bubble(message, column)
            y = self.bubble.bottom()
        else:
            self.words.lay_out(message.text, column.width)
            self.words.set_steps(message.steps)
            self._streaming = message.state == "generating"
            height = self.words.height if message.text or self._streaming else 0.0
            self.words_rect = QRectF(column.left, 0, column.width, height)
            self.bubble = QRectF()
            y = self.words_rect.bottom()
        self.state_rect = QRectF()
        if state_line:
            self._state.lay_out(state_line, column.width)
            left = column.left
            if message.role == "user":  # under the bubble, which stands at the right
                left += max(0.0, math.floor(column.width - self._state.natural_width))
            self.state_rect = QRectF(left, y + GAP_TINY, column.width, self._state.height)
            y = self.state_rect.bottom()
        self._state_colour = "error" if message.error is not None else "secondary"
        self.bar_rect = QRectF(column.left, y + (0 if message.role == "user" else GAP_TINY), column.width, bar_height())
        y = self.bar_rect.bottom()
        self.strip_rect = QRectF()
        if strip:
            self.strip_rect = QRectF(column.left, y + GAP_SMALL, column.width, STRIP_HEIGHT)
            y = self.strip_rect.bottom() + GAP_TINY
        self.height = math.ceil(y + (0 if message.role == "user" else GAP_SMALL))

    def place_editor(self, column: Column, height: float) -> QRectF:
        """Make the row as high as an editor needs; return where it goes."""
        rect = QRectF(column.left, GAP_WIDE, column.width, height)
        self.words_rect = self.bubble = self.state_rect = self.bar_rect = self.strip_rect = QRectF()
        self.height = math.ceil(rect.bottom() + GAP_WIDE)
        return rect

    def _lay_out_bubble(self, message: ShownMessage, column: Column) -> None:
        self.words.lay_out(message.text, math.floor(column.width * _BUBBLE_SHARE - 2 * _BUBBLE_PADDING_X))
        self.words.set_steps(())
        width = math.ceil(max(8.0, self.words.natural_width)) + 2 * _BUBBLE_PADDING_X
        left = column.left + column.width - width
        self.bubble = QRectF(left, GAP_WIDE, width, self.words.height + 2 * _BUBBLE_PADDING_Y)
        self.words_rect = self.bubble.adjusted(
            _BUBBLE_PADDING_X, _BUBBLE_PADDING_Y, -_BUBBLE_PADDING_X, -_BUBBLE_PADDING_Y
        )

    def paint(self, painter: QPainter, top: float, look: TokenLook, clip: QRectF) -> None:
        """Paint the row whose top is at `top`."""
        theme = current_theme()
        if not self.bubble.isEmpty():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("bubble"))
            painter.drawRoundedRect(self.bubble.translated(0, top), _BUBBLE_RADIUS, _BUBBLE_RADIUS)
        if not self.words_rect.isEmpty():
            self.words.paint(painter, self.words_rect.topLeft() + QPointF(0, top), look, clip)
            if self._streaming:
                caret = self.words.end_rect().translated(self.words_rect.topLeft()).translated(0, top)
                painter.fillRect(caret.adjusted(0, 3, 0, -3), theme.colour("accent"))
        if not self.state_rect.isEmpty():
            origin = self.state_rect.topLeft() + QPointF(0, top)
            self._state.paint(painter, origin, TokenLook(colour=theme.colour(self._state_colour)), clip)

    def token_at(self, point: QPointF) -> int | None:
        """Return the token under a point in the row."""
        return self.words.token_at(point - self.words_rect.topLeft()) if self.words_rect.contains(point) else None

    def token_rect(self, token: int) -> QRectF:
        """Return where a token is in the row."""
        return self.words.token_rect(token).translated(self.words_rect.topLeft())

    def place_at(self, point: QPointF) -> int:
        """Return the place in the text nearest to a point in the row."""
        return self.words.place_at(point - self.words_rect.topLeft())
