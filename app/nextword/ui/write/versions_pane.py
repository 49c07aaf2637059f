"""All versions of a document: what the model wrote once and what was put in its place."""

from __future__ import annotations

import os
import time

from msgspec import Struct
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId, StoredConversation, StoredMessage
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_text import number
from nextword.write.session import WriteSession

_PREVIEW, _BEFORE = 90, 24  # characters of a version that are shown; of them before it becomes another


class Version(Struct, frozen=True):
    """The end of a path through the versions. text: from where it leaves the one that is shown, or how that one ends;
    characters: of the whole path."""

    end: MessageId
    created: float
    text: str
    characters: int
    shown: bool


def versions_of(stored: StoredConversation) -> list[Version]:
    """Return the ends of all paths with texts of their own, the newest first."""
    messages: dict[MessageId | None, StoredMessage] = {message.id: message for message in stored.messages}
    parents = {message.parent for message in stored.messages}
    head = messages.get(stored.head)
    shown = _whole_text(head, messages) if head is not None else ""
    found: dict[str, Version] = {}  # by their texts: undo and redo leave the same text more than once
    for message in sorted(stored.messages, key=lambda message: (message.id == stored.head, message.created)):
        if message.id in parents:
            continue
        text = _whole_text(message, messages)
        part = text[-_PREVIEW:] if text == shown else _from_difference(text, shown)
        preview = " ".join(part.split())
        found[text] = Version(message.id, message.created, preview, len(text), message.id == stored.head)
    return sorted(found.values(), key=lambda version: version.created, reverse=True)


def _whole_text(message: StoredMessage, messages: dict[MessageId | None, StoredMessage]) -> str:
    parts: list[str] = []
    at: StoredMessage | None = message
    while at is not None:
        parts.append(at.text)
        at = messages.get(at.parent) if at.parent is not None else None
    return "".join(reversed(parts))


def _from_difference(text: str, shown: str) -> str:
    """Return what stands where two texts part, a few words before it with it; the end where one begins the other."""
    same = len(os.path.commonprefix([text, shown]))
    start = max(0, min(same, len(text) - _PREVIEW // 2) - _BEFORE)
    return text[start : start + _PREVIEW]


class VersionsPane(QWidget):
    """Reads them when it is shown and when the document is kept; Enter or a click opens one."""

    def __init__(self, session: WriteSession, history: History, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._history = history
        self._shown: ConversationId | None = None  # the document whose versions are listed
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setSpacing(GAP_SMALL // 2)
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
        if document != self._shown:
            self.list.clear()
        self._shown = document
        if document is not None:
            self._history.run(lambda conversations: conversations.read(document), done=self._show)

    def _show(self, stored: StoredConversation) -> None:
        if stored.id != self._shown:
            return
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
        if document is not None and document == self._shown and not self._session.busy:
            self._session.open(document, end=MessageId(item.data(Qt.ItemDataRole.UserRole)))
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
