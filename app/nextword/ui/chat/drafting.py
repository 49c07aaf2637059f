"""What is being written goes with its conversation, and is there again after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from nextword.chat.session import ChatSession
from nextword.history.records import Attachment
from nextword.ui.chat.message_box import MessageBox

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.drafts import Draft


class Drafting(QObject):
    """Keeps the box and the drafts of the session together. The page calls `leave` before another is opened."""

    def __init__(self, session: ChatSession, box: MessageBox, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._box = box
        self._quiet = False
        box.edit.textChanged.connect(self._on_changed)
        box.tray.changed.connect(self._on_changed)
        self._disconnect = [
            session.draft_read.connect(self._on_read),
            session.draft_restored.connect(self._on_restored),
            session.attachments_restored.connect(self._on_attachments_restored),
        ]

    def close(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def leave(self) -> None:
        """Empty the box: what was in it is kept with the conversation that it was written in."""
        self._show("", ())

    def _show(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        self._quiet = True
        self._box.edit.set_text(text)
        self._box.tray.set_files(attachments)
        self._quiet = False
        self._box.show_content()

    @Slot()
    def _on_changed(self) -> None:
        self._box.show_content()
        if not self._quiet:
            self._session.keep_draft(self._box.edit.toPlainText(), self._box.tray.files)

    def _on_read(self, draft: Draft) -> None:
        taken = self._session.temporary or self._box.edit.toPlainText() or self._box.tray.files
        if not taken:  # else somebody was quicker than the disk
            self._show(draft.text, draft.attachments)

    def _on_restored(self, text: str) -> None:
        written = self._box.edit.toPlainText()
        self._box.edit.set_text(f"{text}\n{written}" if written.strip() else text)
        self._box.edit.setFocus()

    def _on_attachments_restored(self, attachments: tuple[Attachment, ...]) -> None:
        self._box.tray.add(attachments)
