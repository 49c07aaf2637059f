"""The conversation as a person works with it: choose a message, select text, ask tokens, by mouse or by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from nextword.ui.chat.message_list import MessageList
from nextword.ui.chat.message_scroll import MessageScroll
from nextword.ui.chat.selecting import Selecting
from nextword.ui.chat.selection import Selection
from nextword.ui.widgets.markdown.sideways import Sideways
from nextword.ui.widgets.markdown.view import Touched
from nextword.ui.widgets.token_spans import cut_out
from nextword.ui.widgets.token_text import bits, number, percent, visible

Index = QModelIndex | QPersistentModelIndex

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_JUMPS = {int(Qt.Key.Key_U): "uncertain", int(Qt.Key.Key_F): "fork"}
_LINES = 3  # an arrow key scrolls so many within a message that is higher than the view


@dataclass(frozen=True, slots=True)
class _Press:
    """Where the button went down. place: in the text, None beside the words; token, touched: None for nothing."""

    row: int
    point: QPointF
    place: int | None
    token: int | None
    where: QPoint
    touched: Touched | None = None


class MessageView(MessageScroll):
    """Signals carry row numbers. tokens_wanted: the tokens of a stored message are asked for and not loaded."""

    token_opened = Signal(int, int)  # row, token: it was clicked
    token_entered = Signal(int, int)  # row, token: Enter on it
    token_hovered = Signal(int, int)  # row, token; -1: none
    jump_requested = Signal(str, int)  # "uncertain" or "fork", 1 forwards or -1 backwards
    token_selected = Signal(int, int)  # row, token; -1: none
    tokens_wanted = Signal(int)
    dismissed = Signal()
    hovered = Signal(int)  # -1: none
    version_requested = Signal(int, int)  # row, -1 or +1
    menu_requested = Signal(int, QPoint)  # row, where on the screen
    focus_changed = Signal()
    link_chosen = Signal(str)  # an address
    copy_requested = Signal(int)  # row: the selection, or all of it
    line_chosen = Signal(int, QPoint)  # row, where in the viewport: the line under its words was clicked
    code_copied = Signal(str)

    def __init__(self, messages: MessageList, parent: QWidget) -> None:
        super().__init__(messages, parent)
        self._hovered = -1
        self._hovered_token: tuple[int, int] | None = None
        self._press: _Press | None = None
        self.selecting = Selecting(self)
        messages.modelReset.connect(self.selecting.forget)
        self._waiting_click: tuple[int, QPointF] | None = None
        self._dragged: tuple[int, Sideways, float] | None = (
            None  # row, what is scrolled sideways, where the pointer was
        )
        self.setAccessibleName(self.tr("Messages"))
        self.viewport().setMouseTracking(True)

    @property
    def hovered_row(self) -> int:
        """The row under the pointer, -1 for none."""
        return self._hovered

    def select_token(self, row: int, token: int | None) -> None:
        """Put the frame around a token (None: around no token) and say its numbers."""
        self.token = None if token is None else (row, token)
        if token is not None:
            self.setCurrentIndex(self.messages.index(row))
            self._show_token(row, token)
            self.setAccessibleDescription(self._token_in_words(row, token))
        else:
            self.setAccessibleDescription("")
        self.token_selected.emit(row, -1 if token is None else token)
        self.viewport().update()

    def move_token(self, step: int) -> bool:
        """Go to the neighbour of the chosen token; without one, to the first or last of the current message."""
        row = self.token[0] if self.token is not None else self.currentIndex().row()
        if row < 0 or self.messages.message(row).role != "assistant":
            return False
        count = self._laid_out(row).words.token_count()
        if count == 0:
            self.tokens_wanted.emit(row)
            return False
        token = (0 if step > 0 else count - 1) if self.token is None else self.token[1] + step
        if 0 <= token < count:
            self.select_token(row, token)
            return True
        return False

    def select(self, selection: Selection | None) -> None:
        """Show what is selected, and say so where it is more than one message."""
        before = len(self.selection.rows) if self.selection is not None else 0
        self.selection = selection
        count = len(selection.rows) if selection is not None else 0
        if count != before and max(count, before) > 1:
            words = self.tr("{count} messages are selected").format(count=count) if count > 1 else ""
            self.setAccessibleDescription(words)
        self.viewport().update()

    def selected_text(self) -> str:
        """Return the text that is selected as it was written, "" without a selection."""
        selection = self.selection
        rows = () if selection is None else selection.rows
        parts = ((row, selection.part(row)) for row in rows if selection is not None)
        return "\n\n".join(cut_out(self.messages.message(row).text, *part) for row, part in parts if part is not None)

    def choose_nothing(self) -> None:
        """Forget the message, the token and the text that were chosen."""
        self.select(None)
        if self.token is not None:
            self.select_token(self.token[0], None)
        self.setCurrentIndex(QModelIndex())

    def _token_in_words(self, row: int, token: int) -> str:
        steps = self.messages.message(row).steps
        step = steps[token]
        return self.tr("Token {number} of {count}: {token}, {percent}, rank {rank}, {bits} bits").format(
            number=token + 1, count=len(steps), token=visible(step.text), percent=percent(step.probability),
            rank=number(step.rank), bits=bits(step.surprisal_bits),
        )  # fmt: skip

    def _show_token(self, row: int, token: int) -> None:
        rect, height = self.token_rect(row, token), self.viewport().height()
        bar = self.verticalScrollBar()
        if rect.isValid() and rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - 24)
        elif rect.isValid() and rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height + 24)

    # --- changes of the model -------------------------------------------------------------------------------

    def reset(self) -> None:
        self._press = self._waiting_click = None
        self.dismissed.emit()
        super().reset()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        super().dataChanged(first, last, roles)
        self._answer_waiting_click()

    def currentChanged(self, current: Index, previous: Index) -> None:
        if self.token is not None and self.token[0] != current.row():
            self.select_token(self.token[0], None)
        super().currentChanged(current, previous)

    # --- pointer --------------------------------------------------------------------------------------------

    def _row_point(self, position: QPointF) -> tuple[int, QPointF] | None:
        row = self.row_at(position.y())
        return None if row is None else (row, position - QPointF(0, self._top(row)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.dismissed.emit()
        self._set_hovered_token(None)
        found = self._row_point(event.position())
        if event.button() != Qt.MouseButton.LeftButton or found is None:
            return
        row, point = found
        if self._take_bar(row, point, event.position().x()):
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.selecting.reach(event.position()):
            return
        self.select(None)
        self._waiting_click = None
        laid_out = self._laid_out(row)
        within = laid_out.words_rect.contains(point)
        place = laid_out.place_at(point) if within else None
        self.selecting.anchor = self.place_near(event.position())  # beside the words, too
        self._press = _Press(
            row, point, place, laid_out.token_at(point),
            event.position().toPoint(), laid_out.words.touched(laid_out.in_words(point)) if within else None,
        )  # fmt: skip

    def _take_bar(self, row: int, point: QPointF, x: float) -> bool:
        laid_out = self._laid_out(row)
        block = laid_out.words.sideways_bar_at(laid_out.in_words(point))
        self._dragged = None if block is None else (row, block, x)
        return block is not None

    def _drag_bar(self, x: float) -> None:
        if self._dragged is not None:
            row, block, before = self._dragged
            if block.drag(x - before):
                self._laid_out(row).words.forget_marks()
                self.viewport().update()
            self._dragged = (row, block, x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._drag_bar(event.position().x())
            return
        press = self._press
        if press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            far = (event.position().toPoint() - press.where).manhattanLength()
            started = self.selection is not None or far >= QGuiApplication.styleHints().startDragDistance()
            if started:
                self.selecting.reach(event.position())
            return
        found = self._row_point(event.position())
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor if found is None else self._cursor_at(*found))
        self._set_hovered(-1 if found is None else found[0])
        token = None if found is None else self._laid_out(found[0]).token_at(found[1])
        self._set_hovered_token(None if found is None or token is None else (found[0], token))

    def _cursor_at(self, row: int, point: QPointF) -> Qt.CursorShape:
        laid_out = self._laid_out(row)
        if laid_out.state_rect.contains(point) and self.messages.message(row).attachments:
            return Qt.CursorShape.PointingHandCursor
        if not laid_out.words_rect.contains(point):
            return Qt.CursorShape.ArrowCursor
        if laid_out.words.sideways_bar_at(laid_out.in_words(point)) is not None:
            return Qt.CursorShape.ArrowCursor
        touched = laid_out.words.touched(laid_out.in_words(point))
        return Qt.CursorShape.IBeamCursor if touched is None else Qt.CursorShape.PointingHandCursor

    def _touch(self, row: int, touched: Touched) -> None:
        """Do what a link or a button in a message is for."""
        match touched.part:
            case "link":
                self.link_chosen.emit(touched.value)
            case "copy":
                self.code_copied.emit(touched.value)
            case "fold":
                self.hold_place()
                self._laid_out(row).words.toggle_fold(touched.place)
                self.remeasure(row)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        sideways = delta.x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways = sideways or delta.y()
        found = self._row_point(event.position()) if abs(sideways) > 0 and abs(sideways) >= abs(delta.x()) else None
        if found is not None:
            laid_out = self._laid_out(found[0])
            block = laid_out.words.sideways_at(laid_out.in_words(found[1]))
            if block is not None:
                if block.move(-sideways):
                    laid_out.words.forget_marks()
                    self.viewport().update()
                event.accept()
                return
        super().wheelEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        press, self._press = self._press, None
        self._dragged = None
        self.selecting.let_go()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        # the row is chosen only now: bars may move to it, and the words must not move under a pressed button
        if self.selection is not None:
            self.setCurrentIndex(self.messages.index(self.selection.end_row))
            return
        if press is None:
            return
        self.setCurrentIndex(self.messages.index(press.row))
        if press.place is None and self._laid_out(press.row).state_rect.contains(press.point):
            self.line_chosen.emit(press.row, press.where)
        if press.touched is not None:
            self._touch(press.row, press.touched)
            return
        self.select_token(press.row, press.token)
        message = self.messages.message(press.row)
        if press.token is not None:
            self.token_opened.emit(press.row, press.token)
        elif press.place is not None and message.role == "assistant" and not message.steps:
            self._waiting_click = (press.row, press.point)
            self.tokens_wanted.emit(press.row)

    def _answer_waiting_click(self) -> None:
        if self._waiting_click is None:
            return
        row, point = self._waiting_click
        if self.messages.message(row).steps:
            self._waiting_click = None
            token = self._laid_out(row).token_at(point)
            if token is not None:
                self.select_token(row, token)
                self.token_opened.emit(row, token)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._row_point(event.position())
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self.dismissed.emit()
        row, point = found
        self.selecting.select_word(row, self._laid_out(row).place_at(point))

    def _set_hovered(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.hovered.emit(row)

    def _set_hovered_token(self, token: tuple[int, int] | None) -> None:
        if token != self._hovered_token:
            self._hovered_token = token
            self.token_hovered.emit(*(token or (-1, -1)))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._set_hovered(-1)
            self._set_hovered_token(None)
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        row = self.row_at(event.pos().y()) if by_mouse else self.currentIndex().row()
        if row is None or row < 0:
            return
        self.setCurrentIndex(self.messages.index(row))
        corner = self.visualRect(self.messages.index(row)).topLeft()
        self.menu_requested.emit(row, event.globalPos() if by_mouse else self.viewport().mapToGlobal(corner))

    # --- keys -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        row = self.currentIndex().row()
        if self._select_by_key(event, row) or self._jump_by_key(event):
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if key == Qt.Key.Key_Left else 1
            if alt and row >= 0:
                self.version_requested.emit(row, step)
            else:
                self.move_token(step)
        elif key in _ENTER:
            if self.token is None:
                self.move_token(1)
            if self.token is not None:
                self.token_entered.emit(*self.token)
        elif key == Qt.Key.Key_Escape and (self.token is not None or self.selection is not None):
            self.select(None)
            self.select_token(max(0, row), None)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step_message(-1 if key == Qt.Key.Key_Up else 1)
        elif not self._scroll_by_key(key):
            event.ignore()  # the page has the other keys

    def _jump_by_key(self, event: QKeyEvent) -> bool:
        shift = Qt.KeyboardModifier.ShiftModifier
        if event.key() not in _JUMPS or event.modifiers() & ~shift:
            return False
        self.jump_requested.emit(_JUMPS[event.key()], -1 if event.modifiers() & shift else 1)
        return True

    def _select_by_key(self, event: QKeyEvent, row: int) -> bool:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit(row if self.selection is None else self.selection.end_row)
        elif event.matches(QKeySequence.StandardKey.SelectAll) and row >= 0:
            self.selecting.select_all(row)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and event.key() in _ARROWS and row >= 0:
            self.selecting.extend(row, event.key())
        else:
            return False
        return True

    def _step_message(self, step: int) -> None:
        count = self.messages.rowCount()
        if not count:
            return
        row, bar = self.currentIndex().row(), self.verticalScrollBar()
        if row < 0:
            row = self.visible_rows().stop if step < 0 else self.visible_rows().start - 1
        else:
            rect = self.visualRect(self.messages.index(row))
            beyond = rect.bottom() > self.viewport().height() if step > 0 else rect.top() < 0
            if beyond and rect.intersects(self.viewport().rect()):
                bar.setValue(bar.value() + step * _LINES * bar.singleStep())
                return
        self.setCurrentIndex(self.messages.index(max(0, min(count - 1, row + step))))
        self.scrollTo(self.currentIndex())

    def _scroll_by_key(self, key: int) -> bool:
        bar = self.verticalScrollBar()
        match key:
            case Qt.Key.Key_PageUp:
                bar.setValue(bar.value() - bar.pageStep())
            case Qt.Key.Key_PageDown:
                bar.setValue(bar.value() + bar.pageStep())
            case Qt.Key.Key_Home:
                bar.setValue(0)
            case Qt.Key.Key_End:
                self.scroll_to_end()
            case _:
                return False
        return True

    def moveCursor(self, _action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        return self.currentIndex()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.messages.rowCount():
            self.setCurrentIndex(self.messages.index(self.messages.rowCount() - 1))
        self.focus_changed.emit()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()
        self.viewport().update()
