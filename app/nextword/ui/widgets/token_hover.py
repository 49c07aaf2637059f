"""What is seen of a word under the pointer: its probability and the five likeliest tokens there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.probability_bars import BarLines, rows_of
from nextword.ui.widgets.token_facts import TokenFacts, token_name, without_numbers
from nextword.ui.widgets.token_text import bits, number, percent

_WIDTH, _ROWS = 300, 5


class TokenHover(QFrame):
    """Lies over its parent and takes neither focus nor clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._home = parent
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setProperty("type", "strong")
        self._figures = QLabel(self)
        self._figures.setProperty("type", "small")
        self._lines = BarLines(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP_SMALL, GAP, GAP_SMALL)
        column.setSpacing(GAP_TINY)
        for widget in (self._title, self._figures, self._lines):
            column.addWidget(widget)
        self.hide()

    def show_at(self, facts: TokenFacts, word: QRect) -> None:
        """Show a token beside its word, in the parent's coordinates."""
        step = facts.step
        self._title.setText(token_name(step))
        rows = []
        if step.candidates:
            self._figures.setText(
                self.tr("{percent} · rank {rank} · {bits} bits · entropy {entropy} bits").format(
                    percent=percent(step.probability), rank=number(step.rank), bits=bits(step.surprisal_bits),
                    entropy=bits(step.entropy_bits),
                )
            )  # fmt: skip
            rows = [row for row in rows_of(step, facts.vocabulary, facts.sampling) if row.id is not None]
        else:
            self._figures.setText(without_numbers(step))
        self._lines.show_rows(rows[:_ROWS])
        self._lines.setVisible(bool(rows))
        self._place(word)
        self.show()
        self.raise_()

    def _place(self, word: QRect) -> None:
        room = self._home.rect().adjusted(GAP_SMALL, GAP_SMALL, -GAP_SMALL, -GAP_SMALL)
        self.setFixedWidth(min(_WIDTH, room.width()))
        self.adjustSize()
        place = QPoint(word.left() - GAP, word.bottom() + GAP_TINY)
        if place.y() + self.height() > room.bottom():
            place.setY(word.top() - GAP_TINY - self.height())
        place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        place.setY(max(room.top(), place.y()))
        self.move(place)
