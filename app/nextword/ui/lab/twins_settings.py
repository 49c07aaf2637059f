"""What a column is asked with: temperature, length, seed, repeats, a prompt of its own."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFormLayout, QPlainTextEdit, QSpinBox, QWidget

from nextword.lab.columns import MOST_REPEATS
from nextword.ui.theme import GAP_SMALL, GAP_TINY

_MOST_TOKENS, _LARGEST_SEED = 4096, 2**31 - 1
_PROMPT_LINES = 4


class ColumnSettings(Struct, frozen=True):
    """own_prompt: None where the column asks what all of them ask."""

    temperature: float = 0.0
    max_tokens: int = 64
    seed: int = 1
    repeats: int = 1
    own_prompt: str | None = None


class TwinsSettings(QWidget):
    """changed: some value is another one."""

    changed = Signal()

    def __init__(self, values: ColumnSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.temperature = QDoubleSpinBox(self)
        self.temperature.setRange(0.0, 2.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setToolTip(self.tr("0 takes the likeliest token each time; nothing else cuts what is likely."))
        self.tokens = self._spin(1, _MOST_TOKENS)
        self.seed = self._spin(0, _LARGEST_SEED)
        self.repeats = self._spin(1, MOST_REPEATS)
        self.repeats.setToolTip(self.tr("How many answers, each with a seed of its own; equal ones are counted."))
        self.own = QCheckBox(self.tr("A prompt of its own"), self)
        self.prompt = QPlainTextEdit(self)
        self.prompt.setAccessibleName(self.tr("Prompt of this column"))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(self.fontMetrics().lineSpacing() * _PROMPT_LINES + GAP_SMALL * 2)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, GAP_SMALL)
        form.setSpacing(GAP_TINY)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for name, field in (
            (self.tr("Temperature"), self.temperature),
            (self.tr("Tokens at most"), self.tokens),
            (self.tr("Seed"), self.seed),
            (self.tr("Repeats"), self.repeats),
        ):
            field.setAccessibleName(name)
            field.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
            form.addRow(name, field)
        form.addRow(self.own)
        form.addRow(self.prompt)
        self.show_values(values)
        for spin in (self.tokens, self.seed, self.repeats):
            spin.valueChanged.connect(self._on_change)
        self.temperature.valueChanged.connect(self._on_change)
        self.own.toggled.connect(self._on_change)
        self.prompt.textChanged.connect(self._on_change)

    def _spin(self, low: int, high: int) -> QSpinBox:
        made = QSpinBox(self)
        made.setRange(low, high)
        return made

    def show_values(self, values: ColumnSettings) -> None:
        """Fill the fields."""
        self.temperature.setValue(values.temperature)
        self.tokens.setValue(values.max_tokens)
        self.seed.setValue(values.seed)
        self.repeats.setValue(values.repeats)
        self.own.setChecked(values.own_prompt is not None)
        self.prompt.setPlainText(values.own_prompt or "")
        self._on_change()

    def values(self) -> ColumnSettings:
        """Return what the fields say."""
        return ColumnSettings(
            round(self.temperature.value(), 2),
            self.tokens.value(),
            self.seed.value(),
            self.repeats.value(),
            self.prompt.toPlainText() if self.own.isChecked() else None,
        )

    @Slot()
    def _on_change(self) -> None:
        self.prompt.setVisible(self.own.isChecked())
        self.repeats.setEnabled(self.temperature.value() > 0)
        self.changed.emit()
