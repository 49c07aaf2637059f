"""What stands above the trash: how to get something back, and the button that empties it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from nextword.chat.transfers import Transfer
from nextword.errors import HistoryError, ProfileInUse
from nextword.history.database import History
from nextword.ui.notices import Notice, Notices
from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:  # what the window need not wait for
    from PySide6.QtWidgets import QMessageBox

    from nextword.history.conversations import Conversations


class Emptied(Struct, frozen=True):
    """How far the trash is emptied."""

    done: bool


class Emptying:
    """Empties the trash piece by piece, between other work."""

    def advance(self, conversations: Conversations) -> Emptied:
        """Delete some of what is in the trash for good."""
        return Emptied(conversations.trash.empty_some())

    def close(self) -> None:
        """Nothing is held between two pieces."""


class TrashBar(QWidget):
    """emptied: what was in the trash is gone for good."""

    emptied = Signal()

    def __init__(self, history: History, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self._notices = notices
        self._transfer: Transfer[Emptied] | None = None
        self.question: QMessageBox | None = None
        words = QLabel(self.tr("Enter, a double click or the sign at the right restores."), self)
        words.setProperty("type", "small")
        words.setWordWrap(True)
        self.button = QPushButton(self.tr("Empty the trash…"), self)
        set_icon(self.button, "trash", size=14)
        self.button.clicked.connect(self._on_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.button)
        column.addWidget(words)

    def close_bar(self) -> None:
        """Stop after the piece that is being done: the rest stays in the trash."""
        if self._transfer is not None:
            self._transfer.cancel()

    @Slot()
    def _on_asked(self) -> None:
        self._history.run(lambda rows: rows.trash.count(), done=self._ask, failed=self._failed)

    def _ask(self, counts: tuple[int, int]) -> None:
        conversations, versions = counts
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self.window())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Empty the trash"))
        parts = []
        if conversations:
            parts.append(self.tr("Conversations: {count}").format(count=f"{conversations:,}"))
        if versions:
            parts.append(self.tr("Versions of messages: {count}").format(count=f"{versions:,}"))
        if not parts:
            parts.append(self.tr("No conversation is in it; deleted folders, presets and prompts may be."))
        box.setText(self.tr("Delete everything in the trash for good?"))
        box.setInformativeText(
            "\n".join([*parts, self.tr("This cannot be undone. Backups made before still hold it.")])
        )
        delete = box.addButton(self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        delete.clicked.connect(self._empty)
        box.finished.connect(box.deleteLater)
        self.question = box
        box.open()

    @Slot()
    def _empty(self) -> None:
        self.button.setEnabled(False)
        self.button.setText(self.tr("Emptying the trash…"))
        self._transfer = Transfer(self._history, Emptying())
        self._transfer.ended.connect(self._on_ended)
        self._transfer.start()

    def _on_ended(self, error: HistoryError | ProfileInUse | None) -> None:
        self.button.setEnabled(True)
        self.button.setText(self.tr("Empty the trash…"))
        if error is not None:
            self._failed(error)
        else:
            self._notices.add(Notice(text=self.tr("The trash is empty"), key="trash"))
            self.emptied.emit()

    def _failed(self, error: HistoryError | ProfileInUse) -> None:
        self._notices.add(Notice(error=error, level="error", key="trash"))
