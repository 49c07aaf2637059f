"""Selecting text of messages by pointer and by keys, also from one message into others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Slot

from nextword.ui.chat.selection import Selection
from nextword.ui.widgets.token_spans import cut_out, units

if TYPE_CHECKING:
    from nextword.ui.chat.message_view import MessageView

_CREEP_MILLISECONDS = 30
_FASTEST = 60  # px in that time, however far beyond the edge the pointer is


def next_word(text: str, place: int, step: int) -> int:
    """Return where the word ends that follows a place in UTF-16 units; step -1: where the one before it begins."""
    at = len(cut_out(text, 0, place))
    if step > 0:
        found = re.compile(r"\W*\w+|\W+").match(text, at)
        at = found.end() if found is not None else len(text)
    else:
        words = list(re.finditer(r"\w+\W*", text[max(0, at - 400) : at]))
        at = max(0, at - 400) + words[-1].start() if words else max(0, at - 400)
    return units(text[:at])


class Selecting(QObject):
    """anchor: the row and the place where a selection by pointer begins, None before anything was pressed."""

    def __init__(self, view: MessageView) -> None:
        super().__init__(view)
        self._view = view
        self.anchor: tuple[int, int] | None = None
        self._pointer = QPointF()
        self._creeping = QTimer(self)
        self._creeping.setInterval(_CREEP_MILLISECONDS)
        self._creeping.timeout.connect(self._on_creep)

    # --- by pointer -----------------------------------------------------------------------------------------

    def reach(self, position: QPointF) -> bool:
        """Select up to a point in the viewport; above and below it the messages come along. Say whether it could."""
        place = self._view.place_near(position)
        if self.anchor is None or place is None:
            return False
        self._view.select(Selection(*self.anchor, *place))
        self._pointer = position
        beyond = not 0 <= position.y() < self._view.viewport().height()
        if beyond and not self._creeping.isActive():
            self._creeping.start()
        elif not beyond:
            self._creeping.stop()
        return True

    def let_go(self) -> None:
        """End what the pointer began."""
        self._creeping.stop()

    @Slot()
    def forget(self) -> None:
        """Know no place to select from: the messages are others now."""
        self._creeping.stop()
        self.anchor = None

    @Slot()
    def _on_creep(self) -> None:
        below = self._pointer.y() - self._view.viewport().height()
        way = below if below > 0 else self._pointer.y()
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + round(max(-_FASTEST, min(_FASTEST, way))))
        self.reach(self._pointer)

    def select_word(self, row: int, place: int) -> None:
        """Select the word at a place."""
        text = self._view.messages.message(row).text
        start = end = len(cut_out(text, 0, place))
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        found = Selection.within(row, units(text[:start]), units(text[:end])) if end > start else None
        self.anchor = None if found is None else (row, found.start)
        self._view.select(found)

    # --- by keys --------------------------------------------------------------------------------------------

    def select_all(self, row: int) -> None:
        """Select a message, or all messages when that one is selected."""
        view = self._view
        whole = Selection.within(row, 0, self._length(row))
        last = view.messages.rowCount() - 1
        again = view.selection == whole or (view.selection is not None and len(view.selection.rows) > 1)
        view.select(Selection(0, 0, last, self._length(last)) if again else whole)

    def extend(self, row: int, key: int) -> None:
        """Move the end of the selection by a word or a line, beyond a message into its neighbour; it begins at the
        chosen token or at the first word."""
        view = self._view
        selection = view.selection
        if selection is None or selection.end_row != row:
            token = view.token[1] if view.token is not None and view.token[0] == row else None
            start = 0 if token is None else view.words_of(row).token_start(token)
            selection = Selection.within(row, start, start)
        step = 1 if key in (Qt.Key.Key_Right, Qt.Key.Key_Down) else -1
        end = self._moved(row, selection.end, key, step)
        beyond = row + step
        if end == selection.end and 0 <= beyond < view.messages.rowCount():
            row, end = beyond, self._moved(beyond, 0 if step > 0 else self._length(beyond), key, step)
        view.select(Selection(selection.start_row, selection.start, row, end))
        if row != selection.end_row:
            view.setCurrentIndex(view.messages.index(row))
            view.scrollTo(view.currentIndex())

    def _moved(self, row: int, place: int, key: int, step: int) -> int:
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return next_word(self._view.messages.message(row).text, place, step)
        return min(self._length(row), self._view.words_of(row).next_line(place, step))

    def _length(self, row: int) -> int:
        return units(self._view.messages.message(row).text)
