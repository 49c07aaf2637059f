"""A field that asks how likely any text would have been in the place of a token, and the exact answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.theme import GAP_TINY
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_text import number, percent, visible

_LONGEST_TEXT = 2_000


class _Field(QLineEdit):
    """Esc empties it first, then goes to the parent."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class FindToken(QWidget):
    """find_requested: Enter in the field. Whoever owns it finds the answer and shows it."""

    find_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = _Field(self)
        self.field.setPlaceholderText(self.tr("How likely was … here?"))
        self.field.setAccessibleName(self.tr("A text whose probability is asked for in this place"))
        self.field.setToolTip(self.tr("Any text: its exact probability after what stands before this token (Enter)"))
        self.field.setMaxLength(_LONGEST_TEXT)
        self.field.returnPressed.connect(self._on_return)
        self.field.textEdited.connect(self.forget)
        self._answer = text_label("", "small")
        self._answer.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addWidget(self.field)
        column.addWidget(self._answer)

    @property
    def answer(self) -> QLabel:
        """Where the answer is read."""
        return self._answer

    def show_words(self, words: str) -> None:
        """Say how it stands: that the model is asked, or why it cannot be."""
        self._answer.setText(words)
        self._answer.setVisible(bool(words))
        self.field.setAccessibleDescription(words)

    def show_texts(self, texts: Sequence[tuple[Sequence[TokenStep], float]], *, same: bool) -> None:
        """Show texts as tokens with the natural log of their probability; same: nothing else has changed since."""
        lines = [self._line(steps, logprob) for steps, logprob in texts if steps]
        if not same:
            lines.append(
                self.tr(
                    "The model or what stands before is not what it was when this was written: the numbers above are "
                    "those of now."
                )
            )
        self.show_words("\n".join(lines))

    @Slot()
    def forget(self) -> None:
        """Take the answer away: it belongs to another place or text."""
        self.show_words("")

    def _line(self, steps: Sequence[TokenStep], logprob: float) -> str:
        text = visible(b"".join(step.text for step in steps))
        text = text if len(text) <= 40 else text[:39] + "…"
        share = percent(math.exp(logprob))
        if len(steps) == 1:
            return self.tr("“{text}”: {percent}, rank {rank}").format(
                text=text, percent=share, rank=number(steps[0].rank)
            )
        parts = " · ".join(percent(step.probability) for step in steps[:6]) + (" · …" if len(steps) > 6 else "")
        return self.tr("“{text}”: {percent} as {count} tokens ({parts})").format(
            text=text, percent=share, count=number(len(steps)), parts=parts
        )

    @Slot()
    def _on_return(self) -> None:
        if self.field.text():
            self.find_requested.emit(self.field.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return  # of the field, not of the button that continues with a token
        super().keyPressEvent(event)
