"""The downloads on the screen of models: one row each, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.hub.downloads import UNFINISHED, Downloads
from nextword.ui.feature import Place, UseModel
from nextword.ui.models.download_row import DownloadRow
from nextword.ui.models.focus import hold_focus, show_focus
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.page_frame import text_label


class DownloadPane(QScrollArea):
    """Follows the list; what there is to see is shown at once when it is seen."""

    def __init__(self, downloads: Downloads, go: Callable[[Place], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._go = go
        self.rows: dict[str, DownloadRow] = {}
        self.setAccessibleName(self.tr("Downloads"))
        show_focus(self)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pause_all = self._link(self.tr("Pause all"), self._on_pause_all)
        self.resume_all = self._link(self.tr("Resume all"), self._on_resume_all)
        self.clear = self._link(self.tr("Clear finished"), self._on_clear)
        self.words = text_label("", "secondary")
        self._column = self._lay_out()
        self._disconnect = downloads.changed.connect(self._on_changed)
        self._on_changed(None)

    def shut_down(self) -> None:
        """Stop listening."""
        self._disconnect()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed(None)

    def _link(self, words: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setProperty("look", "link")
        button.clicked.connect(clicked)
        return button

    def _lay_out(self) -> QVBoxLayout:
        content = QWidget()
        content.setObjectName("page_content")
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.words, 1)
        for button in (self.pause_all, self.resume_all, self.clear):
            head.addWidget(button)
        rows = QVBoxLayout()
        rows.setSpacing(GAP_SMALL)
        column = QVBoxLayout(content)
        column.setContentsMargins(GAP_TINY, GAP_SMALL, GAP_TINY, GAP_TINY)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addLayout(rows)
        column.addStretch(1)
        self.setWidget(content)
        return rows

    def _on_changed(self, _none: None) -> None:
        items = self._downloads.items
        for key in [key for key in self.rows if self._downloads.find(key) is None]:
            row = self.rows.pop(key)
            hold_focus(self, row)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, download in enumerate(items):
            row = self.rows.get(download.id) or self._make(download.id)
            if self._column.indexOf(row) != place:
                self._column.removeWidget(row)
                self._column.insertWidget(place, row)
            row.show_download(download, first=place == 0, last=place == len(items) - 1)
        self._show_head()

    def _show_head(self) -> None:
        items = self._downloads.items
        states = [download.state for download in items]
        waiting = sum(state in UNFINISHED - {"paused", "failed"} for state in states)
        self._show_link(self.resume_all, states.count("paused") > 1)
        self._show_link(self.pause_all, waiting > 1)
        self._show_link(self.clear, "done" in states)
        self.words.setText(
            self.tr("One runs at a time, from top to bottom. What is here already is kept when Nextword is closed.")
            if items
            else self.tr("Nothing is on its way. Choose a model under Find models, and it is downloaded here.")
        )

    def _show_link(self, link: QPushButton, visible: bool) -> None:
        if not visible:
            hold_focus(self, link)
        link.setVisible(visible)

    def _make(self, key: str) -> DownloadRow:
        download = self._downloads.find(key)
        assert download is not None
        row = DownloadRow(download, self)
        row.wanted.connect(partial(self._do, key))
        self.rows[key] = row
        return row

    @Slot(str, str)
    def _do(self, key: str, what: str) -> None:
        place = next((number for number, one in enumerate(self._downloads.items) if one.id == key), -1)
        download = self._downloads.find(key)
        if download is None:
            return
        match what:
            case "pause":
                self._downloads.pause(key)
            case "resume":
                self._downloads.resume(key)
            case "up":
                self._downloads.move(key, place - 1)
            case "down":
                self._downloads.move(key, place + 1)
            case "remove":
                self._downloads.remove(key)
            case "use":
                self._go(UseModel(download.path))

    @Slot()
    def _on_pause_all(self) -> None:
        self._downloads.pause_all()

    @Slot()
    def _on_resume_all(self) -> None:
        for download in self._downloads.items:
            if download.state == "paused":
                self._downloads.resume(download.id)

    @Slot()
    def _on_clear(self) -> None:
        self._downloads.clear_finished()
