"""How a sweep is drawn, on the screen and on paper: axes, ranges, lines, a dot for every run."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from nextword.lab.evaluation import Line, SeenRun
from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme

DOT = 4.0
_PAPER = QSizeF(640, 320)
LEGEND_COLUMNS = 3
_REACH = 9.0
_SAMPLE = 22.0  # length of a line in the legend
_STEP = 0.2  # of the axis
_BELOW = 0.02  # so much room is left below the lowest dot
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)


class Series(Struct, frozen=True):
    """A line with its name."""

    name: str
    line: Line


class ChartData(Struct, frozen=True):
    """All that is drawn. chance: the share that guessing gets, None for free answers. counts: of the plan, so that the
    axis does not move while runs come. numbers: makes the same as a table."""

    title: str
    series: tuple[Series, ...]
    counts: tuple[int, ...]
    chance: float | None
    numbers: Callable[[], Table]


class Placed(Struct, frozen=True):
    """A dot on the drawing."""

    run: SeenRun
    at: QPointF
    series: int


class SweepFigure(Struct, frozen=True):
    """See ui/widgets/figure.py."""

    data: ChartData

    @property
    def title(self) -> str:
        return self.data.title

    def figure_size(self) -> QSizeF:
        """Return the size on paper."""
        return _PAPER

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        """Draw title, axes, bands, lines and dots."""
        metrics = QFontMetricsF(current_theme().font("strong"))
        painter.setFont(current_theme().font("strong"))
        painter.setPen(QColor(look.text))
        painter.drawText(QPointF(GAP, GAP + metrics.ascent()), self.data.title)
        top = GAP + metrics.height()
        place = Layout(self.data, QRectF(0, top, size.width(), size.height() - top))
        draw(painter, place, look)

    def table(self) -> Table:
        """Return the numbers of the points."""
        return self.data.numbers()


class Layout:
    """Where everything is. plot: inside the axes."""

    def __init__(self, data: ChartData, place: QRectF) -> None:
        self.data = data
        metrics = QFontMetricsF(current_theme().font("small"))
        self.legend_line = metrics.height() + GAP_TINY
        legend_lines = -(-len(data.series) // LEGEND_COLUMNS) if len(data.series) > 1 else 0
        legend = legend_lines * self.legend_line
        left = metrics.horizontalAdvance("100 %") + GAP
        bottom = 2 * metrics.height() + GAP_SMALL
        self.legend = QRectF(place.left() + left, place.top(), place.width() - left, legend)
        self.plot = place.adjusted(left, legend + GAP, -GAP, -bottom)
        shares = [run.accuracy for series in data.series for point in series.line.points for run in point.runs]
        if data.chance is not None:
            shares.append(data.chance)
        steps = int((min(shares) - _BELOW) / _STEP) if shares and min(shares) > _BELOW else 0
        self.lowest = min(4, steps) * _STEP
        self.dots = [dot for number, series in enumerate(data.series) for dot in self._dots(number, series)]

    @property
    def _step(self) -> float:
        """How wide the dots of a condition may be scattered."""
        room = self.plot.width() / max(1, len(self.data.counts))
        return min(14.0, room / (2.5 * max(1, len(self.data.series))))

    def x(self, count: int, series: int | None = None) -> float:
        """Return where a number of examples is: all are equally far apart, the lines a little side by side."""
        places = self.data.counts or (0,)
        index = places.index(count) if count in places else 0
        middle = self.plot.left() + self.plot.width() * (index + 0.5) / len(places)
        if series is None:
            return middle
        return middle + (series - (len(self.data.series) - 1) / 2) * self._step * 1.6

    def y(self, share: float) -> float:
        """Return where an accuracy is."""
        span = 1.0 - self.lowest
        return self.plot.bottom() - self.plot.height() * (share - self.lowest) / span

    def near(self, at: QPointF) -> Placed | None:
        """Return the dot under the pointer."""
        found = min(self.dots, key=lambda dot: (dot.at - at).manhattanLength(), default=None)
        if found is None or abs(found.at.x() - at.x()) > _REACH or abs(found.at.y() - at.y()) > _REACH:
            return None
        return found

    def _dots(self, number: int, series: Series) -> list[Placed]:
        step = self._step
        found = []
        for point in series.line.points:
            for place, run in enumerate(point.runs):
                share = (place + 1) / (len(point.runs) + 1) - 0.5 if len(point.runs) > 1 else 0.0
                x = self.x(point.condition.count, number) + share * step * 2
                found.append(Placed(run, QPointF(x, self.y(run.accuracy)), number))
        return found


def series_colour(look: Colours, number: int) -> QColor:
    """Return the colour of a line; its dashes differ too."""
    return QColor((look.accent, look.secondary, look.warning, look.good, look.error)[number % 5])


def draw(painter: QPainter, place: Layout, look: Colours) -> None:
    """Draw everything but the title."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(current_theme().font("small"))
    _draw_axes(painter, place, look)
    for number in range(len(place.data.series)):
        _draw_band(painter, place, number, series_colour(look, number))
    for number in range(len(place.data.series)):
        _draw_line(painter, place, number, _pen(look, number))
    painter.setPen(Qt.PenStyle.NoPen)
    for dot in place.dots:
        colour = series_colour(look, dot.series)
        colour.setAlphaF(0.55)
        painter.setBrush(colour)
        painter.drawEllipse(dot.at, DOT, DOT)
    if len(place.data.series) > 1:
        _draw_legend(painter, place, look)


