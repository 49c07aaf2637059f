"""Draws a row of the model list: name and badge, what kind of file, and a sentence where there is one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from nextword.ui.models.model_list import BADGE, DETAIL, NOTE, PROBLEM
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, RADIUS, current_theme

_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


class ModelRow(QStyledItemDelegate):
    """Rows are as high as their sentence is long at the width of the view."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        theme = current_theme()
        width = option.rect.width() if option.rect.width() > 0 else 400
        name = QFontMetrics(theme.font("strong")).height()
        small = QFontMetrics(theme.font("small"))
        height = 2 * GAP + name + GAP_TINY + small.height()
        note = index.data(NOTE)
        if note:
            room = QRect(0, 0, width - 2 * GAP, 10_000)
            height += GAP_TINY + small.boundingRect(room, int(_WRAP), note).height()
        return QSize(width, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        theme = current_theme()
        inner = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        strong, small = theme.font("strong"), theme.font("small")
        right = self._paint_badge(painter, inner, index.data(BADGE))
        painter.setFont(strong)
        painter.setPen(theme.colour("text"))
        metrics = QFontMetrics(strong)
        line = QRect(inner.left(), inner.top(), right - inner.left(), metrics.height())
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(small)
        metrics = QFontMetrics(small)
        line = QRect(inner.left(), line.bottom() + 1 + GAP_TINY, inner.width(), metrics.height())
        painter.setPen(theme.colour("secondary"))
        detail = metrics.elidedText(index.data(DETAIL), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, detail)
        note = index.data(NOTE)
        if note:
            painter.setPen(theme.colour("error" if index.data(PROBLEM) else "secondary"))
            room = QRect(inner.left(), line.bottom() + 1 + GAP_TINY, inner.width(), inner.bottom() - line.bottom())
            painter.drawText(room, int(_WRAP), note)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        theme = current_theme()
        ground = QRectF(option.rect).adjusted(4, 2, -4, -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selected" if selected else "hover"))
            painter.drawRoundedRect(ground, RADIUS, RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_badge(self, painter: QPainter, inner: QRect, words: str) -> int:
        """Draw the badge at the right edge; return where the room left of it ends."""
        if not words:
            return inner.right()
        theme = current_theme()
        font = theme.font("small")
        metrics = QFontMetrics(font)
        width = metrics.horizontalAdvance(words) + 2 * GAP_SMALL
        shape = QRectF(inner.right() - width, inner.top() - 1, width, metrics.height() + 4)
        painter.setPen(QPen(theme.colour("good"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
        painter.setFont(font)
        painter.drawText(shape.translated(QPointF(0, 0)), Qt.AlignmentFlag.AlignCenter, words)
        return int(shape.left()) - GAP_SMALL
