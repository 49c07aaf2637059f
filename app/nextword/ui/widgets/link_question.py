"""Asked before a link is opened: where it leads, as people read it and as the network does."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nextword.chat.markup.links import Destination, allowed_address, destination
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE


class LinkQuestion(QDialog):
    """Shown with `open()`. The only place of the program that hands an address to the system."""

    def __init__(self, address: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Open a link"))
        self.address = address
        where = destination(address)
        mail = where.scheme == "mailto"
        lead = QLabel(self.tr("This link writes a mail to") if mail else self.tr("This link leads to"), self)
        self.host = QLabel(where.host or address, self)
        self.host.setProperty("type", "heading")
        self.host.setTextFormat(Qt.TextFormat.PlainText)
        self.host.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.host.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP_SMALL)
        column.addWidget(lead)
        column.addWidget(self.host)
        self.notes = [note for note in self._notes(where) if note]
        for note in self.notes:
            label = QLabel(note, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            column.addWidget(label)
        self.whole = QPlainTextEdit(address, self)
        self.whole.setReadOnly(True)
        self.whole.setAccessibleName(self.tr("Whole address"))
        self.whole.setTabChangesFocus(True)
        self.whole.setFixedHeight(4 * self.fontMetrics().lineSpacing())
        column.addWidget(self.whole)
        column.addSpacing(GAP)
        column.addLayout(self._buttons())
        self.setMinimumWidth(420)

    def _notes(self, where: Destination) -> list[str]:
        raw = self.tr(
            "The network knows this name as {name}: not all of its letters are the letters a to z they may look like."
        )
        named = where.scheme != "mailto" and "@" in urlsplit(where.address).netloc
        return [
            raw.format(name=where.raw_host) if where.host != where.raw_host else "",
            self.tr("It mixes letters of several scripts, as imitations of known names do.") if where.mixed else "",
            self.tr("What stands before the @ in the address is a user name, not a place.") if named else "",
            self.tr("The connection is not encrypted.") if where.scheme == "http" else "",
        ]

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        self.copy = QPushButton(self.tr("Copy the address"), self)
        self.copy.clicked.connect(self._on_copy)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.clicked.connect(self.reject)
        self.cancel.setDefault(True)
        self.open_button = QPushButton(self.tr("Open in the browser"), self)
        self.open_button.clicked.connect(self._on_open)
        line.addWidget(self.copy)
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.open_button)
        return line

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address)
        self.reject()

    @Slot()
    def _on_open(self) -> None:
        if allowed_address(self.address):
            QDesktopServices.openUrl(QUrl(self.address, QUrl.ParsingMode.StrictMode))
        self.accept()
