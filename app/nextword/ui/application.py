"""Build everything, show the window, then start the engine; at the end close everything in order."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nextword.ui import quick_start  # before Qt: see there

# isort: split
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import nextword
from nextword import resources
from nextword.asking.any_engine import AnyEngine
from nextword.errors import NextwordError, ProfileInUse, ProfileNotUsable
from nextword.history.database import History
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import Profile, find_profile
from nextword.remote.remote import Remote
from nextword.settings import SettingsChange, SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.collector import Collector
from nextword.ui.fault_handler import FaultHandler
from nextword.ui.feature import AddModelFile, Feature, OpenConversation, Place, ShowAbout
from nextword.ui.features import FEATURES
from nextword.ui.history_notices import HistoryNotices
from nextword.ui.instance_lock import Lock
from nextword.ui.load_journal import LoadJournal
from nextword.ui.measuring import Measuring
from nextword.ui.model_choice import ModelChoice
from nextword.ui.notices import Notice, Notices
from nextword.ui.services import Services
from nextword.ui.theme import current_theme
from nextword.ui.window import Window

if TYPE_CHECKING:
    from nextword.ui.single_instance import Channel


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. model_file: absolute path of a file to add, and to use unless only_add."""

    profile: Path | None = None
    safe_mode: bool = False
    model_file: Path | None = None
    only_add: bool = False


class Application(QObject):
    """The objects of one run; made in `__init__`, ended in `close`, each exactly once."""

    def __init__(
        self, qt: QApplication, profile: Profile, options: Options, features: tuple[Feature, ...] = FEATURES
    ) -> None:
        super().__init__()
        self._qt = qt
        self._options = options
        self._closed = False
        self._cleanup = contextlib.ExitStack()
        self._channel: Channel | None = None
        self.profile = profile
        self.bridge = Bridge()
        self.collector = Collector(self)
        self.notices = Notices()
        self.faults = FaultHandler(profile.logs, self.notices, self.bridge.deliver, show_log=self._show_logs)
        self.faults.install()
        self.settings = SettingsFile(self._settings_path())
        self._dress()
        self.settings.changed.connect(self._on_settings_changed)
        self.library = Library(profile.library, self.bridge.deliver, held=True)
        self.online = Online(profile, self.settings, self.library, self.bridge.deliver)
        remote = Remote(
            profile.root / "remote.json", self.online.network, self.bridge.deliver, home=profile.cache / "hub"
        )
        self.engine = AnyEngine(self.bridge.deliver, remote, cache=profile.cache, log_file=profile.logs / "engine.log")
        self._keep_place()
        self.history = History(profile.history, self.bridge.deliver, held=True, backups=profile.backups)
        self.fitting = FitDesk(profile.cache / "measured.json", self.bridge.deliver)
        self.measuring = Measuring(self.engine, self.library, self.fitting)
        HistoryNotices(self.history, self.notices)
        self.choice = ModelChoice(self.engine, self.library, self.settings, self.notices)
        services = Services(
            engine=self.engine,
            library=self.library,
            online=self.online,
            fitting=self.fitting,
            history=self.history,
            settings=self.settings,
            notices=self.notices,
            profile=profile,
            go=self.go,
            deliver=self.bridge.deliver,
        )
        self.window = Window(services, features)
        self.choice.attend(self.window, LoadJournal(profile.root / "loading.txt"))
        self.window.painted.connect(self._on_painted)
        self.window.closing.connect(qt.quit)
        self.history.replaced.connect(self._on_history_replaced)
        for problem in self.settings.problems:
            self.notices.add(Notice(error=problem, level="warning", key=f"setting {problem.name}"))

    def go(self, place: Place) -> bool:
        """Send the person to a place; the choice of a model is no screen's."""
        return self.choice.take(place) or self.window.go(place)

    def close(self) -> None:
        """End everything, in the order in which one thing needs another: pages with their sessions and timers,
        engine, network, library, history; every thread is joined. What the engine still said reaches the history."""
        if self._closed:
            return
        self._closed = True
        self.collector.stop()
        if self._channel is not None:
            self._channel.close()
        self.window.shut_down()
        self.engine.close()
        self.bridge.drain()
        self.choice.close()
        self.measuring.close()
        self.fitting.close()
        self.online.close()
        self.library.close()
        self.history.close()
        self.bridge.drain()
        self.bridge.close()
        self.window.hide()
        self.window.deleteLater()
        self.faults.close()
        self._cleanup.close()

    def _settings_path(self) -> Path:
        if not self._options.safe_mode:
            return self.profile.settings
        import tempfile

        folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="nextword-safe-"))
        return Path(folder) / "settings.json"

    def _dress(self) -> None:
        look = self.settings.value.appearance
        current_theme().apply(look.theme, look.text_percent)

    def _on_settings_changed(self, change: SettingsChange) -> None:
        if change.old.appearance != change.new.appearance:
            self._dress()
        if change.old.engine.keep_place != change.new.engine.keep_place:
            self._keep_place()

    def _keep_place(self) -> None:
        self.engine.keep_snapshots_in(self.profile.cache / "states", keep=self.settings.value.engine.keep_place)

    def _on_history_replaced(self, _none: None) -> None:
        self.go(OpenConversation(None))  # what is on screen is not in this database, or not like this

    def _on_painted(self) -> None:
        """Start what the first sight of the window does not need."""
        from nextword.ui.single_instance import Channel  # brings Qt's network module

        quick_start.settle()
        self.collector.start()
        self.history.release()
        self.library.look_again()
        self.online.begin()
        self.window.setWindowIcon(QIcon(str(resources.ICONS / "nextword.svg")))
        self._channel = Channel(self.profile, raise_window=self.window.bring_to_front, open_file=self._open_file)
        self._listen_to_signals()
        if self._options.model_file is not None:
            self._open_file(self._options.model_file, not self._options.only_add)
        if self._options.model_file is not None and not self._options.only_add:
            return
        if self._options.safe_mode:
            self.notices.add(
                Notice(text=self.tr("Safe mode: settings are the built-in ones and are not kept; no model is loaded."))
            )
            self.engine.start()
        else:
            self.choice.load_first()

    def _show_logs(self) -> None:
        self.go(ShowAbout(logs=True))

    def _open_file(self, path: Path, load: bool) -> None:
        self.go(AddModelFile(str(path), load))

    def _listen_to_signals(self) -> None:
        """Close properly on SIGTERM, SIGINT and SIGHUP; Python runs handlers only when woken, hence the socket."""
        if sys.platform == "win32":
            return
        import socket

        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
            self._cleanup.callback(end.close)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._cleanup.callback(signal.set_wakeup_fd, before)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._cleanup.callback(signal.signal, number, signal.signal(number, lambda *_: None))
        from PySide6.QtCore import QSocketNotifier

        notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(self.window.close)
        self._cleanup.callback(notifier.setEnabled, False)


