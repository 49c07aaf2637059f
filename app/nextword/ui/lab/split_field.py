"""How the items of a task are divided: pool, tuning and test, the lock of the test set, and the leak guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from nextword.lab.splits import Shares, Splits, frozen, leaks, split, thawed
from nextword.ui.lab.latest_work import Deliver, LatestWork
from nextword.ui.theme import GAP_SMALL, GAP_TINY

_MOST_AT_ONCE = 5_000  # items that are divided in a moment that nobody sees


class SplitField(QWidget):
    """splits: as they are to be. While the test set is locked, its share cannot be changed; a new seed changes the pool
    alone. Many items are divided beside the window; until then `splits` are those of before."""

    def __init__(self, splits: Splits, deliver: Deliver, parent: QWidget) -> None:
        super().__init__(parent)
        self.splits = splits
        self._work = LatestWork(deliver)
        whole = max(1, len(splits.pool) + len(splits.tuning) + len(splits.test))
        self.lock = QCheckBox(self.tr("Test set locked"), self)
        self.lock.setChecked(splits.is_frozen)
        self.lock.setToolTip(
            self.tr("Prompts are chosen by the tuning set. Whoever chooses them by the test set measures the choice.")
        )
        self.test = _percent_field(round(100 * len(splits.test) / whole), self.tr("Test set, percent"), self)
        self.tuning = _percent_field(round(100 * len(splits.tuning) / whole), self.tr("Tuning set, percent"), self)
        self.seed = QSpinBox(self)
        self.seed.setRange(0, 1_000_000)
        self.seed.setValue(splits.seed)
        self.seed.setAccessibleName(self.tr("Seed of the division"))
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.guard = QLabel(self)
        self.guard.setProperty("type", "small")
        self.guard.setWordWrap(True)
        self.seed.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
        self.seed.lineEdit().setAccessibleName(self.seed.accessibleName())
        self.seed.setPrefix(self.tr("seed "))
        self.test.setPrefix(self.tr("test "))
        self.tuning.setPrefix(self.tr("tuning "))
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        for field in (self.test, self.tuning, self.seed):
            field.setMinimumWidth(84)  # narrower than the widest seed wants
            line.addWidget(field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.summary)
        column.addWidget(self.lock)
        column.addLayout(line)
        column.addWidget(self.guard)
        self.lock.toggled.connect(self._on_lock)
        for field in (self.test, self.tuning, self.seed):
            field.valueChanged.connect(self._divide)
        self._do(lambda: splits)

    @Slot(bool)
    def _on_lock(self, locked: bool) -> None:
        self._do(partial(frozen if locked else thawed, self.splits))

    def close_field(self) -> None:
        """Tell nothing more of what is being divided."""
        self._work.close()

    @Slot()
    def _divide(self) -> None:
        test, tuning = self.test.value() / 100, self.tuning.value() / 100
        shares = Shares(test, min(tuning, 1.0 - test))
        self._do(partial(divided, self.splits, shares, self.seed.value()))

    def _do(self, work: Callable[[], Splits]) -> None:
        if sum(map(len, (self.splits.pool, self.splits.tuning, self.splits.test))) <= _MOST_AT_ONCE:
            self._show(_guarded(work))
        else:
            self.guard.setText(self.tr("Dividing…"))
            self._work.run(partial(_guarded, work), self._show)

    def _show(self, found: tuple[Splits, int]) -> None:
        self.splits, count = found
        splits = self.splits
        self.test.setEnabled(not splits.is_frozen)
        self.summary.setText(
            self.tr("{pool} examples to draw from, {tuning} to tune by, {test} to test with.").format(
                pool=f"{len(splits.pool):,}", tuning=f"{len(splits.tuning):,}", test=f"{len(splits.test):,}"
            )
        )
        parts = [
            self.tr("Leak guard: no example is in the test set too.")
            if not count
            else self.tr("Leak guard: {count} examples are in the test set too; a draw never takes them.").format(
                count=count
            )
        ]
        if splits.is_frozen:
            parts.append(self.tr("Hash of the test set: {hash}").format(hash=splits.test_hash[:12]))
        if splits.is_changed:
            parts.append(self.tr("It is no longer what it was when it was locked."))
        self.guard.setText(" ".join(parts))


def divided(splits: Splits, shares: Shares, seed: int) -> Splits:
    """Return the items divided again; a locked test set stays as it is, whatever it was drawn with."""
    if splits.is_frozen:
        left = max(1e-9, 1.0 - shares.test)
        rest = (*splits.pool, *splits.tuning)
        again = split(rest, Shares(0.0, min(1.0, shares.tuning / left)), seed=seed)
        return replace(splits, pool=again.pool, tuning=again.tuning, seed=seed)
    items = sorted((*splits.pool, *splits.tuning, *splits.test), key=lambda item: (item.row, item.text))
    return thawed(split(items, shares, seed=seed, test_seed=splits.test_seed))


def _guarded(work: Callable[[], Splits]) -> tuple[Splits, int]:
    splits = work()
    return splits, len(leaks(splits.pool, splits.test))


def _percent_field(value: int, name: str, parent: QWidget) -> QSpinBox:
    field = QSpinBox(parent)
    field.setRange(0, 95)
    field.setValue(value)
    field.setSuffix(" %")
    field.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
    field.lineEdit().setAccessibleName(name)
    field.setAccessibleName(name)
    return field
