"""Fifty starts and ends of the whole window: every end clean, no thread, no process, no message left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENDS = 50
AT_ONCE = 10  # windows opened and closed by one process

PROGRAM = """
import sys, threading
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from nextword.paths import find_profile
from nextword.ui.application import Application, Options

moment, count, profile = sys.argv[1], int(sys.argv[2]), find_profile(Path(sys.argv[3]))
qt = QApplication([])
profile.create()
for _ in range(count):
    application = Application(qt, profile, Options())
    window = application.window
    match moment:
        case "painted":
            window.painted.connect(window.close)
        case "starting":
            application.engine.status_changed.connect(
                lambda status, close=window.close: QTimer.singleShot(0, close) if status.state == "starting" else None
            )
        case "hello":
            up = ("idle", "loading", "ready")
            application.engine.status_changed.connect(
                lambda status, close=window.close:
                    QTimer.singleShot(0, close) if status.state in up or status.error else None
            )
    window.show()
    qt.exec()
    application.close()
left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
print("left:", *left)
"""


@pytest.mark.parametrize("moment", ["painted", "starting", "hello"])
def test_ten_ends_in_one_process_leave_nothing(tmp_path: Path, moment: str) -> None:
    done = _run(tmp_path, moment, AT_ONCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "left:\n"
    assert done.stderr == ""


@pytest.mark.parametrize("number", range(ENDS - 3 * AT_ONCE))
def test_an_end_is_no_crash(tmp_path: Path, number: int) -> None:
    """Most crashes at the end come after the last line of Python, so each of these is a process of its own."""
    done = _run(tmp_path, ("painted", "starting")[number % 2], 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "left:\n"
    assert done.stderr == ""
    log = tmp_path / "logs" / "nextword.log"
    assert not log.exists() or log.read_text() == ""


def _run(profile: Path, moment: str, count: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PROGRAM, moment, str(count), str(profile)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
