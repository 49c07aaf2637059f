"""The verdict beside the chart: which two conditions are compared, and what can be said of them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.evaluation import Condition, SeenRun, by_condition, judged, lines
from nextword.lab.sweep import Plan
from nextword.lab.verdict import Verdict
from nextword.ui.lab.latest_work import Deliver, LatestWork
from nextword.ui.lab.sweep_names import condition_name
from nextword.ui.lab.verdict_words import verdict_words
from nextword.ui.lab.wide_choice import WideChoice
from nextword.ui.theme import GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.page_frame import text_label

_SAY_MS = 300


class SweepVerdict(QWidget):
    """chosen: the pair of conditions, when a person chose another. differ_asked: show where the two differ.

    Over 20,000 items a verdict takes seconds: it is worked out on a thread, and its words come when it is known.
    """

    chosen = Signal()
    differ_asked = Signal()

    def __init__(self, deliver: Deliver, parent: QWidget) -> None:
        super().__init__(parent)
        self._work = LatestWork(deliver, thread="lab-verdict")
        self._late = QTimer(self, singleShot=True, interval=_SAY_MS)
        self._late.timeout.connect(self._say_working)
        self._said_of: tuple[Condition, Condition] | None = None
        self.first = self._combo(self.tr("The condition to compare with"))
        self.second = self._combo(self.tr("The condition that is judged"))
        self.headline = text_label("", "strong")
        self.numbers = text_label("", "secondary")
        self.meaning = text_label("")
        self.differ = QPushButton(self.tr("Where they differ"), self)
        self.differ.clicked.connect(self.differ_asked)
        self.copy = QPushButton(self.tr("Copy"), self)
        self.copy.setToolTip(self.tr("Copy the verdict as a sentence"))
        self.copy.clicked.connect(self._copy)
        self._plan: Plan | None = None
        self._runs: tuple[SeenRun, ...] = ()
        self._conditions: tuple[Condition, ...] = ()
        self._by_hand = False
        pair = QGridLayout()
        pair.setSpacing(GAP_SMALL)
        pair.addWidget(self.second, 0, 0, 1, 2)
        pair.addWidget(QLabel(self.tr("against"), self), 1, 0)
        pair.addWidget(self.first, 1, 1)
        pair.setColumnStretch(1, 1)
        below = QWidget(self)
        buttons = FlowLayout(below)
        buttons.setSpacing(GAP_SMALL)
        buttons.addWidget(self.differ)
        buttons.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addLayout(pair)
        for label in (self.headline, self.numbers, self.meaning):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addWidget(below)
        column.addStretch(1)
        self.show_runs(None, ())

    def show_runs(self, plan: Plan | None, runs: tuple[SeenRun, ...]) -> None:
        """Judge the runs that there are. The pair stays; at first it is the fewest examples and the most."""
        if plan is not self._plan and (plan is None or self._plan is None or plan.models != self._plan.models):
            self._by_hand = False
        if plan is not self._plan:
            self._said_of = None
        self._plan, self._runs = plan, runs
        conditions = tuple(by_condition(runs))
        if conditions != self._conditions:
            before = self.pair()
            self._conditions = conditions
            self._fill(before if self._by_hand else None)
        self._judge()

    def pair(self) -> tuple[Condition, Condition] | None:
        """Return the conditions that are compared, first and second."""
        found = [self._conditions[combo.currentIndex()] if 0 <= combo.currentIndex() < len(self._conditions) else None
                 for combo in (self.first, self.second)]  # fmt: skip
        return (found[0], found[1]) if found[0] is not None and found[1] is not None else None

    def _fill(self, pair: tuple[Condition, Condition] | None) -> None:
        assert self._plan is not None or not self._conditions
        wanted = pair or self._usual()
        for place, combo in enumerate((self.first, self.second)):
            combo.blockSignals(True)
            combo.clear()
            for condition in self._conditions:
                if self._plan is not None:
                    combo.addItem(condition_name(self._plan, condition))
            if len(wanted) == 2 and wanted[place] in self._conditions:
                combo.setCurrentIndex(self._conditions.index(wanted[place]))
            combo.blockSignals(False)

    def _usual(self) -> tuple[Condition, ...]:
        """Return the fewest and the most examples of the first line; where it is one point, the first and the last."""
        first = self._conditions[:1]
        line = [each for each in self._conditions if (each.model, each.variant) == (first[0].model, first[0].variant)]
        return (*first, line[-1] if len(line) > 1 else self._conditions[-1]) if first else ()

    def close_work(self) -> None:
        """Work nothing out any more."""
        self._late.stop()
        self._work.close()

    def _judge(self) -> None:
        pair, plan = self.pair(), self._plan
        enough = plan is not None and pair is not None and pair[0] != pair[1]
        for widget in (self.first, self.second):
            widget.setEnabled(len(self._conditions) > 1)
        self.differ.setEnabled(enough)
        self.copy.setEnabled(enough and pair == self._said_of)
        if not enough or plan is None or pair is None:
            self._work.forget()
            self._late.stop()
            self._said_of = None
            if plan is not None and len(self._conditions) == 1:
                self._say(self._alone(plan), meaning=self.tr("A verdict needs runs of two conditions."))
            elif not self._conditions:
                self._say(meaning=self.tr("The verdict comes with the first runs of two conditions."))
            else:
                self._say(meaning=self.tr("Choose two different conditions."))
            return
        if pair != self._said_of:
            self._late.start()  # what stands there is of another pair; at once it would only flicker
        self._work.run(partial(judged, self._runs, *pair), partial(self._on_judged, plan, pair))

    def _alone(self, plan: Plan) -> str:
        """Return what can be said of one condition: how much its runs differ."""
        ((point,),) = (line.points for line in lines(self._runs))
        mean, low, high = (f"{100 * share:.1f}" for share in (point.mean, point.low, point.high))
        name = condition_name(plan, point.condition)
        if len(point.runs) == 1:
            return self.tr("{name}: {mean} %.").format(name=name, mean=mean)
        return self.tr("{name}: {mean} % in the mean of {runs} runs, from {low} to {high} %.").format(
            name=name, mean=mean, runs=len(point.runs), low=low, high=high
        )

    @Slot()
    def _say_working(self) -> None:
        self._said_of = None
        self._say(meaning=self.tr("Comparing the two…"))

    def _on_judged(self, plan: Plan, pair: tuple[Condition, Condition], judgement: tuple[Verdict, int]) -> None:
        found, comparisons = judgement
        self._late.stop()
        self._said_of = pair
        self.copy.setEnabled(True)
        said = verdict_words(
            found, condition_name(plan, pair[0]), condition_name(plan, pair[1]), comparisons=comparisons
        )
        few_sets = found.sets == 1 and pair[1].count > 0 and found.finding in ("better", "worse")
        caution = self.tr(" One example set alone can be lucky: sweep at least five.") if few_sets else ""
        self._say(said.headline, said.numbers, said.meaning + caution)

    def _say(self, headline: str = "", numbers: str = "", meaning: str = "") -> None:
        for label, words in ((self.headline, headline), (self.numbers, numbers), (self.meaning, meaning)):
            label.setText(words)
            label.setVisible(bool(words))

    def _combo(self, name: str) -> QComboBox:
        combo = WideChoice(name, self, characters=4)
        combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        combo.currentIndexChanged.connect(partial(self._on_chosen))
        return combo

    def _on_chosen(self, _index: int) -> None:
        self._by_hand = True
        self._judge()
        self.chosen.emit()

    def _copy(self) -> None:
        texts = (label.text() for label in (self.headline, self.numbers, self.meaning))
        QGuiApplication.clipboard().setText(" ".join(text for text in texts if text))
