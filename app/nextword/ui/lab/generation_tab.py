"""Generation tasks: the open task's items written out without and with the ticked examples, judged, and rated blind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QLocale, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.history.experiments import ExperimentId
from nextword.lab.builder import Builder, Change
from nextword.lab.dialogue import Dialogue
from nextword.lab.generation import Reference, score_references
from nextword.lab.judging import Wanted, compared, generation_plan, generation_table, judged, mean_perplexity
from nextword.lab.metrics import YES_OR_NO, Judged
from nextword.lab.rating import Rating, pairs, rating_from, rating_text
from nextword.lab.results import RunResult, plan_from, plan_text, unpack
from nextword.lab.sweep import ModelRef, Plan
from nextword.lab.sweep_run import FinishedRun, SweepRun, SweepStatus
from nextword.tables import Table
from nextword.ui.lab.form_states import generation_text, put_generation_back
from nextword.ui.lab.generation_form import GenerationForm
from nextword.ui.lab.generation_items import GenerationItems
from nextword.ui.lab.kept_form import KeptForm
from nextword.ui.lab.lab_words import one_line, set_name, shots
from nextword.ui.lab.latest_work import LatestWork, WorkInTurn
from nextword.ui.lab.rating_pane import RatingPane
from nextword.ui.lab.shaking import home_of
from nextword.ui.lab.verdict_words import verdict_words
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.page_frame import text_label

_PAIR = "0-1"
_READ_HEIGHT = 26
_SAY_MS = 300


class GenerationTab(QWidget):
    """plan, runs: what is shown. activity: it runs or no longer runs. `shut_down` ends it; what is finished is kept."""

    activity = Signal()

    def __init__(self, builder: Builder, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._services = services
        self.plan: Plan | None = None
        self.runs: list[RunResult] = []
        self._judged: list[Judged] = []  # of the first runs; all of them when it is known
        self._judging = LatestWork(services.deliver, thread="lab-judging")
        self._exporting = WorkInTurn(services.deliver, thread="lab-export")
        self._late = QTimer(self, singleShot=True, interval=_SAY_MS)
        self._late.timeout.connect(self._say_judging)
        self._references: dict[int, tuple[Reference, ...]] = {}
        self._sweep: SweepRun | None = None
        self._asking: Dialogue[tuple[Reference, ...]] | None = None
        self._experiment: ExperimentId | None = None
        self._asked = 0
        self._was_opened = False  # from the history: what the form says is not what is shown
        self._make_controls()
        self._lay_out()
        self._disconnect = builder.changed.connect(self._on_builder)
        self._on_builder("task")
        self._show()
        self.kept = KeptForm(
            services, "generation form", read=partial(generation_text, self.form),
            put_back=partial(put_generation_back, self.form), owner=self,
        )  # fmt: skip
        self.form.changed.connect(self.kept.note)

    def _make_controls(self) -> None:
        self.task = text_label("", "secondary")
        self.form = GenerationForm(self)
        self.form.judged_otherwise.connect(self._judge)
        self.run_button = QPushButton(self.tr("Write answers"), self)
        self.run_button.setProperty("look", "primary")
        self.run_button.setToolTip(self.tr("Write an answer to every item, without and with the examples (Ctrl+Enter)"))
        self.run_button.clicked.connect(self.run_or_stop)
        self.rate = QPushButton(self.tr("Rate blind…"), self)
        self.rate.setToolTip(self.tr("Which of the two answers is better, without knowing whose it is"))
        self.rate.clicked.connect(self._on_rate)
        self.export = ExportButton(self, table=self.table, title=self.tr("Generation"), beside=self._exporting.run)
        self.export.failed.connect(self._tell)
        self.state = QLabel(self)
        self.state.setProperty("type", "small")
        self.figures = text_label("", "message")
        self.verdict = text_label("", "secondary")
        self.items = GenerationItems(self)
        self.view = QTableView(self)
        self.rating = RatingPane(self)
        self.rating.said.connect(self._on_rated)
        self.rating.closed.connect(self._show_items)
        self.hint = text_label(
            self.tr(
                "Each answer is judged against the right one, the two ways of asking are compared, and you can rate "
                "the answers without knowing whose they are. What is finished is kept under Runs."
            ),
            "secondary",
        )
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.stack = QStackedWidget(self)

    def _set_up_view(self) -> None:
        self.view.setModel(self.items)
        self.view.setProperty("look", "card")
        self.view.setAccessibleName(self.tr("Items with their answers"))
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.setWordWrap(False)
        self.view.verticalHeader().setDefaultSectionSize(_READ_HEIGHT)
        self.view.verticalHeader().hide()
        head = self.view.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        self._set_up_view()
        self.stack.addWidget(self.hint)
        self.stack.addWidget(self.view)
        self._rating_room = QScrollArea(self)
        self._rating_room.setWidgetResizable(True)
        self._rating_room.setFrameShape(QScrollArea.Shape.NoFrame)
        self._rating_room.setWidget(self.rating)
        self.stack.addWidget(self._rating_room)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        buttons.addWidget(self.run_button)
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.rate)
        buttons.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_WIDE, GAP_PAGE, GAP_WIDE)
        column.setSpacing(GAP)
        column.addWidget(self.task)
        column.addWidget(self.form)
        column.addLayout(buttons)
        column.addWidget(self.figures)
        column.addWidget(self.verdict)
        column.addWidget(self.stack, 1)
        action = QAction(self)
        action.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(self.run_or_stop)
        self.addAction(action)

    def shut_down(self) -> None:
        """End what runs and listen no more."""
        self.kept.close_form()
        self._disconnect()
        self._end()
        self._late.stop()
        self._judging.close()
        self._exporting.close()

    def _end(self) -> None:
        """Stop what runs; what was still to be opened or begun is not."""
        self._asked += 1
        if self._sweep is not None:
            self._sweep.close()
            self._sweep = None
        if self._asking is not None:
            self._asking.stop()
            self._asking = None

    def _on_builder(self, change: Change) -> None:
        if change in ("set", "task", "examples", "model"):
            splits = self._builder.task_set.splits
            self.form.show_parts(len(splits.tuning), len(splits.test))
            count = len(self._builder.ticked)
            words = self.tr("{task}: each item is asked without examples and with the {count} ticked in Build.")
            if not count:
                words = self.tr("{task}: each item is asked without examples; tick some in Build to compare.")
            self.task.setText(words.format(task=one_line(set_name(self._builder.task_set.name)), count=count))
            self._show()

    def _other_task(self) -> str:
        """Return what the shown answers are to, where that is not the task in Build."""
        if self.plan is None or not self.runs or self.plan.task.name == self._builder.task.name:
            return ""
        return self.tr("These are answers to {task}.").format(task=one_line(set_name(self.plan.task.name)))

    # --- writing --------------------------------------------------------------------------------------------

    @Slot()
    def run_or_stop(self) -> None:
        """Write all answers, or stop; what is finished stays."""
        if self._sweep is not None and self._sweep.status.state == "running":
            self._sweep.pause()
            return
        if self._sweep is not None and self._can_go_on():
            self._sweep.start(home_of(self._services.engine, self._services.settings))
            return
        plan = self._wanted_plan()
        if plan is None:
            self.state.setText(self.tr("This needs a loaded model and items to ask about."))
            return
        self._end()
        self._show_plan(plan, [])
        name = self.tr("{task}, written").format(task=one_line(set_name(self._builder.task_set.name)))
        text, planned = plan_text(plan), len(plan.counts)
        self._services.history.run(
            lambda kept: kept.experiments.add("generation", name, text, planned=planned),
            done=partial(self._begin, self._asked),
            failed=self._tell,
        )

    def _can_go_on(self) -> bool:
        """Whether runs are missing of what is shown, and nothing else was chosen since it was paused."""
        if self._sweep is None or self._sweep.status.state not in ("paused", "ready"):
            return False
        return self._was_opened or self.plan == self._wanted_plan()

    def _wanted_plan(self) -> Plan | None:
        model = self._builder.model
        splits = self._builder.task_set.splits
        items = splits.tuning if self.form.part.currentData() == "tuning" else splits.test
        if model is None or not items:
            return None
        known = self._services.library.find(model.path)
        sha256 = known.sha256 if known is not None else ""
        reference = ModelRef(model.path, model.name, sha256, model.size_bytes)
        asked = items[: self.form.items.value()]
        return generation_plan(self._builder.task, reference, self._builder.ticked, asked, self.form.wanted().answering)

    def _begin(self, asked: int, experiment: ExperimentId) -> None:
        if self.plan is None or asked != self._asked:
            return
        sweep = self._follow(self.plan, experiment, frozenset())
        sweep.start(home_of(self._services.engine, self._services.settings))

    def _follow(self, plan: Plan, experiment: ExperimentId, done: frozenset[int]) -> SweepRun:
        """Listen to an experiment. done: places of the runs that are kept."""
        self._experiment = experiment
        self._was_opened = False
        self._sweep = SweepRun(self._services.engine, self._services.history, plan, experiment, done=done)
        self._sweep.status_changed.connect(self._on_status)
        self._sweep.run_kept.connect(self._on_run)
        return self._sweep

    @property
    def is_running(self) -> bool:
        return self._sweep is not None and self._sweep.status.state == "running"

    def _on_status(self, status: SweepStatus) -> None:
        self.activity.emit()
        if status.error is not None and status.state == "paused":
            self._tell(status.error)
        self._show()
        if status.state == "finished":
            QTimer.singleShot(0, self, self._ask_references)

    def _on_run(self, run: FinishedRun) -> None:
        if any(one.cell.place > run.result.cell.place for one in self.runs):
            self._judged = []  # they are in the order of the runs
        self.runs.append(run.result)
        self.runs.sort(key=lambda one: one.cell.place)
        self._judge()

    @Slot()
    def _ask_references(self) -> None:
        """Ask how likely the right answers are, run after run; they are shown when they are known."""
        plan = self.plan
        left = [run for run in self.runs if run.cell.place not in self._references]
        if plan is None or not left or self._services.engine.status.wanted != plan.models[0].path:
            return
        run = left[0]
        known = [item for item in plan.test if item.gold]
        script = score_references(plan.task, run.cell.examples, known)

        def done(found: tuple[Reference, ...]) -> None:
            self._references[run.cell.place] = found
            self._show()
            self._ask_references()

        self._asking = Dialogue(self._services.engine, script, done=done, failed=self._tell).start()

    # --- what is kept ---------------------------------------------------------------------------------------

    def open_experiment(self, experiment: ExperimentId) -> None:
        """Show answers that were kept."""
        self._end()
        self._show()
        asked = self._asked

        def done(read: tuple[Plan, list[RunResult]]) -> None:
            if asked != self._asked:
                return
            plan, runs = read
            self._follow(plan, experiment, frozenset(run.cell.place for run in runs))
            self._was_opened = True
            self._show_plan(plan, runs)
            self._ask_references()

        self._services.history.run(
            lambda kept: (
                plan_from(kept.experiments.read(experiment).plan),
                [unpack(kept.experiments.results(run.id)) for run in kept.experiments.runs(experiment)],
            ),
            done=done,
            failed=self._tell,
        )

    def _show_plan(self, plan: Plan, runs: Sequence[RunResult]) -> None:
        self.plan, self.runs = plan, list(runs)
        self._judged = []
        self._references = {}
        self._show_items()
        self._judge()

    # --- judging and rating ---------------------------------------------------------------------------------

    @Slot()
    def _judge(self) -> None:
        """Judge what is shown, beside the window: BLEU and ROUGE of thousands of answers take seconds."""
        plan, runs = self.plan, tuple(self.runs)
        if plan is None:
            return
        wanted: Wanted = self.form.wanted()
        self.items.show(plan, runs, self._judged)
        if self.stack.currentWidget() is self.hint:
            self._show_items()
        self._show()
        self._late.start()
        self._judging.run(partial(_all_judged, plan, runs, wanted), self._on_judged)

    def _on_judged(self, found: list[Judged] | NextwordError) -> None:
        self._late.stop()
        if isinstance(found, NextwordError):
            self._tell(found)
            found = []
        self._judged = found
        self.items.show(self.plan, self.runs, found)
        self._show()

    @Slot()
    def _say_judging(self) -> None:
        if not self.is_running:
            self.state.setText(self.tr("Judging the answers…"))

    @Slot()
    def _on_rate(self) -> None:
        plan, experiment = self.plan, self._experiment
        if plan is None or experiment is None or len(self.runs) < 2:
            return
        first, second = ([item.answer for item in run.items] for run in self.runs[:2])
        texts = [item.text for item in plan.test]
        names = (shots(self.runs[0].cell.count), shots(self.runs[1].cell.count))

        asked = self._asked

        def done(found: dict[int, str]) -> None:
            if asked != self._asked or plan is not self.plan:  # other answers are shown by now
                return
            ratings = {item: rating_from(text) for item, text in found.items()}
            self.rating.begin(pairs(first, second, seed=experiment), texts, names, ratings)
            self.stack.setCurrentWidget(self._rating_room)
            self.rating.setFocus()

        self._services.history.run(
            lambda kept: kept.experiments.ratings(experiment, _PAIR), done=done, failed=self._tell
        )

    @Slot(int, object)
    def _on_rated(self, item: int, rating: Rating | None) -> None:
        experiment = self._experiment
        if experiment is None:
            return
        text = "" if rating is None else rating_text(rating)
        self._services.history.keep(
            lambda kept: kept.experiments.rate(experiment, _PAIR, item, text), failed=self._tell
        )

    @Slot()
    def _show_items(self) -> None:
        self.stack.setCurrentWidget(self.view if self.runs else self.hint)

    # --- what is shown --------------------------------------------------------------------------------------

    def table(self) -> Table:
        """Return the items with answers and scores."""
        return generation_table(self.plan, self.runs, self._judged) if self.plan is not None else Table((), ())

    def _show(self) -> None:
        status = self._sweep.status if self._sweep is not None else None
        running = status is not None and status.state == "running"
        idle = self.tr("Go on") if self._can_go_on() else self.tr("Write answers")
        self.run_button.setText(self.tr("Stop") if running else idle)
        if status is not None and running and self.plan is not None:
            words = self.tr("{done} of {all} runs, {items} of {count} items of this one").format(
                done=status.done, all=status.planned, items=status.items_done, count=len(self.plan.test)
            )
            self.state.setText(words)
        else:
            self.state.setText(self._other_task())
        self.rate.setEnabled(len(self.runs) > 1 and not running)
        self.export.setEnabled(bool(self.runs) and len(self._judged) == len(self.runs))
        lines = [self._line(run, found) for run, found in zip(self.runs, self._judged, strict=False)]
        self.figures.setText("\n".join(lines))
        self.figures.setVisible(bool(lines))
        self.figures.setToolTip("\n".join(dict.fromkeys(found.how for found in self._judged if found.how)))
        self._show_verdict()

    def _line(self, run: RunResult, found: Judged) -> str:
        locale = QLocale()
        value = "–" if math.isnan(found.value) else locale.toString(100 * found.value, "f", 1)
        unit = self.tr("{value} %") if found.metric in YES_OR_NO else "{value}"
        name = self.form.measure_name(found.metric)
        words = [
            self.tr("{condition}: {name} {value}").format(
                condition=shots(run.cell.count), name=name, value=unit.format(value=value)
            )
        ]
        if run.cell.place in self._references:
            perplexity = mean_perplexity(self._references[run.cell.place])
            if not math.isnan(perplexity):
                words.append(
                    self.tr("perplexity of the right answers {value}").format(value=locale.toString(perplexity, "f", 2))
                )
        shortened = sum(item.used < item.asked for item in run.items)
        if shortened:
            words.append(self.tr("{count} items with fewer examples").format(count=shortened))
        return " · ".join(words)

    def _show_verdict(self) -> None:
        lines: list[str] = []
        if len(self._judged) > 1:
            found = compared(self._judged[0], self._judged[1])
            if found is not None:
                said = verdict_words(found, *(shots(run.cell.count) for run in self.runs[:2]))
                lines += [part for part in (said.headline, said.numbers, said.meaning) if part]
        if self._judged and self._judged[0].how:
            lines.append(self._judged[0].how)
        self.verdict.setText(" ".join(lines))
        self.verdict.setVisible(bool(lines))

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab generation"))


def _all_judged(plan: Plan, runs: Sequence[RunResult], wanted: Wanted) -> list[Judged] | NextwordError:
    try:
        return [judged(plan, run, wanted) for run in runs]
    except NextwordError as error:
        return error
