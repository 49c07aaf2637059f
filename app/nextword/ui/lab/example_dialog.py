"""Writes one example: its text, and its label or its answer."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.task import BETWEEN_ANSWERS, Item, Task, label_index
from nextword.ui.lab.lab_words import label_name
from nextword.ui.theme import GAP_PAGE, GAP_SMALL


class ExampleDialog(QDialog):
    """chosen: the Item as it was written."""

    chosen = Signal(object)

    def __init__(self, task: Task, item: Item | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add an example") if item is None else self.tr("Edit the example"))
        self._task = task
        self._row = item.row if item is not None else 0
        self.text = QPlainTextEdit(item.text if item is not None else "", self)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text of the example"))
        self.label = QComboBox(self)
        self.label.setAccessibleName(self.tr("Label"))
        self.answer = QLineEdit(self)
        self.answer.setAccessibleName(self.tr("Answer"))
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._lay_out(item)
        self.text.textChanged.connect(self._check)
        self.answer.textChanged.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        self._check()

    def _lay_out(self, item: Item | None) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        column.setSpacing(GAP_SMALL)
        column.addWidget(QLabel(self.tr("Text"), self))
        column.addWidget(self.text)
        has_labels = self._task.kind == "labels"
        column.addWidget(QLabel(self.tr("Label") if has_labels else self.tr("Answer"), self))
        column.addWidget(self.label if has_labels else self.answer)
        self.label.setVisible(has_labels)
        self.answer.setVisible(not has_labels)
        for label in self._task.labels:
            self.label.addItem(label_name(label.name))
        if item is not None:
            self.label.setCurrentIndex(max(0, label_index(self._task, item.gold)))
            self.answer.setText((item.gold or "").split(BETWEEN_ANSWERS)[0])
        column.addSpacing(GAP_SMALL)
        column.addWidget(self._buttons)
        self.resize(440, 260)

    @Slot()
    def _check(self) -> None:
        written = bool(self.text.toPlainText().strip())
        if self._task.kind != "labels":
            written = written and bool(self.answer.text().strip())
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(written)

    def accept(self) -> None:
        if self._task.kind == "labels":
            gold: str | None = self._task.labels[self.label.currentIndex()].name if self._task.labels else None
        else:
            gold = self.answer.text().strip()
        self.chosen.emit(Item(self.text.toPlainText(), gold, self._row))
        super().accept()
