"""A token or a password of the network settings: put in, kept in the key ring, taken away; never shown again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from nextword.errors import NextwordError
from nextword.hub.online import Online
from nextword.network.secrets import Place
from nextword.ui.explain import explain
from nextword.ui.widgets.page_frame import text_label

translate = QCoreApplication.translate
Done: TypeAlias = Callable[[Place], None]
Failed: TypeAlias = Callable[[NextwordError], None]


@dataclass(frozen=True)
class SecretWords:
    """What stands on a row. none, keyring, file: where the secret lies."""

    label: str
    description: str
    placeholder: str
    keep: str
    forget: str
    none: str
    keyring: str
    file: str


class SecretRow(QWidget):
    """Asks where the secret lies when it is looked at; the secret itself does not come back.

    find, keep: tell where it lies now; keep("") forgets it.
    """

    def __init__(
        self, words: SecretWords, find: Callable[[Done, Failed], None], keep: Callable[[str, Done, Failed], None]
    ) -> None:
        super().__init__()
        self._words = words
        self._find = find
        self._keep_secret = keep
        label = QLabel(words.label)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(words.label)
        self.field.setAccessibleDescription(words.description)
        self.field.setPlaceholderText(words.placeholder)
        self.field.returnPressed.connect(self._keep)
        self.field.textChanged.connect(self._on_typed)
        label.setBuddy(self.field)
        self.keep_button = QPushButton(words.keep)
        self.keep_button.clicked.connect(self._keep)
        self.forget_button = QPushButton(words.forget)
        self.forget_button.clicked.connect(self._forget)
        self.state = text_label("", "small")
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
        """Ask where the secret lies."""
        self._find(self.show_place, self._on_failed)

    def leave(self) -> None:
        """Forget what was typed and not kept."""
        self.field.clear()

    def show_place(self, place: Place) -> None:
        """Say where it lies, "" for nowhere."""
        self.forget_button.setVisible(place != "")
        words = {"": self._words.none, "keyring": self._words.keyring, "file": self._words.file}[place]
        self._say(words, "warning" if place == "file" else "small")

    @Slot()
    def _on_typed(self) -> None:
        self.keep_button.setEnabled(bool(self.field.text().strip()))

    @Slot()
    def _keep(self) -> None:
        secret = self.field.text().strip()
        if secret:
            self.field.clear()
            self._keep_secret(secret, self.show_place, self._on_failed)

    @Slot()
    def _forget(self) -> None:
        self.field.setFocus()  # the button goes
        self._keep_secret("", self.show_place, self._on_failed)

    def _on_failed(self, error: NextwordError) -> None:
        words = explain(error)
        self._say(f"{words.title}. {words.text}", "error")

    def _say(self, words: str, look: str) -> None:
        self.state.setText(words)
        self.state.setProperty("type", look)
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)


def token_row(online: Online) -> SecretRow:
    """Return the row of the token for the hub."""
    words = SecretWords(
        label=translate("settings", "Token"),
        description=translate(
            "settings", "A token of your account at the hub. It is sent to that hub alone, and only encrypted."
        ),
        placeholder=translate("settings", "Only models with terms to accept, and private ones, need it"),
        keep=translate("settings", "Keep token"),
        forget=translate("settings", "Forget token"),
        none=translate(
            "settings", "No token is kept for this hub. It would be sent to this hub alone, and only encrypted."
        ),
        keyring=translate("settings", "A token is kept in the system's key ring and sent to this hub alone."),
        file=translate(
            "settings",
            "A token is kept in tokens.json in the profile folder, because this system has no key ring. Only your "
            "account can read that file, but nothing encrypts it. It is sent to this hub alone.",
        ),
    )
    return SecretRow(words, online.find_token, online.keep_token)


def proxy_row(online: Online) -> SecretRow:
    """Return the row of the password for the proxy."""
    words = SecretWords(
        label=translate("settings", "Password of the proxy"),
        description=translate("settings", "It goes with the name in the address of the proxy, to that proxy alone."),
        placeholder="",
        keep=translate("settings", "Keep password"),
        forget=translate("settings", "Forget password"),
        none=translate("settings", "No password is kept for this name and proxy."),
        keyring=translate("settings", "A password is kept in the system's key ring, and not with the settings."),
        file=translate(
            "settings",
            "A password is kept in tokens.json in the profile folder, because this system has no key ring. Only your "
            "account can read that file, but nothing encrypts it.",
        ),
    )
    return SecretRow(words, online.find_password, online.keep_password)
