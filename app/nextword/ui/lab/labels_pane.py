"""The right side of the builder: label distributions without and with examples, and where their numbers come from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from nextword.lab.builder import Builder, Change
from nextword.lab.calibration import Calibration
from nextword.lab.labels import with_word
from nextword.lab.looking import BATCH, Bars, Looked
from nextword.lab.scores import AGAINST_CONTENT_FREE, ScoreRule
from nextword.tables import Table
from nextword.ui.explain import explain
from nextword.ui.lab.lab_words import calibration_name, label_name, rule_meaning, rule_name, shots
from nextword.ui.lab.label_bars import LabelBars, LabelRow
from nextword.ui.lab.label_figure import LabelFigure, table_of
from nextword.ui.lab.label_side import LabelSide
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.icons import set_icon


class LabelsPane(QScrollArea):
    """failed: an error of an export."""

    failed = Signal(object)

    def __init__(self, builder: Builder, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._detail: tuple[bool, int] | None = None  # with examples, row
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Label distribution"))
        self.title = QLabel(self)
        self.title.setProperty("type", "strong")
        self.title.setWordWrap(True)
        self.export = ExportButton(self, figure=self._figure)
        self.export.failed.connect(self.failed)
        self.kind = QLabel(self)
        self.kind.setProperty("type", "small")
        self.kind.setWordWrap(True)
        self.zero = LabelSide(accent=False, parent=self)
        self.few = LabelSide(accent=True, parent=self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setProperty("type", "secondary")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.details = _Details(self)
        self.details.closed.connect(self._close_details)
        self._bias_bars: tuple[LabelBars, LabelBars] | None = None
        self.bias = Fold(self.tr("With nothing to judge"), self._make_bias, self)
        self.bias.opened.connect(self._show_bias)
        self._lay_out()
        for side, few in ((self.zero, False), (self.few, True)):
            side.word_chosen.connect(self._on_word)
            side.row_chosen.connect(self._on_few_row if few else self._on_zero_row)
        self._disconnect = builder.changed.connect(self._on_changed)
        self._show()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("page_content")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.export)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP_WIDE)
        self._column.setSpacing(GAP_SMALL)
        self._column.addLayout(head)
        for widget in (self.kind, self.message, self.zero, self.few, self.details, self.bias):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.setWidget(content)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget under the bars."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def close_pane(self) -> None:
        """Listen no more."""
        self._disconnect()

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if change == "set":
            self._detail = None
        self._show()

    def _show(self) -> None:
        builder, looked = self._builder, self._builder.looked
        free = builder.task.kind == "answers"
        self.title.setText(self.tr("The right answer") if free else self.tr("Label distribution"))
        zero, few = builder.zero, builder.few
        there = zero is not None and few is not None
        self.message.setText("" if there else self._why_nothing())
        for widget in (self.kind, self.zero, self.few, self.bias, self.export):
            widget.setVisible(there)
        self.message.setVisible(not there)
        if looked is None or zero is None or few is None:
            self.details.hide()
            return
        task = looked.question.asked_task
        shares = shows_shares(looked)
        self.kind.setText(self._kind(looked, zero))
        self.zero.set_title(shots(0))
        self.few.set_title(shots(len(looked.question.examples)))
        self.zero.show_bars(zero, task, shares=shares, adds=not free)
        self.few.show_bars(few, task, shares=shares, adds=not free)
        self.few.setVisible(bool(looked.question.examples))  # without examples both are the same
        self.bias.setVisible(not free and zero.bias is not None)
        self._show_bias()
        self._show_details()

    def _why_nothing(self) -> str:
        if self._builder.error is not None:
            words = explain(self._builder.error)
            return f"{words.title}. {words.text} {words.advice}".strip()
        if self._builder.model is None:
            return self.tr("A model has to be loaded: choose one at the top.")
        return self.tr("Reading the prompt…")

    def _kind(self, looked: Looked, bars: Bars) -> str:
        question = looked.question
        if question.task.kind == "answers":
            if not question.has_labels:
                return self.tr("No right answer is known for this input: these are the likely next tokens.")
            return self.tr("How likely the right answer is.")
        if question.calibration != "none":
            return self.tr("Calibrated score ({calibration}, {rule}): no probability of the model.").format(
                calibration=calibration_name(question.calibration), rule=rule_name(looked.rule)
            )
        if bars.calibrated:
            return self.tr("Calibrated score ({rule}): no probability of the model.").format(
                rule=rule_name(looked.rule)
            )
        if looked.rule != "sum":
            return self.tr("Score {rule}, shared out among the labels: no probability.").format(
                rule=rule_name(looked.rule)
            )
        return self.tr("Probability of the model, in its own words.")

    # --- with nothing to judge ------------------------------------------------------------------------------

    def _make_bias(self) -> QWidget:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        words = QLabel(box)
        words.setProperty("type", "small")
        words.setWordWrap(True)
        column.addWidget(words)
        self._bias_words = words
        self._bias_bars = (
            LabelBars(self.tr("Bias without examples"), accent=False, parent=box),
            LabelBars(self.tr("Bias with examples"), accent=True, parent=box),
        )
        self._bias_titles = (QLabel(box), QLabel(box))
        for title, bars in zip(self._bias_titles, self._bias_bars, strict=True):
            title.setProperty("type", "small")
            column.addWidget(title)
            column.addWidget(bars)
        return box

    def _show_bias(self) -> None:
        looked, zero, few = self._builder.looked, self._builder.zero, self._builder.few
        if self._bias_bars is None or looked is None or zero is None or few is None:
            return
        self._bias_words.setText(self._bias_meaning(looked.question.calibration, looked.rule))
        counts = (0, len(looked.question.examples))
        for title, count in zip(self._bias_titles, counts, strict=True):
            title.setText(shots(count))
        for widget in (self._bias_titles[1], self._bias_bars[1]):
            widget.setVisible(counts[1] > 0)
        for bars, shown in zip(self._bias_bars, (zero, few), strict=True):
            names = [label_name(label.name) for label in looked.question.asked_task.labels]
            pairs = zip(names, shown.bias or (), strict=False)
            bars.show_rows([LabelRow(name, fraction) for name, fraction in pairs])

    def _bias_meaning(self, calibration: Calibration, rule: ScoreRule) -> str:
        match calibration:
            case "domain":
                asked = self.tr("What the prompt says for random words of the examples.")
            case "batch":
                asked = self.tr("What the prompt says in the mean of {count} inputs.").format(count=BATCH)
            case _:
                asked = self.tr("What the prompt says for “N/A”, nothing and “[MASK]”.")
        if calibration != "none" and rule in AGAINST_CONTENT_FREE:
            left = self.tr("By {rule}, which has taken away what it says for nothing.").format(rule=rule_name(rule))
            return f"{asked} {left}"
        return f"{asked} {self.tr('Far from even, it is biased.')}"

    # --- details --------------------------------------------------------------------------------------------

    def _on_zero_row(self, row: int) -> None:
        self._toggle_details((False, row))

    def _on_few_row(self, row: int) -> None:
        self._toggle_details((True, row))

    def _toggle_details(self, wanted: tuple[bool, int]) -> None:
        self._detail = None if wanted == self._detail else wanted
        self._show_details()

    def _close_details(self) -> None:
        self._detail = None
        self.details.hide()

    def _show_details(self) -> None:
        looked = self._builder.looked
        bars = None if self._detail is None else self._builder.few if self._detail[0] else self._builder.zero
        if looked is None or bars is None or self._detail is None:
            self.details.hide()
            return
        few, row = self._detail
        task = looked.question.asked_task
        condition = shots(len(looked.question.examples) if few else 0)
        if row < len(task.labels):
            lines = [
                self.tr("{word}  log p {logprob}  ids {ids}").format(
                    word=f"“{word.word}”",
                    logprob=_sum_of(word.logprobs),
                    ids=" ".join(map(str, word.ids)),
                )
                for word in bars.plain.words
                if word.label == row
            ]
            title = f"{label_name(task.labels[row].name)} · {condition}"
            self.details.show_lines(title, lines, rule_meaning(looked.rule))
        else:
            lines = [f"{_spelled(token.text)}  {token.mass:.2%}" for token in bars.off_label[:10]]
            meaning = self.tr("The likely tokens that begin no word of a label, with what no label has of them.")
            self.details.show_lines(f"{self.tr('off-label')} · {condition}", lines, meaning)

    # --- acts -----------------------------------------------------------------------------------------------

    def _on_word(self, label: int, word: str) -> None:
        if self._builder.task.kind == "labels":
            self._builder.set_task(with_word(self._builder.task, label, word))

    def _figure(self) -> LabelFigure:
        looked, zero, few = self._builder.looked, self._builder.zero, self._builder.few
        if looked is None or zero is None or few is None:
            return LabelFigure(self.title.text(), (), Table((), ()))
        task, examples = looked.question.asked_task, len(looked.question.examples)
        parts = ((shots(0), tuple(self.zero.bars.bars.rows)), (shots(examples), tuple(self.few.bars.bars.rows)))
        return LabelFigure(self.title.text(), parts, table_of(task, ((shots(0), zero), (shots(examples), few)), looked))


def shows_shares(looked: Looked) -> bool:
    """Whether bars are shares of the labels: only the plain sum is a probability of the model."""
    return looked.question.task.kind == "labels" and (looked.rule != "sum" or looked.question.calibration != "none")


def _sum_of(logprobs: Sequence[float]) -> str:
    """Write log-probabilities and what they add up to: "-4.57 - 0.03 = -4.60"."""
    first, *others = logprobs or (0.0,)
    parts = [f"{first:.4f}", *(f"{'-' if each <= 0 else '+'} {abs(each):.4f}" for each in others)]
    return " ".join(parts) + (f" = {sum(logprobs):.4f}" if others else "")


def _spelled(text: bytes) -> str:
    from nextword.ui.widgets.token_text import visible

    return visible(text)


class _Details(QFrame):
    """Lines of exact numbers, with the formula; can be selected and copied."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.title = QLabel(self)
        self.title.setProperty("type", "strong")
        self.title.setWordWrap(True)
        self.lines = QLabel(self)
        self.lines.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.meaning = QLabel(self)
        self.meaning.setProperty("type", "small")
        for label in (self.title, self.lines, self.meaning):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        close = QToolButton(self)
        close.setProperty("look", "quiet")
        set_icon(close, "x", colour="secondary", size=12)
        close.setAccessibleName(self.tr("Close the details"))
        close.setToolTip(self.tr("Close the details"))
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        column.setSpacing(GAP_TINY)
        column.addLayout(head)
        column.addWidget(self.lines)
        column.addWidget(self.meaning)
        self.hide()

    def show_lines(self, title: str, lines: list[str], meaning: str) -> None:
        """Show them."""
        self.title.setText(title)
        self.lines.setText("\n".join(lines) or "–")
        self.meaning.setText(meaning)
        self.show()
