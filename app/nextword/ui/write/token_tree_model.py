"""A token tree as a model for lists: every node is a row under its parent, with exact numbers."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.ui.widgets.token_text import percent, visible
from nextword.write.token_tree import ROOT, TokenTree

Index = QModelIndex | QPersistentModelIndex

NODE = Qt.ItemDataRole.UserRole
"""The number of the node."""

TOKEN, SHARE, PATH_SHARE = range(3)


class TokenTreeModel(QAbstractItemModel):
    """Columns: the token, its probability after its parent, and that of the whole path."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tree: TokenTree | None = None
        self._rows: list[int] = []

    def show(self, tree: TokenTree | None) -> None:
        """Replace the tree."""
        self.beginResetModel()
        self.tree = tree
        self._rows = [0] * (len(tree.nodes) if tree is not None else 0)
        if tree is not None:
            for numbers in tree.children.values():
                for row, number in enumerate(numbers):
                    self._rows[number] = row
        self.endResetModel()

    def node(self, index: Index) -> int:
        """Return the number of the node of a row, ROOT for none."""
        return int(index.internalId()) if index.isValid() else ROOT

    def index_of(self, number: int, column: int = 0) -> QModelIndex:
        """Return where a node is."""
        if self.tree is None or not 0 <= number < len(self._rows):
            return QModelIndex()
        return self.createIndex(self._rows[number], column, number)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        below = self._below(parent)
        if not 0 <= row < len(below) or not 0 <= column < self.columnCount():
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or self.tree is None:
            return QModelIndex()
        return self.index_of(self.tree.nodes[self.node(index)].parent)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self._below(parent))

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self.tree is None:
            return None
        number = self.node(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(number, index.column())
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self.in_words(number)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() != TOKEN:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _ if role == NODE:
                return number
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Token"), self.tr("p"), self.tr("Path"))[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                self.tr("The token, below the one that stands before it"),
                self.tr("Its probability after the path that leads to it"),
                self.tr("The probability of the whole path to it"),
            )[section]
        return None

    def in_words(self, number: int) -> str:
        """Return everything that is known of a node."""
        assert self.tree is not None
        node = self.tree.nodes[number]
        parts = [
            visible(node.text) or self.tr("no text"),
            self.tr("p {percent}").format(percent=percent(math.exp(node.logprob))),
            self.tr("path {percent}").format(percent=percent(math.exp(self.tree.path_logprobs[number]))),
            self.tr("{depth} tokens deep").format(depth=self.tree.depths[number]),
            self.tr("id {id}").format(id=node.id),
        ]
        if node.ends:
            parts.append(self.tr("the model ends its text here"))
        return " · ".join(parts)

    def _words(self, number: int, column: int) -> str:
        assert self.tree is not None
        node = self.tree.nodes[number]
        match column:
            case 0:
                return visible(node.text) or "∅"
            case 1:
                return percent(math.exp(node.logprob))
            case _:
                return percent(math.exp(self.tree.path_logprobs[number]))

    def _below(self, parent: Index) -> list[int]:
        if self.tree is None:
            return []
        return self.tree.children.get(self.node(parent), [])