def _draw_axes(painter: QPainter, place: Layout, look: Colours) -> None:
    metrics = QFontMetricsF(painter.font())
    share, step = 1.0, _STEP / 2 if place.lowest >= 0.55 else _STEP
    while share >= place.lowest - 1e-9:
        y = place.y(share)
        painter.setPen(QPen(QColor(look.line), 1))
        painter.drawLine(QPointF(place.plot.left(), y), QPointF(place.plot.right(), y))
        painter.setPen(QColor(look.secondary))
        label = QRectF(0, y - metrics.height() / 2, place.plot.left() - GAP_SMALL, metrics.height())
        painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{share * 100:.0f} %")
        share -= step
    for count in place.data.counts:
        below = QRectF(place.x(count) - 30, place.plot.bottom() + GAP_TINY, 60, metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(count))
    under = QRectF(place.plot.left(), place.plot.bottom() + GAP_TINY + metrics.height(), place.plot.width(),
                   metrics.height())  # fmt: skip
    painter.drawText(under, Qt.AlignmentFlag.AlignCenter, _tr("examples in the prompt"))
    if place.data.chance is not None:
        y = place.y(place.data.chance)
        painter.setPen(QPen(QColor(look.secondary), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(place.plot.left(), y), QPointF(place.plot.right(), y))
        painter.drawText(QPointF(place.plot.left() + GAP_TINY, y - GAP_TINY / 2), _tr("chance"))


def _pen(look: Colours, number: int) -> QPen:
    """Return the pen of a line: no two of the first twenty-five are alike."""
    dash = _DASHES[(number + number // len(_DASHES)) % len(_DASHES)]
    return QPen(series_colour(look, number), 2, dash)


def _draw_band(painter: QPainter, place: Layout, number: int, colour: QColor) -> None:
    points = place.data.series[number].line.points
    if len(points) < 2:
        return
    upper = [QPointF(place.x(point.condition.count, number), place.y(point.high)) for point in points]
    lower = [QPointF(place.x(point.condition.count, number), place.y(point.low)) for point in reversed(points)]
    colour.setAlphaF(0.13 if len(place.data.series) < 3 else 0.06)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([*upper, *lower]))


def _draw_line(painter: QPainter, place: Layout, number: int, pen: QPen) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    line = place.data.series[number].line
    points = [QPointF(place.x(point.condition.count, number), place.y(point.mean)) for point in line.points]
    painter.drawPolyline(QPolygonF(points))
    for point in points if len(points) == 1 else ():
        painter.drawLine(point - QPointF(8, 0), point + QPointF(8, 0))


def _draw_legend(painter: QPainter, place: Layout, look: Colours) -> None:
    metrics = QFontMetricsF(painter.font())
    width = place.legend.width() / min(LEGEND_COLUMNS, len(place.data.series))
    for number, series in enumerate(place.data.series):
        x = place.legend.left() + number % LEGEND_COLUMNS * width
        y = place.legend.top() + (number // LEGEND_COLUMNS + 0.5) * place.legend_line
        painter.setPen(_pen(look, number))
        painter.drawLine(QPointF(x, y), QPointF(x + _SAMPLE, y))
        painter.setPen(QColor(look.text))
        name = metrics.elidedText(series.name, Qt.TextElideMode.ElideMiddle, width - _SAMPLE - GAP)
        painter.drawText(QPointF(x + _SAMPLE + GAP_TINY, y + metrics.ascent() / 2 - 1), name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("sweep_figure", text)
