"""What a form of the lab says is kept under a name a moment after a change, and is there again after a restart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from nextword.errors import NextwordError
from nextword.history.conversations import Conversations
from nextword.ui.notices import Notice
from nextword.ui.services import Services

_KEEP_MS = 700


class KeptForm(QObject):
    """read: what the form says now, as text. put_back: makes it say that; text of another version it leaves alone.

    is_known: whether what was kept has been read. What a person changed before that counts.
    """

    def __init__(
        self, services: Services, name: str, *, read: Callable[[], str], put_back: Callable[[str], None], owner: QObject
    ) -> None:
        super().__init__(owner)
        self._services = services
        self._name = name
        self._read = read
        self._put_back = put_back
        self.is_known = False
        self._is_noted = False
        self._is_over = False
        self._last = read()
        self._soon = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._soon.timeout.connect(self._keep)
        services.history.run(partial(_read_desk, name), done=self._on_read, failed=self._tell)

    @Slot()
    def note(self) -> None:
        """Keep it soon: something may be another thing now."""
        self._is_noted = True
        self._soon.start()

    def close_form(self) -> None:
        """Keep what is not kept yet; put nothing back any more."""
        self._keep()
        self._is_over = True

    def _on_read(self, text: str) -> None:
        if self._is_over:
            return
        self.is_known = True
        if self._is_noted and self._read() != self._last:
            self._soon.start()
        elif text:
            self._put_back(text)
            self._last = self._read()

    @Slot()
    def _keep(self) -> None:
        self._soon.stop()
        text = self._read()
        if text == self._last or not self.is_known:
            return
        self._last = text
        self._services.history.keep(lambda kept: kept.lab_desks.keep(self._name, text), failed=self._tell)

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab form"))


def _read_desk(name: str, kept: Conversations) -> str:
    return kept.lab_desks.read(name)
