"""One column of the twins: which model, in which form, with which settings; its answer, equal ones counted."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from nextword.engine.tokens import TokenStep, text_of
from nextword.hub.library import Library
from nextword.lab.columns import (
    Column,
    ColumnAnswer,
    ColumnForm,
    ColumnResult,
    Folded,
    changed_words,
    folded,
    step_at,
)
from nextword.lab.columns import parting as parting_of
from nextword.lab.sweep import ModelRef
from nextword.ui.explanation import short
from nextword.ui.lab.lab_words import one_line
from nextword.ui.lab.twins_settings import ColumnSettings, TwinsSettings
from nextword.ui.lab.twins_text import TwinText
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.token_text import percent, visible

_SHOWN_CANDIDATES = 3


class TwinsColumn(QFrame):
    """removed: the person takes it away. edited: what it asks is another thing. picked: another of its answers."""

    removed = Signal()
    edited = Signal()
    picked = Signal()

    def __init__(self, library: Library, column: Column, parent: QWidget, *, shared_prompt: str) -> None:
        super().__init__(parent)
        self._library = library
        self.result: ColumnResult | None = None
        self._path = ""  # of the model, also while it is not listed
        self._shown = 0  # which of the answers
        own = column.prompt if column.prompt != shared_prompt else None
        self._values = ColumnSettings(column.temperature, column.max_tokens, column.seed, column.repeats, own)
        self._fields: TwinsSettings | None = None
        self.model = QComboBox(self)
        self.model.setAccessibleName(self.tr("Model"))
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(10)
        self.form = QComboBox(self)
        self.form.setAccessibleName(self.tr("Form"))
        self.form.addItem(self.tr("Text as it is"), "raw")
        self.form.addItem(self.tr("Chat template"), "templated")
        self.form.setCurrentIndex(self.form.findData(column.form))
        self.form.setToolTip(
            self.tr("Text as it is: the model goes on writing. Chat template: it is asked as a chat asks it.")
        )
        self.remove = QToolButton(self)
        self.remove.setProperty("look", "quiet")
        self.remove.setAccessibleName(self.tr("Remove this column"))
        self.remove.setToolTip(self.tr("Remove this column"))
        set_icon(self.remove, "x", colour="secondary", size=14)
        self.remove.clicked.connect(self.removed)
        self.settings = Fold(self.tr("Settings"), self._make_settings, self)
        self.state = QLabel(self)
        self.state.setProperty("type", "small")
        self.state.setWordWrap(True)
        self.folds = QWidget(self)
        self._fold_line = FlowLayout(self.folds)
        self.text = TwinText(self)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.here = QLabel(self)
        self._lay_out()
        self.fill_models(column.model.path)
        self._note_settings()
        self.model.currentIndexChanged.connect(self._on_edited)
        self.form.currentIndexChanged.connect(self._on_edited)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP_TINY)
        head.addWidget(self.model, 1)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_SMALL, 0, GAP_SMALL, 0)
        column.setSpacing(GAP_TINY)
        column.addLayout(head)
        for widget in (self.form, self.settings, self.state, self.folds):
            column.addWidget(widget)
        self.here.setProperty("type", "small")
        self.here.setTextFormat(Qt.TextFormat.PlainText)
        self.here.setWordWrap(True)
        column.addWidget(self.text, 1)
        column.addWidget(self.here)

    def _make_settings(self) -> QWidget:
        self._fields = TwinsSettings(self._values, self)
        self._fields.changed.connect(self._on_settings)
        return self._fields

    # --- what is asked --------------------------------------------------------------------------------------

    def fill_models(self, path: str) -> None:
        """List the models of the library; choose the one at `path`, "": the one that was chosen last."""
        self._path = path or self._path
        self.model.blockSignals(True)
        self.model.clear()
        for model in self._library.models:
            if model.problem is None:
                self.model.addItem(short(model.name or model.file_name, 60), model.path)
        self.model.setCurrentIndex(max(0, self.model.findData(self._path)))
        self.model.blockSignals(False)
        self.model.setToolTip(self.model.currentText())

    def column(self, shared_prompt: str) -> Column | None:
        """Return what the column asks, None without a model."""
        path = self.model.currentData()
        known = self._library.find(path) if path else None
        if known is None:
            return None
        form: ColumnForm = "templated" if self.form.currentData() == "templated" else "raw"
        values = self._values
        prompt = shared_prompt if values.own_prompt is None else values.own_prompt
        reference = ModelRef(known.path, known.name or known.file_name, known.sha256, known.size_bytes)
        return Column(
            reference, form, prompt, temperature=values.temperature, max_tokens=values.max_tokens,
            seed=values.seed, repeats=values.repeats,
        )  # fmt: skip

    @Slot()
    def _on_edited(self) -> None:
        self.model.setToolTip(self.model.currentText())
        self.edited.emit()

    @Slot()
    def _on_settings(self) -> None:
        if self._fields is not None:
            self._values = self._fields.values()
            self._note_settings()
            self.edited.emit()

    def _note_settings(self) -> None:
        values = self._values
        words = [self.tr("T {t}").format(t=QLocale().toString(values.temperature, "f", 1))]
        if values.repeats > 1 and values.temperature > 0:
            words.append(self.tr("{n} repeats").format(n=values.repeats))
        if values.own_prompt is not None:
            words.append(self.tr("own prompt"))
        self.settings.set_note(" · ".join(words))

    # --- what came ------------------------------------------------------------------------------------------

    @property
    def answer(self) -> ColumnAnswer | None:
        """The answer that is shown."""
        answers = self.result.answers if self.result is not None else []
        return answers[min(self._shown, len(answers) - 1)] if answers else None

    def show_result(self, result: ColumnResult | None, words: str) -> None:
        """Show what is there so far. words: what the column is doing, "" where the answer says it."""
        if result is not self.result:
            self._shown = 0
        self.result = result
        answer = self.answer
        self.state.setText(words or (_summary(answer) if answer is not None else ""))
        self._show_folds()

    def compare(self, other: TwinsColumn | None, *, words: bool) -> None:
        """Mark where the answer parts from that of `other`, and with `words` all other words."""
        answer = self.answer
        text = "" if answer is None else answer.text
        before = self.result.column.prompt if self.result is not None and self.result.column.form == "raw" else ""
        opposite = other.answer if other is not None else None
        place = None if answer is None or opposite is None else parting_of(text, opposite.text)
        changed = changed_words(text, opposite.text)[0] if words and opposite is not None else ()
        step = None if answer is None or place is None else _step(answer.steps, place)
        self.text.show_text(before, text, changed=changed, parting=None if step is None else step[1])
        self.text.setAccessibleName(self.tr("Answer of {model}").format(model=self.model.currentText()))
        self.parting = place
        self.here.setText("" if place is None else self._at_parting(step))
        self.here.setVisible(bool(self.here.text()))

    parting: int | None = None
    """The place in the answer where it parts from the first column, None where it does not."""

    def _at_parting(self, step: tuple[TokenStep, tuple[int, int]] | None) -> str:
        if step is None:
            return self.tr("Here the answer ends, and the other goes on.")
        likely = [
            self.tr("{token} {p}").format(token=visible(c.text), p=percent(c.probability))
            for c in step[0].candidates[:_SHOWN_CANDIDATES]
        ]
        return self.tr("Where they part, likely were: {tokens}").format(tokens="  ·  ".join(likely))

    def _show_folds(self) -> None:
        texts = [answer.text for answer in self.result.answers] if self.result is not None else []
        found = folded(texts) if len(texts) > 1 else ()
        while (item := self._fold_line.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for one in found:
            self._fold_line.addWidget(self._fold_button(one))
        self.folds.setVisible(bool(found))

    def _fold_button(self, one: Folded) -> QPushButton:
        words = self.tr("{text} ({count})").format(text=short(one_line(one.text), 24), count=one.count)
        button = QPushButton(words, self.folds)
        button.setProperty("look", "chip")
        button.setCheckable(True)
        button.setChecked(self._shown in one.answers)
        button.setToolTip(self.tr("Show this answer; {count} of the repeats gave it").format(count=one.count))
        button.clicked.connect(partial(self._pick, one.answers[0]))
        return button

    def _pick(self, place: int, _checked: bool = False) -> None:
        self._shown = place
        answer = self.answer
        self.state.setText("" if answer is None else _summary(answer))
        self._show_folds()
        self.picked.emit()


def _step(steps: list[TokenStep], place: int) -> tuple[TokenStep, tuple[int, int]] | None:
    """Return the token that holds a character, and which characters it is; None behind the end."""
    index = step_at(steps, place)
    if index is None:
        return None
    start, end = (len(text_of(steps[:count])) for count in (index, index + 1))
    return steps[index], (min(start, place), max(end, place + 1))


def _summary(answer: ColumnAnswer) -> str:
    """Return how long, how surprising to the model, and why it ended."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("TwinsColumn", text)

    reasons = {
        "end": tr("ended by itself"),
        "limit": tr("cut at the limit"),
        "context_full": tr("no room left"),
        "stopped": tr("stopped"),
    }
    bits = answer.bits_per_token
    words = [tr("{n} tokens").format(n=len(answer.steps))]
    if not math.isnan(bits):
        words.append(tr("{bits} bits per token").format(bits=QLocale().toString(bits, "f", 1)))
    if answer.reason:
        words.append(reasons.get(answer.reason, answer.reason))
    return " · ".join(words)
