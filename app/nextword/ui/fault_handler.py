"""What happens to faults of the program itself: into the log, a notice, and on it goes; never a dead window.

Takes sys.excepthook, threading.excepthook, Qt's messages, and (for crashes in C code) faulthandler.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler

from nextword.errors import NextwordError
from nextword.network.redact import RedactingFormatter
from nextword.ui.notices import Action, Notice, Notices

translate = QCoreApplication.translate

LOG_BYTES = 1_000_000
log = logging.getLogger("nextword")


class FaultHandler:
    """Installed for the time between `install` and `close`. folder: where the log files go; show_log: shows them."""

    def __init__(
        self,
        folder: Path,
        notices: Notices,
        deliver: Callable[[Callable[[], None]], None],
        *,
        show_log: Callable[[], None] | None = None,
    ) -> None:
        self._folder = folder
        self._show_log = show_log
        self._notices = notices
        self._deliver = deliver
        self._count = 0
        self._crash_file = (folder / "crash.log").open("a", encoding="utf-8")
        self._handler = logging.FileHandler(_turned(folder / "nextword.log"), encoding="utf-8", delay=True)
        self._handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def install(self) -> None:
        """Take over; tell about a crash that ended the last run."""
        log.addHandler(self._handler)
        log.setLevel(logging.INFO)
        log.propagate = False
        self._tell_last_crash()
        faulthandler.enable(self._crash_file)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(self._on_qt_message)

    def close(self) -> None:
        """Give everything back."""
        qInstallMessageHandler(None)
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        faulthandler.disable()
        self._crash_file.close()
        log.removeHandler(self._handler)
        self._handler.close()

    def report(self, error: BaseException, traceback: TracebackType | None = None) -> None:
        """Log `error` and tell about it; from any thread."""
        log.error("not caught", exc_info=(type(error), error, traceback or error.__traceback__))
        self._deliver(partial(self._show, error))

    def _show(self, error: BaseException) -> None:
        self._count += 1
        acts = self._acts()
        if isinstance(error, NextwordError):
            self._notices.add(Notice(error=error, level="error", actions=acts, key="fault"))
            return
        from nextword.ui.explain import unworded

        words = unworded(error if isinstance(error, Exception) else Exception())
        count = "" if self._count == 1 else translate("faults", " (number {n} since the start)").format(n=self._count)
        text = f"{words.title}{count}. {words.text} {words.advice}"
        self._notices.add(Notice(text=text, level="error", actions=acts, key="fault"))

    def _tell_last_crash(self) -> None:
        with contextlib.suppress(OSError):
            if self._crash_file.tell() == 0:
                return
            kept = self._folder / "crash-previous.log"
            kept.write_bytes((self._folder / "crash.log").read_bytes()[-LOG_BYTES:])
            self._crash_file.truncate(0)
            text = translate(
                "faults",
                "Nextword ended unexpectedly the last time. What you wrote was kept; the details are in {file}.",
            ).format(file=kept.name)
            self._notices.add(Notice(text=text, level="warning", actions=self._acts(), key="crash"))

    def _acts(self) -> tuple[Action, ...]:
        show = self._show_log
        return () if show is None else (Action(translate("faults", "Show the log"), show),)

    def _on_exception(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        sys.__excepthook__(kind, error, traceback)  # for those who started it in a terminal
        self.report(error, traceback)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value, arguments.exc_traceback)

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        level = {
            QtMsgType.QtDebugMsg: logging.DEBUG,
            QtMsgType.QtInfoMsg: logging.INFO,
            QtMsgType.QtWarningMsg: logging.WARNING,
        }.get(kind, logging.ERROR)
        log.log(level, "Qt (%s): %s", context.category or "", message)


def _turned(path: Path) -> Path:
    """Return `path`, after moving a file that has grown long out of the way."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".previous.log"))
    return path
