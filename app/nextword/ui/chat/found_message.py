"""Opens a conversation at a message that a search found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QAbstractItemView

from nextword.chat.found_message import show_through
from nextword.chat.session import ChatSession
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId

if TYPE_CHECKING:
    from nextword.ui.chat.message_view import MessageView


class FoundMessage(QObject):
    """view: the messages, once there are some to show; close it before the session."""

    def __init__(self, session: ChatSession, view: Callable[[], MessageView], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._sought: tuple[ConversationId, MessageId] | None = None
        self._visit = session.visit
        self._disconnect = session.reset.connect(self._on_reset)

    def close(self) -> None:
        """Listen to the session no more."""
        self._disconnect()

    def show(
        self,
        conversation: ConversationId,
        message: MessageId,
        *,
        history: History,
        failed: Callable[[NextwordError], None],
        open_conversation: Callable[[ConversationId], None],
    ) -> None:
        """Open the conversation on a path that has the message, and bring the message into sight."""
        self._sought = (conversation, message)
        self._visit = self._session.visit

        def done(_none: None) -> None:
            if self._sought != (conversation, message):
                return
            if self._session.conversation == conversation:
                if not self._go_there():
                    self._session.open(conversation)
            else:
                open_conversation(conversation)

        history.run(partial(show_through, conversation, message), done=done, failed=failed)

    def _on_reset(self, _none: None) -> None:
        if self._sought is not None and self._session.visit is not self._visit:
            if self._session.conversation != self._sought[0]:
                self._sought = None  # somebody has opened another one meanwhile
            self._visit = self._session.visit
        if self._sought is not None and self._session.shown:
            QTimer.singleShot(0, self, lambda: self._go_there())  # the list hears of the reset after this

    def _go_there(self) -> bool:
        """Choose the message if it is shown; it is not looked for any more then."""
        if self._sought is None or self._sought[0] != self._session.conversation:
            return False
        shown = [message.id for message in self._session.shown]
        if self._sought[1] not in shown:
            return False
        view = self._view()
        index = view.messages.index(shown.index(self._sought[1]))
        self._sought = None
        view.setCurrentIndex(index)
        view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        view.setFocus()
        return True
