"""The conversation on screen: lays out what can be seen of a long list of messages, scrolls and paints it.

Only rows that can be seen are laid out; the others have an estimated height. What the reader looks at stays where it
is when rows above turn out higher or an answer grows below, unless the reader is at the end: then the end is followed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QWidget

from nextword.ui.chat.column import Column, column_for
from nextword.ui.chat.message_list import TEXT_GREW, MessageList
from nextword.ui.chat.message_row import MessageRow, RowEstimate
from nextword.ui.chat.selection import Selection
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, current_theme
from nextword.ui.widgets.markdown.pictures import pictures
from nextword.ui.widgets.markdown.view import MarkdownText
from nextword.ui.widgets.row_heights import RowHeights
from nextword.ui.widgets.tint import Tint
from nextword.ui.widgets.token_view import TokenLook

Index = QModelIndex | QPersistentModelIndex

_KEPT_LAYOUTS = 120
_AT_END = 6  # px


class MessageScroll(QAbstractItemView):
    """placed: rows have moved or changed, whatever lies over them has to follow."""

    placed = Signal()
    at_end_changed = Signal(bool)

    def __init__(self, messages: MessageList, parent: QWidget) -> None:
        super().__init__(parent)
        self.messages = messages
        self.tint: Tint = "off"
        self.token: tuple[int, int] | None = None  # row, token
        self.selection: Selection | None = None
        self.editor_row: int | None = None
        self.editor_height: Callable[[], float] = lambda: 0.0
        self._heights = RowHeights()
        self._rows: dict[int, MessageRow] = {}
        self._column = Column(0, 1)
        self._estimate = RowEstimate(self._column)
        self._raw: set[int] = set()  # messages by their id that are shown as they were written
        self._anchor = (0, (-1, 0.0))  # row, place in it
        self._follows = True
        self._was_at_end = True
        self._settling = False
        self._strip_row = -1
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.viewport().setAutoFillBackground(False)
        self.setAutoScroll(False)  # a click must not move the words under the pointer
        self.setModel(messages)
        self._reset_heights()
        current_theme().changed.connect(self._on_theme_changed)
        pictures().drawn.connect(self._on_pictures_drawn)

    # --- what the page asks ---------------------------------------------------------------------------------

    @property
    def tinted(self) -> bool:
        """Whether words are coloured by their numbers."""
        return self.tint != "off"

    def set_tint(self, tint: Tint) -> None:
        """Colour words by one of their numbers, or not."""
        self.tint = tint
        self._update_strip_row()
        self._settle()

    def scroll_to_end(self) -> None:
        """Show the last message and follow what is added."""
        self._follows = True
        self._settle()

    def hold_place(self) -> None:
        """Stay here while an answer grows below."""
        self._remember_place(self.verticalScrollBar().value())
        self._follows = False

    def is_at_end(self) -> bool:
        """Say whether the end of the conversation is in view."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - _AT_END

    def visible_rows(self) -> range:
        """Return the rows that are in view."""
        top = self.verticalScrollBar().value()
        return self._heights.rows_between(top, top + self.viewport().height() - 1)

    def part_rect(self, row: int, part: str) -> QRect:
        """Return where a part of a row ("bar", "strip", "words") lies in the viewport."""
        rect: QRectF = getattr(self._laid_out(row), f"{part}_rect")
        return rect.translated(0, self._top(row)).toRect()

    def editor_rect(self) -> QRect:
        """Return where the editor belongs, in the viewport."""
        if self.editor_row is None:
            return QRect()
        rect = MessageRow().place_editor(self._column, self.editor_height())
        return rect.translated(0, self._top(self.editor_row)).toRect()

    def token_rect(self, row: int, token: int) -> QRect:
        """Return where a token lies in the viewport."""
        laid_out = self._laid_out(row)
        rect = laid_out.token_rect(token)
        self._heights.set(row, laid_out.height)
        return rect.translated(0, self._top(row)).toAlignedRect()

    def strip_row(self) -> int:
        """Return the row that shows bars under its words, -1 for none."""
        return self._strip_row

    def remeasure(self, row: int) -> None:
        """Lay a row out again: an editor was opened in it, has grown or was closed."""
        if 0 <= row < len(self._heights):
            self._heights.invalidate(row)
            self._settle()

    def row_at(self, y: float) -> int | None:
        """Return the row at a height in the viewport, None beside the rows."""
        inside = y + self.verticalScrollBar().value() - GAP_SMALL
        if not len(self._heights) or not 0 <= inside < self._heights.total():
            return None
        return self._heights.row_at(inside)

    def place_near(self, position: QPointF) -> tuple[int, int] | None:
        """Return the row and the place in its text nearest to a point in the viewport."""
        if not len(self._heights):
            return None
        inside = position.y() + self.verticalScrollBar().value() - GAP_SMALL
        row = self._heights.row_at(max(0.0, min(self._heights.total() - 1, inside)))
        laid_out = self._laid_out(row)
        return row, laid_out.place_at(position - QPointF(0, self._top(row)))

    # --- heights and layouts --------------------------------------------------------------------------------

    def _reset_heights(self) -> None:
        self._rows.clear()
        count = self.messages.rowCount()
        self._estimate = RowEstimate(self._column)
        self._heights.reset(self._estimate.heights(self.messages.all[:count]))
        self._anchor = (min(self._anchor[0], max(0, count - 1)), self._anchor[1])
        if count:
            self._heights.set(0, self._heights.height(0))
            self._heights.invalidate(0)

    def _laid_out(self, row: int) -> MessageRow:
        found = self._rows.get(row)
        if found is not None and self._heights.is_measured(row):
            return found
        message = self.messages.message(row)
        if found is None:
            found = self._rows[row] = MessageRow(message, raw=message.id in self._raw)
        if row == self.editor_row:
            found.place_editor(self._column, self.editor_height())
        else:
            found.faint = self.messages.is_left_out(row)
            found.lay_out(message, self._column, self.messages.lines_under(row), strip=row == self._strip_row)
        self._heights.set(row, found.height)
        return found

    def _forget_far_rows(self, seen: range) -> None:
        if len(self._rows) > _KEPT_LAYOUTS:
            for row in [row for row in self._rows if row not in seen]:
                del self._rows[row]

    def _top(self, row: int) -> float:
        return GAP_SMALL + self._heights.top(row) - self.verticalScrollBar().value()

    def _settle(self, changed_row: int = -1, changed_from: float = 0.0) -> None:
        """Measure what is in view, keep it in its place, and tell the scroll bar.

        changed_row: nothing but this row has changed, from a height on; -1: anything may have.
        """
        if self._settling:
            return
        self._settling = True
        bar = self.verticalScrollBar()
        before = bar.value()
        try:
            height = self.viewport().height()
            for _ in range(40):  # a row that turns out lower brings the next into view
                maximum = max(0, math.ceil(self._heights.total() + GAP_SMALL + GAP_PAGE - height))
                value = maximum if self._follows else self._anchored(maximum)
                seen = self._heights.rows_between(value - GAP_SMALL, value + height)
                if not self._measure(seen, value, height):
                    break
            self._forget_far_rows(seen)
            bar.setRange(0, maximum)
            bar.setPageStep(max(1, height - 40))
            bar.setSingleStep(24)
            bar.setValue(value)
        finally:
            self._settling = False
        if changed_row >= 0 and bar.value() == before:
            self._after_move(math.floor(self._top(changed_row) + changed_from) - 2)
        else:
            self._after_move()

    def _measure(self, seen: range, value: int, height: int) -> bool:
        """Lay out what is in view of some rows; say whether that changed their heights."""
        changed = False
        for row in seen:
            if row not in self._rows or not self._heights.is_measured(row):
                self._laid_out(row)
                changed = True
            if row == self.editor_row:
                continue
            top = GAP_SMALL + self._heights.top(row) - value
            if self._rows[row].ensure(-top, height - top):
                self._heights.set(row, self._rows[row].height)
                changed = True
        return changed

    def _anchored(self, maximum: int) -> int:
        row, place = self._anchor
        if row >= len(self._heights):
            return maximum
        laid_out = self._rows.get(row)
        inside = laid_out.height_of(place) if laid_out is not None else place[1]
        return max(0, min(maximum, round(self._heights.top(row) + inside)))

    def _after_move(self, changed_from: int = 0) -> None:
        at_end = self.is_at_end()
        if at_end != self._was_at_end:
            self._was_at_end = at_end
            self.at_end_changed.emit(at_end)
        self.placed.emit()
        port = self.viewport()
        port.update(0, max(0, changed_from), port.width(), port.height())

    def _remember_place(self, value: int) -> None:
        bar = self.verticalScrollBar()
        self._follows = value >= bar.maximum() - _AT_END
        seen = self._heights.rows_between(value, value + self.viewport().height())
        # a row that was measured holds its place when those above it turn out higher or lower than estimated
        row = next((r for r in seen if self._heights.is_measured(r)), seen.start)
        if not len(self._heights):
            self._anchor = (0, (-1, 0.0))
            return
        inside = value - self._heights.top(row)
        self._anchor = (row, self._rows[row].anchor_at(inside) if row in self._rows else (-1, inside))

    def _update_strip_row(self) -> None:
        row = -1
        if self.tinted:
            candidates = [self.currentIndex().row(), *range(self.messages.rowCount() - 1, -1, -1)]
            row = next((r for r in candidates[:40] if r >= 0 and self.messages.message(r).steps), -1)
        if row != self._strip_row:
            for changed in (self._strip_row, row):
                if 0 <= changed < len(self._heights):
                    self._heights.invalidate(changed)
            self._strip_row = row

    @Slot()
    def _on_theme_changed(self) -> None:
        self._column = column_for(self.width())
        self._reset_heights()
        self._settle()

    @Slot()
    def _on_pictures_drawn(self) -> None:
        changed = [row for row, laid_out in self._rows.items() if laid_out.redraw_pictures()]
        for row in changed:
            self._heights.set(row, self._rows[row].height)
        if changed:
            self._settle()

    def show_raw(self, row: int, raw: bool) -> None:
        """Show a message as it was written, or formatted again."""
        message = self.messages.message(row)
        if message.id is not None:
            (self._raw.add if raw else self._raw.discard)(message.id)
            self._rows.pop(row, None)
            self.remeasure(row)

    def words_of(self, row: int) -> MarkdownText:
        """Return the words of a row, laid out where they were seen."""
        return self._laid_out(row).words

    def is_raw(self, row: int) -> bool:
        """Say whether a message is shown as it was written."""
        return self.messages.message(row).id in self._raw

    # --- changes of the model -------------------------------------------------------------------------------

    def reset(self) -> None:
        if not len(self._heights):
            self._follows = True  # another conversation: begin at its end
        super().reset()
        self.token = self.selection = None
        self.editor_row = None
        self._strip_row = -1
        self._reset_heights()
        self._update_strip_row()
        self._settle()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        for row in range(start, end + 1):
            self._heights.insert(row, self._estimate.heights([self.messages.message(row)])[0])
        for row in [row for row in self._rows if row >= start]:
            del self._rows[row]
        self._update_strip_row()
        self._settle()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        if TEXT_GREW in roles and first.row() == last.row():
            self._grow(first.row())
            return
        super().dataChanged(first, last, roles)
        for row in range(first.row(), last.row() + 1):
            self._heights.invalidate(row)
            self._rows.pop(row, None)
        self._update_strip_row()
        self._settle()

    def _grow(self, row: int) -> None:
        """Lay out the end of an answer that has become longer, and paint no more than that."""
        strip_row = self._strip_row
        self._update_strip_row()
        found = self._rows.get(row)
        if found is None or row == self.editor_row or strip_row != self._strip_row:
            self._heights.invalidate(row)
            self._settle()
            return
        message = self.messages.message(row)
        state_line = self.messages.state_line(message)
        changed_from = found.lay_out(message, self._column, state_line, strip=row == self._strip_row)
        self._heights.set(row, found.height)
        self._settle(row, changed_from)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._update_strip_row()
        self._settle()

    # --- painting -------------------------------------------------------------------------------------------

    def _paint_row(self, painter: QPainter, row: int, clip: QRectF) -> None:
        laid_out, top = self._laid_out(row), self._top(row)
        theme = current_theme()
        message = self.messages.message(row)
        look = TokenLook(
            tint=self.tint if message.role == "assistant" else "off",
            token=self.token[1] if self.token is not None and self.token[0] == row else None,
            selection=self.selection.part(row) if self.selection is not None else None,
            colour=theme.colour("text" if message.role != "system" else "secondary"),
        )
        laid_out.paint(painter, top, look, clip)
        if self.hasFocus() and row == self.currentIndex().row() and row != self.editor_row:
            words = laid_out.bubble if not laid_out.bubble.isEmpty() else laid_out.words_rect
            mark = QRectF(self._column.left - 12, top + words.top(), 2, max(12.0, words.height()))
            if not laid_out.bubble.isEmpty():
                mark.moveLeft(self._column.left + self._column.width + 8)
            painter.fillRect(mark, theme.colour("accent"))

    # --- Qt -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        clip = QRectF(event.rect())
        top = self.verticalScrollBar().value() - GAP_SMALL
        for row in self._heights.rows_between(top + clip.top(), top + clip.bottom()):
            self._paint_row(painter, row, clip)

    def updateGeometries(self) -> None:
        # the bar at the side lies in the margin: the lines need not be broken anew when it comes and goes
        column = column_for(self.width())
        if column != self._column:
            self._column = column
            self._reset_heights()
        self._settle()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        if not self._settling:
            self._remember_place(self.verticalScrollBar().value())
            self._settle()

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid() or index.row() >= len(self._heights):
            return QRect()
        height = self._heights.height(index.row())
        return QRectF(0, self._top(index.row()), self.viewport().width(), height).toRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self.row_at(point.y())
        return QModelIndex() if row is None else self.messages.index(row)

    def scrollTo(
        self, index: Index, _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid() or index.row() >= len(self._heights):
            return
        rect, height = self.visualRect(index), self.viewport().height()
        bar = self.verticalScrollBar()
        if rect.top() < 0 or rect.height() > height:
            if rect.bottom() < 40 or rect.top() > height - 40 or rect.height() <= height:
                bar.setValue(bar.value() + rect.top() - GAP_SMALL)
        elif rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height + GAP_SMALL)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: Index) -> bool:
        return False

    def setSelection(self, rect: QRect, command: object) -> None:
        """Rows are chosen one by one; a rectangle chooses nothing."""

    def visualRegionForSelection(self, selection: object) -> QRegion:
        region = QRegion()
        for index in selection.indexes():  # type: ignore[attr-defined]
            region += self.visualRect(index)
        return region
