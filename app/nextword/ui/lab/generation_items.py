"""The items of a generation task: input, right answer, and what was written under each condition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.lab.metrics import YES_OR_NO, Judged
from nextword.lab.results import ItemResult, RunResult
from nextword.lab.sweep import Plan
from nextword.ui.lab.lab_words import label_name, one_line, shots
from nextword.ui.theme import current_theme

Index: TypeAlias = QModelIndex | QPersistentModelIndex
_INPUT, _GOLD, _FIRST = 0, 1, 2


class GenerationItems(QAbstractTableModel):
    """A column for each run; a mark before an answer says what the measure makes of it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.plan: Plan | None = None
        self.runs: tuple[RunResult, ...] = ()
        self.judged: tuple[Judged, ...] = ()

    def show(self, plan: Plan | None, runs: Sequence[RunResult], judged: Sequence[Judged]) -> None:
        """Show other results."""
        self.beginResetModel()
        self.plan, self.runs, self.judged = plan, tuple(runs), tuple(judged)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.plan is None or not self.runs else len(self.plan.test)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else _FIRST + len(self.runs)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return section + 1
        names = [self.tr("Input"), self.tr("Right"), *(shots(run.cell.count) for run in self.runs)]
        return names[section] if section < len(names) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.plan is None or not index.isValid():
            return None
        item = self.plan.test[index.row()]
        if index.column() == _INPUT:
            return self._text(item.text, role)
        if index.column() == _GOLD:
            return self._text(label_name(item.gold), role)
        found = self.runs[index.column() - _FIRST].items[index.row()]
        score = self._score(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self._mark(index)} {one_line(found.answer)}" if found.fits else self.tr("does not fit")
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(found)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{answer}, score {score}").format(answer=found.answer, score=self._number(score))
        if role == Qt.ItemDataRole.ForegroundRole and score == 0:
            return current_theme().colour("error")
        return None

    def _text(self, text: str, role: int) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(text)
        return text if role == Qt.ItemDataRole.ToolTipRole else None

    def _score(self, index: Index) -> float:
        number = index.column() - _FIRST
        return self.judged[number].each[index.row()] if number < len(self.judged) else math.nan

    def _mark(self, index: Index) -> str:
        score = self._score(index)
        if math.isnan(score):
            return "·"
        if self.judged[index.column() - _FIRST].metric in YES_OR_NO:
            return "✓" if score >= 1 else "✗"
        return self._number(score)

    def _number(self, score: float) -> str:
        return "" if math.isnan(score) else QLocale().toString(score, "f", 2)

    def _tip(self, found: ItemResult) -> str:
        words = [found.answer.strip() or self.tr("(nothing was written)")]
        if found.used < found.asked:
            words.append(
                self.tr("{asked} examples were asked for, {used} fitted.").format(asked=found.asked, used=found.used)
            )
        return "\n\n".join(words)
