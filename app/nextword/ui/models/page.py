"""Models: those on this machine, those to be found at the hub, and what is on its way; one tab each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from nextword.asking.any_engine import AnyEngine
from nextword.hub.hub_records import Download
from nextword.hub.library import LibraryModel
from nextword.ui.feature import AddModelFile
from nextword.ui.models.focus import hold_focus
from nextword.ui.models.library_tab import LibraryTab
from nextword.ui.services import Services
from nextword.ui.theme import GAP_PAGE, GAP_SMALL
from nextword.ui.widgets.page_frame import text_label

HERE, FIND, ON_THE_WAY, SERVERS = 0, 1, 2, 3


class ModelsPage(QWidget):
    """The tabs are built when they are first shown; nothing is asked of the hub before a person does."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self.setAcceptDrops(True)
        self.library_tab = LibraryTab(
            services.engine, services.library, services.fitting, services.notices, services.go
        )
        self.setProperty("shortcut_notes", self.library_tab.property("shortcut_notes"))
        self.library_tab.detail.context_tokens = lambda: services.settings.value.engine.context_tokens
        self.library_tab.twin_wanted.connect(self._on_twin_wanted)
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName(self.tr("Parts of the models page"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in (self.tr("On this machine"), self.tr("Find models"), self.tr("Downloads")):
            self.tabs.addTab(words)
        if isinstance(services.engine, AnyEngine):
            self.tabs.addTab(self.tr("Servers"))
        self._stack = QStackedWidget(self)
        self._built: dict[int, QWidget] = {HERE: self.library_tab}
        self._stack.addWidget(self.library_tab)
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        self._begun = False
        self._disconnect = services.online.downloads.changed.connect(self._on_downloads)
        self._on_downloads(None)

    def point_at(self, path: str) -> None:
        """Select the row of a file; "" leaves the selection."""
        if path:
            self.tabs.setCurrentIndex(HERE)
        self.library_tab.point_at(path)

    def show_downloads(self) -> None:
        """Bring the downloads to the front."""
        self.tabs.setCurrentIndex(ON_THE_WAY)

    def shut_down(self) -> None:
        """Let the tabs stop their timers, and stop listening."""
        self._disconnect()
        for tab in self._built.values():
            stop: Callable[[], None] | None = getattr(tab, "shut_down", None)
            if stop is not None:
                stop()

    def tab(self, number: int) -> QWidget:
        """Return a tab, built now if this is the first time."""
        if number not in self._built:
            made = {FIND: self._make_find, ON_THE_WAY: self._make_downloads, SERVERS: self._make_servers}[number]()
            self._built[number] = made
            self._stack.addWidget(made)
        return self._built[number]

    # --- building -------------------------------------------------------------------------------------------

    def _make_servers(self) -> QWidget:
        from nextword.ui.models.remote_servers import RemoteServers

        engine = self._services.engine
        assert isinstance(engine, AnyEngine)
        return RemoteServers(engine.remote, self._services.notices, self._services.go)

    def _make_find(self) -> QWidget:
        from nextword.ui.models.find_tab import FindTab

        made = FindTab(self._services)
        made.downloads_wanted.connect(self.show_downloads)
        made.library_wanted.connect(self.point_at)
        return made

    def _make_downloads(self) -> QWidget:
        from nextword.ui.models.download_pane import DownloadPane

        return DownloadPane(self._services.online.downloads, self._services.go)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(text_label(self.tr("Models"), "title"))
        head.addSpacing(GAP_PAGE)
        head.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        column.setSpacing(GAP_SMALL)
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    # --- what happens ---------------------------------------------------------------------------------------

    @Slot(int)
    def _on_tab(self, number: int) -> None:
        shown = self._stack.currentWidget()
        if shown is not None:
            hold_focus(self.tabs, shown)
        self._stack.setCurrentWidget(self.tab(number))

    def _on_downloads(self, _none: None) -> None:
        waiting = sum(_is_unfinished(item) for item in self._services.online.downloads.items)
        words = self.tr("Downloads ({count})").format(count=waiting) if waiting else self.tr("Downloads")
        if self.tabs.tabText(ON_THE_WAY) != words:
            self.tabs.setTabText(ON_THE_WAY, words)

    @Slot(object)
    def _on_twin_wanted(self, model: LibraryModel) -> None:
        from nextword.ui.models.find_tab import FindTab

        self.tabs.setCurrentIndex(FIND)
        find = self.tab(FIND)
        assert isinstance(find, FindTab)
        find.find_twin(model)
        find.detail.setFocus()  # the button that was pressed is out of sight

    # --- Qt -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            self.library_tab.begin()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add every file, and the models of every folder; the last file is loaded."""
        from pathlib import Path

        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        files = [path for path in paths if not path.is_dir()]
        for folder in paths:
            if folder.is_dir():
                self._services.library.add_folder(folder)
        for path in files[:-1]:
            self._services.library.add(path)
        if paths:
            event.acceptProposedAction()
        if files:
            self._services.go(AddModelFile(str(files[-1])))


def _is_unfinished(item: Download) -> bool:
    return item.state != "done"
