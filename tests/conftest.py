"""What every test shares: a profile of its own, no screen needed, and nothing left running behind it."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("NEXTWORD_PROFILE", None)

# Here the programs that the tests start have their channels: one that is killed leaves its socket. The path is short,
# because the name of a socket has room for 108 bytes.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="nw-")

from nextword.paths import Profile, find_profile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

LEAVING_SECONDS = 30.0
PATIENCE_MS = 60_000  # a condition that never holds fails a test; a machine that is slow does not
_WHOLE = 250  # after so many tests all objects are looked at

atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)

# As in the program (ui/quick_start.py): cycles with widgets in them are collected on the main thread alone.
gc.disable()

# No test is timed: a busy machine makes any of them slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """An empty profile whose path has a space and letters of several scripts in it."""
    made = find_profile(tmp_path / "profil 日本 é")
    made.create()
    return made


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The one of pytest-qt, but patient: it gives up after five seconds otherwise."""
    from pytestqt.qtbot import QtBot

    assert qapp is not None
    bot = QtBot(request)
    for name in ("waitUntil", "waitSignal", "waitActive", "waitExposed"):
        setattr(bot, name, partial(getattr(bot, name), timeout=PATIENCE_MS))
    return bot


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process behind."""
    threads, children = set(threading.enumerate()), _children()
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(LEAVING_SECONDS)
    left = [thread.name for thread in set(threading.enumerate()) - threads if thread.is_alive()]
    assert not left, f"threads left behind: {left}"
    strangers = {pid: _command(pid) for pid in _children() - children}
    _collect()
    assert not strangers, f"processes left behind: {strangers}"


_tests = count(1)


def _collect() -> None:
    """Take away the cycles that this test left. What is alive is not looked at again after each test: with all modules
    imported that took 75 ms, most of the time of most tests; only now and then everything is."""
    if next(_tests) % _WHOLE == 0:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Empty the clipboard: Qt's pretended screen keeps it beyond the end of Python, and what is there is Python's."""
    if "PySide6.QtGui" in sys.modules:
        from PySide6.QtGui import QGuiApplication

        if QGuiApplication.instance() is not None:
            QGuiApplication.clipboard().clear()


def _children() -> set[int]:
    """Return the child processes of this one; empty where the system does not list them."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {int(pid) for pid in task.read_text().split()}
        except OSError:  # the thread ended while it was looked at
            continue
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "gone"
