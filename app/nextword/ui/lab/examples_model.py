"""The examples of the builder as a list model: checked ones stand in the prompt, in this order."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.lab.builder import Builder, Change, Example
from nextword.ui.lab.lab_words import label_name, one_line

Index = QModelIndex | QPersistentModelIndex

EXAMPLE = Qt.ItemDataRole.UserRole
_MIME = "application/x-nextword-example-row"


class ExamplesModel(QAbstractListModel):
    """The builder is the truth; this follows it and hands clicks on to it."""

    def __init__(self, builder: Builder, parent: QObject) -> None:
        super().__init__(parent)
        self._builder = builder
        self._rows: tuple[Example, ...] = builder.examples
        self._disconnect = builder.changed.connect(self._on_changed)

    def close_model(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _on_changed(self, change: Change) -> None:
        if change in ("examples", "set"):
            self._follow()
        elif change in ("task", "model") and self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))  # labels may be called otherwise

    def _follow(self) -> None:
        before, self._rows = self._rows, self._builder.examples
        if len(before) != len(self._rows) or any(
            old.item is not new.item for old, new in zip(before, self._rows, strict=True)
        ):
            self.beginResetModel()
            self.endResetModel()
            return
        for row, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        example = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(example.item.text)
            case Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if example.ticked else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._in_words(index.row(), example)
            case _ if role == EXAMPLE:
                return example
        return None

    def _in_words(self, row: int, example: Example) -> str:
        name = label_name(example.item.gold)
        if not example.ticked:
            return self.tr("{text}, {label}, not in the prompt").format(text=one_line(example.item.text), label=name)
        place = sum(each.ticked for each in self._rows[: row + 1])
        return self.tr("{text}, {label}, example {number} of the prompt").format(
            text=one_line(example.item.text), label=name, number=place
        )

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self._builder.tick(index.row(), Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    # --- dragging -------------------------------------------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Any) -> QMimeData:
        data = QMimeData()
        data.setData(_MIME, str(indexes[0].row()).encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, _column: int, parent: Index) -> bool:
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_MIME):
            return False
        moved = int(bytes(data.data(_MIME).data()))
        to = row if row >= 0 else parent.row() if parent.isValid() else len(self._rows)
        self._builder.move(moved, to - 1 if to > moved else to)
        return False  # the row is already where it belongs: the view must not take the old one out
