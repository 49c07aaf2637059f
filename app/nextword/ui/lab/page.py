"""The lab's page: the model, the tabs, and the tab that is shown, built when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from nextword.history.experiments import ExperimentId, ExperimentSummary
from nextword.lab import builtin
from nextword.lab.builder import Builder
from nextword.lab.shakes import Shake
from nextword.lab.sweep_desk import SweepDesk
from nextword.lab.task_set import built_in_set
from nextword.ui.feature import OpenExperiment
from nextword.ui.lab.build_tab import BuildTab
from nextword.ui.lab.lab_model import LabModel
from nextword.ui.lab.lab_words import shake_name
from nextword.ui.lab.runs_tab import RunsTab
from nextword.ui.lab.shaking import home_of, shake_plan
from nextword.ui.lab.task_desk import TaskDesk
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_WIDE
from nextword.ui.widgets.model_chip import ModelChip

TabName: TypeAlias = Literal["build", "sweep", "generation", "twins", "runs"]

_TOP_HEIGHT = 48


class LabPage(QWidget):
    """tabs: those that were built so far. The window calls `shut_down` before it goes; so does a tab that has it."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self.tabs: dict[TabName, QWidget] = {}
        self._makers: dict[TabName, tuple[str, Callable[[], QWidget]]] = {
            "build": (self.tr("Build"), self._make_build),
            "sweep": (self.tr("Sweep"), self._make_sweep),
            "generation": (self.tr("Generation"), self._make_generation),
            "twins": (self.tr("Twins"), self._make_twins),
            "runs": (self.tr("Runs"), self._make_runs),
        }
        self.builder = Builder(services.engine, built_in_set("sentiment"))
        self.desk = TaskDesk(self.builder, services, self)
        self.sweeps = SweepDesk(services.engine, services.history)
        self.sweeps.changed.connect(self._on_sweep)
        self.model = LabModel(services.engine, services.settings, self)
        self.sweeps.changed.connect(lambda _what: self._on_activity())
        self._chip = ModelChip(services.engine, services.library, services.go, self)
        self.bar = QTabBar(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self.setProperty(
            "shortcut_notes",
            [
                ["Space", self.tr("Build: tick an example, or untick it")],
                ["Alt+Up · Alt+Down", self.tr("Build: move an example up or down")],
                ["Enter · Delete", self.tr("Build: edit, remove an example; Runs: open, delete")],
                ["Alt+Left · Alt+Right", self.tr("Build: previous, next input")],
                ["Ctrl+Enter", self.tr("Sweep, Generation, Twins: run, or rest")],
            ],
        )

    def _lay_out(self) -> None:
        top = QFrame(self)
        top.setProperty("look", "top")
        top.setFixedHeight(_TOP_HEIGHT)
        self.bar.setAccessibleName(self.tr("Parts of the lab"))
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        for number, (title, _) in enumerate(self._makers.values(), 1):
            self.bar.addTab(title)
            action = QAction(self.tr("Lab: {part}").format(part=title), self)
            action.setShortcut(f"Alt+{number}")
            action.triggered.connect(partial(self._on_key, number - 1))
            self.addAction(action)
        line = QHBoxLayout(top)
        line.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, 0)
        line.setSpacing(GAP)
        line.addWidget(self._chip)
        line.addStretch(1)
        line.addWidget(self.bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._on_tab_changed)

    # --- tabs -----------------------------------------------------------------------------------------------

    def show_tab(self, name: TabName) -> QWidget:
        """Bring a tab to the front, built now if this is the first time; return it."""
        if name not in self.tabs:
            self.tabs[name] = self._makers[name][1]()
            self._stack.addWidget(self.tabs[name])
        leaves, focus = self._stack.currentWidget(), QApplication.focusWidget()
        if leaves is not self.tabs[name] and focus is not None and leaves is not None and leaves.isAncestorOf(focus):
            self.bar.setFocus(Qt.FocusReason.OtherFocusReason)  # Qt would give it to the first button of the window
        self._stack.setCurrentWidget(self.tabs[name])
        self.bar.setCurrentIndex(list(self._makers).index(name))
        return self.tabs[name]

    @Slot(int)
    def _on_tab_changed(self, index: int) -> None:
        self.show_tab(list(self._makers)[index])

    def _on_key(self, index: int, _checked: bool = False) -> None:
        self.bar.setCurrentIndex(index)

    def _make_build(self) -> QWidget:
        tab = BuildTab(self.builder, self.desk, self._services, self)
        tab.shake_asked.connect(self._on_shake)
        return tab

    def _make_sweep(self) -> QWidget:
        from nextword.ui.lab.sweep_tab import SweepTab

        tab = SweepTab(self.builder, self.desk, self.sweeps, self._services, self)
        tab.build_wanted.connect(partial(self.show_tab, "build"))
        return tab

    def _make_generation(self) -> QWidget:
        from nextword.ui.lab.generation_tab import GenerationTab

        tab = GenerationTab(self.builder, self._services, self)
        tab.activity.connect(self._on_activity)
        return tab

    def _make_twins(self) -> QWidget:
        from nextword.ui.lab.twins_tab import TwinsTab

        tab = TwinsTab(self._services, self)
        tab.activity.connect(self._on_activity)
        return tab

    def _make_runs(self) -> QWidget:
        tab = RunsTab(self._services, self)
        tab.open_asked.connect(self._on_open)
        tab.card_asked.connect(self._on_card)
        return tab

    @Slot()
    def _on_activity(self) -> None:
        """Leave the models to an experiment while one runs."""
        others = any(getattr(tab, "is_running", False) for tab in self.tabs.values())
        self.model.hold(others or self.sweeps.status.state == "running")

    # --- experiments ----------------------------------------------------------------------------------------

    def _on_shake(self, shake: Shake) -> None:
        name = self.tr("{task}: {shake}").format(task=self.desk.name, shake=shake_name(shake).lower())
        plan = shake_plan(self.builder, self._services.library, shake, name)
        if plan is None:
            words = self.tr("There is nothing to shake: this needs labels, items to ask about and a loaded model.")
            self._services.notices.add(Notice(text=words, level="warning", key="lab shake"))
            return
        self.sweeps.begin(plan, name, home_of(self._services.engine, self._services.settings))
        self.show_tab("sweep")

    def _on_card(self, path: str) -> None:
        from nextword.ui.lab.card_dialog import open_card

        open_card(self._services, self, path, self.model.hold)

    def _on_sweep(self, _change: str) -> None:
        if not self.isVisible() and self.sweeps.status.state != "running":  # the chat waits for its model
            self.model.leave()

    def _on_open(self, found: ExperimentSummary) -> None:
        if found.kind == "sweep":
            self.sweeps.open(found.id)
            self.show_tab("sweep")
            return
        tab = self.show_tab(found.kind)
        opened = getattr(tab, "open_experiment", None)
        if opened is not None:
            opened(found.id)

    # --- what the window asks for ---------------------------------------------------------------------------

    def open_experiment(self, place: OpenExperiment) -> None:
        """Show a stored experiment, or the builder with a built-in set."""
        if place.experiment is not None:
            runs = self.show_tab("runs")
            assert isinstance(runs, RunsTab)
            runs.point_at(ExperimentId(place.experiment))
            return
        if place.data_set in builtin.NAMES:
            self.desk.open_built_in(place.data_set)
        self.show_tab("build")

    def shut_down(self) -> None:
        """Let the tabs stop their work."""
        for tab in self.tabs.values():
            stop = getattr(tab, "shut_down", None)
            if stop is not None:
                stop()
        self.sweeps.close()
        self.desk.shut_down()
        self.builder.close()
        self.model.shut_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.enter()
        if not self.tabs:
            self.desk.open_last()
            self.show_tab("build")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.sweeps.status.state != "running":  # it goes on while something else is looked at
            self.model.leave()
