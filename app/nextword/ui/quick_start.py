"""What makes the start of the window quick for the whole interpreter; imported before anything of PySide6.

Python's collector of cycles does not run by itself in this process: it would run on whichever thread makes the next
object, and a widget that is destroyed on another thread than its own ends the program (seen: a segmentation fault
while the library read a file). collector.py runs it on the GUI thread.

WORKAROUND: PySide6 6.11 puts a function of its own over `builtins.__import__`, for the switches of `__feature__`
that this program does not use. It reads the source of every module that is imported after it, which costs the
start of the window as much as drawing it. Python's own import stays.
"""

from __future__ import annotations

import builtins
import gc

gc.disable()

_plain = builtins.__import__

import PySide6  # noqa: E402, F401 (loading it is what puts the function there)

builtins.__import__ = _plain


def settle() -> None:
    """Look no more at what the start has made: it stays until the end."""
    gc.freeze()
