"""The X-ray as a drawing, on screen and in a file: the same tokens in every column, what a stage cut is hatched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen

from nextword.engine.tokens import Cut
from nextword.tables import Cell, Table
from nextword.ui.colours import Colours
from nextword.ui.theme import current_theme
from nextword.ui.widgets.stage_names import stage_words
from nextword.ui.widgets.token_text import number, percent, visible
from nextword.write.xray import DRAW, Column, Draws

_LABELS_WIDTH, _COLUMN_WIDTH, _DRAW_WIDTH = 92, 98, 134  # px at a text size of 100 %
_PADDING, _BAR_HEIGHT, _DOT = 6, 9, 1.6
_SCALES = (0.1, 0.25, 0.5, 1.0)
_HEAD_LINES = 2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class XrayPicture(Struct, frozen=True, dict=True):
    """What is drawn. listed: the tokens as (id, bytes); chosen: the one that stands there, None for none."""

    title: str
    listed: tuple[tuple[int, bytes], ...]
    columns: tuple[Column, ...]
    chosen: int | None = None
    draws: Draws | None = None

    @cached_property
    def scale(self) -> float:
        """The probability that a bar of the whole width has: the same in all columns, and only a few are used."""
        most = max((p for column in self.columns for p in column.probabilities), default=0.0)
        return next((scale for scale in _SCALES if most <= scale), 1.0)

    @property
    def counts(self) -> str:
        """How many tokens are left, from stage to stage: "151,936 → 40 → 12"."""
        left = [column.left for column in self.columns]
        steps = [one for place, one in enumerate(left) if place == 0 or one != left[place - 1]]
        return " → ".join(number(one) for one in steps)

    def shown_share(self, place: int, row: int) -> float | None:
        """Return how likely a token is in a column, None when it is cut there. Behind draws it is what they can expect:
        XTC falls anew for each."""
        column = self.columns[place]
        if column.stage == DRAW and self.draws is not None:
            return self.draws.expected[row] / self.draws.count or None
        return None if column.cuts[row] else column.probabilities[row]

    def table(self) -> Table:
        """Return every number that is drawn: a row a token, a column a stage; a cut token is an empty cell."""
        columns = self.columns[:-1] if self.columns and self.columns[-1].stage == DRAW else self.columns
        names = ["token", "id", *(column.stage for column in columns), "cut by"]
        if self.draws is not None:
            names += [f"of {self.draws.count} draws", "expected"]
        rows: list[tuple[Cell, ...]] = []
        for place, (token, text) in enumerate(self.listed):
            shares = [None if column.cuts[place] else column.probabilities[place] for column in columns]
            cut = columns[-1].cuts[place] if columns else Cut.KEPT
            row: list[Cell] = [text.decode("utf-8", "backslashreplace"), token, *shares]
            row.append(cut.name.lower() if cut else "")
            if self.draws is not None:
                row += [self.draws.counts[place], self.draws.expected[place]]
            rows.append(tuple(row))
        rows.append(self._rest(columns))
        return Table(tuple(names), tuple(rows))

    def _rest(self, columns: Sequence[Column]) -> tuple[Cell, ...]:
        rest: list[Cell] = [_tr("all others"), None, *(max(0.0, 1 - sum(one.probabilities)) for one in columns), ""]
        if self.draws is not None:
            rest += [self.draws.others, self.draws.count - sum(self.draws.expected)]
        return tuple(rest)


class XrayFigure:
    """The picture for a file; see figure.Figure."""

    def __init__(self, picture: XrayPicture) -> None:
        self._picture = picture
        self.title = picture.title

    def figure_size(self) -> QSizeF:
        rows = len(self._picture.listed) + 1
        width = labels_width() + sum(column_width(column) for column in self._picture.columns)
        return QSizeF(width + 2 * _PADDING, (rows + _HEAD_LINES + 1) * row_height() + 2 * _PADDING)

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        picture, height = self._picture, row_height()
        painter.setPen(QColor(look.text))
        painter.setFont(current_theme().font("strong"))
        title = QRectF(_PADDING, _PADDING, size.width() - 2 * _PADDING, height)
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, picture.title)
        top = title.bottom() + _HEAD_LINES * height
        rows = len(picture.listed) + 1
        paint_labels(painter, QRectF(_PADDING, top, labels_width(), rows * height), picture, look)
        left = float(labels_width() + _PADDING)
        for place, column in enumerate(picture.columns):
            width = column_width(column)
            head = QRectF(left, title.bottom(), width, _HEAD_LINES * height)
            words = f"{stage_words(column.stage)}\n{left_words(column)}"
            painter.setPen(QColor(look.text))
            painter.setFont(current_theme().font("small"))
            painter.drawText(
                head.adjusted(_PADDING, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words
            )
            paint_column(painter, QRectF(left, top, width, rows * height), picture, place, look)
            left += width

    def table(self) -> Table:
        return self._picture.table()


class _Ink:
    """Fonts and colours of one painting: made once, because making a font takes longer than writing with it."""

    def __init__(self, painter: QPainter, look: Colours) -> None:
        theme = current_theme()
        self.painter = painter
        self.look = look
        self.small = theme.font("small")
        self.bold = theme.font("small")
        self.bold.setBold(True)
        self.row_height = row_height()
        self.numbers_width = QFontMetricsF(self.bold).horizontalAdvance("99.99 %") + 4
        self.text, self.secondary, self.bar = QColor(look.text), QColor(look.secondary), QColor(look.bar)
        self.accent, self.line, self.dot = QColor(look.accent), QColor(look.line), QColor(look.warning)


def row_height() -> float:
    """Return the height of a token's row in px."""
    return QFontMetricsF(_mono()).height() + 6


