"""The words of one label as chips: each can be taken away, a new one is written behind them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QPushButton, QSizePolicy, QWidget

from nextword.ui.explanation import short
from nextword.ui.theme import GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout


class LabelWordsField(QWidget):
    """changed: the words are others now. label: how the label is called, for those who hear the window."""

    changed = Signal()

    def __init__(self, label: str, words: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.words = words
        self._label = label
        self._chips: list[QPushButton] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._flow = FlowLayout(self)
        self._flow.setSpacing(GAP_TINY)
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText(self.tr("another word"))
        self.edit.setAccessibleName(self.tr("Another word for {label}").format(label=label))
        self.edit.setToolTip(self.tr("Enter adds it. The probabilities of a label's words are added."))
        self.edit.setMaximumWidth(self.edit.fontMetrics().averageCharWidth() * 20)
        self.edit.returnPressed.connect(self.take_typed)
        self._show()

    @Slot()
    def take_typed(self) -> None:
        """Add what stands in the field."""
        word = self.edit.text().strip()
        self.edit.clear()
        if word and word not in self.words:
            self.words = (*self.words, word)
            self._show()
            self.changed.emit()
        self.edit.setFocus()

    def _remove(self, word: str, _checked: bool = False) -> None:
        self.words = tuple(each for each in self.words if each != word)
        self._show()
        self.edit.setFocus()
        self.changed.emit()

    def _show(self) -> None:
        self._flow.removeWidget(self.edit)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for word in self.words:
            chip = QPushButton(f"{short(word, 40).replace('&', '&&')}  ×", self)
            chip.setAutoDefault(False)
            chip.setProperty("look", "chip")
            chip.setAccessibleName(self.tr("{label}: take away “{word}”").format(label=self._label, word=word))
            chip.setToolTip(self.tr("Take this word away"))
            chip.clicked.connect(partial(self._remove, word))
            self._flow.addWidget(chip)
            chip.show()
            self._chips.append(chip)
        self._flow.addWidget(self.edit)
        self.updateGeometry()
