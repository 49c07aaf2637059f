"""An attached text to read, as the model gets it; it can be copied, not changed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from nextword.history.records import Attachment
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_WIDE, current_theme
from nextword.ui.widgets.model_words import size_words


class AttachedText(QDialog):
    """Shown with `open()`; it deletes itself when it is closed."""

    def __init__(self, file: Attachment, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = short(file.name, 80)
        self.setWindowTitle(name)
        title = QLabel(name, self)
        title.setProperty("type", "heading")
        title.setTextFormat(Qt.TextFormat.PlainText)
        lines = file.text.count("\n") + bool(file.text and not file.text.endswith("\n"))
        size = size_words(len(file.text.encode("utf-8", "surrogatepass")))
        about = QLabel(self.tr("{size}, {lines} lines, as the model gets them").format(size=size, lines=lines), self)
        about.setProperty("type", "secondary")
        self.text = QPlainTextEdit(self)
        self.text.setPlainText(file.text)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(name)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        theme = current_theme()
        self.text.setStyleSheet(
            f'font-family: "{theme.font("mono").family()}"; font-size: {theme.points("mono"):.2f}pt'
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP)
        for widget in (title, about):
            column.addWidget(widget)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
        self.resize(QSize(720, 560).boundedTo(parent.size() - QSize(48, 48)))
