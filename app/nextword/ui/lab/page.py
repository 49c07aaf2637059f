"""The lab's page: the model, the tabs, and the tab that is shown, built when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from nextword.ui.feature import OpenExperiment
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
        self._chip = ModelChip(services.engine, services.library, services.go, self)
        self.bar = QTabBar(self)
        self._stack = QStackedWidget(self)
        self._lay_out()

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
        self._stack.setCurrentWidget(self.tabs[name])
        self.bar.setCurrentIndex(list(self._makers).index(name))
        return self.tabs[name]

    @Slot(int)
    def _on_tab_changed(self, index: int) -> None:
        self.show_tab(list(self._makers)[index])

    def _on_key(self, index: int, _checked: bool = False) -> None:
        self.bar.setCurrentIndex(index)

    def _make_build(self) -> QWidget:
        return QWidget(self)

    def _make_sweep(self) -> QWidget:
        return QWidget(self)

    def _make_generation(self) -> QWidget:
        return QWidget(self)

    def _make_twins(self) -> QWidget:
        return QWidget(self)

    def _make_runs(self) -> QWidget:
        return QWidget(self)

    # --- what the window asks for ---------------------------------------------------------------------------

    def open_experiment(self, place: OpenExperiment) -> None:
        """Show a stored experiment among the runs, or a fresh builder."""
        self.show_tab("runs" if place.experiment is not None else "build")

    def shut_down(self) -> None:
        """Let the tabs stop their work."""
        for tab in self.tabs.values():
            stop = getattr(tab, "shut_down", None)
            if stop is not None:
                stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.tabs:
            self.show_tab("build")
