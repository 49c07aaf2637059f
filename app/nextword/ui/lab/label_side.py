"""One condition at the right of the builder: its name, its bars, and the tokens that hold what no label has."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from nextword.lab.looking import Bars, OffLabel
from nextword.lab.task import Task
from nextword.ui.lab.lab_words import label_name
from nextword.ui.lab.label_bars import LabelBars, LabelRow
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.token_text import percent, visible

_MOST_TOKENS = 5


class LabelSide(QWidget):
    """word_chosen: a label's number and the word to add to it. row_chosen: of the bars."""

    word_chosen = Signal(int, str)
    row_chosen = Signal(int)

    def __init__(self, *, accent: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._accent = accent
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("type", "accent" if accent else "secondary")
        self.bars = LabelBars(self.tr("Labels"), accent=accent, parent=self)
        self.bars.row_chosen.connect(self.row_chosen)
        self.note = QLabel(self)
        self.note.setProperty("type", "small")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self._tokens = QWidget(self)
        self._flow = FlowLayout(self._tokens)
        self._flow.setSpacing(GAP_TINY)
        self._shown: tuple[tuple[OffLabel, ...], Task | None] = ((), None)
        self.buttons: list[QToolButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        for widget in (self.title, self.bars, self._tokens, self.note):
            column.addWidget(widget)
        column.addSpacing(GAP_SMALL)

    def set_title(self, words: str) -> None:
        """Name the condition."""
        self.title.setText(words)
        self.bars.setAccessibleName(self.tr("Labels, {condition}").format(condition=words))

    def show_bars(self, bars: Bars, task: Task, *, shares: bool, adds: bool) -> None:
        """Show a condition. shares: the labels share out 100 %; else each has what the model gives it. adds: whether
        words can be added to the labels."""
        fractions = bars.scores.probabilities if shares else bars.plain.masses
        best = bars.scores.best if len(task.labels) > 1 and bars.fits else -1
        rows = [
            LabelRow(label_name(label.name), fraction, number == best, note=self._row_note(bars, number))
            for number, (label, fraction) in enumerate(zip(task.labels, fractions, strict=True))
        ]
        if task.labels:
            off = self.tr("What the model gives to tokens that begin no word of a label.")
            name = self.tr("off-label") if adds else self.tr("anything else")
            rows.append(LabelRow(name, bars.plain.off_label, off_label=True, note=off))
        self.bars.show_rows(rows)
        self._show_tokens(bars.off_label[:_MOST_TOKENS], task if adds else None)
        self.note.setText(self._note(bars, task, shares=shares))
        self.note.setVisible(bool(self.note.text()))

    def _row_note(self, bars: Bars, label: int) -> str:
        return self.tr("{mass} of the model's probability, {share} among the labels. Click for its words.").format(
            mass=percent(bars.plain.masses[label]), share=percent(bars.plain.probabilities[label])
        )

    def _note(self, bars: Bars, task: Task, *, shares: bool) -> str:
        if not bars.fits:
            return self.tr("The input does not fit into the context, not even without examples.")
        parts = []
        if bars.used < bars.asked:
            parts.append(
                self.tr("{asked} examples asked, {used} fit into the context.").format(asked=bars.asked, used=bars.used)
            )
        if bars.calibrated and len(task.labels) > 1:
            before = ", ".join(
                f"{label_name(label.name)} {percent(share)}"
                for label, share in zip(task.labels, bars.plain.probabilities, strict=True)
            )
            parts.append(self.tr("Uncalibrated: {shares}.").format(shares=before))
        if shares and bars.plain.off_label > 0.5:
            parts.append(
                self.tr("The labels share out the {mass} that they have.").format(
                    mass=percent(1.0 - bars.plain.off_label)
                )
            )
        return " ".join(parts)

    # --- tokens beside the labels ---------------------------------------------------------------------------

    def _show_tokens(self, tokens: tuple[OffLabel, ...], task: Task | None) -> None:
        if (tokens, task) == self._shown:
            return
        self._shown = (tokens, task)
        for old in self.buttons:
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = [self._token_button(token, task) for token in tokens]
        for button in self.buttons:
            self._flow.addWidget(button)
            button.show()
        self._tokens.setVisible(bool(tokens))
        self._tokens.updateGeometry()

    def _token_button(self, token: OffLabel, task: Task | None) -> QToolButton:
        button = QToolButton(self._tokens)
        button.setProperty("look", "token")
        words = f"{visible(token.text)} {percent(token.mass)}"
        button.setText(words.replace("&", "&&"))
        if not token.word or task is None:
            button.setEnabled(False)
            button.setAccessibleName(words)
            return button
        button.setText(f"{button.text()} +")
        button.setAccessibleName(self.tr("{token}: add to a label").format(token=words))
        button.setToolTip(self.tr("Add this word to a label: its probability then counts for it"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for number, label in enumerate(task.labels):
            name = label_name(label.name).replace("&", "&&")
            action = menu.addAction(self.tr("+ add to “{label}”").format(label=name))
            action.triggered.connect(partial(self._add, number, token.word))
        button.setMenu(menu)
        return button

    def _add(self, label: int, word: str, _checked: bool = False) -> None:
        self.word_chosen.emit(label, word)
