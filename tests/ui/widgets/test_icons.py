"""Icons of buttons that cannot be used look so, also light ones on a dark ground."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon

from nextword.ui.widgets.icons import icon


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("colour", ["#ECECF1", "#1B1B1F"])
def test_an_icon_that_cannot_be_used_is_faint(colour: str) -> None:
    made = icon("caret-left", QColor(colour), size=16)
    strength = {}
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        drawn = made.pixmap(QSize(16, 16), mode).toImage()
        strength[mode] = max(drawn.pixelColor(x, y).alphaF() for x in range(16) for y in range(16))
    assert strength[QIcon.Mode.Normal] > 0.8
    assert strength[QIcon.Mode.Disabled] == pytest.approx(0.4 * strength[QIcon.Mode.Normal], abs=0.02)
