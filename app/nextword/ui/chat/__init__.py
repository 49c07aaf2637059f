"""The chat screen: ask, read, and ask every word how likely it was."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import OpenConversation, Place
from nextword.ui.services import Services


class _Chat:
    """What the window knows of this screen."""

    name = "chat"
    icon = "chat"
    at_bottom = False

    @property
    def title(self) -> str:
        return QCoreApplication.translate("chat", "Chat")

    def build(self, services: Services) -> QWidget:
        """Build the page and the session behind it."""
        from nextword.ui.chat.page import ChatPage

        return ChatPage(services)

    def open(self, page: QWidget, place: Place) -> bool:
        """Show a conversation."""
        from nextword.ui.chat.page import ChatPage

        if isinstance(place, OpenConversation) and isinstance(page, ChatPage):
            page.open_conversation(place.conversation)
            return True
        return False

    def owns(self, place: Place) -> bool:
        """Say whether `place` is a conversation."""
        return isinstance(place, OpenConversation)


FEATURE = _Chat()
