"""The chart of a sweep: dots that can be pointed at, clicked and walked through by the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.lab.evaluation import SeenRun
from nextword.tables import Table
from nextword.ui.lab.sweep_figure import DOT, ChartData, Layout, Placed, draw
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme


class SweepChart(QWidget):
    """run_chosen: the run (SeenRun) whose dot was clicked, or taken by Enter. Arrow keys go from run to run."""

    run_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.data = ChartData("", (), (), None, partial(Table, (), ()))
        self.chosen = -1
        self._pointed = -1
        self._layout: Layout | None = None
        self._by_keys = False
        self._empty = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 150)
        current_theme().changed.connect(self._on_theme)

    def show_data(self, data: ChartData, *, is_reading: bool = False) -> None:
        """Draw other data; the run that was chosen stays chosen. is_reading: runs are still to come."""
        self.data = data
        self._empty = _tr("Reading the runs…") if is_reading else _tr("Each run of a sweep becomes a dot here.")
        self._layout = None
        self.setAccessibleName(data.title)
        self.setAccessibleDescription(self._description())
        self.update()

    def choose(self, run_id: int) -> None:
        """Mark a run without telling it."""
        self.chosen = run_id
        self.update()

    @property
    def layout_now(self) -> Layout:
        """Where things are at the size of now."""
        if self._layout is None:
            self._layout = Layout(self.data, QRectF(self.rect()).adjusted(GAP_TINY, GAP_TINY, -GAP_TINY, 0))
        return self._layout

    def _description(self) -> str:
        parts = [
            _tr("{name}, {count} examples: {mean} % in the mean of {runs} runs, from {low} to {high} %.").format(
                name=series.name,
                count=point.condition.count,
                mean=f"{100 * point.mean:.1f}",
                runs=len(point.runs),
                low=f"{100 * point.low:.1f}",
                high=f"{100 * point.high:.1f}",
            )
            for series in self.data.series
            for point in series.line.points
        ]
        return " ".join(parts) or _tr("No run is finished yet.")

    def _words(self, dot: Placed) -> str:
        run, cell = dot.run, dot.run.cell
        order = _tr(", order {number}").format(number=cell.order + 1) if cell.order else ""
        text = _tr("{count} examples, set {set}{order}: {right} of {items} right, {share} %").format(
            count=cell.count,
            set=cell.set + 1,
            order=order,
            right=run.figures.right,
            items=run.figures.items,
            share=f"{100 * run.accuracy:.1f}",
        )
        series = self.data.series[dot.series].name
        if series:
            text = _tr("{series}: {text}").format(series=series, text=text)
        if run.figures.shortened:
            text += _tr("\nIn {count} items not all examples fitted into the context.").format(
                count=run.figures.shortened
            )
        return text

    def _in_order(self) -> Sequence[Placed]:
        return sorted(self.layout_now.dots, key=lambda dot: (dot.at.x(), dot.run.id))

    # --- Qt ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(520, 260)

    def _on_theme(self) -> None:
        self._layout = None
        self.update()

    def resizeEvent(self, _event: object) -> None:
        self._layout = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = current_theme()
        place = self.layout_now
        draw(painter, place, theme.colours)
        if not place.dots:
            painter.setFont(theme.font("text"))
            painter.setPen(theme.colour("secondary"))
            painter.drawText(place.plot, Qt.AlignmentFlag.AlignCenter, self._empty)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for dot in place.dots:
            if dot.run.id in (self.chosen, self._pointed):
                painter.setPen(QPen(theme.colour("text"), 2 if dot.run.id == self.chosen else 1))
                painter.drawEllipse(dot.at, DOT + 2, DOT + 2)
        for dot in place.dots:
            if dot.run.id == self._pointed:
                self._draw_note(painter, dot)
        if self.hasFocus() and self._by_keys:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _draw_note(self, painter: QPainter, dot: Placed) -> None:
        """Say beside a dot which run it is."""
        theme = current_theme()
        painter.setFont(theme.font("small"))
        words = self._words(dot)
        room = QFontMetricsF(painter.font()).boundingRect(QRectF(0, 0, 260, 200), Qt.TextFlag.TextWordWrap, words)
        box = QRectF(0, 0, room.width() + 2 * GAP_SMALL, room.height() + 2 * GAP_TINY)
        box.moveTopLeft(dot.at + QPointF(GAP, GAP_TINY))
        if box.right() > self.width():
            box.moveRight(dot.at.x() - GAP)
        if box.bottom() > self.height():
            box.moveBottom(dot.at.y() - GAP_TINY)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.colour("text"))
        inside = box.adjusted(GAP_SMALL, GAP_TINY, -GAP_SMALL, -GAP_TINY)
        painter.drawText(inside, int(Qt.TextFlag.TextWordWrap), words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        dot = self.layout_now.near(event.position())
        pointed = -1 if dot is None else dot.run.id
        if pointed != self._pointed:
            self._pointed = pointed
            self.setCursor(Qt.CursorShape.ArrowCursor if dot is None else Qt.CursorShape.PointingHandCursor)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        dot = self.layout_now.near(event.position())
        if event.button() == Qt.MouseButton.LeftButton and dot is not None:
            self._take(dot.run)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointed = -1
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keys = True
        dots = self._in_order()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key()), 0
        )
        if not dots or (not step and event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)):
            super().keyPressEvent(event)
            return
        at = next((index for index, dot in enumerate(dots) if dot.run.id == self._pointed), -1)
        if not step:
            if at >= 0:
                self._take(dots[at].run)
            return
        at = max(0, min(len(dots) - 1, at + step)) if at >= 0 else 0
        self._pointed = dots[at].run.id
        self.setAccessibleDescription(self._words(dots[at]))
        self.update()

    def _take(self, run: SeenRun) -> None:
        self.chosen = run.id
        self.update()
        self.run_chosen.emit(run)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SweepChart", text)
