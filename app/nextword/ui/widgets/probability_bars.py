"""The tokens that could have stood at a place: a list model with exact numbers, and the bars that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nextword.engine.tokens import Candidate, TokenStep
from nextword.ui.theme import GAP_SMALL, current_theme
from nextword.ui.widgets.token_text import cut_reason, cut_stage, number, percent, visible

Index = QModelIndex | QPersistentModelIndex

ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar. id is None for the row that sums up all other tokens; reason: why the sampler cut it, or "";
    short_reason: the same where there is little room."""

    id: int | None
    label: str
    probability: float
    after_sampler: float | None
    chosen: bool
    reason: str
    short_reason: str = ""


def rows_of(step: TokenStep, vocabulary: int, sampling: Mapping[str, object]) -> list[BarRow]:
    """Return the rows for a step: its candidates, the chosen token if it is not among them, and the rest.

    vocabulary: number of tokens of the model, 0 when it is not known. sampling: the settings it was drawn with.
    """
    rows = [_row(candidate, candidate.id == step.id, sampling) for candidate in step.candidates]
    rest = step.rest_mass
    if not any(row.chosen for row in rows):
        chosen = Candidate(step.id, step.text, step.logprob, step.sampled_logprob)
        rows.append(_row(chosen, True, sampling))
        rest = max(0.0, rest - step.probability)
    others = vocabulary - len(rows)
    if vocabulary == 0 or others > 0:
        rows.append(BarRow(None, _others(others if vocabulary else 0), rest, None, False, ""))
    return rows


def rows_after(step: TokenStep, sampling: Mapping[str, object]) -> list[BarRow]:
    """Return the rows for a step as the sampler left it: what can be drawn, the rest of that, then what was cut.

    The rest is the last row, if there is any.
    """
    chosen = Candidate(step.id, step.text, step.logprob, step.sampled_logprob)
    listed = any(candidate.id == step.id for candidate in step.candidates)
    kept: list[BarRow] = []
    cut: list[BarRow] = []
    for candidate in step.candidates if listed else (*step.candidates, chosen):
        after = candidate.sampled_logprob
        probability = 0.0 if after is None else Candidate(0, b"", after).probability
        row = _row(candidate, candidate.id == step.id, sampling)
        (cut if after is None else kept).append(replace(row, probability=probability, after_sampler=None))
    kept.sort(key=lambda row: -row.probability)
    others = step.kept - len(kept)
    rest = max(0.0, 1.0 - sum(row.probability for row in kept))
    return [*kept, *cut, *([BarRow(None, _others(others), rest, None, False, "")] if others > 0 else [])]


def _row(candidate: Candidate, chosen: bool, sampling: Mapping[str, object]) -> BarRow:
    after = None if candidate.sampled_logprob is None else Candidate(0, b"", candidate.sampled_logprob).probability
    reason, short = cut_reason(candidate.cut, sampling), cut_stage(candidate.cut, sampling)
    return BarRow(candidate.id, visible(candidate.text) or "∅", candidate.probability, after, chosen, reason, short)


def _others(count: int) -> str:
    if count == 0:
        return _tr("all others")
    return _tr("1 other") if count == 1 else _tr("{count} others").format(count=number(count))


def _tr(text: str) -> str:
    return QCoreApplication.translate("probability_bars", text)


