"""A sentence in place of a repository: what is waited for, or why it cannot be shown and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nextword.errors import NextwordError
from nextword.network_errors import HubRefused, NetworkError, NoAnswer, SwitchedOffline
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.link_question import LinkQuestion
from nextword.ui.widgets.page_frame import text_label


class HubMessage(QWidget):
    """again_wanted: the hub is to be asked once more. settings_wanted: a setting of the network is to be shown."""

    again_wanted = Signal()
    settings_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = ""
        self._setting = ""
        self.words = text_label("", "secondary")
        self.words.setMinimumWidth(1)
        self.page_button = QPushButton(self.tr("Open its page..."), self)
        self.page_button.setToolTip(self.tr("In your browser; where it leads is shown first"))
        self.page_button.clicked.connect(self._open_page)
        self.again_button = QPushButton(self.tr("Try again"), self)
        self.again_button.clicked.connect(self.again_wanted)
        self.settings_button = QPushButton(self.tr("Network settings"), self)
        self.settings_button.clicked.connect(self._show_setting)
        self._actions = QWidget(self)
        flow = FlowLayout(self._actions)
        flow.setSpacing(GAP_SMALL)
        for each in (self.page_button, self.again_button, self.settings_button):
            flow.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.words)
        column.addWidget(self._actions)
        self.show_words("")

    def show_words(self, words: str) -> None:
        """Show a sentence with nothing to be done about it."""
        self._page = ""
        self.words.setText(words)
        self._actions.setVisible(False)

    def show_error(self, error: NextwordError) -> None:
        """Show why a repository cannot be shown."""
        said = explain(error)
        self.words.setText(f"{said.title}\n\n{said.text}\n\n{said.advice}")
        self._page = error.page if isinstance(error, HubRefused) else ""
        self._setting = setting_of(error)
        self.page_button.setVisible(bool(self._page))
        self.settings_button.setVisible(bool(self._setting))
        self._actions.setVisible(True)

    @Slot()
    def _open_page(self) -> None:
        LinkQuestion(self._page, self.window()).open()

    @Slot()
    def _show_setting(self) -> None:
        self.settings_wanted.emit(self._setting)


def setting_of(error: NextwordError) -> str:
    """Return the setting that has to do with an error of the network, "" for another error."""
    if isinstance(error, SwitchedOffline):
        return "network.offline"
    if isinstance(error, NoAnswer):
        return {
            "proxy": "network.proxy", "proxy_login": "network.proxy", "ca_file": "network.ca_file",
            "certificate": "network.ca_file",
        }.get(error.reason, "network.endpoint")  # fmt: skip
    return "network.endpoint" if isinstance(error, NetworkError) else ""  # the token stands below it
