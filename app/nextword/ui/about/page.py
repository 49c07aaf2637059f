"""Versions, engine, isolation, folders and licences on one page, to read and to copy."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nextword import report
from nextword.engine.client import EngineStatus
from nextword.ui.about import facts
from nextword.ui.about.background import Background
from nextword.ui.about.facts import Fact
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import PageFrame, text_label


class AboutPage(QWidget):
    """Follows the engine while it is shown."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._engine = services.engine
        self._profile = services.profile
        self._settings = services.settings
        self._notices = services.notices
        self._background = Background(services.deliver)
        self._values: dict[tuple[str, str], QLabel] = {}
        self._shown: list[tuple[str, str]] = []
        self._frame: PageFrame | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._disconnect = services.engine.status_changed.connect(self._on_status)
        self._show()

    def shut_down(self) -> None:
        """Stop listening; what is being written is finished."""
        self._disconnect()
        self._background.close()

    def details(self) -> str:
        """Return everything on the page as text."""
        return facts.as_text(self._groups())

    def _groups(self) -> dict[str, list[Fact]]:
        status = self._engine.status
        return {
            self.tr("Versions"): facts.versions(status),
            self.tr("Engine"): facts.engine(status),
            self.tr("Model"): facts.model(status),
            self.tr("What the engine may not do"): facts.isolation(status.isolation),
            self.tr("Folders"): facts.folders(self._profile),
            self.tr("Licences"): facts.licences(),
        }

    def _show(self) -> None:
        """Fill in the values; build the rows again only when there are other rows."""
        groups = self._groups()
        rows = [(title, fact.label) for title, group in groups.items() for fact in group]
        if rows != self._shown:
            self._build(groups)
            self._shown = rows
        for title, group in groups.items():
            for fact in group:
                label = self._values[title, fact.label]
                if label.text() != fact.value:
                    label.setText(fact.value)

    def _build(self, groups: dict[str, list[Fact]]) -> None:
        if self._frame is not None:
            self._column.removeWidget(self._frame)
            self._frame.deleteLater()
        self._frame = PageFrame(
            self.tr("About Nextword"),
            self.tr(
                "Chat with, and experiments on, language models that run on this machine. Nothing you write is sent "
                "anywhere unless you choose a model on another machine; those on this one run in a process that has no "
                "network."
            ),
        )
        self._frame.head.addWidget(self._button(self.tr("Copy details"), "copy", self._copy))
        acts = QHBoxLayout()
        acts.addWidget(self._button(self.tr("Show the logs"), "list", self.show_logs))
        acts.addWidget(self._button(self.tr("Save a report…"), "file-text", self.save_report))
        acts.addWidget(self._button(self.tr("Open the profile folder"), "folder-open", self._open_folder))
        acts.addStretch(1)
        self._frame.column.addLayout(acts)
        for title, group in groups.items():
            self._frame.add_heading(title)
            grid = QGridLayout()
            grid.setHorizontalSpacing(24)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(1, 1)
            for row, fact in enumerate(group):
                label = text_label(fact.label, "secondary")
                label.setWordWrap(False)
                label.setMinimumWidth(180)
                value = text_label(fact.value)
                value.setAccessibleName(fact.label)
                self._values[title, fact.label] = value
                grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(value, row, 1)
            self._frame.column.addLayout(grid)
        self._frame.finish()
        self._column.addWidget(self._frame)

    def _button(self, words: str, icon: str, clicked: object) -> QPushButton:
        button = QPushButton(words)
        set_icon(button, icon, size=16)
        button.clicked.connect(clicked)
        return button

    def _on_status(self, _status: EngineStatus) -> None:
        if self.isVisible():
            self._show()

    @Slot()
    def show_logs(self) -> None:
        """Open the logs beside the window."""
        from nextword.ui.about.log_dialog import LogDialog  # not before it is asked for

        LogDialog(self._profile, self._background, self).show()

    @Slot()
    def save_report(self) -> None:
        """Collect a report, show it, and save it where the person says."""
        from nextword.ui.about.report_dialog import ReportDialog  # not before it is asked for

        dialog = ReportDialog(self._background, self)
        dialog.saved.connect(self._on_saved)
        settings, about = self._settings.value, self.details()
        self._background.run(dialog, lambda: report.collect(self._profile, settings, about), dialog.show_parts)
        dialog.open()

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._notices.add(Notice(text=self.tr("The report was saved as {file}.").format(file=path.name), key="report"))

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._profile.root)))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()