def run(options: Options) -> int:
    """Run the program until its window is closed; return the exit status."""
    QCoreApplication.setApplicationName("nextword")
    QCoreApplication.setApplicationVersion(nextword.__version__)
    qt = QApplication([sys.argv[0], "-style", "Fusion"])  # setStyle would bring the whole of QStyle into Python
    qt.setApplicationDisplayName("Nextword")
    qt.setDesktopFileName("org.nextword.Nextword")  # packaging/linux has the file
    qt.setQuitOnLastWindowClosed(False)  # closing the window quits; a dialog that closes does not
    profile = find_profile(options.profile)
    try:
        profile.create()
    except OSError as error:
        return _refuse(ProfileNotUsable(str(profile.root), error.strerror or str(error)))
    lock = Lock(profile)
    if not lock.take():
        if lock.unwritable():
            return _refuse(ProfileNotUsable(str(profile.root), "no file can be written there"))
        from nextword.ui.single_instance import hand_over

        taken = hand_over(profile, options.model_file, load=not options.only_add)
        return 0 if taken else _refuse(ProfileInUse(str(profile.root), lock.holder()))
    os.chdir(Path.home())
    application = Application(qt, profile, options)
    application.window.painted.connect(_write_numbers_well)
    try:
        application.window.show()
        return qt.exec()
    finally:
        application.close()
        lock.release()


def _write_numbers_well() -> None:
    """Group the digits of numbers where the system states no language: 4,096 reads better than 4096."""
    from PySide6.QtCore import QLocale  # brings 700 names, and no number is shown before the first sight

    if QLocale().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English))


def _refuse(error: NextwordError) -> int:
    """Say on the error stream why there is no window."""
    from nextword.ui.explain import explain

    words = explain(error)
    sys.stderr.write(f"nextword: {words.title}. {words.text} {words.advice}\n")
    return 2
