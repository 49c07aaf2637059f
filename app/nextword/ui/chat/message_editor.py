"""The field that stands in the place of a message while it is edited."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nextword.ui.chat.growing_edit import GrowingEdit
from nextword.ui.theme import GAP, GAP_SMALL


class MessageEditor(QFrame):
    """Enter saves a new version, Esc leaves everything as it was."""

    saved = Signal(str)
    cancelled = Signal()
    height_changed = Signal()

    def __init__(self, parent: QWidget, text: str, *, of_person: bool) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.edit = GrowingEdit(self, most_lines=16)
        self.edit.setAccessibleName(self.tr("Text of the message"))
        self.edit.set_text(text)
        self.edit.submitted.connect(self._on_save)
        self.edit.cancelled.connect(self.cancelled)
        self.edit.height_changed.connect(self.height_changed)
        hint = QLabel(
            self.tr("The message as it was stays as another version.")
            if of_person
            else self.tr("Saved as another version; nothing is generated."),
            self,
        )
        hint.setProperty("type", "small")
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.clicked.connect(self.cancelled)
        self._save = QPushButton(self.tr("Send") if of_person else self.tr("Save"), self)
        self._save.setProperty("look", "primary")
        self._save.clicked.connect(self._on_save)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        line.addWidget(hint, 1)
        line.addWidget(cancel)
        line.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.edit)
        column.addLayout(line)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_save(self) -> None:
        text = self.edit.toPlainText()
        if text.strip():
            self.saved.emit(text)
