"""The list of examples: a box to tick, the text, its label; dragged or moved by keys into the order of the prompt."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nextword.lab.builder import Example
from nextword.ui.lab.examples_model import EXAMPLE, Index
from nextword.ui.lab.lab_words import label_name, one_line
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme

_BOX = 14.0
_DOTS = 14


class ExamplesList(QListView):
    """moved: the row and the row it is to have. edit_asked, remove_asked: a row."""

    moved = Signal(int, int)
    edit_asked = Signal(int)
    remove_asked = Signal(int)

    def __init__(self, model: QAbstractItemModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_ExampleDelegate(self))
        self.setAccessibleName(self.tr("Examples"))
        self.setAccessibleDescription(
            self.tr("Space ticks, Alt with Up or Down moves, Enter edits, Delete removes an example.")
        )
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        self.setDragDropOverwriteMode(False)
        self.setMouseTracking(True)
        current_theme().changed.connect(self.scheduleDelayedItemsLayout)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and step and row >= 0:
            to = row + step
            if 0 <= to < self.model().rowCount():
                self.moved.emit(row, to)
                self.setCurrentIndex(self.model().index(to, 0))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and row >= 0:
            self.edit_asked.emit(row)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and row >= 0:
            self.remove_asked.emit(row)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() > 2 * GAP + _BOX:
            self.edit_asked.emit(index.row())


class _ExampleDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        theme = current_theme()
        height = QFontMetrics(theme.font("text")).height() + QFontMetrics(theme.font("small")).height()
        return QSize(120, height + 2 * GAP_SMALL + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        example: Example = index.data(EXAMPLE)
        theme = current_theme()
        place = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(place, theme.colour("selected" if selected and focused else "hover"))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(place.bottomLeft() + QPointF(GAP, -0.5), place.bottomRight() + QPointF(-GAP, -0.5))
        _paint_box(painter, _box(place), example.ticked, focused)
        text = place.adjusted(2 * GAP + _BOX, GAP_SMALL, -GAP - _DOTS - GAP_TINY, -GAP_SMALL)
        line = QFontMetrics(theme.font("text")).height()
        painter.setFont(theme.font("text"))
        painter.setPen(theme.colour("text" if example.ticked else "secondary"))
        words = QFontMetrics(theme.font("text")).elidedText(
            one_line(example.item.text), Qt.TextElideMode.ElideRight, int(text.width())
        )
        painter.drawText(QRectF(text.left(), text.top(), text.width(), line), Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("secondary"))
        label = QRectF(text.left(), text.top() + line, text.width(), text.height() - line)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, label_name(example.item.gold))
        _paint_dots(painter, QPointF(place.right() - GAP - _DOTS / 2, place.center().y()))
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        toggles = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            box = _box(QRectF(option.rect)).adjusted(-GAP, -GAP, GAP, GAP)
            toggles = event.button() == Qt.MouseButton.LeftButton and box.contains(event.position())
        if not toggles:
            return False
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
        return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)


def _box(place: QRectF) -> QRectF:
    return QRectF(place.left() + GAP, place.center().y() - _BOX / 2, _BOX, _BOX)


def _paint_box(painter: QPainter, box: QRectF, ticked: bool, focused: bool) -> None:
    theme = current_theme()
    painter.setPen(QPen(theme.colour("accent" if ticked or focused else "secondary"), 2 if focused else 1))
    painter.setBrush(theme.colour("accent" if ticked else "surface"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if ticked:
        painter.setPen(QPen(theme.colour("on_accent"), 2))
        middle = box.center()
        painter.drawPolyline([middle + QPointF(-3.5, 0), middle + QPointF(-1, 3), middle + QPointF(4, -3)])


def _paint_dots(painter: QPainter, centre: QPointF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current_theme().colour("bar"))
    for x in (-2.5, 2.5):
        for y in (-4.5, 0.0, 4.5):
            painter.drawEllipse(centre + QPointF(x, y), 1.2, 1.2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
