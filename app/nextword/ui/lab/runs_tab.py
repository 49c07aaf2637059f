"""The stored experiments: opened, renamed, deleted with an undo, written into a file as a card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QStandardPaths,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import ExportFailed, NextwordError
from nextword.history.conversations import Conversations
from nextword.history.experiments import ExperimentId, ExperimentSummary
from nextword.history.exports.file_names import file_name
from nextword.history.records import HistoryChange
from nextword.lab import card
from nextword.lab.columns import unpack_column
from nextword.lab.results import plan_from, unpack
from nextword.lab.twins_card import TwinsCard, make_twins
from nextword.ui.lab.examples_model import Index
from nextword.ui.notices import Action, Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label

EXPERIMENT = Qt.ItemDataRole.UserRole


class RunsTab(QWidget):
    """open_asked: an ExperimentSummary. card_asked: the path of a card to be run again, or "" for: ask which."""

    open_asked = Signal(object)
    card_asked = Signal(str)

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._wanted: ExperimentId | None = None
        self.model = RunsModel(self)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setProperty("look", "card")
        self.table.setAccessibleName(self.tr("Stored experiments"))
        self._stack = QStackedWidget(self)
        self.empty = text_label(
            self.tr(
                "No experiment is kept yet. A sweep, a generation task, a comparison of twins and every Shake in Build "
                "is listed here, run by run, and can be opened again after a restart."
            ),
            "secondary",
        )
        self.open = self._button(self.tr("Open"), "folder-open", self._on_open)
        self.rename = self._button(self.tr("Rename"), "pencil-simple", self._on_rename)
        self.delete = self._button(self.tr("Delete"), "trash", self._on_delete)
        self.export = self._button(self.tr("Export as a card…"), "download-simple", self._on_export)
        self.card = self._button(self.tr("Open a card…"), "file-text", self._on_card)
        self._lay_out()
        self._add_keys()
        self._disconnect = services.history.changed.connect(self._on_history_changed)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self.table.doubleClicked.connect(self._on_open)
        self._on_current()
        self.refresh()

    def _button(self, words: str, icon: str, act: Any) -> QPushButton:
        button = QPushButton(words, self)
        set_icon(button, icon, size=14)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        none = QWidget(self)
        above = QVBoxLayout(none)
        above.addWidget(self.empty)
        above.addStretch(1)
        self._stack.addWidget(none)
        self._stack.addWidget(self.table)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        for button in (self.open, self.rename, self.delete, self.export):
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.card)
        column_box = QVBoxLayout(self)
        column_box.setContentsMargins(GAP_PAGE, GAP_WIDE, GAP_PAGE, GAP_WIDE)
        column_box.setSpacing(GAP)
        column_box.addLayout(line)
        column_box.addWidget(self._stack, 1)

    def _add_keys(self) -> None:
        for keys, act in (
            (Qt.Key.Key_Return, self._on_open),
            (Qt.Key.Key_F2, self._on_rename),
            (Qt.Key.Key_Delete, self._on_delete),
        ):
            action = QAction(self.table)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(act)
            self.table.addAction(action)

    def shut_down(self) -> None:
        """Listen no more."""
        self._disconnect()

    # --- the list -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""
        self._services.history.run(lambda kept: kept.experiments.list(), done=self._on_list, failed=self._tell)

    def point_at(self, experiment: ExperimentId) -> None:
        """Make an experiment the current one and open it."""
        self._wanted = experiment
        self.refresh()

    def _on_list(self, rows: Sequence[ExperimentSummary]) -> None:
        current = self.current()
        self.model.show(rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        wanted = self._wanted if self._wanted is not None else current.id if current is not None else None
        row = next((at for at, each in enumerate(rows) if each.id == wanted), 0)
        if rows:
            self.table.setCurrentIndex(self.model.index(row, 0))
        if self._wanted is not None:
            found = self.current()
            if found is not None and found.id == self._wanted:
                self.open_asked.emit(found)
            self._wanted = None
        self._on_current()

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.experiments and self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def current(self) -> ExperimentSummary | None:
        """Return the experiment that buttons act on."""
        found: ExperimentSummary | None = self.table.currentIndex().data(EXPERIMENT)
        return found

    @Slot()
    def _on_current(self) -> None:
        for button in (self.open, self.rename, self.delete, self.export):
            button.setEnabled(self.current() is not None)

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _on_open(self) -> None:
        found = self.current()
        if found is not None:
            self.open_asked.emit(found)

    @Slot()
    def _on_rename(self) -> None:
        found = self.current()
        if found is None:
            return
        dialog = QInputDialog(self.window())
        dialog.setWindowTitle(self.tr("Rename the experiment"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(found.name)
        dialog.textValueSelected.connect(partial(self._rename, found.id))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _rename(self, experiment: ExperimentId, name: str) -> None:
        if name.strip():
            self._services.history.run(lambda kept: kept.experiments.rename(experiment, name), failed=self._tell)
            self.refresh()

    @Slot()
    def _on_delete(self) -> None:
        found = self.current()
        if found is None:
            return
        self._services.history.run(lambda kept: kept.experiments.delete(found.id), failed=self._tell)
        self.refresh()
        undo = Action(self.tr("Undo"), partial(self._restore, found.id))
        text = self.tr("The experiment “{name}” was deleted.").format(name=found.name)
        self._services.notices.add(Notice(text=text, actions=(undo,), key="lab run"))

    def _restore(self, experiment: ExperimentId) -> None:
        self._services.history.run(lambda kept: kept.experiments.restore(experiment), failed=self._tell)
        self.refresh()

    # --- cards ----------------------------------------------------------------------------------------------

    @Slot()
    def _on_export(self) -> None:
        found = self.current()
        if found is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self.window(), self.tr("Export as a card"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"*{card.SUFFIX}")
        dialog.setDefaultSuffix(card.SUFFIX[1:])
        dialog.selectFile(file_name(found.name, card.SUFFIX))
        dialog.fileSelected.connect(lambda chosen: self.write_card(found, Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write_card(self, experiment: ExperimentSummary, path: Path) -> None:
        """Write an experiment into a file."""
        self._services.history.run(
            partial(_card_of, experiment), done=partial(self._on_card_made, path), failed=self._tell
        )

    def _on_card_made(self, path: Path, made: card.Card | TwinsCard | None) -> None:
        if made is None:
            self._services.notices.add(
                Notice(text=self.tr("This experiment cannot be written as a card."), level="warning", key="lab run")
            )
            return
        try:
            card.write(made, path)
        except OSError as error:
            self._tell(ExportFailed(str(path), "other", error.strerror or str(error)))
            return
        text = self.tr("The card was written: {path}").format(path=path)
        self._services.notices.add(Notice(text=text, key="lab run"))

    @Slot()
    def _on_card(self) -> None:
        self.card_asked.emit("")

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab run"))


def _card_of(experiment: ExperimentSummary, kept: Conversations) -> card.Card | TwinsCard | None:
    """Read an experiment with all its runs; None for one that is no plan of ours."""
    import msgspec

    stored = kept.experiments.read(experiment.id)
    try:
        if stored.summary.kind == "twins":
            columns = [unpack_column(kept.experiments.results(run.id)) for run in kept.experiments.runs(experiment.id)]
            return make_twins(stored.summary.name, columns, created=stored.summary.created)
        plan = plan_from(stored.plan)
        results = [unpack(kept.experiments.results(run.id)) for run in kept.experiments.runs(experiment.id)]
    except (msgspec.MsgspecError, ValueError):
        return None
    return card.make(stored.summary.name, plan, results, created=stored.summary.created)


class RunsModel(QAbstractTableModel):
    """A row for each experiment."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[ExperimentSummary, ...] = ()

    def show(self, rows: Sequence[ExperimentSummary]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Experiment"), self.tr("Kind"), self.tr("Runs"), self.tr("Last worked on"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == EXPERIMENT:
            return row
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        match index.column():
            case 0:
                return row.name
            case 1:
                return {
                    "sweep": self.tr("Sweep"),
                    "generation": self.tr("Generation"),
                    "twins": self.tr("Twins"),
                }[row.kind]
            case 2:
                if row.finished >= row.planned:
                    return f"{row.finished}"
                return self.tr("{done} of {planned}").format(done=row.finished, planned=row.planned)
            case _:
                when = QDateTime.fromSecsSinceEpoch(round(row.updated))
                return QLocale().toString(when, QLocale.FormatType.ShortFormat)
