"""The line of menus above the prompt: task, template, form, score rule, calibration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

from msgspec.structs import replace
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton, QWidget

from nextword.lab import builtin
from nextword.lab.builder import Builder, Change, Rules
from nextword.lab.calibration import Calibration
from nextword.lab.scores import ScoreRule
from nextword.lab.task import Form
from nextword.ui.lab.lab_words import (
    calibration_meaning,
    calibration_name,
    form_meaning,
    form_name,
    form_reason,
    rule_meaning,
    rule_name,
    set_name,
)
from nextword.ui.lab.task_desk import TaskDesk
from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.flow_layout import FlowLayout


class BuildBar(QWidget):
    """Each chip says what is in use, and its menu changes it."""

    def __init__(self, builder: Builder, desk: TaskDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._desk = desk
        self._flow = FlowLayout(self)
        self._flow.setSpacing(GAP_SMALL)
        self.task = self._chip(self.tr("Task"), self._fill_task)
        self.template = QPushButton(self)
        self.template.setProperty("look", "chip")
        self.template.clicked.connect(self.edit_template)
        self._flow.addWidget(self.template)
        self.form = self._chip(self.tr("Form of the prompt"), self._fill_form)
        self.score = self._chip(self.tr("Score rule"), self._fill_score)
        self.calibration = self._chip(self.tr("Calibration"), self._fill_calibration)
        self._disconnect = [builder.changed.connect(self._on_changed), desk.changed.connect(self._on_desk)]
        self._describe()

    def close_bar(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def _chip(self, name: str, fill: Callable[[QMenu], None]) -> QPushButton:
        chip = QPushButton(self)
        chip.setProperty("look", "chip")
        chip.setAccessibleName(name)
        menu = QMenu(chip)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(partial(fill, menu))
        chip.clicked.connect(partial(_pop_up, chip, menu))  # with setMenu the style sheet's padding is lost
        self._flow.addWidget(chip)
        return chip

    def _on_changed(self, change: Change) -> None:
        if change != "input":
            self._describe()

    def _on_desk(self, _none: None) -> None:
        self._describe()

    def _describe(self) -> None:
        builder = self._builder
        labels = builder.task.kind == "labels"
        self._say(self.task, self.tr("Task: {value}").format(value=self._desk.name.replace("&", "&&")))
        self.template.setText(self.tr("Template…"))
        self.template.setToolTip(self.tr("Instruction, prefixes, separator, label words, and how the data is divided"))
        self._say(self.form, self.tr("Form: {value}").format(value=form_name(builder.task.form)))
        self.form.setToolTip(form_reason(builder.task.form, builder.model))
        self.score.setVisible(labels)
        self.calibration.setVisible(labels)
        self._say(self.score, self.tr("Score: {value}").format(value=rule_name(builder.rule)))
        self.score.setToolTip(rule_meaning(builder.rule))
        kind = builder.rules.calibration
        self._say(self.calibration, self.tr("Calibrate: {value}").format(value=calibration_name(kind)))
        self.calibration.setToolTip(calibration_meaning(kind))

    def _say(self, chip: QPushButton, words: str) -> None:
        chip.setText(f"{words} ▾")
        chip.setAccessibleName(words)

    # --- the task -------------------------------------------------------------------------------------------

    def _fill_task(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        open_set = self._builder.task_set.built_in
        for name in builtin.NAMES:
            action = self._choice(menu, group, set_name(name), self._desk.current is None and open_set == name)
            action.triggered.connect(partial(self._open_built_in, name))
        if self._desk.tasks:
            menu.addSection(self.tr("My own"))
        for task in self._desk.tasks:
            action = self._choice(menu, group, task.name, self._desk.current == task.id)
            action.triggered.connect(partial(self._open_stored, task.id))
        menu.addSeparator()
        menu.addAction(self.tr("Data of my own…")).triggered.connect(self.import_data)
        if self._desk.current is not None:
            menu.addAction(self.tr("Rename…")).triggered.connect(self._rename)
            menu.addAction(self.tr("Delete")).triggered.connect(self._delete)

    def _choice(self, menu: QMenu, group: QActionGroup, words: str, checked: bool) -> QAction:
        action = menu.addAction(words.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(checked)
        group.addAction(action)
        return action

    def _open_built_in(self, name: builtin.BuiltIn, _checked: bool = False) -> None:
        self._desk.open_built_in(name)

    def _open_stored(self, task: int, _checked: bool = False) -> None:
        stored = next((each.id for each in self._desk.tasks if each.id == task), None)
        if stored is not None:
            self._desk.open_stored(stored)

    def import_data(self, _checked: bool = False, path: Path | None = None) -> None:
        """Open the dialog that makes a task of a file. path: of a file that was dropped."""
        from nextword.ui.lab.data_dialog import DataDialog  # not before it is asked for

        dialog = DataDialog(self._desk.deliver, self.window())
        dialog.made.connect(self._desk.add)
        dialog.open()
        if path is not None:
            dialog.read(path)

    def _rename(self, _checked: bool = False) -> None:
        dialog = QInputDialog(self.window())
        dialog.setWindowTitle(self.tr("Rename the task"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(self._desk.name)
        dialog.textValueSelected.connect(self._desk.rename)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _delete(self, _checked: bool = False) -> None:
        self._desk.delete()

    def edit_template(self, _checked: bool = False) -> None:
        """Open the editor of the task."""
        from nextword.ui.lab.task_dialog import TaskDialog  # not before it is asked for

        TaskDialog(self._builder, self._desk.deliver, self.window()).open()

    # --- form, score, calibration ---------------------------------------------------------------------------

    def _fill_form(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        auto = self._builder.task_set.auto_form
        action = self._choice(menu, group, self.tr("By the kind of the model"), auto)
        action.setToolTip(form_reason(self._builder.task.form, self._builder.model))
        action.triggered.connect(self._on_auto_form)
        for form in get_args(Form):
            action = self._choice(menu, group, form_name(form), not auto and self._builder.task.form == form)
            action.setToolTip(form_meaning(form))
            action.triggered.connect(partial(self._on_form, form))

    def _on_auto_form(self, _checked: bool = False) -> None:
        self._builder.set_form(None)

    def _on_form(self, form: Form, _checked: bool = False) -> None:
        self._builder.set_form(form)

    def _fill_score(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        chosen = self._builder.rules.score
        action = self._choice(menu, group, self.tr("By the words: sum, or NCC for several tokens"), chosen is None)
        action.setToolTip(self.tr("The sum where every label word is one token, else NCC."))
        action.triggered.connect(partial(self._on_score, None))
        for rule in get_args(ScoreRule):
            action = self._choice(menu, group, rule_name(rule), chosen == rule)
            action.setToolTip(rule_meaning(rule))
            action.triggered.connect(partial(self._on_score, rule))

    def _on_score(self, rule: ScoreRule | None, _checked: bool = False) -> None:
        self._builder.set_rules(replace(self._builder.rules, score=rule))

    def _fill_calibration(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        for kind in get_args(Calibration):
            action = self._choice(menu, group, calibration_name(kind), self._builder.rules.calibration == kind)
            action.setToolTip(calibration_meaning(kind))
            action.triggered.connect(partial(self._on_calibration, kind))

    def _on_calibration(self, kind: Calibration, _checked: bool = False) -> None:
        rules: Rules = replace(self._builder.rules, calibration=kind)
        self._builder.set_rules(rules)


def _pop_up(chip: QPushButton, menu: QMenu, _checked: bool = False) -> None:
    menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))
