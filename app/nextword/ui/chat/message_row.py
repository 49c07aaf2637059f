"""One message at one width: where its parts lie, and painting them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontInfo, QFontMetrics, QFontMetricsF, QPainter

from nextword.ui.chat.column import Column
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme
from nextword.ui.widgets.entropy_strip import STRIP_HEIGHT
from nextword.ui.widgets.markdown.view import MarkdownText
from nextword.ui.widgets.token_view import LINE_HEIGHT, TokenLook, TokenText

if TYPE_CHECKING:
    from nextword.chat.answer import ShownMessage

_BUBBLE_PADDING_X, _BUBBLE_PADDING_Y, _BUBBLE_RADIUS = 14.0, 9.0, 10.0
_FAINT = 0.55
_BUBBLE_SHARE = 0.84  # of the column, at most


def bar_height() -> int:
    """Return the height of the line with versions, figures and actions, in px."""
    return max(28, QFontMetrics(current_theme().font("small")).height() + 2 * GAP_SMALL - 2)


class RowEstimate:
    """About how high rows will be that are not laid out, at one width and type size."""

    def __init__(self, column: Column) -> None:
        font = current_theme().font("message")
        self._per_line = max(8.0, column.width / (QFontMetricsF(font).averageCharWidth() * 0.98))
        self._line_height = QFontInfo(font).pixelSize() * LINE_HEIGHT
        self._around = bar_height() + GAP_PAGE

    def heights(self, messages: Iterable[ShownMessage]) -> list[float]:
        """Return the heights of rows in px."""
        per_line, line_height, around = self._per_line, self._line_height, self._around
        return [
            (int(len(message.text) / per_line + message.text.count("\n") * 0.6 + 0.6) + 1) * line_height + around
            for message in messages
        ]


class MessageRow:
    """The parts of a row, from its own top: gap, words (in a bubble for a person), state line, bar, strip."""

    def __init__(self, message: ShownMessage | None = None, *, raw: bool = False) -> None:
        theme = current_theme()
        answer = message is not None and message.role == "assistant"
        colour = "secondary" if message is not None and message.role == "system" else "text"
        self.words = MarkdownText(theme.font("message"), raw=raw or not answer, colour=colour)
        self._state = TokenText(theme.font("text"))
        self.words_rect = QRectF()
        self.bubble = QRectF()
        self.state_rect = QRectF()
        self.bar_rect = QRectF()
        self.strip_rect = QRectF()
        self.height = 0.0
        self.faint = False  # the model does not get to read it
        self._column = Column(0, 1)
        self._state_line = ""
        self._state_colour = "secondary"
        self._strip = False
        self._of_person = False
        self._streaming = False
        self._empty = False

    def lay_out(self, message: ShownMessage, column: Column, state_line: str, *, strip: bool) -> float:
        """Place everything. strip: whether room is kept for the bars. Return from which height on it is new."""
        self._column, self._state_line, self._strip = column, state_line, strip
        self._of_person = message.role == "user"
        self._streaming = message.state == "generating"
        self._empty = not message.text and not self._streaming
        self._state_colour = "accent" if message.attachments else "secondary"  # a click shows them
        if message.error is not None:
            self._state_colour = "error"
        width = column.width
        if self._of_person:
            width = math.floor(column.width * _BUBBLE_SHARE - 2 * _BUBBLE_PADDING_X)
        changed_from = self.words.lay_out(message.text, width, growing=self._streaming)
        self.words.set_steps(message.steps if message.role == "assistant" else ())
        self._place()
        return self.words_rect.top() + changed_from

    def ensure(self, top: float, bottom: float) -> bool:
        """Lay out the words between two heights of the row; say whether a height changed by it."""
        if self.words_rect.isEmpty():
            return False
        shift = self.words_rect.top()
        if not self.words.ensure(max(0.0, top - shift), bottom - shift):
            return False
        self._place()
        return True

    def redraw_pictures(self) -> bool:
        """Lay out the words again that waited for a formula; say whether there were any."""
        if not self.words_rect.isEmpty() and self.words.redraw_pictures():
            self._place()
            return True
        return False

    def _place(self) -> None:
        """Put the parts below one another; the words know how high they are."""
        column = self._column
        if self._of_person and self._empty:  # what is attached is all that was sent
            self.words_rect = self.bubble = QRectF()
            y = float(GAP_WIDE)
        elif self._of_person:
            self._place_bubble()
            y = self.bubble.bottom()
        else:
            height = 0.0 if self._empty else max(self.words.height, self.words.line_height if self._streaming else 0)
            self.words_rect = QRectF(column.left, 0, column.width, height)
            self.bubble = QRectF()
            y = self.words_rect.bottom()
        self.state_rect = QRectF()
        if self._state_line:
            self._state.lay_out(self._state_line, column.width)
            left = column.left
            if self._of_person:  # under the bubble, which stands at the right
                left += max(0.0, math.floor(column.width - self._state.natural_width))
            wide = min(column.width, math.ceil(self._state.natural_width))
            self.state_rect = QRectF(left, y + GAP_TINY, wide, self._state.height)
            y = self.state_rect.bottom()
        self.bar_rect = QRectF(column.left, y + (0 if self._of_person else GAP_TINY), column.width, bar_height())
        y = self.bar_rect.bottom()
        self.strip_rect = QRectF()
        if self._strip:
            self.strip_rect = QRectF(column.left, y + GAP_SMALL, column.width, STRIP_HEIGHT)
            y = self.strip_rect.bottom() + GAP_TINY
        self.height = math.ceil(y + (0 if self._of_person else GAP_SMALL))

    def place_editor(self, column: Column, height: float) -> QRectF:
        """Make the row as high as an editor needs; return where it goes."""
        rect = QRectF(column.left, GAP_WIDE, column.width, height)
        self.words_rect = self.bubble = self.state_rect = self.bar_rect = self.strip_rect = QRectF()
        self.height = math.ceil(rect.bottom() + GAP_WIDE)
        return rect

    def _place_bubble(self) -> None:
        column = self._column
        width = math.ceil(max(8.0, min(self.words.width, self.words.natural_width()))) + 2 * _BUBBLE_PADDING_X
        left = column.left + column.width - width
        self.bubble = QRectF(left, GAP_WIDE, width, self.words.height + 2 * _BUBBLE_PADDING_Y)
        self.words_rect = self.bubble.adjusted(
            _BUBBLE_PADDING_X, _BUBBLE_PADDING_Y, -_BUBBLE_PADDING_X, -_BUBBLE_PADDING_Y
        )

    def paint(self, painter: QPainter, top: float, look: TokenLook, clip: QRectF) -> None:
        """Paint the row whose top is at `top`."""
        theme = current_theme()
        painter.setOpacity(_FAINT if self.faint else 1.0)
        if not self.bubble.isEmpty():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("bubble"))
            painter.drawRoundedRect(self.bubble.translated(0, top), _BUBBLE_RADIUS, _BUBBLE_RADIUS)
        if not self.words_rect.isEmpty():
            self.words.paint(painter, self.words_rect.topLeft() + QPointF(0, top), look, clip)
            if self._streaming:
                caret = self.words.end_rect().translated(self.words_rect.topLeft()).translated(0, top)
                painter.fillRect(caret.adjusted(0, 3, 0, -3), theme.colour("accent"))
        painter.setOpacity(1.0)
        if not self.state_rect.isEmpty():
            origin = self.state_rect.topLeft() + QPointF(0, top)
            self._state.paint(painter, origin, TokenLook(colour=theme.colour(self._state_colour)), clip)

    def in_words(self, point: QPointF) -> QPointF:
        """Return a point of the row as a point of the words."""
        return point - self.words_rect.topLeft()

    def token_at(self, point: QPointF) -> int | None:
        """Return the token under a point in the row."""
        return self.words.token_at(self.in_words(point)) if self.words_rect.contains(point) else None

    def token_rect(self, token: int) -> QRectF:
        """Return where a token is in the row; lays out what is needed for that."""
        rect = self.words.token_rect(token)
        self._place()
        return rect.translated(self.words_rect.topLeft())

    def place_at(self, point: QPointF) -> int:
        """Return the place in the text nearest to a point in the row."""
        return self.words.place_at(self.in_words(point))

    def anchor_at(self, y: float) -> tuple[int, float]:
        """Return the part of the words at a height of the row, so that the height can be found again."""
        if self.words_rect.isEmpty() or not self.words_rect.top() <= y < self.words_rect.bottom():
            return -1, y
        return self.words.anchor_at(y - self.words_rect.top())

    def height_of(self, anchor: tuple[int, float]) -> float:
        """Return the height that `anchor_at` was asked for, after parts above it were laid out."""
        if anchor[0] < 0 or self.words_rect.isEmpty():
            return anchor[1]
        return self.words_rect.top() + self.words.height_of(anchor)
