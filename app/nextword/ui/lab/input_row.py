"""The one input: an item of the test or tuning part, stepped through, or a text of one's own."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSignalBlocker, QTimer, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.builder import Builder, Change, Part
from nextword.ui.lab.lab_words import label_name
from nextword.ui.theme import GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon

_TYPING_MS = 120
_LINES = 2


class InputRow(QWidget):
    """Shows builder.shown and changes it."""

    def __init__(self, builder: Builder, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self.part = QComboBox(self)
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # the parts differ from set to set
        self.part.setAccessibleName(self.tr("Where the input comes from"))
        self.previous = self._step_button("caret-left", self.tr("Previous input (Alt+Left)"), "Alt+Left")
        self.next = self._step_button("caret-right", self.tr("Next input (Alt+Right)"), "Alt+Right")
        self.number = QSpinBox(self)
        self.number.setAccessibleName(self.tr("Number of the input"))
        self.number.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
        self.number.lineEdit().setAccessibleName(self.number.accessibleName())
        self.gold = QLabel(self)
        self.gold.setProperty("type", "small")
        self.edit = QPlainTextEdit(self)
        self.edit.setAccessibleName(self.tr("Input"))
        self.edit.setPlaceholderText(self.tr("Write an input of your own"))
        self.edit.setTabChangesFocus(True)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TYPING_MS)
        self._soon.timeout.connect(self._take)
        self._lay_out()
        self.part.activated.connect(self._on_part)
        self.number.valueChanged.connect(self._on_number)
        self.previous.clicked.connect(self._on_previous)
        self.next.clicked.connect(self._on_next)
        self.edit.textChanged.connect(self._soon.start)
        current_theme().changed.connect(self._fit)
        self._disconnect = builder.changed.connect(self._on_changed)
        self._fit()
        self._fill_parts()
        self._show()

    def _step_button(self, icon: str, words: str, keys: str) -> QToolButton:
        button = QToolButton(self)
        set_icon(button, icon, size=14)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setShortcut(keys)
        return button

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Input"), self)
        title.setProperty("type", "strong")
        line = QWidget(self)
        flow = FlowLayout(line)
        flow.setSpacing(GAP_SMALL)
        for widget in (title, self.part, self.previous, self.number, self.next, self.gold):
            flow.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(line)
        column.addWidget(self.edit)

    def close_row(self) -> None:
        """Listen no more."""
        self._soon.stop()
        self._disconnect()

    @Slot()
    def _fit(self) -> None:
        line = QFontMetrics(current_theme().font("text")).lineSpacing()
        self.edit.setFixedHeight(_LINES * line + 22)

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if change in ("set", "task"):
            self._fill_parts()
        if change in ("set", "input", "examples", "task"):
            self._show()

    def _fill_parts(self) -> None:
        with QSignalBlocker(self.part):
            self.part.clear()
            locked = self._builder.task_set.splits.is_frozen
            for part, words in (("test", self.tr("Test set")), ("tuning", self.tr("Tuning set"))):
                if self._builder.part(cast(Part, part)):
                    self.part.addItem(words, part)
            self.part.setToolTip(
                self.tr("The test set is locked: it stays as it is, and draws never take from it.") if locked else ""
            )
            self.part.addItem(self.tr("My own"), "typed")

    def _show(self) -> None:
        shown = self._builder.shown
        count = len(self._builder.part(shown.part))
        with QSignalBlocker(self.part), QSignalBlocker(self.number):
            self.part.setCurrentIndex(max(0, self.part.findData(shown.part)))
            self.number.setRange(1, max(1, count))
            self.number.setSuffix(self.tr(" of {count}").format(count=f"{count:,}"))
            self.number.setValue(shown.index + 1)
        widest = self.number.fontMetrics().horizontalAdvance(f"{count:,}{self.number.suffix()}")
        self.number.setFixedWidth(widest + 44)
        typed = shown.part == "typed"
        for widget in (self.previous, self.number, self.next):
            widget.setVisible(not typed)
        self.previous.setEnabled(shown.index > 0)
        self.next.setEnabled(shown.index < count - 1)
        self.gold.setText("" if shown.gold is None else self.tr("right: {label}").format(label=label_name(shown.gold)))
        if self.edit.toPlainText() != shown.text and not self._soon.isActive():
            with QSignalBlocker(self.edit):
                self.edit.setPlainText(shown.text)

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _take(self) -> None:
        self._builder.type(self.edit.toPlainText())

    @Slot(int)
    def _on_part(self, _index: int) -> None:
        part = cast(Part, self.part.currentData())
        if part == "typed":
            self._builder.type(self.edit.toPlainText(), own=True)
            self.edit.setFocus()
            self.edit.selectAll()
        else:
            self._builder.show(part, 0)

    @Slot(int)
    def _on_number(self, value: int) -> None:
        self._builder.show(self._builder.shown.part, value - 1)

    @Slot()
    def _on_previous(self) -> None:
        self._builder.show(self._builder.shown.part, self._builder.shown.index - 1)

    @Slot()
    def _on_next(self) -> None:
        self._builder.show(self._builder.shown.part, self._builder.shown.index + 1)
