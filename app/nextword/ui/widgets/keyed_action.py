"""An action of a widget with its words and its key; the list of shortcuts finds it there."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


def keyed_action(owner: QWidget, words: str, keys: str = "") -> QAction:
    """Return a new action of `owner`. keys: "Ctrl+T", "" for none."""
    action = QAction(words, owner)
    if keys:
        action.setShortcut(QKeySequence(keys))
    owner.addAction(action)
    return action