def column_width(column: Column) -> int:
    """Return the width of a column in px; it grows with the text."""
    return round((_DRAW_WIDTH if column.stage == DRAW else _COLUMN_WIDTH) * max(1.0, current_theme().scale))


def labels_width() -> int:
    """Return the width of the tokens at the left in px."""
    return round(_LABELS_WIDTH * max(1.0, current_theme().scale))


def left_words(column: Column) -> str:
    """Say how many tokens can be drawn after a stage."""
    return _tr("1 left") if column.left == 1 else _tr("{count} left").format(count=number(column.left))


def paint_labels(painter: QPainter, room: QRectF, picture: XrayPicture, look: Colours) -> None:
    """Paint the tokens below each other, and the line of all others."""
    height, font = row_height(), _mono()
    for place, (token, text) in enumerate(picture.listed):
        chosen = token == picture.chosen
        font.setBold(chosen)
        painter.setFont(font)
        painter.setPen(QColor(look.accent if chosen else look.text))
        line = QRectF(room.left(), room.top() + place * height, room.width() - _PADDING, height)
        words = QFontMetricsF(font).elidedText(visible(text) or "∅", Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
    painter.setFont(current_theme().font("small"))
    painter.setPen(QColor(look.secondary))
    line = QRectF(room.left(), room.top() + len(picture.listed) * height, room.width(), height)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, _tr("all others"))


