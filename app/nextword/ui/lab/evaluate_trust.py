"""The reliability diagram of a run: how sure the model was against how often it was right, on screen and on paper."""

from __future__ import annotations

import math

from msgspec import Struct
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.lab.statistics import Calibrated, Interval, wilson
from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme

BINS = 10
_PAPER = QSizeF(560, 460)
_DOT = 3.5
_COUNTS = 0.16  # of the height: the strip that says how many items a bin holds


class Bin(Struct, frozen=True):
    """One bin. place: 0..9, a tenth of the axis each. confidence: mean of what the best label got. right: the share
    that was right, with Wilson's interval."""

    place: int
    confidence: float
    right: Interval
    items: int


class Trust(Struct, frozen=True):
    """What is drawn. are_probabilities: False where a rule or a calibration made scores of them."""

    title: str = ""
    found: Calibrated = Calibrated((), math.nan, math.nan)
    are_probabilities: bool = True

    @property
    def bins(self) -> tuple[Bin, ...]:
        return tuple(
            Bin(min(BINS - 1, int(confidence * BINS + 1e-9)), confidence, wilson(right * items, items), items)
            for confidence, right, items in self.found.bins
        )

    @property
    def across(self) -> str:
        """What the axis below says."""
        return _tr("probability of the best label") if self.are_probabilities else _tr("score of the best label")


class TrustFigure(Struct, frozen=True):
    """See ui/widgets/figure.py."""

    trust: Trust

    @property
    def title(self) -> str:
        return self.trust.title

    def figure_size(self) -> QSizeF:
        """Return the size on paper."""
        return _PAPER

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        """Draw title, diagram and the sums below it."""
        theme = current_theme()
        painter.setFont(theme.font("strong"))
        painter.setPen(QColor(look.text))
        strong = QFontMetricsF(theme.font("strong"))
        title = strong.elidedText(self.title, Qt.TextElideMode.ElideMiddle, size.width() - 2 * GAP)
        painter.drawText(QPointF(GAP, GAP + strong.ascent()), title)
        small = QFontMetricsF(theme.font("small"))
        top, bottom = GAP + strong.height() + GAP_SMALL, 2 * small.height() + 2 * GAP
        draw(painter, QRectF(GAP, top, size.width() - 2 * GAP, size.height() - top - bottom), self.trust, look)
        painter.setPen(QColor(look.secondary))
        painter.setFont(theme.font("small"))
        drawn = _tr("Bars: share right, with 95 % intervals. Below them: items. Dotted: as right as sure.")
        for line, words in enumerate((sums_words(self.trust.found), drawn)):
            painter.drawText(QPointF(GAP, size.height() - GAP - line * small.height()), words)

    def table(self) -> Table:
        """Return a row for each bin that holds an item."""
        columns = ("from", "to", "mean_confidence", "share_right", "interval_low", "interval_high", "items")
        rows = tuple(
            (each.place / BINS, (each.place + 1) / BINS, each.confidence, each.right.value, each.right.low,
             each.right.high, each.items)
            for each in self.trust.bins
        )  # fmt: skip
        return Table(columns, rows)


class TrustView(QWidget):
    """The diagram on screen. told: the numbers of the bin under the pointer, or of that which the arrow keys are at; ""
    when it is left."""

    told = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.trust = Trust()
        self._at = -1
        self._whole = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(130, 120)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Reliability diagram"))
        current_theme().changed.connect(self.update)

    def show_trust(self, trust: Trust) -> None:
        """Draw another run."""
        self.trust = trust
        self._at = -1
        self._whole = " ".join([*(bin_words(trust, each) for each in trust.bins), sums_words(trust.found)])
        self.setAccessibleDescription(self._whole)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(230, 250)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = current_theme()
        draw(painter, QRectF(self.rect()), self.trust, theme.colours)
        bins = self.trust.bins
        if 0 <= self._at < len(bins):
            plot = plot_of(QRectF(self.rect()))
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            width = plot.width() / BINS
            painter.drawRect(QRectF(plot.left() + bins[self._at].place * width, plot.top(), width, plot.height()))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = plot_of(QRectF(self.rect()))
        place = math.floor((event.position().x() - plot.left()) / max(1.0, plot.width()) * BINS)
        self._point(next((at for at, each in enumerate(self.trust.bins) if each.place == place), -1))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        bins = self.trust.bins
        if not step or not bins:
            super().keyPressEvent(event)
            return
        self._point(max(0, min(len(bins) - 1, self._at + step)))

    def _point(self, at: int) -> None:
        """Tell of a bin, -1: of none."""
        if at == self._at:
            return
        self._at = at
        words = bin_words(self.trust, self.trust.bins[at]) if at >= 0 else ""
        self.setAccessibleDescription(words or self._whole)
        self.told.emit(words)
        self.update()


