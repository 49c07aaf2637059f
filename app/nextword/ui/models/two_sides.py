"""A list and beside it the chosen thing, with a bar between them that can be moved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

_LIST_PX, _THING_PX = 430, 600
_LEAST_PX = 240


def two_sides(left: QWidget, right: QWidget) -> QSplitter:
    """Return both side by side; the right side is the larger one, and neither can be lost."""
    split = QSplitter(Qt.Orientation.Horizontal)
    split.setChildrenCollapsible(False)
    for side in (left, right):
        side.setMinimumWidth(_LEAST_PX)
        split.addWidget(side)
    split.setSizes([_LIST_PX, _THING_PX])
    split.setStretchFactor(0, 2)
    split.setStretchFactor(1, 3)
    return split
