"""Keeps Python's own import in place while Qt is loaded; imported before anything of PySide6.

WORKAROUND: PySide6 6.11 puts a function of its own over `builtins.__import__`, for the switches of `__feature__`
that this program does not use. It reads the source of every module that is imported after it, which costs the
start of the window as much as drawing it.
"""

from __future__ import annotations

import builtins

_plain = builtins.__import__

import PySide6  # noqa: E402, F401 (loading it is what puts the function there)

builtins.__import__ = _plain
