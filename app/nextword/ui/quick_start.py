"""What makes the start of the window quick for the whole interpreter; imported before anything of PySide6.

The collector of cycles runs after every 700 new objects unless told otherwise, and a start makes more than a hundred
thousand that stay; it is told to wait until `settle`.

WORKAROUND: PySide6 6.11 puts a function of its own over `builtins.__import__`, for the switches of `__feature__`
that this program does not use. It reads the source of every module that is imported after it, which costs the
start of the window as much as drawing it. Python's own import stays.
"""

from __future__ import annotations

import builtins
import gc

gc.set_threshold(200_000, 10, 10)

_plain = builtins.__import__

import PySide6  # noqa: E402, F401 (loading it is what puts the function there)

builtins.__import__ = _plain


def settle() -> None:
    """Collect as usual from now on, and look no more at what the start has made."""
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
