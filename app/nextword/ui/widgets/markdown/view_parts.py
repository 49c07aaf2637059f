"""What the leaves of a message share while they are laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtGui import QFont

from nextword.ui.widgets.markdown.sideways import Sideways


@dataclass(slots=True)
class Measures:
    """font: of running text; colour: its name in Colours; columns: widths by the place of a table."""

    font: QFont
    colour: str = "text"
    columns: dict[int, list[float]] = field(default_factory=dict)
    sideways: dict[int, Sideways] = field(default_factory=dict)

    def sideways_of(self, block: int) -> Sideways:
        """Return the state of the code block or table that begins at a place."""
        return self.sideways.setdefault(block, Sideways())
