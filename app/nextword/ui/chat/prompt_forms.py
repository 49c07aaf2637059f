"""The two forms of the prompt library: the variables of a prompt, and a prompt itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.prompt_variables import Variable, filled
from nextword.ui.chat.growing_edit import GrowingEdit, framed
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.page_frame import text_label

if TYPE_CHECKING:
    from nextword.history.library import PromptId


class FillForm(QWidget):
    """done: the text with everything filled in. Enter in a field goes to the next one, in the last it is done."""

    done = Signal(str)
    back = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self._variables: tuple[Variable, ...] = ()
        self.fields: dict[str, GrowingEdit] = {}
        self._title = QLabel(self)
        self._title.setProperty("type", "heading")
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._preview = QPlainTextEdit(self)
        self._preview.setReadOnly(True)
        self._preview.setAccessibleName(self.tr("The text as it will be inserted"))
        self._preview.setTabChangesFocus(True)
        self.insert, line = _buttons(self, self.tr("Insert"), self._on_insert)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._title)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._preview, 1)
        column.addLayout(line)

    def ask(self, name: str, text: str, variables: Sequence[Variable]) -> None:
        """Ask for the variables of a text."""
        self._text, self._variables, self.fields = text, tuple(variables), {}
        self._title.setText(short(name, 60))
        content = QWidget()
        content.setObjectName("page_content")
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, GAP_SMALL, 0)
        form.setSpacing(GAP_SMALL)
        for variable in self._variables:
            field = GrowingEdit(content, most_lines=6)
            field.setPlainText(variable.default or "")
            field.selectAll()
            field.setAccessibleName(variable.name)
            field.textChanged.connect(self._show)
            field.submitted.connect(self._on_submitted)
            field.cancelled.connect(self.back)
            self.fields[variable.name] = field
            form.addRow(short(variable.name, 30), framed(field, content))
        self._scroll.setWidget(content)
        self._show()
        next(iter(self.fields.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def _values(self) -> dict[str, str]:
        return {name: field.toPlainText() for name, field in self.fields.items()}

    @Slot()
    def _show(self) -> None:
        values = self._values()
        self._preview.setPlainText(filled(self._text, values))
        missing = [v.name for v in self._variables if v.default is None and not values.get(v.name, "").strip()]
        self.insert.setEnabled(not missing)
        words = self.tr("Still to fill in: {names}").format(names=short(", ".join(missing), 120)) if missing else ""
        self.insert.setToolTip(words)

    @Slot()
    def _on_submitted(self) -> None:
        fields = list(self.fields.values())
        at = fields.index(self.sender())  # type: ignore[arg-type]
        if at + 1 < len(fields):
            fields[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._on_insert()

    @Slot()
    def _on_insert(self) -> None:
        if self.insert.isEnabled():
            self.done.emit(filled(self._text, self._values()))


class EditForm(QWidget):
    """saved: the id of the prompt (None for a new one), its name, its text."""

    saved = Signal(object, str, str)
    back = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._key: PromptId | None = None
        self._shown = "", ""
        self.name = QLineEdit(self)
        self.name.setPlaceholderText(self.tr("Name"))
        self.name.setAccessibleName(self.tr("Name of the prompt"))
        self.name.setMaxLength(80)
        self.text = QPlainTextEdit(self)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text of the prompt"))
        self.text.setPlaceholderText(self.tr("Translate into {{language=French}}: {{text}}"))
        self.name.returnPressed.connect(self.text.setFocus)
        self.save, line = _buttons(self, self.tr("Save"), self._on_save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.name)
        self._warning = text_label(self.tr("It is not saved. Esc once more drops what was changed."), "warning")
        column.addWidget(self.text, 1)
        column.addWidget(self._warning)
        column.addLayout(line)
        for field in (self.name, self.text):
            field.textChanged.connect(self._on_changed)
        self._warning.hide()

    def warn(self) -> bool:
        """Say that something is not saved, once; return whether it was said now."""
        changed = (self.name.text(), self.text.toPlainText()) != self._shown
        told = changed and self._warning.isHidden()
        self._warning.setVisible(changed)
        return told

    def show_prompt(self, key: PromptId | None, name: str, text: str) -> None:
        """Show a prompt to be changed, or the beginnings of a new one."""
        self._key, self._shown = key, (name, text)
        self.name.setText(name)
        self.text.setPlainText(text)
        self._on_changed()
        self.name.setFocus()

    @Slot()
    def _on_changed(self) -> None:
        self._warning.hide()
        self.save.setEnabled(bool(self.name.text().strip() and self.text.toPlainText().strip()))

    @Slot()
    def _on_save(self) -> None:
        self.saved.emit(self._key, self.name.text().strip(), self.text.toPlainText())


def _buttons(form: FillForm | EditForm, words: str, act: object) -> tuple[QPushButton, QHBoxLayout]:
    """Return the button that ends a form, and the line with it and the way back."""
    back = QPushButton(form.tr("Back"), form)
    back.setAutoDefault(False)
    back.clicked.connect(form.back)
    go = QPushButton(words, form)
    go.setProperty("look", "primary")
    go.setAutoDefault(False)
    go.clicked.connect(act)
    line = QHBoxLayout()
    line.setSpacing(GAP_SMALL)
    line.addWidget(back)
    line.addStretch(1)
    line.addWidget(go)
    return go, line
