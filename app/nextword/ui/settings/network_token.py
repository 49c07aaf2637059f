"""The token for the hub: put in, kept in the key ring, taken away; never shown again."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from nextword.errors import NextwordError
from nextword.hub.online import Online
from nextword.network.secrets import Place
from nextword.ui.explain import explain
from nextword.ui.widgets.page_frame import text_label


class TokenRow(QWidget):
    """Asks where the token lies when it is looked at; the token itself does not come back."""

    def __init__(self, online: Online) -> None:
        super().__init__()
        self._online = online
        label = QLabel(self.tr("Token"))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(self.tr("Token"))
        self.field.setPlaceholderText(self.tr("Only models with terms to accept, and private ones, need it"))
        self.field.returnPressed.connect(self._keep)
        self.field.textChanged.connect(self._on_typed)
        label.setBuddy(self.field)
        self.keep_button = QPushButton(self.tr("Keep token"))
        self.keep_button.clicked.connect(self._keep)
        self.forget_button = QPushButton(self.tr("Forget token"))
        self.forget_button.clicked.connect(self._forget)
        self.state = text_label("", "small")
        self.field.setAccessibleDescription(
            self.tr("A token of your account at the hub. It is sent to that hub alone, and only encrypted.")
        )
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.addWidget(label, 0, 0, 1, 3)
        grid.addWidget(self.field, 1, 0)
        grid.addWidget(self.keep_button, 1, 1)
        grid.addWidget(self.forget_button, 1, 2)
        grid.addWidget(self.state, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        self.forget_button.hide()
        self.keep_button.setEnabled(False)

    def look(self) -> None:
        """Ask where the token lies."""
        self._online.find_token(self._show, self._on_failed)

    def leave(self) -> None:
        """Forget what was typed and not kept."""
        self.field.clear()

    def _show(self, place: Place) -> None:
        self.forget_button.setVisible(place != "")
        words = {
            "": self.tr("No token is kept for this hub. It would be sent to this hub alone, and only encrypted."),
            "keyring": self.tr("A token is kept in the system's key ring and sent to this hub alone."),
            "file": self.tr(
                "A token is kept in tokens.json in the profile folder, because this system has no key ring. Only your "
                "account can read that file, but nothing encrypts it. It is sent to this hub alone."
            ),
        }[place]
        self._say(words, "warning" if place == "file" else "small")

    @Slot()
    def _on_typed(self) -> None:
        self.keep_button.setEnabled(bool(self.field.text().strip()))

    @Slot()
    def _keep(self) -> None:
        token = self.field.text().strip()
        if token:
            self.field.clear()
            self._online.keep_token(token, self._show, self._on_failed)

    @Slot()
    def _forget(self) -> None:
        self._online.keep_token("", self._show, self._on_failed)

    def _on_failed(self, error: NextwordError) -> None:
        words = explain(error)
        self._say(f"{words.title}. {words.text}", "error")

    def _say(self, words: str, look: str) -> None:
        self.state.setText(words)
        self.state.setProperty("type", look)
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)
