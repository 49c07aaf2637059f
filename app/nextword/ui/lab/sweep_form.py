"""What a sweep is to do, chosen in one row: numbers of examples, sets, orders, seeds, formats, models, items."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QMenu, QSpinBox, QToolButton, QWidget

from nextword.hub.library import Library, LibraryModel
from nextword.lab.builder import Builder, Part
from nextword.lab.examples import FAN
from nextword.lab.shakes import formats, formats_of_both
from nextword.lab.sweep import COUNTS, SETS, ModelRef, Plan, Variant
from nextword.lab.task import Item
from nextword.lab.task_set import task_for
from nextword.ui.lab.lab_words import one_line
from nextword.ui.lab.tick_menu import TickMenu
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout

_MOST_SETS = 50
_SOON_MS = 350
_FIRST_COUNTS = (0, 1, 2, 4, 8)


class Chosen(Struct, frozen=True):
    """What the form says. problem: why it cannot be run, "" when it can."""

    plan: Plan | None
    problem: str = ""


class SweepForm(QWidget):
    """changed: another plan is chosen, told a moment after the last change."""

    changed = Signal()

    def __init__(self, builder: Builder, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._library = library
        self.models_by_hand = False  # else the model that is loaded is the one
        self._wanted: set[str] = set()  # models to be ticked when they are listed
        self._listed: object = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.changed)
        self.counts = {count: self._count_button(count) for count in COUNTS}
        self.sets = self._spin(1, _MOST_SETS, SETS, self.tr("Example sets"))
        self.sets.setToolTip(self.tr("How many sets of examples are drawn for each number: one alone can mislead."))
        self.orders = self._spin(1, FAN, 1, self.tr("Orders"))
        self.orders.setToolTip(self.tr("In how many orders each set is shown; four examples have 24."))
        self.seeds = QLineEdit("0", self)
        self.seeds.setAccessibleName(self.tr("Seeds"))
        self.seeds.setToolTip(self.tr("Numbers that the draws depend on; several are separated by commas."))
        self.seeds.setFixedWidth(self.fontMetrics().averageCharWidth() * 9)
        self.seeds.textChanged.connect(self._on_change)
        self.formats = self._menu_button(self.tr("Formats"))
        self.formats.setToolTip(self.tr("Other ways to write the same task: the format alone can move the result."))
        self.models = self._menu_button(self.tr("Models"))
        self.part = QComboBox(self)
        self.part.setAccessibleName(self.tr("Which items are asked about"))
        self.part.currentIndexChanged.connect(self._on_part)
        self.items = self._spin(1, 1, 1, self.tr("How many items"))
        self._lay_out()
        self._disconnect = [
            builder.changed.connect(self._on_builder),
            library.changed.connect(lambda _none: self._fill_models()),
        ]
        self.refresh()

    def close_form(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def _lay_out(self) -> None:
        flow = FlowLayout(self)
        flow.setSpacing(GAP)
        counts = QWidget(self)
        row = QHBoxLayout(counts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_TINY)
        for button in self.counts.values():
            row.addWidget(button)
        asked = QWidget(self)
        line = QHBoxLayout(asked)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_TINY)
        line.addWidget(self.items)
        line.addWidget(self.part)
        for name, widget in (
            (self.tr("Examples"), counts),
            (self.tr("Sets"), self.sets),
            (self.tr("Orders"), self.orders),
            (self.tr("Seeds"), self.seeds),
            ("", self.formats),
            ("", self.models),
            (self.tr("Asked"), asked),
        ):
            flow.addWidget(_named(name, widget, self))
        height = self.sets.sizeHint().height()
        for control in (self.seeds, self.formats, self.models, self.part, *self.counts.values()):
            control.setMinimumHeight(height)

    # --- what is chosen -------------------------------------------------------------------------------------

    def chosen(self) -> Chosen:
        """Return the plan, or why there is none."""
        counts = tuple(count for count, button in self.counts.items() if button.isChecked())
        seeds = _numbers(self.seeds.text())
        models = tuple(self._model_ref(path) for path in self.checked(self.models))
        variants = self._variants(models)
        checked = [variant for variant in variants if variant.name in self.checked(self.formats)]
        items = self._asked()
        task = self._builder.task
        if not models:
            return Chosen(None, self.tr("Choose a model, or wait until one is loaded."))
        if not counts:
            return Chosen(None, self.tr("Choose at least one number of examples."))
        if not seeds:
            return Chosen(None, self.tr("Seeds are whole numbers, separated by commas."))
        if not items:
            return Chosen(None, self.tr("There are no items to ask about. Choose data in Build."))
        if task.kind == "labels" and len(task.labels) < 2:
            return Chosen(None, self.tr("The task needs at least two labels. Add them in Build."))
        if not self._builder.task_set.splits.pool and max(counts):
            return Chosen(None, self.tr("There are no examples to draw from. Add some in Build."))
        return Chosen(
            Plan(
                self._builder.task_set.task.name,
                tuple(checked or variants[:1]),
                models,
                self._builder.task_set.splits.pool,
                items,
                counts=counts,
                sets=self.sets.value(),
                orders=self.orders.value(),
                seeds=seeds,
                asking="generate" if task.kind == "answers" else "score",
                rule=self._builder.rule,
                calibration=self._builder.rules.calibration,
                test_hash=self._builder.task_set.splits.test_hash if self.part.currentData() == "test" else "",
            )
        )

    def _asked(self) -> tuple[Item, ...]:
        """Return the items; of a part of them a sample that is the same each time."""
        part = self.part.currentData()
        items = self._builder.part(part) if part else ()
        count = self.items.value()
        if count >= len(items):
            return items
        return tuple(items[place] for place in sorted(random.Random(0).sample(range(len(items)), count)))

    def _variants(self, models: Sequence[ModelRef]) -> Sequence[Variant]:
        """Return the formats that there are; each model is asked in the wording of its kind."""
        kinds = {model.kind or self._builder.kind for model in models} or {self._builder.kind}
        tasks = [task_for(self._builder.task_set, kind) for kind in sorted(kinds, key=lambda kind: kind == "instruct")]
        return formats(tasks[0]) if len(tasks) == 1 else formats_of_both(tasks[0], tasks[-1])

    def _model_ref(self, path: str) -> ModelRef:
        model = self._library.find(path)
        if model is not None:
            return ModelRef(path, model.name or model.file_name, model.sha256, model.size_bytes, model.kind)
        loaded = self._builder.model
        if loaded is not None and loaded.path == path:
            return ModelRef(path, loaded.name, "", loaded.size_bytes, loaded.kind)
        return ModelRef(path)

    # --- filling --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fill what depends on the task and the model of the builder."""
        self._fill_parts()
        self._fill_formats()
        self._fill_models()
        self._soon.start()

    def _fill_parts(self) -> None:
        splits = self._builder.task_set.splits
        before: Part | None = self.part.currentData()
        self.part.blockSignals(True)
        self.part.clear()
        names = ((self.tr("test items"), "test", splits.test), (self.tr("tuning items"), "tuning", splits.tuning))
        for name, part, items in names:
            if items:
                self.part.addItem(self.tr("of {count} {name}").format(count=len(items), name=name), part)
        found = self.part.findData(before)
        self.part.setCurrentIndex(max(0, found))
        self.part.blockSignals(False)
        self._on_part()

    def _fill_formats(self) -> None:
        menu = self.formats.menu()
        before = set(self.checked(self.formats)) or {"own"}
        menu.clear()
        for variant in formats(self._builder.task):
            template = variant.task.template
            shown = one_line(f"{template.input_prefix}…{template.output_prefix}".replace("\n", " ⏎ "))
            name = self.tr("as in Build: {shown}") if variant.name == "own" else "{shown}"
            self._add_check(menu, name.format(shown=shown), variant.name, variant.name in before)
        self._name_menus()

    def _fill_models(self) -> None:
        menu = self.models.menu()
        loaded = self._builder.model.path if self._builder.model is not None else ""
        paths = {model.path: model for model in self._library.models if model.problem is None}
        listed = (loaded, tuple((path, model.name, model.kind) for path, model in paths.items()))
        if listed == self._listed:
            return
        self._listed = listed
        before = set(self.checked(self.models)) | self._wanted if self.models_by_hand else {loaded}
        if self.models_by_hand and not before & {loaded, *paths}:
            before.add(loaded)  # those that were chosen are not here now
        menu.clear()
        for path, model in paths.items():
            kind = self.tr("base") if model.kind == "base" else self.tr("instruct")
            self._add_check(menu, f"{model.name or model.file_name} · {kind}", path, path in before)
        if loaded and loaded not in paths:
            self._add_check(menu, self._builder.model.name if self._builder.model else loaded, loaded, loaded in before)
        self._name_menus()

    def check_formats(self, names: Sequence[str]) -> None:
        """Tick these formats alone, as far as there are such."""
        found = [action for action in self.formats.menu().actions() if action.data() in names]
        for action in found:
            action.setChecked(True)
        for action in self.formats.menu().actions() if found else ():
            action.setChecked(action in found)

    def check_models(self, paths: Sequence[str]) -> None:
        """Tick these models alone, now or when they are listed."""
        self.models_by_hand, self._wanted, self._listed = True, set(paths), None
        self.models.menu().clear()
        self._fill_models()

    def _add_check(self, menu: QMenu, name: str, key: str, checked: bool) -> None:
        action = menu.addAction(name)
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(checked)
        action.toggled.connect(partial(self._on_checked, action))

    def _name_menus(self) -> None:
        formats_, models = len(self.checked(self.formats)), self.checked(self.models)
        one = self.tr("1 format") if formats_ == 1 else self.tr("{count} formats").format(count=formats_)
        self.formats.setText(one)
        if len(models) == 1:
            model = self._library.find(models[0])
            self.models.setText(_short(model) if model is not None else self.tr("1 model"))
        else:
            self.models.setText(self.tr("{count} models").format(count=len(models)) if models else self.tr("no model"))

    def checked(self, button: QToolButton) -> list[str]:
        """Return the keys of what is ticked in a menu."""
        return [action.data() for action in button.menu().actions() if action.isChecked()]

    # --- changes --------------------------------------------------------------------------------------------

    def _on_builder(self, change: str) -> None:
        if change in ("set", "task", "model"):
            self.refresh()

    @Slot()
    def _on_change(self) -> None:
        self.seeds.setProperty("wrong", not _numbers(self.seeds.text()))
        self.seeds.style().polish(self.seeds)
        self._soon.start()

    @Slot()
    def _on_part(self) -> None:
        part = self.part.currentData()
        count = len(self._builder.part(part)) if part else 0
        whole = self.items.value() >= self.items.maximum()
        self.items.setRange(1, max(1, count))
        if whole:
            self.items.setValue(max(1, count))
        self._soon.start()

    def _on_checked(self, action: QAction, checked: bool) -> None:
        button = self.formats if action in self.formats.menu().actions() else self.models
        if not checked and not self.checked(button):
            action.setChecked(True)  # one at least
            return
        if button is self.models:
            self.models_by_hand, self._wanted = True, set()
        self._name_menus()
        self._soon.start()

    # --- parts ----------------------------------------------------------------------------------------------

    def _count_button(self, count: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(str(count))
        button.setCheckable(True)
        button.setChecked(count in _FIRST_COUNTS)
        button.setAccessibleName(self.tr("{count} examples").format(count=count))
        button.toggled.connect(self._on_change)
        return button

    def _spin(self, low: int, high: int, value: int, name: str) -> QSpinBox:
        spin = QSpinBox(self)
        spin.setRange(low, high)
        spin.setValue(value)
        spin.setAccessibleName(name)
        spin.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
        spin.valueChanged.connect(self._soon.start)
        return spin

    def _menu_button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setAccessibleName(name)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMenu(TickMenu(button))
        return button


def _named(name: str, widget: QWidget, parent: QWidget) -> QWidget:
    """Return a control with its name before it."""
    if not name:
        return widget
    both = QWidget(parent)
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP_SMALL)
    label = QLabel(name, both)
    label.setProperty("type", "secondary")
    label.setBuddy(widget)
    row.addWidget(label)
    row.addWidget(widget)
    return both


def _numbers(text: str) -> tuple[int, ...]:
    """Return the whole numbers in a text, each once; none when there is anything else in it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and len(part) <= 9 for part in parts):
        return ()
    return tuple(dict.fromkeys(map(int, parts)))


def _short(model: LibraryModel) -> str:
    name = model.name or model.file_name
    return name if len(name) <= 28 else name[:27] + "…"
