"""The sweep: what is to be done, how far it is, the line over the number of examples, the verdict, and the items."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.history.experiments import ExperimentId
from nextword.lab.builder import Builder
from nextword.lab.calibration import FORMULAS as CALIBRATIONS
from nextword.lab.estimate import Estimate
from nextword.lab.evaluation import ItemRow, SeenRun, by_condition, lines, lines_table, runs_table
from nextword.lab.running import Home
from nextword.lab.scores import FORMULAS as RULES
from nextword.lab.sweep import ModelRef, Plan
from nextword.lab.sweep_desk import Change, SweepDesk
from nextword.tables import Table
from nextword.ui.feature import OpenExperiment
from nextword.ui.lab.evaluate_view import EvaluateView
from nextword.ui.lab.form_states import put_sweep_back, sweep_text
from nextword.ui.lab.kept_form import KeptForm
from nextword.ui.lab.lab_words import calibration_meaning, calibration_name, rule_meaning, rule_name, set_name, shots
from nextword.ui.lab.latest_work import WorkInTurn
from nextword.ui.lab.run_loading import load_run
from nextword.ui.lab.shaking import home_of
from nextword.ui.lab.sweep_bar import SweepBar
from nextword.ui.lab.sweep_chart import SweepChart
from nextword.ui.lab.sweep_figure import ChartData, Series, SweepFigure
from nextword.ui.lab.sweep_form import SweepForm
from nextword.ui.lab.sweep_names import estimate_words, kinds_words, run_name, series_name, shortage_words
from nextword.ui.lab.sweep_verdict import SweepVerdict
from nextword.ui.lab.task_desk import TaskDesk
from nextword.ui.notices import Action, Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.flow_layout import FlowLayout


class SweepTab(QWidget):
    """build_wanted: show the tab where prompts are built."""

    build_wanted = Signal()

    def __init__(
        self, builder: Builder, tasks: TaskDesk, sweeps: SweepDesk, services: Services, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._builder = builder
        self._tasks = tasks
        self._services = services
        self.desk = sweeps
        self.form = SweepForm(builder, services.library, self)
        self.bar = SweepBar(self)
        self.chart = SweepChart(self)
        self.verdict = SweepVerdict(services.deliver, self)
        self._exporting = WorkInTurn(services.deliver, thread="lab-export")
        self.items = EvaluateView(self.desk, self._exporting.run, self)
        self.rule = self._rules()
        self.calibration = self._calibrations()
        self.title = QLabel(self)
        self.loaded = QLabel(self)
        self.to_build = QPushButton(self.tr("Go to Build"), self)
        self.to_items = QPushButton(self.tr("Its items"), self)
        self.parts = QTabBar(self)
        self._pages = QStackedWidget(self)
        self.kept = KeptForm(
            services, "sweep form", read=partial(sweep_text, self.form),
            put_back=partial(put_sweep_back, self.form), owner=self,
        )  # fmt: skip
        self._first = sweeps.experiment is None
        self._was_running = False
        self._lay_out()
        self._connect()
        self._on_desk("opened")

    def shut_down(self) -> None:
        """Listen no more; the page ends the sweep."""
        self.kept.close_form()
        self.form.close_form()
        self.verdict.close_work()
        self._exporting.close()
        self._disconnect()
        self._disconnect_failed()

    def open_experiment(self, experiment: int) -> None:
        """Show a stored sweep."""
        self._first = False
        self.desk.open(ExperimentId(experiment))

    @property
    def is_running(self) -> bool:
        """Whether the engine is at work for a sweep."""
        return self.desk.status.state == "running"

    # --- layout ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.title.setProperty("type", "strong")
        self.loaded.setProperty("type", "secondary")
        self.parts.addTab(self.tr("Accuracy"))
        self.parts.addTab(self.tr("Items"))
        self.parts.setDrawBase(False)
        self.parts.setAccessibleName(self.tr("What of the sweep is shown"))
        top = QWidget(self)
        head = FlowLayout(top)
        head.setSpacing(GAP)
        self.title.setMinimumHeight(self.rule.sizeHint().height())
        for widget in (self.parts, self.title, self.rule, self.calibration):
            head.addWidget(widget)
        self._pages.addWidget(self._accuracy_page())
        self._pages.addWidget(self.items)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.form)
        column.addWidget(self.bar)
        column.addWidget(top)
        column.addWidget(self._pages, 1)

    def _accuracy_page(self) -> QWidget:
        beside = self._exporting.run
        self.export_chart = ExportButton(self, figure=lambda: SweepFigure(self.chart.data), beside=beside)
        self.export_runs = ExportButton(self, table=self._runs_table, title=self.tr("Runs of a sweep"), beside=beside)
        self.export_runs.setText(self.tr("Export runs"))
        foot = QHBoxLayout()
        foot.setSpacing(GAP_SMALL)
        for widget in (self.loaded, self.to_build, self.to_items):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.export_chart)
        foot.addWidget(self.export_runs)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.chart, 1)
        column.addLayout(foot)
        page = QSplitter(Qt.Orientation.Horizontal, self)
        page.setChildrenCollapsible(False)
        page.addWidget(left)
        scrolled = QScrollArea(page)
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verdict.setObjectName("page_content")
        scrolled.setWidget(self.verdict)
        scrolled.setMinimumWidth(230)
        page.addWidget(scrolled)
        page.setStretchFactor(0, 1)
        page.setSizes([760, 330])
        return page

    def _rules(self) -> QComboBox:
        combo = QComboBox(self)
        combo.setAccessibleName(self.tr("Score rule"))
        for rule in RULES:
            combo.addItem(self.tr("Score: {rule}").format(rule=rule_name(rule)), rule)
            combo.setItemData(combo.count() - 1, rule_meaning(rule), Qt.ItemDataRole.ToolTipRole)
        return combo

    def _calibrations(self) -> QComboBox:
        combo = QComboBox(self)
        combo.setAccessibleName(self.tr("Calibration"))
        for kind in CALIBRATIONS:
            combo.addItem(self.tr("Calibrate: {kind}").format(kind=calibration_name(kind)), kind)
            combo.setItemData(combo.count() - 1, calibration_meaning(kind), Qt.ItemDataRole.ToolTipRole)
        return combo

    def _connect(self) -> None:
        self.form.changed.connect(self._on_form)
        self.form.changed.connect(self.kept.note)
        self.bar.begin.connect(self._begin)
        self.bar.pause.connect(self.desk.pause)
        self.bar.go_on.connect(lambda: self.desk.go_on(self._home()))
        self.parts.currentChanged.connect(self._pages.setCurrentIndex)
        self.chart.run_chosen.connect(self._on_dot)
        self.to_build.clicked.connect(self.build_wanted)
        self.to_items.clicked.connect(self._on_items)
        self.verdict.differ_asked.connect(self._on_differ)
        self.items.build_asked.connect(self._on_item)
        self.rule.currentIndexChanged.connect(self._on_rules)
        self.calibration.currentIndexChanged.connect(self._on_rules)
        for button in (self.export_chart, self.export_runs, self.items):
            button.failed.connect(self._tell)
            button.written.connect(self._on_written)
        run = QAction(self)
        run.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        run.triggered.connect(self.bar.run_or_pause)
        self.addAction(run)
        self._disconnect = self.desk.changed.connect(self._on_desk)
        self._disconnect_failed = self.desk.failed.connect(self._tell)

    # --- what is to be done ---------------------------------------------------------------------------------

    @Slot()
    def _on_form(self) -> None:
        chosen = self.form.chosen()
        if chosen.plan is None:
            self.bar.show_cost("", problem=chosen.problem)
            return
        self.bar.show_cost(self.tr("Measuring how long it takes…") if not self.is_running else "")
        if self.isVisible():
            self.desk.measure(chosen.plan, partial(self._on_estimate, chosen.plan))

    def _on_estimate(self, plan: Plan, estimate: Estimate) -> None:
        self.bar.show_cost(
            " · ".join(filter(None, (estimate_words(estimate), shortage_words(plan), kinds_words(plan))))
        )

    @Slot()
    def _begin(self) -> None:
        chosen = self.form.chosen()
        if chosen.plan is None:
            self.bar.show_cost("", problem=chosen.problem)
            return
        name = self.tr("{task}, {counts} examples").format(
            task=self._tasks.name, counts="/".join(map(str, chosen.plan.counts))
        )
        self._first = False
        unknown = self._builder.rules.score is None and self._builder.looked is None
        self.desk.begin(chosen.plan, name, self._home(), auto_rule=unknown)

    def _home(self) -> Home:
        return home_of(self._services.engine, self._services.settings)

    # --- what there is --------------------------------------------------------------------------------------

    def _on_desk(self, change: Change) -> None:
        desk = self.desk
        self.bar.show_status(desk.plan, desk.status)
        if change == "status":
            self._tell_end()
            return
        if change == "opened":
            self.chart.choose(-1)
            self._show_loaded(None)
        plan = desk.plan
        for combo, value in ((self.rule, plan.rule if plan else "sum"),
                             (self.calibration, plan.calibration if plan else "none")):  # fmt: skip
            combo.blockSignals(True)
            combo.setCurrentIndex(combo.findData(value))
            combo.blockSignals(False)
            combo.setVisible(plan is not None and not plan.writes)
        self.title.setText(desk.name if plan is not None else self.tr("No sweep yet"))
        self.chart.show_data(self._chart_data(), is_reading=desk.is_reading and not desk.runs)
        self.verdict.show_runs(plan, desk.runs)
        self.items.show_runs(desk.runs)
        for widget in (self.export_chart, self.export_runs):
            widget.setEnabled(bool(desk.runs))

    def _tell_end(self) -> None:
        running, was = self.is_running, self._was_running
        self._was_running = running
        if was and not running and self.desk.status.error is None:
            self._on_form()  # what the next one costs is not measured while one runs
        if was and not running and self.desk.status.state == "finished" and not self.isVisible():
            show = Action(self.tr("Show"), partial(self._show_experiment, self.desk.experiment))
            text = self.tr("The sweep “{name}” is finished.").format(name=self.desk.name)
            self._services.notices.add(Notice(text=text, actions=(show,), key="lab sweep"))

    def _show_experiment(self, experiment: int | None) -> None:
        self._services.go(OpenExperiment(experiment))

    def _chart_data(self) -> ChartData:
        plan = self.desk.plan
        if plan is None:
            return ChartData(self.tr("Accuracy by number of examples"), (), (), None, partial(Table, (), ()))
        labels = len(plan.task.labels)
        drawn = tuple(Series(series_name(plan, line.model, line.variant), line) for line in lines(self.desk.runs))
        counts = tuple(sorted({run.cell.count for run in self.desk.runs} | set(plan.counts)))
        title = self.tr("Accuracy by number of examples: {task}, {items} items").format(
            task=set_name(plan.name), items=len(plan.test)
        )
        return ChartData(
            title, drawn, counts, 1 / labels if labels else None, partial(lines_table, plan, self.desk.runs)
        )

    def _runs_table(self) -> Table:
        plan = self.desk.plan
        return runs_table(plan, self.desk.runs) if plan is not None else Table((), ())

    # --- runs and items -------------------------------------------------------------------------------------

    def _on_dot(self, run: SeenRun) -> None:
        if self.desk.plan is not None:
            self._load(load_run(self.desk.plan, run, None, self._builder, self._tasks))
            self._show_loaded(run)
            self.items.show_run(run.id)

    def _on_item(self, run: SeenRun, row: ItemRow) -> None:
        if self.desk.plan is not None:
            self._load(load_run(self.desk.plan, run, row, self._builder, self._tasks))
            self.build_wanted.emit()

    def _load(self, model: ModelRef | None) -> None:
        """Load the model that a prompt was asked of, where that takes one of its kind; not while a sweep runs."""
        if model is not None and not self.is_running:
            chosen = self._services.settings.value.engine
            self._services.engine.use(model.path, context_tokens=chosen.context_tokens, threads=chosen.threads)

    def _show_loaded(self, run: SeenRun | None) -> None:
        plan = self.desk.plan
        text = ""
        if run is not None and plan is not None:
            text = self.tr("In Build now: {shots}, {run}").format(shots=shots(run.cell.count), run=run_name(plan, run))
        self.loaded.setText(text)
        for widget in (self.loaded, self.to_build, self.to_items):
            widget.setVisible(bool(text))

    @Slot()
    def _on_items(self) -> None:
        self.parts.setCurrentIndex(1)

    @Slot()
    def _on_differ(self) -> None:
        pair = self.verdict.pair()
        groups = by_condition(self.desk.runs)
        if pair is not None:
            self.items.show_run(groups[pair[1]][0].id, groups[pair[0]][0].id, "differ")
            self.parts.setCurrentIndex(1)

    @Slot()
    def _on_rules(self) -> None:
        self.desk.set_rules(self.rule.currentData(), self.calibration.currentData())

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab sweep"))

    def _on_written(self, path: object) -> None:
        text = self.tr("Written: {path}").format(path=path)
        self._services.notices.add(Notice(text=text, key="lab sweep"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._first:
            self._first = False
            self.desk.open_last()
        self.form.refresh()
