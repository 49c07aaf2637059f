"""All versions of a document: what the model wrote once and what was put in its place."""

from __future__ import annotations

import time

from msgspec import Struct
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nextword.history.database import History
from nextword.history.records import MessageId, StoredConversation, StoredMessage
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_text import number
from nextword.write.session import WriteSession

_PREVIEW = 90


class Version(Struct, frozen=True):
    """The end of a path through the versions. text: how it ends; characters: of the whole path."""

    end: MessageId
    created: float
    text: str
    characters: int
    shown: bool


def versions_of(stored: StoredConversation) -> list[Version]:
    """Return the ends of all paths, the newest first."""
    messages: dict[MessageId | None, StoredMessage] = {message.id: message for message in stored.messages}
    parents = {message.parent for message in stored.messages}
    found = []
    for message in stored.messages:
        if message.id in parents:
            continue
        text, at = "", message
        while at is not None:
            text = at.text + text if len(text) < _PREVIEW else text
            above = messages.get(at.parent) if at.parent is not None else None
            if above is None:
                break
            at = above
        size, at = 0, message
        while at is not None:
            size += len(at.text)
            if at.parent is None or at.parent not in messages:
                break
            at = messages[at.parent]
        ends = " ".join(text[-_PREVIEW:].split())
        found.append(Version(message.id, message.created, ends, size, message.id == stored.head))
    return sorted(found, key=lambda version: version.created, reverse=True)


class VersionsPane(QWidget):
    """Reads them when it is shown and when the document is kept; Enter or a click opens one."""

    def __init__(self, session: WriteSession, history: History, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._history = history
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setAccessibleName(self.tr("Versions of the document"))
        self.list.itemActivated.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(
            text_label(
                self.tr("Where another token was taken or the text continued: what stood there is kept."),
                "small",
            )
        )
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        self._disconnect = [
            session.busy_changed.connect(self._on_changed),
            session.document_changed.connect(self._on_changed),
        ]

    def shut_down(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def refresh(self) -> None:
        """Read the versions again."""
        self._session.keeping.flush()
        document = self._session.document
        if document is None:
            self.list.clear()
            return
        self._history.run(lambda conversations: conversations.read(document), done=self._show)

    def _show(self, stored: StoredConversation) -> None:
        self.list.clear()
        for version in versions_of(stored):
            moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(version.created))
            words = self.tr("{moment} · {count} characters").format(moment=moment, count=number(version.characters))
            if version.shown:
                words = self.tr("{words} · shown").format(words=words)
            item = QListWidgetItem(f"{words}\n… {version.text}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, version.end)
        self.list.setCurrentRow(0)

    def _on_changed(self, _what: object) -> None:
        if not self._session.busy and self.isVisible():
            self.refresh()

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        document = self._session.document
        if document is not None and not self._session.busy:
            self._session.open(document, end=MessageId(item.data(Qt.ItemDataRole.UserRole)))
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