class CandidateModel(QAbstractListModel):
    """The rows of one step; every number that the bars show can be read here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BarRow] = []

    def show(self, rows: list[BarRow]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: int) -> BarRow:
        """Return a row by its number."""
        return self._rows[index]

    def chosen_row(self) -> int:
        """Return the number of the row of the chosen token, 0 without rows."""
        return next((i for i, row in enumerate(self._rows) if row.chosen), 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{row.label}  {percent(row.probability)}"
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._in_words(row)
            case _ if role == ROW:
                return row
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self._rows[index.row()].id is None:
            return Qt.ItemFlag.ItemNeverHasChildren  # a sum: nothing to be chosen
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def _in_words(self, row: BarRow) -> str:
        parts = [row.label, percent(row.probability)]
        if row.after_sampler is not None:
            parts.append(self.tr("{percent} after the sampler").format(percent=percent(row.after_sampler)))
        if row.chosen:
            parts.append(self.tr("chosen"))
        if row.reason:
            parts.append(row.reason)
        return ", ".join(parts)


def _paint_row(painter: QPainter, rect: QRectF, row: BarRow, *, selected: bool) -> None:
    """Paint label, bar and percent in three columns; what the sampler cut is grey with the reason."""
    theme = current_theme()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if selected:
        painter.setBrush(theme.colour("selected"))
        painter.drawRoundedRect(rect, 4, 4)
    inner = rect.adjusted(GAP_SMALL, 0, -GAP_SMALL, 0)
    number_width = QFontMetrics(theme.font("strong")).horizontalAdvance("00.00 %") + GAP_SMALL
    label_width = min(inner.width() * 0.38, QFontMetrics(theme.font("mono")).horizontalAdvance("M" * 14))
    room = inner.adjusted(label_width + GAP_SMALL, 0, -number_width, 0)
    width = max(2.0, room.width() * min(1.0, row.probability)) if row.probability > 0 else 0.0
    colour = theme.colour("accent" if row.chosen else "bar")
    if row.reason:
        colour.setAlphaF(0.5)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(room.left(), room.center().y() - 4.5, width, 9), 2, 2)
    _paint_texts(painter, inner, row, label_width)
    if row.reason:
        left = room.left() + width + GAP_SMALL
        right = min(room.right(), inner.right() - number_room(row))  # a tiny share takes more room than its column
        _paint_reason(painter, QRectF(left, room.top(), max(0.0, right - left), room.height()), row)
    painter.restore()


def number_room(row: BarRow) -> float:
    """Return how wide the percent of a row is, with the gap before it."""
    font = current_theme().font("strong" if row.chosen else "text")
    return QFontMetrics(font).horizontalAdvance(percent(row.probability)) + GAP_SMALL


def _paint_texts(painter: QPainter, inner: QRectF, row: BarRow, label_width: float) -> None:
    theme = current_theme()
    painter.setPen(theme.colour("secondary" if row.reason or row.id is None else "text"))
    font = theme.font("mono" if row.id is not None else "text")
    font.setBold(row.chosen)
    painter.setFont(font)
    label = QFontMetrics(font).elidedText(row.label, Qt.TextElideMode.ElideRight, int(label_width))
    centred = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(inner, centred | Qt.AlignmentFlag.AlignLeft, label)
    painter.setFont(theme.font("strong" if row.chosen else "text"))
    painter.drawText(inner, centred | Qt.AlignmentFlag.AlignRight, percent(row.probability))


def _paint_reason(painter: QPainter, room: QRectF, row: BarRow) -> None:
    theme = current_theme()
    font = theme.font("small")
    painter.setFont(font)
    painter.setPen(theme.colour("secondary"))
    metrics = QFontMetrics(font)
    fits = metrics.horizontalAdvance(row.reason) <= room.width()
    text = row.reason if fits else row.short_reason or row.reason
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(room.width())))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _row_height() -> int:
    return QFontMetrics(current_theme().font("text")).height() + 10


class _BarDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        _paint_row(painter, QRectF(option.rect), index.data(ROW), selected=selected)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, _row_height())


class BarLines(QWidget):
    """A few bars that cannot be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BarRow] = []

    def show_rows(self, rows: list[BarRow]) -> None:
        """Show the rows, in a height that fits."""
        self._rows = rows
        self.setFixedHeight(len(rows) * _row_height())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, height = QPainter(self), _row_height()
        for place, row in enumerate(self._rows):
            _paint_row(painter, QRectF(0, place * height, self.width(), height), row, selected=False)


class RestLine(QWidget):
    """The bar of all other tokens together, below the list so that it is always seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: BarRow | None = None
        self.right_margin = 0

    def show_row(self, row: BarRow | None) -> None:
        """Show the sum of the rest; None: there is no rest."""
        self._row = row
        self.setVisible(row is not None)
        self.setFixedHeight(_row_height())
        self.setAccessibleName("" if row is None else f"{row.label}, {percent(row.probability)}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._row is not None:
            painter = QPainter(self)
            _paint_row(painter, QRectF(self.rect()).adjusted(0, 0, -self.right_margin, 0), self._row, selected=False)


class ProbabilityBars(QListView):
    """The bars. Up and Down choose a row, Enter or a double click takes it."""

    token_taken = Signal(int)
    token_pointed = Signal(object)  # BarRow | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.candidates = CandidateModel(self)
        self.setModel(self.candidates)
        self.setItemDelegate(_BarDelegate(self))
        self.setAccessibleName(self.tr("Tokens that could stand here"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.activated.connect(self._on_activated)
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    def show_rows(self, rows: list[BarRow]) -> None:
        """Show the rows with the chosen token as the current one."""
        self.candidates.show(rows)
        self.setCurrentIndex(self.candidates.index(self.candidates.chosen_row()))
        self.show_chosen()

    def show_chosen(self) -> None:
        """Scroll to the first row, and further only if the chosen one is not in view then."""
        self.scrollToTop()
        self.scrollTo(self.currentIndex())

    def current_row(self) -> BarRow | None:
        """Return the row that Enter would take, None for the sum of the rest."""
        index = self.currentIndex()
        row = self.candidates.row(index.row()) if index.isValid() else None
        return row if row is not None and row.id is not None else None

    def row_height(self) -> int:
        """Return the height of one row in px."""
        return _row_height()

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        row = self.candidates.row(index.row())
        if row.id is not None:
            self.token_taken.emit(row.id)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self.token_pointed.emit(self.current_row())
