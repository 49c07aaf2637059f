"""Puts the files of a model into the system's trash and takes them out again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from nextword.errors import ModelNotDeleted, ModelNotRestored
from nextword.hub import trash_can
from nextword.hub.model_files import parts_of

Moved = tuple[tuple[str, str], ...]
"""Where each file was, and where it is now."""


def to_trash(path: str) -> Moved:
    """Move all files of a model to the trash. Raises ModelNotDeleted; what had been moved by then is back."""
    moved: list[tuple[str, str]] = []
    for file in parts_of(Path(path)):
        if not file.exists():
            continue
        try:
            moved.append((str(file), _put_away(file)))
        except OSError as error:
            take_back(tuple(moved))
            raise ModelNotDeleted(path, error.strerror or str(error)) from error
    return tuple(moved)


def take_back(moved: Moved) -> None:
    """Move files from the trash to where they were. Raises ModelNotRestored when one cannot be moved."""
    for original, trashed in moved:
        try:
            trash_can.take_out(Path(trashed), Path(original))
        except OSError as error:
            raise ModelNotRestored(original, error.strerror or str(error)) from error


def _put_away(file: Path) -> str:
    if sys.platform not in ("win32", "darwin"):
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
        return str(trash_can.put_away(file, Path(home)))
    thing = QFile(str(file))
    if not thing.moveToTrash():
        raise OSError(0, thing.errorString())
    return thing.fileName() or os.fspath(file)
