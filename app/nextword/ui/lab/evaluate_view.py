"""One run looked at item by item: confusion matrix, table, the errors, where two runs differ, the exact prompt."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.evaluation import ItemRow, SeenRun, confusion_of, item_rows, items_table
from nextword.lab.prompts import build
from nextword.lab.results import RunResult
from nextword.lab.statistics import reliability
from nextword.lab.sweep import Plan
from nextword.lab.sweep_desk import SweepDesk
from nextword.lab.task import label_index
from nextword.tables import Table
from nextword.ui.lab.evaluate_confusion import ConfusionView, Matrix, MatrixFigure
from nextword.ui.lab.evaluate_items import GOLD, MARGIN, OTHER, PREDICTED, ROW, TEXT, Cell, ItemFilter, ItemModel, Which
from nextword.ui.lab.evaluate_trust import Trust, TrustFigure, TrustView, sums_words
from nextword.ui.lab.sweep_names import condition_name, run_name
from nextword.ui.lab.wide_choice import WideChoice
from nextword.ui.theme import GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme
from nextword.ui.widgets.export_button import Beside, ExportButton
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.page_frame import text_label

_WIDTHS = (21, 53, 26)
"""Shares of matrix, items and prompt, in hundredths of the width."""


class EvaluateView(QWidget):
    """build_asked: load the selected item with its examples into Build: (SeenRun, ItemRow). beside: where tables are
    written."""

    build_asked = Signal(object, object)
    failed = Signal(object)
    written = Signal(object)

    def __init__(self, desk: SweepDesk, beside: Beside, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._beside = beside
        self._runs: tuple[SeenRun, ...] = ()
        self._shown: tuple[SeenRun, RunResult] | None = None
        self._asked = 0
        self.run = self._combo(self.tr("The run whose items are shown"))
        self.other = self._combo(self.tr("The run to compare it with"))
        self.model = ItemModel(self)
        self.filter = ItemFilter(self)
        self.filter.setSourceModel(self.model)
        self.matrix = ConfusionView(self)
        self.matrix.cell_chosen.connect(self._on_cell)
        self.diagram = TrustView(self)
        self.parts = QTabBar(self)
        self._pages = QStackedWidget(self)
        self.trust = text_label("", "small")
        self.trust.setToolTip(
            self.tr(
                "Expected calibration error: how far the probability of the best label is from how often it is right. "
                "Brier score: mean squared distance of all probabilities from the right answer."
            )
        )
        self.table = QTableView(self)
        self.count = QLabel(self)
        self.count.setProperty("type", "small")
        self.prompt = QPlainTextEdit(self)
        self.open = QPushButton(self.tr("Open in Build"), self)
        self.which = QButtonGroup(self)
        self._lay_out()

    def _lay_out(self) -> None:
        self._set_up_table()
        top = QWidget(self)
        flow = FlowLayout(top)
        flow.setSpacing(GAP_SMALL)
        flow.addWidget(self.run)
        against = QLabel(self.tr("against"), self)
        against.setProperty("type", "secondary")
        for label in (against, self.count):
            label.setMinimumHeight(self.run.sizeHint().height())
        flow.addWidget(against)
        flow.addWidget(self.other)
        names = (self.tr("All"), self.tr("Only the errors"), self.tr("Where they differ"))
        for number, name in enumerate(names):
            button = QPushButton(name, self)
            button.setCheckable(True)
            button.setChecked(number == 0)
            self.which.addButton(button, number)
            flow.addWidget(button)
        self.which.idToggled.connect(self._on_which)
        self.export = ExportButton(self, table=self._table, title=self.tr("Items of a run"), beside=self._beside)
        flow.addWidget(self.export)
        flow.addWidget(self.count)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._summary(splitter))
        for exporting in (self.export, self.export_matrix, self.export_diagram):
            exporting.failed.connect(self.failed)
            exporting.written.connect(self.written)
        splitter.addWidget(self.table)
        splitter.addWidget(_column(text_label(self.tr("The prompt of this item"), "strong"), self.prompt, self.open,
                                   parent=splitter))  # fmt: skip
        for number, width in enumerate(_WIDTHS):
            splitter.setStretchFactor(number, width)
        self._pages.setMinimumWidth(186)
        self.prompt.setMinimumWidth(140)
        splitter.setSizes([100 * width for width in _WIDTHS])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(top)
        column.addWidget(splitter, 1)

    def _summary(self, parent: QWidget) -> QWidget:
        """Return the run as a whole: what was taken for what, and how far its probabilities can be trusted."""
        self.parts.addTab(self.tr("Matrix"))
        self.parts.addTab(self.tr("Reliability"))
        self.parts.setDrawBase(False)
        self.parts.setExpanding(False)
        self.parts.setAccessibleName(self.tr("Matrix or reliability diagram"))
        self.parts.currentChanged.connect(self._pages.setCurrentIndex)
        self.diagram.told.connect(self._on_bin)
        self.export_matrix = ExportButton(self, figure=self._figure)
        self.export_matrix.setText(self.tr("Export matrix"))
        self.export_diagram = ExportButton(self, figure=self._diagram_figure)
        self.export_diagram.setText(self.tr("Export diagram"))
        across = text_label(self.tr("Right answers down, predictions across"), "small")
        about = text_label(self.tr("Share right, by how sure it was"), "small")
        about.setToolTip(self.tr("On the dotted line the model is right as often as it is sure."))
        self._pages.addWidget(_column(across, self.matrix, self.export_matrix, parent=self._pages))
        self._pages.addWidget(_column(about, self.diagram, self.trust, self.export_diagram, parent=self._pages))
        return _column(self.parts, self._pages, parent=parent)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.filter)
        table.setProperty("look", "card")
        table.setAccessibleName(self.tr("Items"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSortingEnabled(True)
        table.sortByColumn(TEXT, Qt.SortOrder.AscendingOrder)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        for column, characters in ((GOLD, 18), (PREDICTED, 16), (MARGIN, 11), (OTHER, 16)):
            table.setColumnWidth(column, table.fontMetrics().averageCharWidth() * characters)
        table.setColumnHidden(OTHER, True)
        table.selectionModel().currentRowChanged.connect(self._on_row)
        table.doubleClicked.connect(self._on_open)
        self.filter.modelReset.connect(self._on_narrowed)
        self.prompt.setReadOnly(True)
        self.prompt.setFont(current_theme().font("mono"))
        self.prompt.setAccessibleName(self.tr("The prompt of this item"))
        self.open.clicked.connect(self._on_open)
        self.open.setEnabled(False)

    # --- what is shown --------------------------------------------------------------------------------------

    def show_runs(self, runs: tuple[SeenRun, ...]) -> None:
        """Offer the runs that there are; what is shown stays shown."""
        plan = self._desk.plan
        chosen, other = self._id_of(self.run), self._id_of(self.other)
        self._runs = tuple(sorted(runs, key=lambda run: run.cell.place))
        for combo, keep in ((self.run, chosen), (self.other, other)):
            combo.blockSignals(True)
            combo.clear()
            if combo is self.other:
                combo.addItem(self.tr("no other run"), -1)
            for run in self._runs if plan is not None else ():
                assert plan is not None
                combo.addItem(f"{condition_name(plan, run.condition)}, {run_name(plan, run)}", run.id)
            combo.setCurrentIndex(max(0, combo.findData(keep)))
            combo.blockSignals(False)
        now = self._id_of(self.run)
        if now == -1:
            self._clear()
        elif self._shown is None or self._shown[0] != self._run(now):
            self._read()

    def show_run(self, run_id: int, other_id: int = -1, which: Which = "all") -> None:
        """Show a run, and beside it another one."""
        for combo, key in ((self.run, run_id), (self.other, other_id)):
            combo.blockSignals(True)
            combo.setCurrentIndex(max(0, combo.findData(key)))
            combo.blockSignals(False)
        self.which.button(("all", "errors", "differ").index(which)).setChecked(True)
        self._read()

    @property
    def current(self) -> ItemRow | None:
        """The selected item."""
        row: ItemRow | None = self.table.currentIndex().siblingAtColumn(TEXT).data(ROW)
        return row

    def _id_of(self, combo: QComboBox) -> int:
        found = combo.currentData()
        return found if isinstance(found, int) else -1

    def _run(self, run_id: int) -> SeenRun | None:
        return next((run for run in self._runs if run.id == run_id), None)

    def _read(self) -> None:
        run = self._run(self._id_of(self.run))
        if run is None:
            self._clear()
            return
        self._asked += 1
        self._desk.result(run, partial(self._on_result, self._asked, run))

    def _on_result(self, asked: int, run: SeenRun, result: RunResult) -> None:
        plan = self._desk.plan
        if asked != self._asked or plan is None:
            return
        other = self._run(self._id_of(self.other))
        self._shown = (run, result)
        labels = tuple(label.name for label in plan.task_of(run.cell).labels)
        self.matrix.show_matrix(Matrix(labels, confusion_of(plan, run)) if labels else Matrix())
        self.matrix.setVisible(bool(labels))
        rows = item_rows(plan, result, other)
        self._show_trust(plan, rows)
        self.table.setColumnHidden(OTHER, other is None)
        self.table.setColumnHidden(MARGIN, plan.writes)
        self.which.button(2).setEnabled(other is not None)
        self.filter.cell = None
        self.model.show(rows)
        self._narrow()

    def _show_trust(self, plan: Plan, rows: tuple[ItemRow, ...]) -> None:
        scored = [row for row in rows if row.probabilities]
        golds = [label_index(plan.task, row.gold) for row in scored]
        found = reliability([row.probabilities for row in scored], golds)
        title = self.tr("Reliability, {run}").format(run=self.run.currentText())
        self.diagram.show_trust(Trust(title, found, plan.rule == "sum" and plan.calibration == "none"))
        self.trust.setText(sums_words(found))
        self.export_diagram.setEnabled(bool(scored))
        self.parts.setVisible(not plan.writes)
        self._pages.setVisible(bool(plan.task.labels))

    @Slot(str)
    def _on_bin(self, words: str) -> None:
        self.trust.setText(words or sums_words(self.diagram.trust.found))

    def _clear(self) -> None:
        self._shown = None
        self.matrix.show_matrix(Matrix())
        self.diagram.show_trust(Trust())
        self.model.show(())
        self.trust.setText("")
        self.prompt.setPlainText("")
        self._on_narrowed()

    # --- narrowing ------------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        which: Which = ("all", "errors", "differ")[max(0, self.which.checkedId())]
        self.filter.narrow(which, self.filter.cell)
        if self.filter.rowCount():
            self.table.selectRow(0)

    @Slot(int, bool)
    def _on_which(self, _which: int, on: bool) -> None:
        if on:
            self._narrow()

    def _on_cell(self, cell: Cell | None) -> None:
        self.filter.cell = cell
        self._narrow()

    @Slot()
    def _on_narrowed(self) -> None:
        shown, whole = self.filter.rowCount(), self.model.rowCount()
        self.count.setText(self.tr("{shown} of {whole} items").format(shown=shown, whole=whole) if whole else "")
        self.open.setEnabled(shown > 0)
        if not shown:
            self.prompt.setPlainText("")

    @Slot(int)
    def _on_chosen(self, _index: int) -> None:
        self._read()

    @Slot(QModelIndex)
    def _on_row(self, _index: QModelIndex) -> None:
        row, plan = self.current, self._desk.plan
        if row is None or self._shown is None or plan is None:
            return
        run = self._shown[0]
        task = plan.task_of(run.cell)
        built = build(task, run.cell.examples[: row.used], row.text)
        self.prompt.setPlainText(built.text)
        self.prompt.verticalScrollBar().setValue(self.prompt.verticalScrollBar().maximum())
        self.open.setEnabled(True)

    @Slot()
    def _on_open(self) -> None:
        row = self.current
        if row is not None and self._shown is not None:
            self.build_asked.emit(self._shown[0], row)

    # --- what leaves the program ------------------------------------------------------------------------------

    def _table(self) -> Table:
        plan = self._desk.plan
        shown = [self.filter.index(row, TEXT).data(ROW) for row in range(self.filter.rowCount())]
        return items_table(plan, shown) if plan is not None else Table((), ())

    def _figure(self) -> MatrixFigure:
        return MatrixFigure(self.tr("Confusion matrix, {run}").format(run=self.run.currentText()), self.matrix.matrix)

    def _diagram_figure(self) -> TrustFigure:
        return TrustFigure(self.diagram.trust)

    def _combo(self, name: str) -> QComboBox:
        combo = WideChoice(name, self, characters=22)
        combo.currentIndexChanged.connect(self._on_chosen)
        return combo


def _column(*widgets: QWidget, parent: QWidget) -> QWidget:
    whole = QWidget(parent)
    column = QVBoxLayout(whole)
    column.setContentsMargins(0 if parent.children() else GAP_WIDE, 0, GAP_TINY, 0)
    column.setSpacing(GAP_SMALL)
    for widget in widgets:
        column.addWidget(widget)
    return whole
