"""The frame: rail of areas, notices, the stack of pages, status line; it knows Feature and no screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from nextword.settings import SettingsChange
from nextword.ui.download_status import DownloadStatus
from nextword.ui.feature import Feature, OpenConversation, Place, ShowSettings
from nextword.ui.rail import Rail
from nextword.ui.services import Services
from nextword.ui.status_bar import StatusLine
from nextword.ui.widgets.notice_bar import NoticeBar

SMALLEST = QSize(720, 480)
USUAL = QSize(1280, 800)


class Window(QMainWindow):
    """Builds a page when it is first shown. pages: those built so far, by the name of their feature.

    painted: once, when the window was first seen. closing: once.
    """

    painted = Signal()
    closing = Signal()

    def __init__(self, services: Services, features: Sequence[Feature]) -> None:
        super().__init__()
        self.setWindowTitle("Nextword")
        self.setMinimumSize(SMALLEST)
        self._services = services
        self._features = {feature.name: feature for feature in features}
        self.pages: dict[str, QWidget] = {}
        self._was_painted = False
        self._was_closed = False
        self._rail = Rail(features, self)
        self._rail.chosen.connect(self.show_feature)
        self.notices = NoticeBar(self)
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("pages")
        self._status = StatusLine(services.engine, self)
        self._downloads = DownloadStatus(services.online.downloads, services.notices, services.go, self._status)
        self._status.add(self._downloads)
        self._status.show_offline(services.settings.value.network.offline)
        self._unlisten = services.settings.changed.connect(self._on_settings_changed)
        self._lay_out()
        self._add_actions()
        self._take_geometry()
        services.notices.withdrawn.connect(self.notices.hide_notice)
        services.notices.listen(self.notices.show_notice)
        if features:
            self.show_feature(features[0].name)

    # --- pages ----------------------------------------------------------------------------------------------

    def go(self, place: Place) -> bool:
        """Show `place` on the screen it belongs to; return whether there is one."""
        for name, feature in self._features.items():
            if feature.owns(place):
                page = self.page(name)
                if feature.open(page, place):
                    self.show_feature(name)
                    return True
        return False

    def page(self, name: str) -> QWidget:
        """Return the page of a feature, built now if this is the first time."""
        if name not in self.pages:
            page = self._features[name].build(self._services)
            self.pages[name] = page
            self._stack.addWidget(page)
        return self.pages[name]

    @Slot(str)
    def show_feature(self, name: str) -> None:
        """Bring the page of a feature to the front."""
        self._stack.setCurrentWidget(self.page(name))
        self._rail.show_chosen(name)

    def shut_down(self) -> None:
        """Let the pages stop their sessions and timers (a page's optional method `shut_down`)."""
        for page in self.pages.values():
            stop = getattr(page, "shut_down", None)
            if stop is not None:
                stop()
        self._status.shut_down()
        self._downloads.shut_down()
        self._unlisten()

    def _on_settings_changed(self, change: SettingsChange) -> None:
        self._status.show_offline(change.new.network.offline)

    def bring_to_front(self) -> None:
        """Show the window above others, as far as the system lets it."""
        self.setWindowState((self.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    # --- building -------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.notices)
        right.addWidget(self._stack, 1)
        right.addWidget(self._status)
        centre = QWidget(self)
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addLayout(right, 1)
        self.setCentralWidget(centre)

    def _add_actions(self) -> None:
        for number, feature in enumerate(self._features.values(), 1):
            action = self._act(self.tr("Go to {area}").format(area=feature.title), f"Ctrl+{number}")
            action.triggered.connect(partial(self._go_to, feature.name))
        self._act(self.tr("New chat"), QKeySequence.StandardKey.New).triggered.connect(self._new_chat)
        self._act(self.tr("Settings"), "Ctrl+,").triggered.connect(self._show_settings)
        self._act(self.tr("Shortcuts"), QKeySequence.StandardKey.HelpContents).triggered.connect(self.show_shortcuts)
        self._act(self.tr("Quit"), "Ctrl+Q").triggered.connect(self.close)

    def _act(self, words: str, keys: str | QKeySequence.StandardKey) -> QAction:
        action = QAction(words, self)
        action.setShortcut(QKeySequence(keys))
        self.addAction(action)
        return action

    def _go_to(self, name: str, _checked: bool = False) -> None:
        self.show_feature(name)

    @Slot()
    def _new_chat(self) -> None:
        self.go(OpenConversation(None))

    @Slot()
    def _show_settings(self) -> None:
        self.go(ShowSettings())

    @Slot()
    def show_shortcuts(self) -> None:
        """Open the list of shortcuts."""
        from nextword.ui.shortcuts import Shortcut, ShortcutsDialog, shortcuts_of

        found = [Shortcut(self.tr("Everywhere"), keys, words) for keys, words in _own_shortcuts(self)]
        for name, page in self.pages.items():
            found += shortcuts_of(self._features[name].title, page)
        ShortcutsDialog(found, self).open()

    # --- geometry and ends ----------------------------------------------------------------------------------

    def _take_geometry(self) -> None:
        kept = QSettings(str(self._services.profile.window), QSettings.Format.IniFormat).value("geometry")
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(USUAL.boundedTo(screen.size()))
        self.move(screen.center() - self.rect().center())
        if kept is not None:
            self.restoreGeometry(kept)
        if not any(each.availableGeometry().intersects(self.geometry()) for each in QGuiApplication.screens()):
            self.setGeometry(screen.intersected(self.rect().translated(screen.topLeft())))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._was_closed:
            self._was_closed = True
            store = QSettings(str(self._services.profile.window), QSettings.Format.IniFormat)
            store.setValue("geometry", self.saveGeometry())
            store.sync()
            self.closing.emit()
        super().closeEvent(event)


def _own_shortcuts(window: QMainWindow) -> list[tuple[str, str]]:
    """Return keys and words of the window itself, without those of its pages."""
    native = QKeySequence.SequenceFormat.NativeText
    return [(action.shortcut().toString(native), action.text()) for action in window.actions()]
