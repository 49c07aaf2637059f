"""The network on the settings page: the offline switch, the hub, the token, the way out, and what left."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nextword.errors import NextwordError, SettingsError
from nextword.hub.online import Online
from nextword.network.origins import host_of, origin_of
from nextword.network.proxies import read_proxy
from nextword.network.secrets import Place
from nextword.network_errors import NoAnswer
from nextword.settings import SettingsFile, Value
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.notices import Notice, Notices
from nextword.ui.setting_change import change
from nextword.ui.settings.network_ledger import LedgerView
from nextword.ui.settings.network_secret import proxy_row, token_row
from nextword.ui.theme import GAP
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import SettingRow

_NUMBERS = ("network.connections", "network.speed_kb")


class NetworkSection(QWidget):
    """rows: the settings in it, which the page shows and follows as its own. testing: an answer is waited for."""

    def __init__(self, settings: SettingsFile, notices: Notices, online: Online) -> None:
        super().__init__()
        self._settings = settings
        self._notices = notices
        self._online = online
        self.testing = False
        self.rows: dict[str, SettingRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._add("network.offline")
        self._add("network.endpoint")
        self.token = token_row(online)
        self._column.addWidget(self.token)
        self._column.addLayout(self._test_row())
        self._add("network.proxy")
        self.password = proxy_row(online)
        self._column.addWidget(self.password)
        self._add("network.ca_file")
        choose = QPushButton(self.tr("Choose a CA file..."))
        choose.setProperty("look", "link")
        choose.clicked.connect(self._choose_ca_file)
        self._column.addWidget(choose, 0, Qt.AlignmentFlag.AlignLeft)
        for name in _NUMBERS:
            self._add(name)
        self.ledger = Fold(self.tr("What left this machine"), partial(LedgerView, online.network.ledger))
        self._column.addWidget(self.ledger)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.token.look()
        self._look_at_proxy()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.token.leave()
        self.password.leave()

    def _test_row(self) -> QHBoxLayout:
        self.test_button = QPushButton(self.tr("Test connection"))
        self.test_button.clicked.connect(self._test)
        self.result = text_label("", "small")
        self.result.setAccessibleName(self.tr("Result of the test"))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.test_button)
        row.addWidget(self.result, 1)
        return row

    def _add(self, name: str) -> None:
        row = SettingRow(name, self._change, one_line=True)
        self.rows[name] = row
        self._column.addWidget(row)

    def _change(self, name: str, value: Value) -> SettingsError | None:
        refused = _unusable(name, value)
        if refused is not None:
            return refused
        if name == "network.proxy" and read_proxy(str(value)).password:
            return self._keep_proxy(str(value))
        error = change(self._settings, self._notices, name, value)
        self._say("", "small")
        if name == "network.endpoint":
            self.token.look()
        if name == "network.proxy":
            self._look_at_proxy()
        return error

    def _keep_proxy(self, text: str) -> SettingsError | None:
        """Use a proxy with a password in its address, which does not stay there."""
        try:
            self._settings.value.replaced("network.proxy", read_proxy(text).address)
        except SettingsError as error:
            return error
        self._online.keep_proxy(text, self._on_proxy_kept, self._on_proxy_failed)
        return None

    def _on_proxy_kept(self, _place: Place) -> None:
        self.rows["network.proxy"].show_value(self._settings.value.network.proxy)
        self._look_at_proxy()

    def _on_proxy_failed(self, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key="settings"))

    def _look_at_proxy(self) -> None:
        """Offer a place for the password where the address has a name."""
        named = bool(read_proxy(self._settings.value.network.proxy).owner)
        self.password.setVisible(named)
        if named:
            self.password.look()

    @Slot()
    def _test(self) -> None:
        if self.testing:  # the button stays as it is: a disabled one would lose the focus to the next field
            return
        for row in self.rows.values():
            row.flush()
        self.testing = True
        host = host_of(self._settings.value.network.endpoint)
        self._say(self.tr("Asking {host}...").format(host=short(host, 60)), "small")
        self._online.catalog.test(partial(self._on_answer, host), self._on_failed)

    def _on_answer(self, host: str, account: str) -> None:
        self.testing = False
        words = self.tr("{host} answers.").format(host=short(host, 60))
        if account:
            words += " " + self.tr("The token belongs to {account}.").format(account=short(account, 60))
        self._say(words, "good")

    def _on_failed(self, error: NextwordError) -> None:
        self.testing = False
        words = explain(error)
        self._say(f"{words.title}. {words.text} {words.advice}", "error")

    def _say(self, words: str, look: str) -> None:
        self.result.setText(words)
        self.result.setProperty("type", look)
        self.result.style().unpolish(self.result)
        self.result.style().polish(self.result)

    @Slot()
    def _choose_ca_file(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Choose a CA file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_ca_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_ca_file(self, path: str) -> None:
        self._change("network.ca_file", path)


def _unusable(name: str, value: Value) -> SettingsError | None:
    """Return why an address cannot be used, None when it can."""
    text = str(value).strip()
    if name == "network.endpoint" or (name == "network.proxy" and text):
        try:
            if name == "network.endpoint":
                origin_of(text)
            elif not text.lower().startswith(("http://", "https://", "socks5://")):
                raise NoAnswer("address")
        except NoAnswer:
            example = "https://huggingface.co" if name == "network.endpoint" else "http://host:port"
            return SettingsError(name, text.rpartition("@")[2], example)  # a password is not said again
    return None
