"""The stages of the sampler in their order: dragged, moved by keys, switched off by a tick."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from nextword.settings import STAGES, listed_in
from nextword.ui.widgets.stage_names import stage_words

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class StageList(QListWidget):
    """entered: the stages that are applied, in their order, with commas, as the setting has it."""

    entered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setStyleSheet("QListView::item { padding: 4px 6px; }")
        self.setAccessibleName(self.tr("Order of the stages"))
        self.setAccessibleDescription(self.tr("Alt+Up and Alt+Down move a stage, Space switches it on or off"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._shown = ""
        self.itemChanged.connect(self._tell)
        # a drop moves an item by taking it out and putting it in; it is told once, afterwards
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._tell)
        self.model().rowsInserted.connect(self._on_rows_inserted)

    def show_value(self, value: str) -> None:
        """Show an order; stages that are not in it stand below, not ticked."""
        if value == self._shown and self.count():
            return
        self._shown = value
        applied = listed_in(value)
        blocker = QSignalBlocker(self)
        self.clear()
        for name in (*applied, *(name for name in listed_in(STAGES) if name not in applied)):
            item = QListWidgetItem(stage_words(name))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
                | Qt.ItemFlag.ItemIsUserCheckable
            )  # fmt: skip
            item.setCheckState(Qt.CheckState.Checked if name in applied else Qt.CheckState.Unchecked)
            self.addItem(item)
        blocker.unblock()
        self._soon.stop()
        self.updateGeometry()

    def value(self) -> str:
        """Return the stages that are ticked, in their order, with commas."""
        items = [self.item(row) for row in range(self.count())]
        ticked = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return ", ".join(str(item.data(Qt.ItemDataRole.UserRole)) for item in ticked)

    def move(self, row: int, step: int) -> None:  # type: ignore[override]
        """Move the stage of a row up or down by one."""
        if 0 <= row + step < self.count():
            item = self.takeItem(row)
            self.insertItem(row + step, item)
            self.setCurrentRow(row + step)
            self._tell()

    @Slot()
    def _on_rows_inserted(self) -> None:
        self._soon.start(0)

    @Slot()
    def _tell(self) -> None:
        value = self.value()
        if value != self._shown:
            self._shown = value
            self.entered.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move(self.currentRow(), step)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        row = self.sizeHintForRow(0) if self.count() else 20
        return QSize(200, row * max(1, self.count()) + 2 * self.frameWidth() + 4)
