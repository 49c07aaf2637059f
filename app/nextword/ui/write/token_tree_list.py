"""The list of a token tree: indented rows with exact numbers; and the same as a drawing for a file."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_text import percent, visible
from nextword.ui.write.token_tree_icicle import paint_heading
from nextword.ui.write.token_tree_model import TokenTreeModel
from nextword.write.token_tree import ROOT, TokenTree

_INDENT = 18
_NUMBER_WIDTH = 84  # px in the drawing
_CELL_PADDING = 16
_FIGURE_WIDTH = 640.0
_MOST_ROWS = 400
_MOST_UNFOLDED = 3000  # nodes: of a larger tree the beginnings are unfolded


class TokenTreeList(QTreeView):
    """chosen: another node is the current one. taken: Enter or a double click on a node. expansion_wanted: E.

    Space folds a node; what was folded stays so while the tree grows.
    """

    chosen = Signal(int)
    taken = Signal(int)
    expansion_wanted = Signal()

    def __init__(self, model: TokenTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes = model
        self._folded: set[int] = set()
        self.setModel(model)
        self.setProperty("look", "card")
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(False)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(_INDENT)
        self.setAccessibleName(self.tr("Continuations"))
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(20)
        for column in (1, 2):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._on_theme_changed()
        current_theme().changed.connect(self._on_theme_changed)
        self.collapsed.connect(lambda index: self._folded.add(model.node(index)))
        self.expanded.connect(lambda index: self._folded.discard(model.node(index)))
        self.doubleClicked.connect(lambda index: self.taken.emit(model.node(index)))
        self.selectionModel().currentChanged.connect(lambda index, _before: self.chosen.emit(model.node(index)))

    @Slot()
    def _on_theme_changed(self) -> None:
        font = current_theme().font("mono")
        self.setFont(font)
        width = round(QFontMetricsF(font).horizontalAdvance("0.0 × 10⁻¹⁰ %")) + _CELL_PADDING
        for column in (1, 2):
            self.header().resizeSection(column, width)

    @property
    def current(self) -> int:
        """The node of the current row, ROOT for none."""
        return self._nodes.node(self.currentIndex())

    def show_tree(self, tree: TokenTree | None, *, grown: bool) -> None:
        """Show a tree; grown: it is the one that was shown with more nodes."""
        current = self.current if grown else ROOT
        if not grown:
            self._folded.clear()
        folded = set(self._folded)
        self._nodes.show(tree)
        if tree is None or len(tree.nodes) <= _MOST_UNFOLDED:
            self.expandAll()
        else:
            self.expandToDepth(1)
        for number in folded:
            self.collapse(self._nodes.index_of(number))
        if current != ROOT:
            self.choose(current)

    def choose(self, number: int) -> None:
        """Make a node the current row."""
        index = self._nodes.index_of(number)
        if index != self.currentIndex():
            self.setCurrentIndex(index)

    def fold(self, number: int) -> None:
        """Fold a node, or unfold it."""
        index = self._nodes.index_of(number)
        self.setExpanded(index, not self.isExpanded(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current != ROOT:
            self.taken.emit(self.current)
        elif event.key() == Qt.Key.Key_Space and self.current != ROOT:
            self.fold(self.current)
        elif event.key() == Qt.Key.Key_E and plain and self.current != ROOT:
            self.expansion_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the pane closes
        else:
            super().keyPressEvent(event)


class TreeListFigure:
    """The indented list for a file; of a very large tree its likeliest beginnings, which the note says."""

    def __init__(self, tree: TokenTree, title: str, note: str) -> None:
        self._tree = tree
        self.title = title
        self._note = note
        self._rows = _in_order(tree)[:_MOST_ROWS]

    def figure_size(self) -> QSizeF:
        return QSizeF(_FIGURE_WIDTH, (len(self._rows) + 3.5) * _row_height())

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        cut = len(self._tree.nodes) - len(self._rows)
        note = self._note if cut <= 0 else f"{self._note} (+ {cut:,})"
        top = paint_heading(painter, size, look, (self.title, note))
        theme, height = current_theme(), _row_height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, number in enumerate(self._rows):
            node = self._tree.nodes[number]
            line = QRectF(8, top + row * height, size.width() - 16, height)
            painter.setFont(theme.font("small"))
            painter.setPen(QColor(look.text))
            painter.drawText(line, right, percent(math.exp(self._tree.path_logprobs[number])))
            painter.drawText(line.adjusted(0, 0, -_NUMBER_WIDTH, 0), right, percent(math.exp(node.logprob)))
            font = theme.font("mono")
            font.setPointSizeF(theme.points("small"))
            painter.setFont(font)
            left = line.adjusted((self._tree.depths[number] - 1) * _INDENT, 0, -2 * _NUMBER_WIDTH, 0)
            words = QFontMetricsF(font).elidedText(visible(node.text), Qt.TextElideMode.ElideRight, left.width())
            painter.drawText(left, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def table(self) -> Table:
        return self._tree.table()


def _row_height() -> float:
    return QFontMetricsF(current_theme().font("small")).height() + 3


def _in_order(tree: TokenTree) -> list[int]:
    """Return all nodes as the list shows them: the likeliest first, each before what comes after it."""
    found: list[int] = []
    waiting = list(reversed(tree.children.get(ROOT, [])))
    while waiting:
        number = waiting.pop()
        found.append(number)
        waiting.extend(reversed(tree.children.get(number, [])))
    return found
