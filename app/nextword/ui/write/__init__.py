"""The screen for writing with a model: text to be continued, scored, and taken another way at any token."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import OpenDocument, Place, WriteText
from nextword.ui.services import Services


class _Write:
    """What the window knows of this screen."""

    name = "write"
    icon = "pencil-simple"
    at_bottom = False

    @property
    def title(self) -> str:
        return QCoreApplication.translate("write", "Write")

    def build(self, services: Services) -> QWidget:
        """Build the page and the session behind it."""
        from nextword.ui.write.page import WritePage

        return WritePage(services)

    def open(self, page: QWidget, place: Place) -> bool:
        """Show a document, or a new one with a text."""
        from nextword.ui.write.page import WritePage

        if not isinstance(page, WritePage):
            return False
        match place:
            case OpenDocument():
                page.open_document(place.document)
            case WriteText():
                page.write_text(place.text)
            case _:
                return False
        return True

    def owns(self, place: Place) -> bool:
        """Say whether `place` is a document."""
        return isinstance(place, OpenDocument | WriteText)


FEATURE = _Write()
