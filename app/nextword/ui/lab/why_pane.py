"""Below the examples: what each of them does to the label that wins, and ready experiments on all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.asides import Asides
from nextword.lab.builder import Builder
from nextword.lab.shakes import SHAKES, Shake
from nextword.ui.lab.examples_model import Index
from nextword.ui.lab.lab_words import label_name, one_line, shake_meaning, shake_name
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.fold import Fold

ROW = Qt.ItemDataRole.UserRole
_MOST_ROWS = 6  # seen at once, the others are scrolled to


class WhyRow(Struct, frozen=True):
    """An example. change: of log-odds, in nats; NaN: it did not fit. fraction: of the longest bar, -1 to 1.

    flips: without it another label wins, by that name.
    """

    text: str
    change: float
    fraction: float
    flips: str = ""


class WhyRows(QAbstractListModel):
    """The rows, with every number that is drawn."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[WhyRow, ...] = ()

    def show(self, rows: Sequence[WhyRow]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._in_words(row)
            case _ if role == ROW:
                return row
        return None

    def _in_words(self, row: WhyRow) -> str:
        if math.isnan(row.change):
            return self.tr("{text}: did not fit into the prompt").format(text=row.text)
        words = self.tr("{text}: {change} nats of log-odds").format(text=row.text, change=f"{row.change:+.2f}")
        if row.flips:
            words += self.tr(", without it {label} wins").format(label=row.flips)
        return words


class WhyPane(QWidget):
    """shake_asked: a ready experiment."""

    shake_asked = Signal(str)

    def __init__(self, builder: Builder, asides: Asides, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._asides = asides
        self.list: QListView | None = None
        self.rows: WhyRows | None = None
        self.fold = Fold(self.tr("Why?"), self._make, self)
        self.fold.head.toggled.connect(self._on_toggled)
        self.shake = QToolButton(self)
        self.shake.setText(self.tr("Shake ▾"))
        self.shake.setToolTip(self.tr("Ready experiments: do the examples, their labels, order or format matter?"))
        self.shake.setAccessibleName(self.tr("Shake: ready experiments"))
        self.shake.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.shake)
        menu.setToolTipsVisible(True)
        for shake in SHAKES:
            action = menu.addAction(shake_name(shake))
            action.setToolTip(shake_meaning(shake))
            action.triggered.connect(partial(self._on_shake, shake))
        self.shake.setMenu(menu)
        line = QHBoxLayout(self)
        line.setContentsMargins(GAP, 0, GAP, GAP_SMALL)
        line.addWidget(self.fold, 1)
        self._disconnect = asides.changed.connect(self._on_changed)
        self._show()

    def close_pane(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _make(self) -> QWidget:
        box = QWidget(self)
        self._words = QLabel(box)
        self._words.setProperty("type", "small")
        self._words.setWordWrap(True)
        self.rows = WhyRows(box)
        self.list = QListView(box)
        self.list.setModel(self.rows)
        self.list.setItemDelegate(_WhyDelegate(self.list))
        self.list.setAccessibleName(self.tr("Effect of each example"))
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addWidget(self._words)
        column.addWidget(self.list)
        self._show()
        return box

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        self._asides.want(why=shown)

    def _on_shake(self, shake: Shake, _checked: bool = False) -> None:
        self.shake_asked.emit(shake)

    def _on_changed(self, _none: None) -> None:
        self._show()

    def _show(self) -> None:
        self.fold.setVisible(self._builder.task.kind == "labels")
        if self.rows is None or self.list is None:
            return
        effects, ticked, task = self._asides.effects, self._builder.ticked, self._builder.task
        if effects is None or len(effects.effects) != len(ticked) or effects.label < 0:
            nothing = not ticked or task.kind != "labels"
            self._words.setText(
                self.tr("With ticked examples and labels, this shows what each example does.") if nothing else "…"
            )
            if nothing:
                self._fill(())
            return
        label = task.labels[effects.label].name if effects.label < len(task.labels) else ""
        self._words.setText(
            self.tr("Log-odds of “{label}”: what is lost when one is left out").format(label=label_name(label))
        )
        changes = [abs(effect.change) for effect in effects.effects if not math.isnan(effect.change)]
        longest = max(changes, default=0.0) or 1.0
        rows = []
        for item, effect in zip(ticked, effects.effects, strict=True):
            fraction = 0.0 if math.isnan(effect.change) else effect.change / longest
            flips = effect.best >= 0 and effect.best != effects.label
            rows.append(
                WhyRow(
                    one_line(item.text),
                    effect.change,
                    fraction,
                    label_name(task.labels[effect.best].name) if flips else "",
                )
            )
        self._fill(rows)

    def _fill(self, rows: Sequence[WhyRow]) -> None:
        assert self.rows is not None
        assert self.list is not None
        if self.rows.rows == tuple(rows):
            return
        self.rows.show(rows)
        self.list.setFixedHeight(min(_MOST_ROWS, len(rows)) * _row_height() + 2)


class _WhyDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, _row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: WhyRow = index.data(ROW)
        theme = current_theme()
        place = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(place, theme.colour("selected"))
        font = theme.font("small")
        metrics = QFontMetrics(font)
        painter.setFont(font)
        number_width = metrics.horizontalAdvance("+0.00") + GAP_TINY
        text_width = place.width() * 0.42
        painter.setPen(theme.colour("text"))
        words = metrics.elidedText(row.text, Qt.TextElideMode.ElideRight, int(text_width))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        number = change_words(row.change)
        painter.setPen(theme.colour("warning" if row.flips else "secondary"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        room = place.adjusted(text_width + GAP_SMALL, 0, -number_width - GAP_TINY, 0)
        middle = room.left() + room.width() / 3  # most examples speak for the label: more room at the right
        painter.setPen(theme.colour("line"))
        painter.drawLine(int(middle), int(room.top()), int(middle), int(room.bottom()))
        colour = theme.colour("accent" if row.fraction >= 0 else "bar")
        width = (room.right() - middle if row.fraction >= 0 else middle - room.left()) * abs(row.fraction)
        left = middle if row.fraction >= 0 else middle - width
        bar = QRectF(left, room.center().y() - 4, width, 8)
        painter.setPen(Qt.PenStyle.NoPen if row.fraction >= 0 else colour)
        painter.setBrush(colour if row.fraction >= 0 else QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(bar, 2, 2)
        painter.restore()


def change_words(change: float) -> str:
    """Return a change of log-odds; a small one with as many figures as its bar has length."""
    if math.isnan(change):
        return "–"
    if abs(change) < 0.005:
        return "0.0"
    return f"{change:+.1f}" if abs(change) >= 0.095 else f"{change:+.2f}"


def _row_height() -> int:
    return QFontMetrics(current_theme().font("small")).height() + 6