def bin_words(trust: Trust, each: Bin) -> str:
    """Return the numbers of a bin as a sentence."""
    text = (
        _tr("Probability {low} to {high} %: {items} items, {right} % right [{least}, {most}].")
        if trust.are_probabilities
        else _tr("Score {low} to {high} %: {items} items, {right} % right [{least}, {most}].")
    )
    shares = (f"{100 * share:.0f}" for share in (each.right.value, each.right.low, each.right.high))
    right, least, most = shares
    low, high = each.place * 100 // BINS, (each.place + 1) * 100 // BINS
    return text.format(low=low, high=high, items=each.items, right=right, least=least, most=most)


def sums_words(found: Calibrated) -> str:
    """Return the two numbers that sum a diagram up; "" where nothing was scored."""
    if not found.bins:
        return ""
    locale = QLocale()
    ece, brier = (locale.toString(value, "f", 3) for value in (found.ece, found.brier))
    return _tr("Calibration error {ece}, Brier {brier}").format(ece=ece, brier=brier)


def plot_of(place: QRectF) -> QRectF:
    """Return where the square of the diagram is; below it are the counts, the axis and its name."""
    metrics = QFontMetricsF(current_theme().font("small"))
    left = metrics.horizontalAdvance("100 %") + GAP_TINY
    below = 2 * metrics.height() + GAP_TINY + place.height() * _COUNTS
    return place.adjusted(left, metrics.height() / 2, -GAP_SMALL, -below)


def draw(painter: QPainter, place: QRectF, trust: Trust, look: Colours) -> None:
    """Draw the diagram into `place`."""
    theme = current_theme()
    plot, bins = plot_of(place), trust.bins
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(theme.font("small"))
    _draw_axes(painter, plot, place, look)
    painter.setPen(QColor(look.secondary))
    name = metrics.elidedText(trust.across, Qt.TextElideMode.ElideRight, place.width())
    under = QRectF(place.left(), place.bottom() - metrics.height(), place.width(), metrics.height())
    painter.drawText(under, Qt.AlignmentFlag.AlignCenter, name)
    if not bins:
        painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, _tr("Nothing was scored."))
        return
    most = max(each.items for each in bins)
    for each in bins:
        _draw_bin(painter, plot, each, look)
        _draw_count(painter, plot, place.height() * _COUNTS, (each, most), look)


def _draw_axes(painter: QPainter, plot: QRectF, place: QRectF, look: Colours) -> None:
    metrics = QFontMetricsF(painter.font())
    for part in (0.0, 0.5, 1.0):
        y, x = plot.bottom() - part * plot.height(), plot.left() + part * plot.width()
        painter.setPen(QPen(QColor(look.line), 1))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(QColor(look.secondary))
        words = f"{100 * part:.0f} %"
        box = QRectF(place.left(), y - metrics.height() / 2, plot.left() - place.left() - GAP_TINY, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        width = metrics.horizontalAdvance(words)
        left = min(max(plot.left(), x - width / 2), plot.right() - width)
        top = place.bottom() - 2 * metrics.height()
        painter.drawText(QRectF(left, top, width + 1, metrics.height()), Qt.AlignmentFlag.AlignCenter, words)
    painter.setPen(QPen(QColor(look.secondary), 1, Qt.PenStyle.DotLine))
    painter.drawLine(plot.bottomLeft(), plot.topRight())


def _draw_bin(painter: QPainter, plot: QRectF, each: Bin, look: Colours) -> None:
    """Draw a bar up to the share that was right, its interval, and a dot where the mean confidence is."""
    width = plot.width() / BINS
    left = plot.left() + each.place * width
    height = each.right.value * plot.height()
    ground = QColor(look.accent)
    ground.setAlphaF(0.25)
    painter.fillRect(QRectF(left + 1, plot.bottom() - height, width - 2, height), ground)
    x = plot.left() + each.confidence * plot.width()
    low, high = (plot.bottom() - share * plot.height() for share in (each.right.low, each.right.high))
    painter.setPen(QPen(QColor(look.accent), 1.5))
    painter.drawLine(QPointF(x, low), QPointF(x, high))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.accent))
    painter.drawEllipse(QPointF(x, plot.bottom() - height), _DOT, _DOT)


def _draw_count(painter: QPainter, plot: QRectF, room: float, of: tuple[Bin, int], look: Colours) -> None:
    """Draw how many items a bin holds, downwards from the diagram; in figures where they have room."""
    each, most = of
    width = plot.width() / BINS
    left, top = plot.left() + each.place * width, plot.bottom() + GAP_TINY / 2
    height = max(1.0, (room - GAP_TINY) * each.items / most)
    painter.fillRect(QRectF(left + 1, top, width - 2, height), QColor(look.line))
    metrics = QFontMetricsF(painter.font())
    text = str(each.items)
    if metrics.horizontalAdvance(text) < width and metrics.height() <= room:
        painter.setPen(QColor(look.text))
        painter.drawText(QRectF(left, top, width, metrics.height()), Qt.AlignmentFlag.AlignCenter, text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrustView", text)
