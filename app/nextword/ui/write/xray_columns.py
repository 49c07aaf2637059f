"""The columns of the X-ray with their heads: tokens at the left, which stay, and the stages, which scroll sideways."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from nextword.settings import SamplingSettings
from nextword.ui.theme import current_theme
from nextword.ui.widgets.stage_names import stage_words
from nextword.ui.widgets.token_text import cut_reason, percent, visible
from nextword.ui.write.xray_figure import (
    XrayPicture,
    column_width,
    labels_width,
    left_words,
    paint_column,
    paint_labels,
    row_height,
)
from nextword.ui.write.xray_head import StageHead
from nextword.write.xray import DRAW, LOGITS, MIROSTAT


class XrayColumns(QWidget):
    """changed: a setting and its value. moved: a stage and before which one it is to stand ("" for the end).
    stage_chosen: its settings are wanted."""

    changed = Signal(str, object)
    moved = Signal(str, int)
    stage_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = XrayPicture("", (), ())
        self._settings = SamplingSettings()
        self.heads: dict[str, StageHead] = {}
        self._labels = _Labels(self)
        self._head_row = QWidget(self)
        self._head_line = QHBoxLayout(self._head_row)
        self._head_line.setContentsMargins(0, 0, 0, 0)
        self._head_line.setSpacing(0)
        self._body = _Body(self)
        inner = QWidget(self)
        inner.setObjectName("page_content")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head_row)
        column.addWidget(self._body)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._labels, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._scroll, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What each stage of the sampler left"))
        current_theme().changed.connect(self._on_theme_changed)

    def show_picture(self, picture: XrayPicture, settings: SamplingSettings) -> None:
        """Show these columns; the heads stay where the stages are the same."""
        before, self.picture = self.picture, picture
        self._settings = settings
        if [column.stage for column in picture.columns] != list(self.heads):
            self._make_heads()
            self._lay_out()
        elif len(picture.listed) != len(before.listed):
            self._lay_out()
        for column in picture.columns:
            self.heads[column.stage].show_stage(column, left_words(column), settings)
        self.setAccessibleDescription(picture.counts)
        self._show_changes(before)

    def _show_changes(self, before: XrayPicture) -> None:
        """Paint what is not as it was: columns before the stage that was moved stay."""
        picture = self.picture
        if (picture.listed, picture.chosen) != (before.listed, before.chosen):
            self._labels.update()
        elif picture.scale == before.scale and len(picture.columns) == len(before.columns):
            left, same = 0, True
            for one, other in zip(picture.columns, before.columns, strict=True):
                width = column_width(one)
                same = same and one == other  # a column also says what the one before it still had
                if not same or one.stage == DRAW:
                    self._body.update(left, 0, width, self._body.height())
                left += width
            return
        self._body.update()

    def token_words(self, row: int, place: int) -> str:
        """Say what one stage did with one token."""
        column = self.picture.columns[place]
        if row >= len(self.picture.listed):
            return ""
        name = visible(self.picture.listed[row][1])
        if column.cuts[row]:
            values = {name: getattr(self._settings, name) for name in SamplingSettings.__dataclass_fields__}
            words = cut_reason(column.cuts[row], values)
        else:
            words = percent(column.probabilities[row])
        return f"{stage_words(column.stage)}: {name}, {words}"

    def _make_heads(self) -> None:
        focused = next((stage for stage, head in self.heads.items() if head.hasFocus()), "")
        scrolled = self._scroll.horizontalScrollBar().value()
        for head in self.heads.values():
            self._head_line.removeWidget(head)
            head.hide()
            head.deleteLater()
        self.heads = {}
        for column in self.picture.columns:
            movable = column.stage not in (LOGITS, DRAW, MIROSTAT)
            head = StageHead(column.stage, column_width(column), self._head_row, movable=movable)
            head.changed.connect(self.changed)
            head.chosen.connect(lambda stage=column.stage: self.stage_chosen.emit(stage))
            head.moved.connect(lambda step, stage=column.stage: self._on_moved(stage, step))
            head.dropped.connect(lambda place, stage=column.stage: self._on_dropped(stage, place))
            self._head_line.addWidget(head)
            self.heads[column.stage] = head
            head.show()
        if focused in self.heads:
            self.heads[focused].setFocus()
            self._scroll.ensureWidgetVisible(self.heads[focused], 8, 0)
        else:
            self._scroll.horizontalScrollBar().setValue(scrolled)

    def _lay_out(self) -> None:
        width = sum(column_width(column) for column in self.picture.columns)
        head = max((one.sizeHint().height() for one in self.heads.values()), default=0)
        for one in self.heads.values():
            one.setFixedHeight(head)
        self._head_row.setFixedSize(width, head)
        height = round((len(self.picture.listed) + 1) * row_height())
        self._body.setFixedSize(width, height)
        self._labels.top = head
        self._labels.setFixedSize(labels_width(), head + height)
        bar = self._scroll.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(head + height + bar + 2)

    @Slot()
    def _on_theme_changed(self) -> None:
        if self.picture.columns:
            self._make_heads()
            for column in self.picture.columns:
                self.heads[column.stage].show_stage(column, left_words(column), self._settings)
            self._lay_out()
        self._labels.update()
        self._body.update()

    def _on_moved(self, stage: str, step: int) -> None:
        movable = [name for name, head in self.heads.items() if head.focusPolicy() != Qt.FocusPolicy.NoFocus]
        place = movable.index(stage) + step
        if 0 <= place < len(movable):
            self.moved.emit(stage, place)

    def _on_dropped(self, stage: str, place: QPoint) -> None:
        x = self._head_row.mapFromGlobal(place).x()
        movable = [name for name, head in self.heads.items() if head.focusPolicy() != Qt.FocusPolicy.NoFocus]
        before = sum(self.heads[name].geometry().center().x() < x for name in movable if name != stage)
        self.moved.emit(stage, before)


class _Labels(QWidget):
    def __init__(self, columns: XrayColumns) -> None:
        super().__init__(columns)
        self._columns = columns
        self.top = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = QRectF(0, self.top, self.width(), self.height() - self.top)
        paint_labels(painter, room, self._columns.picture, current_theme().colours)


class _Body(QWidget):
    """The bars; hovering says them in words."""

    def __init__(self, columns: XrayColumns) -> None:
        super().__init__(columns)
        self._columns = columns

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0
        for place, column in enumerate(self._columns.picture.columns):
            width = column_width(column)
            if event.rect().intersects(QRect(left, 0, width, self.height())):
                room = QRectF(left, 0, width, self.height())
                paint_column(painter, room, self._columns.picture, place, current_theme().colours)
            left += width

    def sizeHint(self) -> QSize:
        return self.size()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            words = self._words_at(event.pos())
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _words_at(self, place: QPoint) -> str:
        left = 0
        for number, column in enumerate(self._columns.picture.columns):
            left += column_width(column)
            if place.x() < left:
                return self._columns.token_words(int(place.y() // row_height()), number)
        return ""
