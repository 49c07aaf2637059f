"""The line that begins a sweep, pauses it and goes on, with what it costs and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nextword.lab.running import SweepStatus
from nextword.lab.sweep import Plan
from nextword.ui.lab.sweep_names import status_words
from nextword.ui.theme import GAP, GAP_TINY


class SweepBar(QWidget):
    """begin: a new sweep. pause, go_on: the one that is open."""

    begin = Signal()
    pause = Signal()
    go_on = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.main = QPushButton(self.tr("Run sweep"), self)
        self.main.setProperty("look", "primary")
        self.again = QPushButton(self.tr("Go on"), self)
        self.again.setToolTip(self.tr("Do the runs that are missing; finished ones are kept"))
        self.cost = QLabel(self)
        self.cost.setProperty("type", "secondary")
        self.state = QLabel(self)
        self.state.setProperty("type", "secondary")
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the sweep"))
        self._running = False
        self._problem = ""
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for widget in (self.main, self.cost):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.state, self.again):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addLayout(row)
        column.addWidget(self.progress)
        self.main.clicked.connect(self.run_or_pause)
        self.again.clicked.connect(self.go_on)
        self.show_status(None, SweepStatus())

    def show_cost(self, text: str, *, problem: str = "") -> None:
        """Show what the chosen plan costs, or why it cannot be run."""
        self._problem = problem
        self.cost.setText(problem or text)
        self.cost.setProperty("type", "warning" if problem else "secondary")
        self.cost.style().polish(self.cost)
        self._enable()

    def show_status(self, plan: Plan | None, status: SweepStatus) -> None:
        """Show how far the open sweep is."""
        self._running = status.state == "running"
        self.main.setText(self.tr("Pause") if self._running else self.tr("Run sweep"))
        self.main.setToolTip(self.tr("Finished runs are kept (Ctrl+Enter)") if self._running else "Ctrl+Enter")
        self.again.setVisible(plan is not None and status.state in ("ready", "paused"))
        self.state.setText(status_words(plan, status) if plan is not None and status.planned else "")
        self.progress.setVisible(self._running)
        if plan is not None and status.planned:
            items = max(1, len(plan.test))
            self.progress.setRange(0, status.planned * items)
            self.progress.setValue(status.done * items + min(status.items_done, items))
        self._enable()

    def _enable(self) -> None:
        self.main.setEnabled(self._running or not self._problem)

    def run_or_pause(self) -> None:
        """What the button does, where it can be used."""
        if not self.main.isEnabled():
            return
        if self._running:
            self.pause.emit()
        else:
            self.begin.emit()
