"""The backups of the history: which there are, and one of them put in the place of what is there now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nextword.errors import HistoryError, ProfileInUse
from nextword.history.database import History
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.widgets.page_frame import text_label

if TYPE_CHECKING:
    from nextword.history.backup import Backup, BackupContents


class BackupsRow(QWidget):
    """Lists the backups whenever it is shown. is_busy: whether an answer is being made, which belongs to what is
    there now."""

    def __init__(self, history: History, notices: Notices, is_busy: Callable[[], bool]) -> None:
        super().__init__()
        self._history = history
        self._notices = notices
        self._is_busy = is_busy
        self._backups: list[Backup] = []
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Backups of the history"))
        self.restore = QPushButton(self.tr("Restore"))
        self.restore.clicked.connect(self._on_restore)
        self._nothing = text_label(
            self.tr("There is no backup yet. The first is made after something was written."), "small"
        )
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.choice, 1)
        row.addWidget(self.restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._nothing)
        column.addWidget(
            text_label(
                self.tr(
                    "Made at a start after changes and every half hour, kept for half a year, the older the fewer."
                    " Restoring keeps what is there now, and can be undone."
                ),
                "small",
            )
        )
        self._show([])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._history.list_backups(self._show, self._on_failed)

    def _show(self, found: list[tuple[Backup, BackupContents]]) -> None:
        self._backups = [backup for backup, _ in found]
        self.choice.clear()
        self.choice.addItems([self._words(backup, held) for backup, held in found])
        for widget in (self.choice, self.restore):
            widget.setVisible(bool(found))
        self._nothing.setVisible(not found)

    def _words(self, backup: Backup, held: BackupContents) -> str:
        locale = QLocale()
        moment = QDateTime.fromSecsSinceEpoch(int(backup.made))
        return self.tr("{date}: {messages} messages in {conversations} conversations, {size}").format(
            date=locale.toString(moment, QLocale.FormatType.ShortFormat),
            messages=locale.toString(held.messages),
            conversations=locale.toString(held.conversations),
            size=locale.formattedDataSize(backup.size_bytes, 1),
        )

    @Slot()
    def _on_restore(self) -> None:
        index = self.choice.currentIndex()
        if 0 <= index < len(self._backups):
            self._put_back(self._backups[index])

    def _put_back(self, backup: Backup) -> None:
        if self._is_busy():
            words = self.tr("An answer is being written. Restore the backup when it is done, or stop it first.")
            self._notices.add(Notice(text=words, level="warning", key="restored"))
            return
        self.restore.setEnabled(False)
        self._history.restore(backup, self._on_restored, self._on_failed)

    def _on_restored(self, kept: Path) -> None:
        from nextword.history.backup import Backup  # the window starts without it

        self.restore.setEnabled(True)
        before = Backup(kept, 0, 0.0, 0)
        undo = Action(self.tr("Undo"), partial(self._put_back, before))
        words = self.tr("The backup is in use. What was there before is kept as {name}.").format(name=kept.name)
        self._notices.add(Notice(text=words, level="warning", actions=(undo,), key="restored"))

    def _on_failed(self, error: HistoryError | ProfileInUse) -> None:
        self.restore.setEnabled(True)
        self._notices.add(Notice(error=error, level="error", key="restored"))
