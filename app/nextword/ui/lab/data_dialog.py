"""Makes a task of a file: what was found in it, what its columns are, which lines cannot be used, how it is divided."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.lab.dataset import Imported, Mapping, RawTable, suggested
from nextword.lab.splits import Splits
from nextword.lab.task import Task, Template, labels_named
from nextword.lab.task_set import TaskSet
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.lab.data_reading import DataReading
from nextword.ui.lab.data_words import label_words, problem_words, table_words, warnings
from nextword.ui.lab.latest_work import Deliver
from nextword.ui.lab.split_field import SplitField
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label

_SHOWN_ROWS = 30
_SHOWN_LETTERS = 200


class DataDialog(QDialog):
    """made: a TaskSet. A file can be dropped on it."""

    made = Signal(object)

    def __init__(self, deliver: Deliver, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Data of my own"))
        self.setAcceptDrops(True)
        self._deliver = deliver
        self._reading = DataReading(deliver)
        self._path: Path | None = None
        self._raw: RawTable | None = None
        self.imported: Imported | None = None
        self.choose = QPushButton(self.tr("Choose a file…"), self)
        set_icon(self.choose, "folder-open", size=16)
        self.choose.clicked.connect(self._on_choose)
        self.message = text_label(
            self.tr(
                "Drop a CSV, JSON Lines or JSON file here, or choose one. Each row is a text and its label or answer."
            ),
            "secondary",
        )
        self.found = text_label("", "strong")
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Name of the task"))
        self.text = self._combo(self.tr("Column with the text"))
        self.second = self._combo(self.tr("Second column with text"))
        self.gold = self._combo(self.tr("Column with the label or answer"))
        self.kind = self._combo(self.tr("What that column holds"))
        self.part = self._combo(self.tr("Column that says what is for the test"))
        self.header = QCheckBox(self.tr("The first row holds the names of the columns"), self)
        self.table = QTableView(self)
        self.labels = text_label("")
        self.problems = text_label("", "warning")
        self.warning = text_label("", "warning")
        self.division: SplitField | None = None
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.make = self._buttons.addButton(self.tr("Make the task"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self._connect()
        self._set_shown(False)

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setAccessibleName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(14)
        return combo

    def _set_up_table(self) -> None:
        self.table.setAccessibleName(self.tr("The first rows"))
        self.table.setProperty("look", "card")
        self.table.setFixedHeight(150)
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().setAccessibleName(self.tr("Line of the file"))
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)  # Tab goes on to the fields, arrows go from cell to cell
        self.table.horizontalHeader().setDefaultSectionSize(220)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setModel(QStandardItemModel(self.table))

    def _lay_out(self) -> None:
        self._mapping = QWidget(self)
        form = QFormLayout(self._mapping)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(GAP_SMALL)
        form.addRow(self.tr("Name"), self.name)
        form.addRow(self.tr("Text"), self.text)
        form.addRow(self.tr("and text"), self.second)
        form.addRow(self.tr("Label or answer"), self.gold)
        form.addRow(self.tr("It is"), self.kind)
        form.addRow(self.tr("Test rows"), self.part)
        form.addRow("", self.header)
        self._set_up_table()
        content = QWidget()
        content.setObjectName("page_content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, GAP, 0)
        self._column.setSpacing(GAP_SMALL)
        for widget in (self.message, self.found, self.table, self._mapping, self.labels, self.warning, self.problems):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        whole.setSpacing(GAP)
        whole.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(area, 1)
        whole.addWidget(self._buttons)
        parent = self.parent()
        assert isinstance(parent, QWidget)
        self.resize(min(640, parent.width() - 40), min(680, parent.height() - 40))

    def _connect(self) -> None:
        for combo in (self.text, self.second, self.gold, self.kind, self.part):
            combo.activated.connect(self._on_mapping)
        self.header.toggled.connect(self._on_header)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self._on_finished)

    def _set_shown(self, shown: bool) -> None:
        for widget in (self.found, self._mapping, self.labels, self.table):
            widget.setVisible(shown)
        self.problems.setVisible(shown and bool(self.problems.text()))
        self.warning.setVisible(shown and bool(self.warning.text()))
        self.make.setEnabled(shown and self.imported is not None and bool(self.imported.items))

    # --- the file -------------------------------------------------------------------------------------------

    @Slot()
    def _on_choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.tr("Choose a data file"), folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Data (*.csv *.tsv *.jsonl *.ndjson *.json *.txt)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_file(self, path: str) -> None:
        self.read(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            event.acceptProposedAction()
            self.read(Path(path))

    def read(self, path: Path, has_header: bool | None = None) -> None:
        """Read a file and show what is in it."""
        self._path = path
        self.message.setText(self.tr("Reading {name}…").format(name=short(path.name, 80)))
        self.message.show()
        self._reading.read(path, has_header, done=self._on_read, failed=self._on_failed)

    def _on_failed(self, error: NextwordError) -> None:
        words = explain(error)
        self._raw = self.imported = None
        self.message.setText(f"{words.title}. {words.text} {words.advice}".strip())
        self.message.show()
        self._set_shown(False)

    def _on_read(self, raw: RawTable) -> None:
        self._raw = raw
        path = self._path
        if path is not None and not self.name.text():
            self.name.setText(path.stem[:60])
        self.message.hide()
        self.found.setText(f"{short(path.name, 60) if path is not None else ''} · {table_words(raw)}")
        self._fill_columns(raw)
        self._fill_table(raw)
        with QSignalBlocker(self.header):
            self.header.setChecked(raw.has_header)
        self.header.setVisible(raw.format == "CSV")
        self._on_mapping()

    def _fill_columns(self, raw: RawTable) -> None:
        guess = suggested(raw)
        none = self.tr("(none)")
        chosen = {
            self.text: guess.texts[0] if guess.texts else "",
            self.second: "",
            self.gold: guess.gold,
            self.part: guess.part,
        }
        for combo, column in chosen.items():
            combo.clear()
            if combo is not self.text:
                combo.addItem(self.tr("(divide at random)") if combo is self.part else none, "")
            for name in raw.columns:
                combo.addItem(short(name, 60), name)
            combo.setCurrentIndex(max(0, combo.findData(column)))
        self.kind.clear()
        self.kind.addItem(self.tr("a label: one of a few classes"), "labels")
        self.kind.addItem(self.tr("an answer: written freely"), "answers")
        self.kind.setCurrentIndex(self.kind.findData(guess.kind))

    def _fill_table(self, raw: RawTable) -> None:
        model = QStandardItemModel(self.table)
        model.setHorizontalHeaderLabels([short(name, 60) for name in raw.columns])
        for row in raw.rows[:_SHOWN_ROWS]:
            model.appendRow([QStandardItem("–" if cell is None else short(cell, _SHOWN_LETTERS)) for cell in row])
        model.setVerticalHeaderLabels([str(line) for line in raw.lines[:_SHOWN_ROWS]])
        before = self.table.model()
        self.table.setModel(model)
        before.deleteLater()

    # --- the items ------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_header(self, named: bool) -> None:
        if self._path is not None:
            self.read(self._path, named)

    @Slot()
    def _on_mapping(self) -> None:
        if self._raw is None:
            return
        texts = tuple(name for name in (self.text.currentData(), self.second.currentData()) if name)
        mapping = Mapping(texts, self.gold.currentData() or "", self.kind.currentData(), self.part.currentData() or "")
        self.kind.setEnabled(bool(mapping.gold))
        self._reading.items(self._raw, mapping, self._on_items)

    def _on_items(self, imported: Imported, splits: Splits) -> None:
        self.imported = imported
        count = len(imported.items)
        words = self.tr("{count} items.").format(count=f"{count:,}")
        if imported.labels:
            words = self.tr("{count} items. Labels: {labels}").format(count=f"{count:,}", labels=label_words(imported))
        if not count:
            words = self.tr("No row gives an item: the file is empty, or another column holds the text.")
        self.labels.setText(words)
        found = (*(self._raw.problems if self._raw is not None else ()), *imported.problems)
        self.problems.setText(problem_words(found))
        self.warning.setText(warnings(imported))
        self._show_division(splits)
        self._set_shown(True)

    def _show_division(self, splits: Splits) -> None:
        if self.division is not None:
            self._column.removeWidget(self.division)
            self.division.close_field()
            self.division.hide()
            self.division.deleteLater()
            self.division = None
        if splits.pool or splits.tuning or splits.test:
            self.division = SplitField(splits, self._deliver, self)
            self._column.insertWidget(self._column.indexOf(self.problems) + 1, self.division)

    # --- the end --------------------------------------------------------------------------------------------

    def task_set(self) -> TaskSet | None:
        """Return the task as it is described now, None where there is nothing in it."""
        imported = self.imported
        if imported is None or not imported.items or self.division is None:
            return None
        name = self.name.text().strip() or self.tr("My data")
        column = str(self.gold.currentData() or "")
        is_labels = self.kind.currentData() == "labels" and bool(imported.labels)
        answer = column.strip().capitalize() if is_labels and column.strip() else self.tr("Answer")
        asked = str(self.text.currentData() or "").strip().capitalize() or self.tr("Input")
        template = Template("own", input_prefix=f"{asked}: ", output_prefix=f"\n{answer}:")
        labels = labels_named(label for label, _ in imported.labels) if is_labels else ()
        task = Task(name, "labels" if is_labels else "answers", template, labels)
        source = self._path.name if self._path is not None else ""
        return TaskSet(task, self.division.splits, source=source)

    def accept(self) -> None:
        made = self.task_set()
        if made is not None:
            self.made.emit(made)
            super().accept()

    @Slot()
    def _on_finished(self) -> None:
        self._reading.close()
        if self.division is not None:
            self.division.close_field()
        self.deleteLater()
