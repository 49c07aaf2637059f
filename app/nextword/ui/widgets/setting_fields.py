"""One setting on screen: label, field, hint, and in red why a value was refused; saved at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from nextword.errors import SettingsError
from nextword.settings import DECLARATIONS, Value
from nextword.ui.explain import explain
from nextword.ui.setting_words import words_for
from nextword.ui.widgets.page_frame import text_label

_TYPING_MS = 500  # a text is saved this long after the last key
_FIELD_WIDTH, _NARROW_FIELD_WIDTH = 180, 84


class SettingRow(QWidget):
    """Shows the setting `name`; calls `change(name, value)` when a person enters another value.

    narrow: for a pane at the side. one_line: a text without line breaks.
    """

    def __init__(
        self,
        name: str,
        change: Callable[[str, Value], SettingsError | None],
        choices: dict[str, str] | None = None,
        *,
        narrow: bool = False,
        one_line: bool = False,
    ) -> None:
        super().__init__()
        self._one_line = one_line
        self.name = name
        self._change = change
        self._narrow = narrow
        self._usual = DECLARATIONS[name].default
        words = words_for(name)
        self.field = self._make_field(choices)
        self.field.setAccessibleName(words.label)
        self.field.setAccessibleDescription(words.hint)
        self.error = text_label("", "error")
        self.error.hide()
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setProperty("look", "link")
        self.reset.setAccessibleName(self.tr("Reset {setting}").format(setting=words.label))
        self.reset.clicked.connect(self._on_reset)
        label = QLabel(words.label)
        label.setBuddy(self.field)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(8 if narrow else 12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        wide = isinstance(self.field, TextField | LineField)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.reset, 0, 2)
        grid.addWidget(self.field, 1 if wide else 0, 0 if wide else 3, 1, 4 if wide else 1)
        grid.addWidget(text_label(words.hint, "small"), 2, 0, 1, 4)
        grid.addWidget(self.error, 3, 0, 1, 4)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(not narrow)
        self.reset.setSizePolicy(policy)

    def show_value(self, value: Value, usual: Value | None = None) -> None:
        """Show what the setting is now. usual: what "Reset" goes back to, the built-in value when it is not given."""
        self._usual = DECLARATIONS[self.name].default if usual is None else usual
        self.field.show_value(value)
        self.reset.setVisible(value != self._usual)
        self._mark(None)

    def flush(self) -> None:
        """Save what was typed and not yet saved."""
        self.field.flush()

    def _make_field(self, choices: dict[str, str] | None) -> Field:
        declared = DECLARATIONS[self.name]
        field: Field
        if choices is not None:
            field = ChoiceField(choices)
        elif declared.type is bool:
            field = SwitchField()
        elif declared.type is str:
            field = LineField() if self._one_line else TextField()
        else:
            field = NumberField(whole=declared.type is int)
        if self._narrow and not isinstance(field, TextField | SwitchField):
            field.setFixedWidth(_NARROW_FIELD_WIDTH if choices is None else _FIELD_WIDTH)
        field.entered.connect(self._on_entered)
        return field

    @Slot(object)
    def _on_entered(self, value: Value) -> None:
        self._mark(self._change(self.name, value))

    @Slot()
    def _on_reset(self) -> None:
        self._mark(self._change(self.name, self._usual))
        self.field.setFocus()

    def _mark(self, error: SettingsError | None) -> None:
        self.error.setVisible(error is not None)
        if error is not None:
            words = explain(error)
            self.error.setText(f"{words.title}. {words.text} {words.advice}")
        self.field.setProperty("wrong", error is not None)
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)


class NumberField(QLineEdit):
    """A number, typed, or stepped by the arrow keys. A text that is no number is passed on to be refused."""

    entered = Signal(object)

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self._whole = whole
        self._shown = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(_FIELD_WIDTH)
        self.editingFinished.connect(self.flush)

    def show_value(self, value: Value) -> None:
        """Show a number, or nothing for a text that is empty."""
        self._shown = "" if value == "" else self.words(value)
        if self.text() != self._shown:
            self.setText(self._shown)

    @Slot()
    def flush(self) -> None:
        if self.text() != self._shown:
            self._shown = self.text()
            self.entered.emit(self._value())

    def _value(self) -> Value:
        text = self.text().strip()
        if self._whole:
            whole, understood = QLocale().toLongLong(text)
            return int(whole) if understood else text
        number, understood = QLocale().toDouble(text)
        if not understood:
            number, understood = QLocale.c().toDouble(text)  # 0.7 is understood wherever 0,7 is usual
        return float(number) if understood else text

    def words(self, value: Value) -> str:
        """Return how a number is written here."""
        locale = QLocale()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        return locale.toString(int(value)) if self._whole else locale.toString(float(value), "g", 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        value = self._value()
        if step is None or isinstance(value, str):
            super().keyPressEvent(event)
            return
        self.setText(self.words(value + step if self._whole else round(value + 0.05 * step, 6)))
        self.flush()


class LineField(QLineEdit):
    """A short text, told when it is entered or left."""

    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.editingFinished.connect(self.flush)

    def show_value(self, value: Value) -> None:
        """Show a text."""
        self._shown = str(value)
        if self.text() != self._shown:
            self.setText(self._shown)
            self.setCursorPosition(0)

    @Slot()
    def flush(self) -> None:
        if self.text().strip() != self._shown:
            self._shown = self.text().strip()
            self.entered.emit(self._shown)


class ChoiceField(QComboBox):
    """One of several words. choices: value -> what it is called."""

    entered = Signal(object)

    def __init__(self, choices: dict[str, str]) -> None:
        super().__init__()
        self.setFixedWidth(_FIELD_WIDTH)
        for value, words in choices.items():
            self.addItem(words, value)
        self.activated.connect(self._on_activated)

    def show_value(self, value: Value) -> None:
        blocker = QSignalBlocker(self)
        self.setCurrentIndex(self.findData(value))
        blocker.unblock()

    def flush(self) -> None:
        """Nothing waits here: a choice is told at once."""

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.entered.emit(self.itemData(index))


class SwitchField(QCheckBox):
    """Yes or no."""

    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(self._on_clicked)

    def show_value(self, value: Value) -> None:
        self.setChecked(bool(value))

    def flush(self) -> None:
        """Nothing waits here: a change is told at once."""

    @Slot(bool)
    def _on_clicked(self, on: bool) -> None:
        self.entered.emit(on)


class TextField(QPlainTextEdit):
    """A longer text, told shortly after the last key and when the field is left."""

    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(6 * self.fontMetrics().lineSpacing())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TYPING_MS)
        self._soon.timeout.connect(self._tell)
        self.textChanged.connect(self._soon.start)

    def show_value(self, value: Value) -> None:
        if self.toPlainText() != value and not self._soon.isActive():
            blocker = QSignalBlocker(self)
            self.setPlainText(str(value))
            blocker.unblock()

    def flush(self) -> None:
        if self._soon.isActive():
            self._tell()

    @Slot()
    def _tell(self) -> None:
        self._soon.stop()
        self.entered.emit(self.toPlainText())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.flush()


Field: TypeAlias = NumberField | ChoiceField | TextField | LineField | SwitchField
