"""The same prompt through up to four columns of models and forms, side by side, with what parts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from nextword import resources
from nextword.errors import NextwordError
from nextword.history.experiments import ExperimentId
from nextword.hub.library import LibraryModel
from nextword.hub.twins import instruct_twin
from nextword.lab.columns import (
    MOST_COLUMNS,
    QUESTION,
    Column,
    ColumnForm,
    ColumnResult,
    columns_text,
    pack_column,
    unpack_column,
)
from nextword.lab.sweep import ModelRef
from nextword.lab.twins import TwinsRun
from nextword.tables import Table
from nextword.ui.lab.form_states import twins_from, twins_text
from nextword.ui.lab.kept_form import KeptForm
from nextword.ui.lab.lab_words import one_line
from nextword.ui.lab.shaking import home_of
from nextword.ui.lab.twins_column import TwinsColumn
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

_REPAINT_MS = 40
_PROMPT_LINES = 3


class TwinsTab(QWidget):
    """columns: those that are there. activity: it runs or no longer runs. `shut_down` ends what runs."""

    activity = Signal()
    edited = Signal()  # what the columns ask is another thing

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self.columns: list[TwinsColumn] = []
        self._run: TwinsRun | None = None
        self._moving = False  # columns are being scrolled by us
        self._asked = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_REPAINT_MS)
        self._soon.timeout.connect(self._show)
        self._make_head()
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        self._lay_out()
        self._disconnect = services.library.changed.connect(self._on_library)
        self.use_pair()
        self.kept = KeptForm(services, "twins", read=self._state, put_back=self._put_back, owner=self)
        self.prompt.textChanged.connect(self.kept.note)
        self.edited.connect(self.kept.note)

    def _make_head(self) -> None:
        self.prompt = QPlainTextEdit(QUESTION, self)
        self.prompt.setAccessibleName(self.tr("Prompt for all columns"))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(self.fontMetrics().lineSpacing() * _PROMPT_LINES + GAP)
        self.run_button = QPushButton(self.tr("Run"), self)
        self.run_button.setProperty("look", "primary")
        self.run_button.setToolTip(self.tr("Ask all columns (Ctrl+Enter)"))
        self.run_button.clicked.connect(self.run_or_stop)
        self.example = self._button(
            self.tr("“What are LLMs?”"),
            "",
            self.use_pair,
            self.tr("The base model and its instruct twin, side by side"),
        )
        self.add = self._button(self.tr("Column"), "plus", self._on_add, self.tr("One more column, up to four"))
        self.next = self._button(
            self.tr("Where they part"), "arrow-line-down", self.show_parting,
            self.tr("Scroll every column to where it first differs from the first one (Ctrl+D)"),
        )  # fmt: skip
        self.words = QCheckBox(self.tr("Other words"), self)
        self.words.setToolTip(self.tr("Mark every word that is not in the first column at its place"))
        self.words.toggled.connect(self._show)
        self.together = QCheckBox(self.tr("Scroll together"), self)
        self.together.setChecked(True)
        self.export = ExportButton(self, table=self.table, title=self.tr("Twins"))
        self.export.failed.connect(self._tell)
        self.message = QLabel(self)
        self.message.setProperty("type", "small")
        self.message.setWordWrap(True)
        self.message.hide()
        for keys, act in (
            (("Ctrl+Return", "Ctrl+Enter"), self.run_or_stop),
            (("Ctrl+D",), self.show_parting),
        ):
            action = QAction(self)
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(act)
            self.addAction(action)

    def _button(self, words: str, icon: str, act: Callable[[], None], tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        if icon:
            set_icon(button, icon, size=14)
        button.clicked.connect(lambda _checked=False: act())
        return button

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(GAP_SMALL)
        first.addWidget(self.prompt, 1)
        first.addWidget(self.run_button, 0, Qt.AlignmentFlag.AlignTop)
        acts = QWidget(self)
        flow = FlowLayout(acts)
        flow.setSpacing(GAP_SMALL)
        for widget in (self.example, self.add, self.next, self.words, self.together):
            widget.setMinimumHeight(self.example.sizeHint().height())  # boxes stand in the middle beside buttons
            flow.addWidget(widget)
        second = QHBoxLayout()
        second.setSpacing(GAP_SMALL)
        second.addWidget(acts, 1)
        second.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_WIDE, GAP_PAGE, GAP_WIDE)
        column.setSpacing(GAP_SMALL)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.message)
        column.addWidget(self.splitter, 1)

    def shut_down(self) -> None:
        """End what runs and listen no more."""
        self.kept.close_form()
        self._disconnect()
        if self._run is not None:
            self._run.close()

    # --- the columns ----------------------------------------------------------------------------------------

    def use_pair(self) -> None:
        """Begin with a base model and its instruct twin: raw, raw, and in the chat template."""
        self._end_run()
        self.prompt.setPlainText(QUESTION)
        base, instruct = self._pair()
        forms: list[tuple[str, ColumnForm]] = [(base, "raw"), (instruct, "raw"), (instruct, "templated")]
        self._put([Column(ModelRef(path), form, QUESTION) for path, form in forms])

    def _pair(self) -> tuple[str, str]:
        """Return the paths of a base model and its twin: those of the loaded model, else the starters."""
        models = self._services.library.models
        loaded = self._services.library.find(self._services.engine.status.wanted)
        if loaded is not None:
            twin = instruct_twin(loaded, models)
            if loaded.kind == "base" and twin is not None:
                return loaded.path, twin.path
            base = next((model for model in models if _is_twin(model, loaded, models)), None)
            if base is not None:
                return base.path, loaded.path
        return str(resources.STARTER_BASE), str(resources.STARTER_INSTRUCT)

    def _put(self, columns: Sequence[Column]) -> None:
        for old in self.columns:
            old.setParent(None)
            old.deleteLater()
        self.columns = []
        for column in columns[:MOST_COLUMNS]:
            self._add(column)
        self._show()

    def _add(self, column: Column) -> None:
        made = TwinsColumn(self._services.library, column, self.splitter, shared_prompt=self.prompt.toPlainText())
        made.removed.connect(lambda: self._on_removed(made))
        made.picked.connect(self._show)
        made.edited.connect(self.edited)
        made.text.verticalScrollBar().valueChanged.connect(lambda _value: self._on_scrolled(made))
        self.splitter.addWidget(made)
        self.columns.append(made)
        self._enable()

    def _on_add(self) -> None:
        last = self.columns[-1].column(self.prompt.toPlainText()) if self.columns else None
        self._end_run()
        self._add(last if last is not None else Column(ModelRef(str(resources.STARTER_BASE)), "raw", QUESTION))
        self._show()

    def _on_removed(self, column: TwinsColumn) -> None:
        self._end_run()
        self.columns.remove(column)
        column.setParent(None)
        column.deleteLater()
        self._enable()
        self._show()

    def _on_library(self, _none: None) -> None:
        for column in self.columns:
            column.fill_models(column.model.currentData() or "")

    def _enable(self) -> None:
        self.edited.emit()
        self.add.setEnabled(len(self.columns) < MOST_COLUMNS)
        for column in self.columns:
            column.remove.setEnabled(len(self.columns) > 1)
        self.run_button.setEnabled(bool(self.columns))

    def _state(self) -> str:
        """Return prompt and columns, to be kept."""
        prompt = self.prompt.toPlainText()
        found = (column.column(prompt) for column in self.columns)
        known = (column for column in found if column is not None)
        return twins_text(prompt, tuple(replace(column, model=ModelRef(column.model.path)) for column in known))

    def _put_back(self, text: str) -> None:
        """Show prompt and columns as they were left."""
        state = twins_from(text)
        if state is not None and state.columns and self._run is None:
            self.prompt.setPlainText(state.prompt)
            self._put(state.columns)

    # --- running --------------------------------------------------------------------------------------------

    @Slot()
    def run_or_stop(self) -> None:
        """Ask all columns, or stop asking."""
        if self._run is not None and self.is_running:
            self._run.stop()
            return
        asked = [column.column(self.prompt.toPlainText()) for column in self.columns]
        wanted = [column for column in asked if column is not None]
        if len(wanted) < len(asked) or not wanted:
            self._say(self.tr("Choose a model in every column."))
            return
        if not all(column.prompt.strip() for column in wanted):
            self._say(self.tr("Write a prompt first."))
            return
        self._end_run()
        self._run = TwinsRun(self._services.engine, wanted)
        self._run.changed.connect(self._on_run)
        self._run.start(home_of(self._services.engine, self._services.settings))
        self._show()

    @property
    def is_running(self) -> bool:
        return self._run is not None and self._run.state == "running"

    def _end_run(self) -> None:
        """End what runs; what was to be opened is not shown any more."""
        self._asked += 1
        if self._run is not None:
            self._run.stop()  # brings the person's model back
            self._run.close()
            self._run = None
        self.activity.emit()

    def _on_run(self, column: int) -> None:
        run = self._run
        if column < 0:
            self.activity.emit()
        if run is not None and run.state == "finished":
            self._keep(run)
        if run is not None and run.error is not None:
            self._tell(run.error)
        if not self._soon.isActive():
            self._soon.start()

    def _keep(self, run: TwinsRun) -> None:
        """Have the history keep what was asked and what came."""
        name = one_line(run.results[0].column.prompt)
        plan = columns_text([result.column for result in run.results])
        rows = [(_figures(result), pack_column(result)) for result in run.results]

        def write(kept: Conversations) -> None:
            key = kept.experiments.add("twins", name, plan, planned=len(rows))
            for place, (figures, results) in enumerate(rows):
                kept.experiments.add_run(key, place, cell="{}", figures=figures, results=results)

        self._services.history.keep(write, failed=self._tell)

    def open_experiment(self, experiment: ExperimentId) -> None:
        """Show twins that were kept."""
        self._end_run()
        asked = self._asked
        self._services.history.run(
            lambda kept: [unpack_column(kept.experiments.results(row.id)) for row in kept.experiments.runs(experiment)],
            done=lambda results: self._on_read(results) if asked == self._asked else None,
            failed=self._tell,
        )

    def _on_read(self, results: Sequence[ColumnResult]) -> None:
        if not results:
            return
        self.prompt.setPlainText(results[0].column.prompt)
        self._put([result.column for result in results])
        for column, result in zip(self.columns, results, strict=False):
            column.show_result(result, "")
        self._compare()

    # --- what is shown --------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        run = self._run
        running = run is not None and run.state == "running"
        self.run_button.setText(self.tr("Stop") if running else self.tr("Run"))
        if run is not None:
            for number, (column, result) in enumerate(zip(self.columns, run.results, strict=False)):
                column.show_result(result, self._words(run, number, result))
            done = sum(bool(result.answers) for result in run.results)
            self._say(
                self.tr("{done} of {all} columns; models are loaded one after the other.").format(
                    done=done, all=len(run.results)
                )
                if running
                else ""
            )
        self._compare()

    def _words(self, run: TwinsRun, number: int, result: ColumnResult) -> str:
        if run.state != "running" or result.answers:
            return ""
        status = self._services.engine.status
        if number != run.at:
            return self.tr("waits for the columns before it")
        if status.state == "loading":
            return self.tr("loading the model, {percent} %").format(percent=round(100 * status.load_fraction))
        return self.tr("reading the prompt")

    def _compare(self) -> None:
        first = self.columns[0] if self.columns else None
        for number, column in enumerate(self.columns):
            other = first if number else (self.columns[1] if len(self.columns) > 1 else None)
            column.compare(other, words=self.words.isChecked())
        self.next.setEnabled(any(column.parting is not None for column in self.columns))

    def show_parting(self) -> None:
        """Scroll every column to where it parts from the first."""
        self._moving = True
        for column in self.columns:
            if column.parting is not None:
                column.text.show_place(column.parting)
        self._moving = False

    def _on_scrolled(self, moved: TwinsColumn) -> None:
        """Move the other columns as far down as this one, by share of their length."""
        if self._moving or not self.together.isChecked():
            return
        self._moving = True
        bar = moved.text.verticalScrollBar()
        share = bar.value() / bar.maximum() if bar.maximum() else 0.0
        for column in self.columns:
            if column is not moved:
                other = column.text.verticalScrollBar()
                other.setValue(round(share * other.maximum()))
        self._moving = False

    def table(self) -> Table:
        """Return all answers with what made them."""
        rows = tuple(
            (
                number + 1, result.column.model.name, result.column.model.sha256, result.column.form,
                result.column.prompt, result.column.temperature, result.column.seed + place, answer.text,
                len(answer.steps), answer.bits_per_token, answer.reason,
            )
            for number, column in enumerate(self.columns)
            if (result := column.result) is not None
            for place, answer in enumerate(result.answers)
        )  # fmt: skip
        names = (
            "column", "model", "sha256", "form", "prompt", "temperature", "seed", "answer", "tokens",
            "bits_per_token", "ended",
        )  # fmt: skip
        return Table(names, rows)

    def _say(self, words: str) -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab twins"))


def _is_twin(model: LibraryModel, instruct: LibraryModel, models: Sequence[LibraryModel]) -> bool:
    twin = instruct_twin(model, models) if model.kind == "base" and model.problem is None else None
    return twin is not None and twin.path == instruct.path


def _figures(result: ColumnResult) -> str:
    bits = [answer.bits_per_token for answer in result.answers if answer.steps]
    return json.dumps({"answers": len(result.answers), "bits_per_token": sum(bits) / len(bits) if bits else None})
