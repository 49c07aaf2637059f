"""All versions of a conversation in one list: the path on screen is its trunk, other versions stand beside it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.chat.outline import Node, Outline
from nextword.history.records import MessageId

Index = QModelIndex | QPersistentModelIndex

BRANCH = Qt.ItemDataRole.UserRole


class Branch(Struct, frozen=True):
    """A row. depth: 0 on the trunk, one more for each turn away from it. version: its place among the versions that
    are not in the trash, from 1; one in the trash has none.

    above, below: whether the line it stands on comes from the row before or goes on after it; through: the depths
    whose lines pass it by. trash_root: the version to take out of the trash to have it back.
    """

    node: Node
    depth: int
    version: int
    versions: int
    above: bool = False
    below: bool = False
    through: tuple[int, ...] = ()
    trash_root: MessageId | None = None


def branches(outline: Outline, *, forks_only: bool = False) -> list[Branch]:
    """Return the rows from the first message on. Beside a message that was answered or written several times, the
    others come first, each with what follows it.

    forks_only: leave out what neither parts from another version nor is the end of a path.
    """
    children: defaultdict[MessageId | None, list[Node]] = defaultdict(list)
    known = {node.id for node in outline.nodes}
    for node in outline.nodes:
        children[node.parent if node.parent in known else None].append(node)
    found: list[Branch] = []
    waiting = _steps(children[None], 0, None)
    while waiting:
        row = waiting.pop()
        answers = children.pop(row.node.id, [])
        if not forks_only or row.versions != 1 or not answers:
            found.append(row)
        waiting += _steps(answers, row.depth, row.trash_root)
    return _with_lines(found)


def _steps(versions: list[Node], depth: int, trash_root: MessageId | None) -> list[Branch]:
    """Return rows for the versions of a message, the one to be shown first at the end."""
    if not versions:
        return []
    trunk = max(versions, key=lambda node: (node.on_path, not node.deleted, versions.index(node)))
    living = [node for node in versions if not node.deleted]
    rows = []
    for node in versions:
        root = (trash_root if trash_root is not None else node.id) if node.deleted else None
        version, count = (0, 0) if node.deleted else (living.index(node) + 1, len(living))
        rows.append(Branch(node, depth + (node is not trunk), version, count, trash_root=root))
    others = [row for row in rows if row.node is not trunk]
    return [row for row in rows if row.node is trunk] + others[::-1]


def _with_lines(rows: list[Branch]) -> list[Branch]:
    """Find which lines pass which rows: a depth's line goes from a row to the next one of that depth, unless a
    shallower one comes between."""
    found: list[Branch] = []
    open_: list[bool] = []  # by depth: whether a line comes from above
    follows = [False] * len(rows)
    seen: list[bool] = []  # by depth, from the last row up: whether a row follows below
    after: list[tuple[bool, ...]] = [()] * len(rows)
    for at in range(len(rows) - 1, -1, -1):
        depth = rows[at].depth
        seen = (seen + [False] * (depth + 1 - len(seen)))[: depth + 1]
        follows[at], after[at] = seen[depth], tuple(seen)
        seen[depth] = True
    for at, row in enumerate(rows):
        depth = row.depth
        open_ = (open_ + [False] * (depth + 1 - len(open_)))[: depth + 1]
        through = tuple(level for level in range(depth) if open_[level] and after[at][level])
        found.append(
            Branch(
                row.node, depth, row.version, row.versions,
                above=open_[depth], below=follows[at], through=through, trash_root=row.trash_root,
            )
        )  # fmt: skip
        open_[depth] = True
    return found


class BranchList(QAbstractListModel):
    """One row per version."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Branch] = []
        self._names_models = False

    def show(self, rows: list[Branch]) -> None:
        """Replace the rows; nothing happens when they are the same."""
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self._names_models = len({row.node.model for row in rows if row.node.role == "assistant"}) > 1
            self.endResetModel()

    def branch(self, row: int) -> Branch | None:
        """Return a row, None where there is none."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, message: MessageId | None) -> int:
        """Return the row of a version, -1 if it is not listed."""
        return next((at for at, row in enumerate(self._rows) if row.node.id == message), -1)

    def last_on_path(self) -> int:
        """Return the row of the end of the path on screen, -1 for none."""
        return max((at for at, row in enumerate(self._rows) if row.node.on_path), default=-1)

    def who(self, node: Node) -> str:
        """Return who wrote a version; a model has its name where several have answered."""
        if node.role == "user":
            return self.tr("You")
        if node.role == "system":
            return self.tr("Instruction")
        return (node.model if self._names_models else "") or self.tr("Model")

    def in_words(self, row: Branch) -> str:
        """Return everything a row shows, for a screen reader."""
        node = row.node
        parts = [f"{self.who(node)}: {node.differs or node.words}"]
        if row.versions > 1:
            parts.append(self.tr("version {number} of {count}").format(number=row.version, count=row.versions))
        if node.on_path:
            parts.append(self.tr("on screen"))
        if node.deleted:
            parts.append(self.tr("in the trash"))
        if row.depth:
            parts.append(self.tr("level {depth}").format(depth=row.depth))
        return ", ".join(parts)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.branch(index.row()) if index.isValid() else None
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.node.differs or row.node.words
            case Qt.ItemDataRole.ToolTipRole:
                return self.tr("Click to show this branch") if not row.node.deleted else self.tr("In the trash")
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.in_words(row)
            case _ if role == BRANCH:
                return row
        return None
