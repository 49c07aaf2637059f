"""The quantizations of one repository as a Qt table: name, size, bits a weight, what it needs, whether it fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from nextword.hub.fit_desk import Outlook
from nextword.hub.hub_records import HubItem
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.theme import current_theme
from nextword.ui.widgets.model_words import size_words

_ROOT = QModelIndex()
FILE, SIZE, BITS, NEEDS, FIT = range(5)


class HubFiles(QAbstractTableModel):
    """outlook: asked for each item when it is shown; None while it is not known."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[HubItem, ...] = ()
        self._titles: tuple[str, ...] = ()
        self._parameters = 0
        self.outlook: Callable[[HubItem], Outlook | None] = lambda _item: None
        self._judged: dict[str, Outlook | None] = {}  # a row is painted often

    def show_items(self, items: Sequence[HubItem], parameters: int) -> None:
        """List other files. parameters: of the model, 0 when it is not known."""
        self.beginResetModel()
        self._judged.clear()
        self._items = tuple(items)
        self._titles = titles_of(self._items)
        self._parameters = parameters
        self.endResetModel()

    def judge_again(self) -> None:
        """Ask for the outlook of every item anew: the memory or the context is another."""
        self._judged.clear()
        if self._items:
            self.dataChanged.emit(self.index(0, NEEDS), self.index(len(self._items) - 1, FIT))

    def at(self, row: int) -> HubItem | None:
        """Return the item of a row."""
        return self._items[row] if 0 <= row < len(self._items) else None

    def _outlook(self, item: HubItem) -> Outlook | None:
        if item.path not in self._judged:
            self._judged[item.path] = self.outlook(item)
        return self._judged[item.path]

    # --- Qt -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else FIT + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (SIZE, BITS, NEEDS) else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("File"), self.tr("Size"), self.tr("Bits"), self.tr("Needs"), self.tr("Here"))[section]

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | QColor | None:
        item = self.at(index.row())
        if item is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._title(index.row()) if index.column() == FILE else self._words(item, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(item, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (SIZE, BITS, NEEDS):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == FIT:
            outlook = self._outlook(item)
            names = {"fits": "good", "tight": "warning", "too_large": "error"}
            return current_theme().colour(names.get(outlook.verdict if outlook else "", "secondary"))
        return None

    def _title(self, row: int) -> str:
        name, count = short(self._titles[row], 80), len(self._items[row].files)
        return self.tr("{name} ({count} files)").format(name=name, count=count) if count > 1 else name

    def _words(self, item: HubItem, column: int) -> str:
        if column == SIZE:
            return size_words(item.size_bytes)
        if column == BITS:
            return f"{8 * item.size_bytes / self._parameters:.1f}" if self._parameters else ""
        if item.problem is not None:
            return self.tr("cannot be used") if column == FIT else ""
        outlook = self._outlook(item)
        if outlook is None:
            return ""
        if column == NEEDS:
            return size_words(outlook.needs.total_bytes)
        return {
            "fits": self.tr("fits"),
            "tight": self.tr("barely"),
            "too_large": self.tr("too large"),
            "unknown": self.tr("not known"),
        }[outlook.verdict]

    def _tip(self, item: HubItem, column: int) -> str | None:
        if item.problem is not None:
            said = explain(item.problem)
            return f"{said.text} {said.advice}"
        if column == FILE:
            return short(item.path, 200)
        if column == BITS:
            return self.tr("Bits of the file for each weight; 16 is not quantized")
        return None


def titles_of(items: Sequence[HubItem]) -> tuple[str, ...]:
    """Return what tells the items of a repository apart: the quantization, and the file where that is not enough."""
    quantizations = Counter(item.quantization for item in items)
    names = Counter(item.name for item in items)
    titles = []
    for item in items:
        if item.quantization and quantizations[item.quantization] == 1:
            titles.append(item.quantization)
            continue
        folder = item.path.rpartition("/")[0]
        name = item.name[: -len(".gguf")]
        file = f"{folder}/{name}" if names[item.name] > 1 and folder else name
        titles.append(" · ".join(part for part in (item.quantization, file) if part))
    return tuple(titles)
