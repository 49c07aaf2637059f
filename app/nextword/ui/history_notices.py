"""What the history says without being asked, as notices: damage and its repair, backups, answers not yet on disk."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.errors import BackupFailed, HistoryError, HistoryRepaired, ProfileInUse, SavingWaits
from nextword.history.database import History
from nextword.ui.notices import Notice, Notices

translate = QCoreApplication.translate


class HistoryNotices:
    """Listens to the history for as long as that lives."""

    def __init__(self, history: History, notices: Notices) -> None:
        self._history = history
        self._notices = notices
        history.opened.connect(self._on_opened)
        history.backup_failed.connect(self._on_backup_failed)
        history.saving_waits.connect(self._on_saving_waits)

    def _on_opened(self, error: HistoryError | ProfileInUse | None) -> None:
        if error is not None:
            level = "warning" if isinstance(error, HistoryRepaired) else "error"
            self._notices.add(Notice(error=error, level=level, key="history"))
        elif self._history.recovered:
            words = translate(
                "HistoryNotices",
                "%n answer(s) that were cut off when Nextword last ended are marked as interrupted.",
                "",
                self._history.recovered,
            )
            self._notices.add(Notice(text=words, key="recovered"))

    def _on_backup_failed(self, error: BackupFailed) -> None:
        self._notices.add(Notice(error=error, level="warning", key=f"backup {error.reason}"))

    def _on_saving_waits(self, error: SavingWaits | None) -> None:
        if error is not None:
            self._notices.add(Notice(error=error, level="error", key="saving waits"))
        else:
            self._notices.withdraw("saving waits")
            self._notices.add(
                Notice(text=translate("HistoryNotices", "The answer is on the disk now."), key="saving waits")
            )
