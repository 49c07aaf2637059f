"""The downloads in the status line, and a notice when one is done or failed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from nextword.hub.downloads import UNFINISHED, Downloads
from nextword.hub.hub_records import Download
from nextword.ui.explanation import short
from nextword.ui.feature import Place, ShowModels, UseModel
from nextword.ui.notices import Action, Notice, Notices


class DownloadStatus(QPushButton):
    """Hidden while nothing is downloaded; a click leads to the list."""

    def __init__(
        self, downloads: Downloads, notices: Notices, go: Callable[[Place], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._notices = notices
        self._go = go
        self._unfailed: set[str] = set()  # seen, and not failed when they were
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()
        self.setToolTip(self.tr("Downloads. Click to see them all."))
        self.clicked.connect(self._on_clicked)
        self._ends = [downloads.changed.connect(self._on_changed), downloads.finished.connect(self._on_finished)]

    def shut_down(self) -> None:
        """Stop listening."""
        for end in self._ends:
            end()

    def _on_clicked(self) -> None:
        self._go(ShowModels(downloads=True))

    def _on_changed(self, _none: None) -> None:
        open_ones = [one for one in self._downloads.items if one.state in UNFINISHED]
        self.setVisible(bool(open_ones))
        if open_ones:
            self.setText(self._words(open_ones))
            self.setAccessibleName(self.text())
        self._tell_failures()

    def _words(self, open_ones: list[Download]) -> str:
        from nextword.ui.widgets.download_words import bytes_words, percent_of, time_words

        shown = next((one for one in open_ones if one.state in ("running", "checking", "waiting")), open_ones[0])
        name = short(shown.name, 32)
        more = self.tr(" and {count} more").format(count=len(open_ones) - 1) if len(open_ones) > 1 else ""
        if shown.state == "running":
            left = shown.seconds_left
            parts = [f"{percent_of(shown):.0f} %", self.tr("{rate}/s").format(rate=bytes_words(shown.bytes_per_second))]
            if left is not None:
                parts.append(self.tr("{time} left").format(time=time_words(left)))
            return f"{name}{more}: {', '.join(parts)}"
        states = {
            "checking": self.tr("is being checked"),
            "waiting": self.tr("waits for the network"),
            "paused": self.tr("paused at {percent} %").format(percent=f"{percent_of(shown):.0f}"),
            "failed": self.tr("not downloaded"),
            "queued": self.tr("waits for its turn"),
        }
        return f"{name}{more}: {states.get(shown.state, '')}"

    def _tell_failures(self) -> None:
        """Tell of what failed since the last look: one that was done as well, when the library finds it no model."""
        for download in self._downloads.items:
            if download.state == "failed" and download.id in self._unfailed and download.error is not None:
                show = Action(self.tr("Show downloads"), self._on_clicked)
                self._notices.add(
                    Notice(error=download.error, level="error", actions=(show,), key=f"download {download.id}")
                )
        self._unfailed = {one.id for one in self._downloads.items if one.state != "failed"}

    def _on_finished(self, download: Download) -> None:
        use = Action(self.tr("Use it"), lambda: self._use(download.path))
        words = self.tr("{name} is downloaded and checked.").format(name=short(download.name, 80))
        self._notices.add(Notice(text=words, actions=(use,), key=f"download {download.id}"))

    def _use(self, path: str) -> None:
        self._go(UseModel(path))
