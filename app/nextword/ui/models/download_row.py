"""One download on screen: its name, how far it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.hub.hub_records import Download
from nextword.network_errors import HubRefused
from nextword.ui.explanation import short
from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.download_words import bytes_words, percent_of, progress_words, trouble_words
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.link_question import LinkQuestion
from nextword.ui.widgets.page_frame import text_label

ASKED_FROM_BYTES = 20_000_000
"""So much is not deleted without a question."""


class DownloadRow(QFrame):
    """wanted: what a person asks for: pause, resume, up, down, remove or use."""

    wanted = Signal(str)

    def __init__(self, download: Download, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        name = short(download.name, 120)
        self.setAccessibleName(self.tr("Download of {name}").format(name=name))
        self._name = ShortLabel(name, "strong")
        self._source = ShortLabel(short(f"{download.source.repo} · {_host(download.source.endpoint)}", 120), "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("How much of {name} is here").format(name=name))
        self._words = text_label("", "small")
        self._trouble = text_label("", "warning")
        self._page = ""
        self.page_button = QPushButton(self.tr("Open its page..."))
        self.page_button.setProperty("look", "link")
        self.page_button.clicked.connect(self._open_page)
        self.go_button = QPushButton()
        self.go_button.clicked.connect(self._on_go)
        self.up_button = self._tool("arrow-up", self.tr("Download {name} earlier").format(name=name), "up")
        self.down_button = self._tool("arrow-down", self.tr("Download {name} later").format(name=name), "down")
        self.remove_button = self._tool("x", "", "")
        self._question = text_label("", "strong")
        self.delete_button = QPushButton(self.tr("Stop and delete"))
        self.delete_button.clicked.connect(self._sender("remove"))
        self.keep_button = QPushButton(self.tr("Keep it"))
        self.keep_button.clicked.connect(self._on_kept)
        self._asking = self._make_asking()
        self._shown = download
        self._what = ""
        self._lay_out()
        self.show_download(download)

    def show_download(self, download: Download, *, first: bool = False, last: bool = False) -> None:
        """Show how far it is now. first, last: where in the list it is."""
        self._shown = download
        here = bytes_words(download.done_bytes)
        self._question.setText(self.tr("Delete the {size} that are here already?").format(size=here))
        if download.state == "done":
            self._asking.hide()
        self._bar.setValue(round(10 * percent_of(download)))
        self._bar.setVisible(download.state not in ("done", "failed"))
        percent = QLocale().toString(int(percent_of(download)))
        self._bar.setAccessibleDescription(self.tr("{percent} percent").format(percent=percent))
        self._words.setText(progress_words(download))
        trouble = trouble_words(download)
        look = "error" if download.state == "failed" else "warning"
        if self._trouble.property("type") != look:
            self._trouble.setProperty("type", look)
            self._trouble.style().unpolish(self._trouble)
            self._trouble.style().polish(self._trouble)
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        self._page = download.error.page if isinstance(download.error, HubRefused) else ""
        self.page_button.setVisible(bool(self._page))
        self._show_buttons(download, first=first, last=last)

    def _show_buttons(self, download: Download, *, first: bool, last: bool) -> None:
        words = {
            "paused": (self.tr("Resume"), "resume"),
            "failed": (self.tr("Try again"), "resume"),
            "waiting": (self.tr("Try now"), "resume"),
            "done": (self.tr("Use"), "use"),
        }
        text, self._what = words.get(download.state, (self.tr("Pause"), "pause"))
        self.go_button.setText(text)
        self.go_button.setAccessibleName(self.tr("{what}: {name}").format(what=text, name=short(download.name, 120)))
        done = download.state == "done"
        self.up_button.setVisible(not done and not (first and last))
        self.down_button.setVisible(not done and not (first and last))
        # One that has the focus stays as it is: else the other has it, and the next key moves the row back.
        self.up_button.setEnabled(not first or self.up_button.hasFocus())
        self.down_button.setEnabled(not last or self.down_button.hasFocus())
        tip = self.tr("Take it off this list; the file stays") if done else self.tr("Stop, and delete what is here")
        self.remove_button.setToolTip(tip)
        self.remove_button.setAccessibleName(f"{tip}: {short(download.name, 120)}")

    def _tool(self, icon: str, name: str, what: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("look", "quiet")
        button.setAccessibleName(name)
        button.setToolTip(name)
        set_icon(button, icon, colour="secondary", size=16)
        button.clicked.connect(self._sender(what) if what else self._on_remove)
        return button

    def _make_asking(self) -> QWidget:
        """Return the question that is asked before much of a download is deleted."""
        asking = QWidget()
        line = QHBoxLayout(asking)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self._question, 1)
        line.addWidget(self.delete_button)
        line.addWidget(self.keep_button)
        asking.hide()
        return asking

    def _on_remove(self) -> None:
        download = self._shown
        if download.state == "done" or download.done_bytes < ASKED_FROM_BYTES:
            self.wanted.emit("remove")
            return
        for button in (self.delete_button, self.keep_button):
            button.setAccessibleDescription(self._question.text())
        self._asking.show()
        self.keep_button.setFocus()

    def _on_kept(self) -> None:
        self.remove_button.setFocus()
        self._asking.hide()

    def _sender(self, what: str) -> Callable[[], None]:
        return lambda: self.wanted.emit(what)

    def _on_go(self) -> None:
        self.wanted.emit(self._what)

    def _open_page(self) -> None:
        LinkQuestion(self._page, self.window()).open()

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._name)
        texts.addWidget(self._source)
        top = QHBoxLayout()
        top.setSpacing(GAP_SMALL)
        top.addLayout(texts, 1)
        for button in (self.go_button, self.up_button, self.down_button, self.remove_button):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(GAP_SMALL)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addWidget(self._words)
        column.addWidget(self._asking)
        column.addWidget(self._trouble)
        column.addWidget(self.page_button, 0, Qt.AlignmentFlag.AlignLeft)


class ShortLabel(QLabel):
    """One line of plain text, shortened in the middle where there is no room for it."""

    def __init__(self, text: str, look: str) -> None:
        super().__init__()
        self._whole = text
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("type", look)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width()))


def _host(endpoint: str) -> str:
    return endpoint.partition("://")[2]
