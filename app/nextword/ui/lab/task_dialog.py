"""The editor of a task: template, label words, form and how the data is divided, with the prompt that comes of it."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.builder import Builder
from nextword.lab.prompts import build
from nextword.lab.task import Label, Task, Template
from nextword.lab.task_set import changed
from nextword.ui.lab.lab_words import form_name, form_reason, label_name, wording_note
from nextword.ui.lab.label_words_field import LabelWordsField
from nextword.ui.lab.latest_work import Deliver
from nextword.ui.lab.prompt_regions import pieces_of
from nextword.ui.lab.prompt_text import PromptText
from nextword.ui.lab.split_field import SplitField
from nextword.ui.lab.task_presets import escaped, presets, unescaped
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL
from nextword.ui.widgets.page_frame import text_label

_SHOWN_EXAMPLES = 2


class TaskDialog(QDialog):
    """Changes the builder's task when it is saved."""

    def __init__(self, builder: Builder, deliver: Deliver, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Template and data of the task"))
        self._builder = builder
        self._task = builder.task
        template = self._task.template
        self.instruction = QPlainTextEdit(template.instruction, self)
        self.instruction.setTabChangesFocus(True)
        self.instruction.setFixedHeight(self.instruction.fontMetrics().lineSpacing() * 2 + 22)
        self.instruction.setAccessibleName(self.tr("Instruction"))
        self.input_prefix = self._line(template.input_prefix, self.tr("Before an input"))
        self.output_prefix = self._line(template.output_prefix, self.tr("Before an answer"))
        self.separator = self._line(template.separator, self.tr("Between examples"))
        self.joint = self._line(template.joint, self.tr("Before the label word"))
        self.prefill = self._line(self._task.prefill, self.tr("The answer begins with"))
        self.labels = [LabelWordsField(label_name(each.name), each.words, self) for each in self._task.labels]
        self.division = SplitField(builder.task_set.splits, deliver, self)
        self.preview = PromptText(self)
        self._problem = text_label("", "error")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._lay_out()
        self.instruction.textChanged.connect(self._on_changed)
        for line in (self.input_prefix, self.output_prefix, self.separator, self.joint, self.prefill):
            line.textChanged.connect(self._on_changed)
        for field in self.labels:
            field.changed.connect(self._on_changed)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self._on_finished)
        self._on_changed()

    def _line(self, text: str, name: str) -> QLineEdit:
        line = QLineEdit(escaped(text), self)
        line.setAccessibleName(name)
        line.setToolTip(self.tr("\\n is a line break, \\t a tab, ␣ a blank that could not be seen."))
        return line

    def _form(self) -> QScrollArea:
        content = QWidget()
        content.setObjectName("page_content")
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, GAP, 0)
        form.setVerticalSpacing(GAP_SMALL)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("Preset"), self._preset_button())
        form.addRow(self.tr("Instruction"), self.instruction)
        form.addRow(self.tr("Before an input"), self.input_prefix)
        form.addRow(self.tr("Before an answer"), self.output_prefix)
        form.addRow(self.tr("Between examples"), self.separator)
        form.addRow(self.tr("Before the label word"), self.joint)
        form.addRow(self.tr("The answer begins with"), self.prefill)
        words = f"{form_name(self._task.form)}. {form_reason(self._task.form, self._builder.model)}"
        if self._builder.task_set.instruct is not None:
            words += " " + wording_note(self._builder.kind)
        reason = text_label(words, "secondary")
        reason.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        form.addRow(self.tr("Form"), reason)
        if self.labels:
            form.addRow(text_label(self.tr("Label words"), "strong"))
        for label, field in zip(self._task.labels, self.labels, strict=True):
            form.addRow(label_name(label.name), field)
        form.addRow(text_label(self.tr("Data"), "strong"))
        form.addRow(self.division)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        return area

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.addWidget(QLabel(self.tr("The prompt, with at most two examples"), self))
        card = QFrame(self)
        card.setProperty("look", "card")
        QVBoxLayout(card).addWidget(self.preview)
        right.addWidget(card, 1)
        sides = QHBoxLayout()
        sides.setSpacing(GAP_PAGE)
        sides.addWidget(self._form(), 1)
        sides.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        column.setSpacing(GAP)
        column.addLayout(sides, 1)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)
        parent = self.parent()
        assert isinstance(parent, QWidget)
        self.resize(min(940, parent.width() - 40), min(600, parent.height() - 40))

    def _preset_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(self.tr("Choose a preset ▾"))
        button.setAccessibleName(self.tr("Presets of templates"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for name, template in presets():
            menu.addAction(name).triggered.connect(partial(self._take_preset, template))
        button.setMenu(menu)
        return button

    def _take_preset(self, template: Template, _checked: bool = False) -> None:
        pairs = (
            (self.input_prefix, template.input_prefix),
            (self.output_prefix, template.output_prefix),
            (self.separator, template.separator),
            (self.joint, template.joint),
        )
        for line, text in pairs:
            with QSignalBlocker(line):
                line.setText(escaped(text))
        self._on_changed()

    # --- what comes of it -----------------------------------------------------------------------------------

    def task(self) -> Task:
        """Return the task as it is written now."""
        template = Template(
            self._task.template.name,
            self.instruction.toPlainText(),
            unescaped(self.input_prefix.text()),
            unescaped(self.output_prefix.text()),
            unescaped(self.separator.text()),
            unescaped(self.joint.text()),
        )
        pairs = zip(self._task.labels, self.labels, strict=True)
        labels = tuple(Label(label.name, field.words) for label, field in pairs)
        return replace(self._task, template=template, labels=labels, prefill=unescaped(self.prefill.text()))

    @Slot()
    def _on_changed(self) -> None:
        task = self.task()
        prompt = build(task, self._builder.ticked[:_SHOWN_EXAMPLES], self._builder.shown.text)
        self.preview.show_pieces(pieces_of(prompt, ()))
        self._problem.setText(self._wrong_with(task))
        self._problem.setVisible(bool(self._problem.text()))
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(not self._problem.text())

    def _wrong_with(self, task: Task) -> str:
        bare = next((label for label in task.labels if not label.words), None)
        if bare is not None:
            return self.tr("The label “{label}” needs a word: write one and press Enter.").format(
                label=label_name(bare.name)
            )
        seen: dict[str, str] = {}
        for label in task.labels:
            for word in label.words:
                if word in seen and seen[word] != label.name:
                    return self.tr("The word “{word}” stands for two labels: take it away from one of them.").format(
                        word=word
                    )
                seen[word] = label.name
        return ""

    @Slot()
    def _on_finished(self) -> None:
        self.division.close_field()
        self.deleteLater()

    def accept(self) -> None:
        for field in self.labels:
            if field.edit.text().strip():
                field.take_typed()
        if self._wrong_with(self.task()):
            return
        task = self.task()
        builder = self._builder
        if self.division.splits != builder.task_set.splits:
            own = changed(builder.task_set, task, builder.kind)
            builder.set_splits(replace(own, splits=self.division.splits))
        elif task != self._task:
            builder.set_task(task)
        super().accept()
