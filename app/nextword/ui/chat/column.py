"""The column that messages, welcome and message box keep to."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtGui import QFontMetricsF

from nextword.ui.theme import GAP_PAGE, current_theme

COLUMN_CHARACTERS = 72


class Column(NamedTuple):
    """Where the messages stand in the view: left edge and width in px."""

    left: float
    width: float


def column_for(view_width: float) -> Column:
    """Return the column of about 72 characters, centred; narrower where the view is."""
    font = current_theme().font("message")
    # the mean width of running text, not of an "x": spaces and thin letters count
    wanted = QFontMetricsF(font).horizontalAdvance("the quick brown fox jumps over it, ") / 35 * COLUMN_CHARACTERS
    width = math.floor(max(120.0, min(wanted * 1.08, view_width - 2 * GAP_PAGE)))
    return Column(math.floor((view_width - width) / 2), width)
