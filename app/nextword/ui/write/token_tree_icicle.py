"""A token tree drawn so that width is probability: a row a token, each path under its beginning."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_text import percent, visible
from nextword.write.token_tree import ROOT, TokenTree, shares

_LEAST_WIDTH, _LABELLED_WIDTH = 0.6, 18.0  # px: narrower ones are not drawn, or have no words
_FIGURE_WIDTH = 900.0


class Icicle(QWidget):
    """chosen: another node is the current one. taken: Enter. expansion_wanted: E.

    Arrows go through the tree; Space or a double click looks closer at a node, and back.
    """

    chosen = Signal(int)
    taken = Signal(int)
    expansion_wanted = Signal()

    def __init__(self, words: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.tree: TokenTree | None = None
        self.current = ROOT
        self.top = ROOT
        self._shares: list[tuple[float, float]] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Continuations, as wide as they are likely"))
        current_theme().changed.connect(self._on_theme_changed)

    def show_tree(self, tree: TokenTree | None) -> None:
        """Show a tree, or one that has grown."""
        grown = tree is not None and self.tree is not None and tree.nodes[: len(self.tree.nodes)] == self.tree.nodes
        self.tree = tree
        self._shares = shares(tree) if tree is not None else []
        if not grown:
            self.current = self.top = ROOT
        self.updateGeometry()
        self.update()

    def choose(self, number: int) -> None:
        """Make a node the current one; ROOT for none."""
        if self.tree is None or number >= len(self.tree.nodes):
            return
        self.current = number
        self.setAccessibleDescription(self._words(number) if number != ROOT else "")
        self.update()

    def look_closer(self, number: int) -> None:
        """Give the whole width to one node; ROOT: to the whole tree."""
        self.top = number
        self.update()

    def node_at(self, x: float, y: float) -> int:
        """Return the node at a place, ROOT for none."""
        room = QRectF(self.rect())
        return next((n for n, place in _places(self.tree, self._shares, room, self.top) if place.contains(x, y)), ROOT)

    def sizeHint(self) -> QSize:
        deepest = max(self.tree.depths, default=1) if self.tree is not None else 4
        return QSize(300, round(deepest * row_height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.tree is None:
            return
        painter = QPainter(self)
        room = QRectF(self.rect())
        places = _places(self.tree, self._shares, room, self.top)
        for number, place in places:
            paint_node(painter, place, self.tree, number, current_theme().colours)
        if self.top == ROOT:
            paint_rest(painter, room, self._shares, self.tree, current_theme().colours)
        current = next((place for number, place in places if number == self.current), None)
        if current is not None:
            colour = "accent" if self.hasFocus() else "secondary"
            painter.setPen(QPen(current_theme().colour(colour), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(current.adjusted(1, 1, -1, -1))

    # --- pointer and keys -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.node_at(event.position().x(), event.position().y())
        self._take(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.node_at(event.position().x(), event.position().y())
        self.look_closer(ROOT if number in (self.top, ROOT) else number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self._led_to(event.key())
        if number is not None:
            self._take(number)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current != ROOT:
            self.taken.emit(self.current)
        elif event.key() == Qt.Key.Key_E and self.current != ROOT:
            self.expansion_wanted.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.look_closer(ROOT if self.top == self.current else self.current)
        else:
            super().keyPressEvent(event)

    def _take(self, number: int) -> None:
        self.choose(number)
        self.chosen.emit(number)

    def _led_to(self, key: int) -> int | None:
        """Return the node that a key leads to, None for a key that leads nowhere."""
        if self.tree is None or key not in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            return None
        if self.current == ROOT:
            return next(iter(self.tree.children.get(ROOT, ())), ROOT)
        above = self.tree.nodes[self.current].parent
        if key == Qt.Key.Key_Up:
            return above if above != ROOT else self.current
        if key == Qt.Key.Key_Down:
            return next(iter(self.tree.children.get(self.current, ())), self.current)
        beside = self.tree.children[above]
        place = beside.index(self.current) + (1 if key == Qt.Key.Key_Right else -1)
        return beside[max(0, min(place, len(beside) - 1))]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            number = self.node_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), self._words(number) if number != ROOT else "", self)
            return True
        return super().event(event)


class IcicleFigure:
    """The drawing for a file; see figure.Figure."""

    def __init__(self, tree: TokenTree, title: str, note: str) -> None:
        self._tree = tree
        self.title = title
        self._note = note

    def figure_size(self) -> QSizeF:
        return QSizeF(_FIGURE_WIDTH, (max(self._tree.depths, default=0) + 2.5) * row_height())

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        top = paint_heading(painter, size, look, (self.title, self._note))
        room = QRectF(8, top, size.width() - 16, size.height() - top - 8)
        for number, place in _places(self._tree, shares(self._tree), room, ROOT):
            paint_node(painter, place, self._tree, number, look)
        paint_rest(painter, room, shares(self._tree), self._tree, look)

    def table(self) -> Table:
        return self._tree.table()


def paint_heading(painter: QPainter, size: QSizeF, look: Colours, words: tuple[str, str]) -> float:
    """Paint title and note; return where the drawing begins."""
    theme, height = current_theme(), row_height()
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    font = theme.font("strong")
    painter.setFont(font)
    painter.setPen(QColor(look.text))
    title = QFontMetricsF(font).elidedText(words[0], Qt.TextElideMode.ElideMiddle, size.width() - 16)
    painter.drawText(QRectF(8, 4, size.width() - 16, height), left, title)
    painter.setFont(theme.font("small"))
    painter.setPen(QColor(look.secondary))
    painter.drawText(QRectF(8, 4 + height, size.width() - 16, height), left, words[1])
    return 4 + 2 * height + 4


def row_height() -> float:
    """Return the height of one token's row in px."""
    return QFontMetricsF(_font()).height() + 14


