"""Qt is loaded without its function over Python's import."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import builtins, linecache
before = builtins.__import__
import nextword.ui.application
ours = nextword.__path__[0]
from PySide6.QtCore import QObject, Signal, Slot
assert builtins.__import__ is before
assert not [name for name in linecache.cache if name.startswith(ours)], "sources were read"
class Sender(QObject):
    sent = Signal(int)
class Taker(QObject):
    taken = 0
    @Slot(int)
    def take(self, number):
        self.taken = number
sender, taker = Sender(), Taker()
sender.sent.connect(taker.take)
sender.sent.emit(7)
assert taker.taken == 7 and sender.objectName() == ""
import nextword.ui.chat.page
assert not [name for name in linecache.cache if name.startswith(ours)], "sources were read"
"""


def test_loading_qt_leaves_import_as_it_was_and_signals_reach_slots() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
