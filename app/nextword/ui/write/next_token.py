"""One token at a time: what could come next at the cursor, with exact probabilities; the person is the sampler."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.probability_bars import BarRow, ProbabilityBars, RestLine, rows_of
from nextword.ui.widgets.token_text import bits, choices
from nextword.write.session import WriteSession


class _Choices(ProbabilityBars):
    """Bars of which the first nine have a key."""

    number_pressed = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_1
        if 0 <= number < 9 and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.number_pressed.emit(number)
        else:
            super().keyPressEvent(event)


class NextToken(QWidget):
    """Asks when it is shown and after each choice. pointed: what would be put there (BarRow), None for nothing."""

    pointed = Signal(object)

    def __init__(self, session: WriteSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._seen: protocol.Distribution | None = None
        self._place = -1
        self._hint = text_label(
            self.tr("You are the sampler: press 1 to 9, or Enter on a row, to put that token at the cursor."), "small"
        )
        self._figures = QLabel(self)
        self._figures.setProperty("type", "strong")
        self._figures.setWordWrap(True)
        self.bars = _Choices(self)
        self.bars.setAccessibleName(self.tr("What could come next"))
        self.bars.token_taken.connect(self._on_taken)
        self.bars.token_pointed.connect(self.pointed)
        self.bars.number_pressed.connect(self._on_number)
        self._rest = RestLine(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        for widget in (self._hint, self._figures):
            column.addWidget(widget)
        column.addWidget(self.bars, 1)
        column.addWidget(self._rest)
        self.setFocusProxy(self.bars)
        self._disconnect = [
            session.tokens_changed.connect(self._on_changed),
            session.busy_changed.connect(self._on_changed),
        ]

    def shut_down(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def look(self) -> None:
        """Ask what could come next at the cursor."""
        self._place = self._session.caret
        self._session.look(self._on_seen)

    def _on_seen(self, seen: protocol.Distribution) -> None:
        self._seen = seen
        self._place = self._session.caret
        best = seen.candidates[0]
        step = TokenStep(
            best.id, best.text, best.logprob, 1, seen.entropy_bits, best.logprob, 0, seen.candidates, best.special
        )
        model = self._session.model
        rows = rows_of(step, model.vocabulary if model is not None else 0, {})
        plain = [
            BarRow(row.id, self._numbered(place, row.label), row.probability, row.after_sampler, False, row.reason)
            for place, row in enumerate(row for row in rows if row.id is not None)
        ]
        self.bars.show_rows(plain)
        self._rest.show_row(next((row for row in rows if row.id is None), None))
        self._figures.setText(
            self.tr("{bits} bits ≈ {choices} choices").format(
                bits=bits(seen.entropy_bits), choices=choices(2.0**seen.entropy_bits)
            )
        )

    @staticmethod
    def _numbered(place: int, label: str) -> str:
        return f"{place + 1}  {label}" if place < 9 else f"    {label}"

    def _on_changed(self, _what: object) -> None:
        if self._seen is not None and (self._session.busy or self._session.caret != self._place):
            self._seen = None
            self.bars.show_rows([])
            self._rest.show_row(None)
            self._figures.setText("" if self._session.busy else self.tr("The text has changed: ask again (Ctrl+.)"))

    @Slot(int)
    def _on_number(self, place: int) -> None:
        if self._seen is not None and place < len(self._seen.candidates):
            self._on_taken(self._seen.candidates[place].id)

    @Slot(int)
    def _on_taken(self, token_id: int) -> None:
        seen = self._seen
        if seen is None or self._session.busy:
            return
        candidate = next((other for other in seen.candidates if other.id == token_id), None)
        if candidate is None:
            return
        if candidate.special:
            self._figures.setText(self.tr("With this token the model ends the text: there is nothing to write."))
            return
        self._seen = None
        self._session.choose(candidate, seen)
        self.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._seen is None and not self._session.busy:
            self.look()