def paint_node(painter: QPainter, place: QRectF, tree: TokenTree, number: int, look: Colours) -> None:
    """Paint one node: the likelier after its path, the fuller its colour; its token and probability where they fit."""
    node = tree.nodes[number]
    share = math.exp(node.logprob)
    fill = QColor(look.accent)
    fill.setAlphaF(0.12 + 0.5 * share)
    inner = place.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(QColor(look.surface), 1) if place.width() > 3 else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRect(inner)
    if node.ends:
        painter.setBrush(Qt.BrushStyle.BDiagPattern)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRect(inner)
    if place.width() < _LABELLED_WIDTH:
        return
    font = _font()
    metrics = QFontMetricsF(font)
    words, numbers = visible(node.text) or "∅", percent(share)
    painter.setFont(font)
    painter.setPen(QColor(look.text))
    room = place.adjusted(4, 0, -4, 0)
    if metrics.horizontalAdvance(f"{words}  {numbers}") <= room.width():
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{words}  {numbers}")
    elif (words := metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())) != "…":
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def rest_words(shown: float) -> str:
    """Return what is said of the tokens that are not in the first row. shown: the probability of those that are."""
    share = percent(max(0.0, 1 - shown))
    return QCoreApplication.translate("token_tree", "all others {share}").format(share=share)


def paint_rest(
    painter: QPainter, room: QRectF, where: list[tuple[float, float]], tree: TokenTree, look: Colours
) -> None:
    """Say what the empty room of the first row is: the tokens that the tree does not show."""
    shown = sum(where[number][1] for number in tree.children.get(ROOT, ()))
    place = QRectF(room.left() + shown * room.width(), room.top(), (1 - shown) * room.width(), row_height())
    font = _font()
    words = rest_words(shown)
    if QFontMetricsF(font).horizontalAdvance(words) + 8 > place.width():
        return
    painter.setFont(font)
    painter.setPen(QPen(QColor(look.line), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place.adjusted(0.5, 0.5, -1.5, -0.5))
    painter.setPen(QColor(look.secondary))
    painter.drawText(place.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def _places(
    tree: TokenTree | None, where: list[tuple[float, float]], room: QRectF, top: int
) -> list[tuple[int, QRectF]]:
    """Return the nodes that can be seen and their places, parents first."""
    if tree is None:
        return []
    first, whole = (0.0, 1.0) if top == ROOT else where[top]
    level = 0 if top == ROOT else tree.depths[top] - 1
    height, found = row_height(), []
    waiting = [top] if top != ROOT else list(tree.children.get(ROOT, ()))
    for number in waiting:  # it grows while it is gone through
        left, width = where[number]
        wide = width / whole * room.width()
        if wide < _LEAST_WIDTH:
            continue
        y = room.top() + (tree.depths[number] - 1 - level) * height
        found.append((number, QRectF(room.left() + (left - first) / whole * room.width(), y, wide, height)))
        waiting.extend(tree.children.get(number, ()))
    return found


def _font() -> QFont:
    font = current_theme().font("mono")
    font.setPointSizeF(current_theme().points("small"))
    return font
