"""A text of a column: the prompt before it in grey, other words than in the first column marked, the parting framed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit, QWidget

from nextword.lab.columns import Range
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_spans import units

_WORDS = re.compile(r"\S+(?:[^\S\n]+\S+)*")
_MARK = 0.35  # strength of the tint behind other words


class TwinText(QTextEdit):
    """Read-only; the marks are a tint and an underline, so that no colour is needed to see them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setProperty("look", "plain")
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self._before, self._answer = "", ""
        self._changed: Sequence[Range] = ()
        self._parting: Range | None = None
        current_theme().changed.connect(self._paint_marks)

    def show_text(
        self, before: str, answer: str, *, changed: Sequence[Range] = (), parting: Range | None = None
    ) -> None:
        """before: the prompt that the answer goes on from, "" for none. The ranges are characters of `answer`."""
        self._changed, self._parting = changed, parting
        if (before, answer) != (self._before, self._answer):
            bar = self.verticalScrollBar()
            place = bar.value()
            if before == self._before and answer.startswith(self._answer) and self._answer:
                cursor = QTextCursor(self.document())
                cursor.movePosition(QTextCursor.MoveOperation.End)
                cursor.insertText(answer[len(self._answer) :])
            else:
                self.setPlainText(before + answer)
            self._before, self._answer = before, answer
            bar.setValue(place)
        self._paint_marks()

    def place_of(self, character: int) -> QTextCursor:
        """Return a cursor before a character of the answer."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(units(self._before + self._answer[:character]), self.document().characterCount() - 1))
        return cursor

    def show_place(self, character: int) -> None:
        """Scroll so that a character of the answer can be seen."""
        cursor = self.place_of(character)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    @Slot()
    def _paint_marks(self) -> None:
        theme = current_theme()
        if self.font() != theme.font("message"):
            self.setFont(theme.font("message"))
        grey = QTextCharFormat()
        grey.setForeground(theme.colour("secondary"))
        other = QTextCharFormat()
        other.setBackground(theme.tint(_MARK))
        other.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        other.setUnderlineColor(theme.colour("text"))
        found = [_selection(self, 0, units(self._before), grey)] if self._before else []
        start = units(self._before)
        for low, high in self._changed:
            for word in _WORDS.finditer(self._answer, low, high):  # not the line breaks between them
                first = start + units(self._answer[: word.start()])
                found.append(_selection(self, first, first + units(word.group()), other))
        if self._parting is not None:
            low, high = self._parting
            first = start + units(self._answer[:low])
            here = QTextCharFormat()
            here.setBackground(theme.colour("accent"))
            here.setForeground(QColor(theme.colour("on_accent")))
            here.setFontWeight(QFont.Weight.DemiBold)
            found.append(_selection(self, first, first + units(self._answer[low:high]), here))
        self.setExtraSelections(found)


def _selection(text: QTextEdit, start: int, end: int, form: QTextCharFormat) -> QTextEdit.ExtraSelection:
    made = QTextEdit.ExtraSelection()
    cursor = QTextCursor(text.document())
    last = text.document().characterCount() - 1
    cursor.setPosition(min(start, last))
    cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
    made.cursor = cursor
    form.setProperty(QTextFormat.Property.FullWidthSelection, False)
    made.format = form
    return made