def paint_column(painter: QPainter, room: QRectF, picture: XrayPicture, place: int, look: Colours) -> None:
    """Paint the bars of one stage into `room`."""
    column, before = picture.columns[place], picture.columns[place - 1] if place else None
    ink = _Ink(painter, look)
    painter.save()
    painter.setPen(QPen(ink.line, 1))
    painter.drawLine(QPointF(room.left() + 0.5, room.top()), QPointF(room.left() + 0.5, room.bottom()))
    inner = room.adjusted(_PADDING, 0, -_PADDING, 0)
    bars = inner.width() - ink.numbers_width
    step = 0.0
    if column.stage == DRAW and picture.draws is not None:
        step = bars / (picture.draws.count * picture.scale)
    for row, (token, _text) in enumerate(picture.listed):
        line = QRectF(inner.left(), inner.top() + row * ink.row_height, inner.width(), ink.row_height)
        chosen = token == picture.chosen
        share = picture.shown_share(place, row)
        if share is None:
            first = before is None or not before.cuts[row]
            was = before.probabilities[row] if before is not None and first else 0.0
            _paint_cut(ink, line, was / picture.scale * bars, first=first)
            continue
        _paint_bar(ink, line, share / picture.scale * bars, ink.accent if chosen else ink.bar)
        _paint_number(ink, line, percent(share), ink.text, bold=chosen)
        if step and picture.draws is not None:
            _paint_dots(ink, line, picture.draws.counts[row], step)
    _paint_rest(ink, QRectF(inner.left(), inner.bottom() - ink.row_height, bars, ink.row_height), picture, place)
    painter.restore()


def _paint_rest(ink: _Ink, line: QRectF, picture: XrayPicture, place: int) -> None:
    """Paint the sum of all tokens that are not listed; line: without the room of the numbers."""
    column, bars = picture.columns[place], line.width()
    if column.left <= sum(not cut for cut in column.cuts):
        return
    share = max(0.0, 1.0 - sum(column.probabilities))
    _paint_bar(ink, line, min(1.0, share / picture.scale) * bars, ink.line)
    _paint_number(ink, line.adjusted(0, 0, ink.numbers_width, 0), percent(share), ink.text)
    if column.stage == DRAW and picture.draws is not None:
        _paint_dots(ink, line, picture.draws.others, bars / (picture.draws.count * picture.scale))


def _paint_bar(ink: _Ink, line: QRectF, width: float, colour: QColor) -> None:
    if width > 0:
        ink.painter.setPen(Qt.PenStyle.NoPen)
        ink.painter.setBrush(colour)
        bar = QRectF(line.left(), line.center().y() - _BAR_HEIGHT / 2, max(1.5, width), _BAR_HEIGHT)
        ink.painter.drawRoundedRect(bar, 2, 2)


def _paint_cut(ink: _Ink, line: QRectF, width: float, *, first: bool) -> None:
    """Paint what a token had when it was cut, hatched; in the columns after it a dash."""
    if width > 0:
        ink.painter.setPen(QPen(ink.bar, 1))
        ink.painter.setBrush(QBrush(ink.bar, Qt.BrushStyle.BDiagPattern))
        bar = QRectF(line.left() + 0.5, line.center().y() - _BAR_HEIGHT / 2 + 0.5, max(2.0, width), _BAR_HEIGHT - 1)
        ink.painter.drawRect(bar)
    _paint_number(ink, line, _tr("cut") if first else "–", ink.secondary)


def _paint_number(ink: _Ink, line: QRectF, words: str, colour: QColor, *, bold: bool = False) -> None:
    ink.painter.setFont(ink.bold if bold else ink.small)
    ink.painter.setPen(colour)
    ink.painter.drawText(line, _RIGHT, words)


def _paint_dots(ink: _Ink, line: QRectF, count: int, step: float) -> None:
    """Paint a dot for each draw, as far apart as draws are on the scale of the bar: dots and bar end at the same place
    where a token was drawn as often as expected."""
    ink.painter.setPen(Qt.PenStyle.NoPen)
    ink.painter.setBrush(ink.dot)
    y = line.center().y() + _BAR_HEIGHT / 2 + 1
    for dot in range(count):
        ink.painter.drawEllipse(QPointF(line.left() + (dot + 0.5) * step, y), _DOT, _DOT)


def _mono() -> QFont:
    font = current_theme().font("mono")
    font.setPointSizeF(current_theme().points("small"))
    return font


def _tr(text: str) -> str:
    return QCoreApplication.translate("xray", text)
