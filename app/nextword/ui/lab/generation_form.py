"""How answers are to be written and judged: items, length, temperature, where an answer ends, and the measure."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from nextword.lab.judging import Wanted
from nextword.lab.metrics import GOLD, Metric
from nextword.lab.sweep import Answering
from nextword.ui.theme import GAP, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout

_MOST_TOKENS, _MOST_ITEMS, _FIRST_ITEMS, _FIRST_TOKENS = 2048, 100_000, 40, 24


class GenerationForm(QWidget):
    """judged_otherwise: another measure or pattern; nothing has to be written again for that. changed: anything."""

    judged_otherwise = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.part = QComboBox(self)
        self.items = QSpinBox(self)
        self.items.setRange(1, _MOST_ITEMS)
        self.items.setValue(_FIRST_ITEMS)
        self.tokens = QSpinBox(self)
        self.tokens.setRange(1, _MOST_TOKENS)
        self.tokens.setValue(_FIRST_TOKENS)
        self.temperature = QDoubleSpinBox(self)
        self.temperature.setRange(0.0, 2.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setToolTip(self.tr("0 takes the likeliest token each time."))
        self.one_line = QCheckBox(self.tr("Ends with the line"), self)
        self.one_line.setChecked(True)
        self.measure = QComboBox(self)
        for metric, (name, tip) in self._metrics().items():
            self.measure.addItem(name, metric)
            self.measure.setItemData(self.measure.count() - 1, tip, 3)  # ToolTipRole
        self.pattern = QLineEdit(self)
        self.pattern.setAccessibleName(self.tr("Pattern"))
        self.pattern.setPlaceholderText(
            self.tr("regular expression, {gold} is the right answer").replace("{gold}", GOLD)
        )
        self.pattern.setMinimumWidth(self.fontMetrics().averageCharWidth() * 30)
        self.measure.currentIndexChanged.connect(self._on_measure)
        self.pattern.editingFinished.connect(self.judged_otherwise)
        for told in (self.judged_otherwise, self.items.valueChanged, self.tokens.valueChanged,
                     self.temperature.valueChanged, self.one_line.toggled):  # fmt: skip
            told.connect(self._on_change)
        for spin in (self.items, self.tokens, self.temperature):
            spin.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
        flow = FlowLayout(self)
        flow.setSpacing(GAP)
        for name, field in (
            (self.tr("Asked"), self.items),
            (self.tr("of"), self.part),
            (self.tr("Tokens at most"), self.tokens),
            (self.tr("Temperature"), self.temperature),
            ("", self.one_line),
            (self.tr("Measure"), self.measure),
            ("", self.pattern),
        ):
            box = _named(name, field, self)
            box.setMinimumHeight(self.items.sizeHint().height())  # what is lower stands in the middle of the row
            flow.addWidget(box)
        self._on_measure()

    def _metrics(self) -> dict[Metric, tuple[str, str]]:
        return {
            "exact": (
                self.tr("exact match"),
                self.tr("The answer is the right one; case and outer signs do not count."),
            ),
            "contains": (self.tr("contains"), self.tr("The right answer stands in the answer as whole words.")),
            "regex": (self.tr("pattern"), self.tr("A regular expression finds the right answer.")),
            "bleu": (self.tr("BLEU"), self.tr("Of the whole set, by sacrebleu; its signature is shown.")),
            "rouge1": (self.tr("ROUGE-1"), self.tr("F1 of single words, by rouge-score, with stemming.")),
            "rouge2": (self.tr("ROUGE-2"), self.tr("F1 of pairs of words, by rouge-score, with stemming.")),
            "rougeL": (
                self.tr("ROUGE-L"),
                self.tr("F1 of the longest common sequence, by rouge-score, with stemming."),
            ),
        }

    def wanted(self) -> Wanted:
        """Return what is chosen."""
        stops = ("\n",) if self.one_line.isChecked() else ()
        answering = Answering(self.tokens.value(), stops, round(self.temperature.value(), 2), seed=1)
        return Wanted(answering, self.measure.currentData(), self.pattern.text())

    def show_parts(self, tuning: int, test: int) -> None:
        """Offer the parts that have items. tuning, test: how many."""
        chosen = self.part.currentData()
        self.part.clear()
        for name, part, count in (
            (self.tr("the test set"), "test", test),
            (self.tr("the tuning set"), "tuning", tuning),
        ):
            if count:
                self.part.addItem(self.tr("{part} ({count})").format(part=name, count=count), part)
        self.part.setCurrentIndex(max(0, self.part.findData(chosen)))

    @Slot()
    def _on_change(self) -> None:
        self.changed.emit()

    def measure_name(self, metric: Metric) -> str:
        """Return how a measure is called."""
        return self.measure.itemText(self.measure.findData(metric))

    @Slot()
    def _on_measure(self) -> None:
        box = self.pattern.parentWidget()
        if box is not None:
            box.setVisible(self.measure.currentData() == "regex")
        self.judged_otherwise.emit()


def _named(name: str, field: QWidget, parent: QWidget) -> QWidget:
    """Return a field with its name before it."""
    box = QWidget(parent)
    line = QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GAP_TINY)
    if name:
        label = QLabel(name, box)
        label.setBuddy(field)
        field.setAccessibleName(name)
        line.addWidget(label)
    line.addWidget(field)
    return box
