"""A model that another program has: what is known without opening it, and two ways to take it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nextword.hub.caches import FoundModel
from nextword.ui.explanation import short
from nextword.ui.models.model_list import OWNERS
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.model_words import size_words
from nextword.ui.widgets.page_frame import text_label


class FoundDetail(QWidget):
    """use_wanted: list it and load it; add_wanted: list it."""

    use_wanted = Signal()
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = text_label("", "heading")
        self.words = text_label("")
        self.path = text_label("", "small")
        self.use_button = QPushButton(self.tr("Use"), self)
        self.use_button.setProperty("look", "primary")
        self.use_button.clicked.connect(self.use_wanted)
        self.add_button = QPushButton(self.tr("Add to the list"), self)
        self.add_button.clicked.connect(self.add_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.add_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, 0, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.title)
        column.addLayout(buttons)
        column.addWidget(self.words)
        column.addWidget(self.path)
        column.addStretch(1)

    def show_model(self, found: FoundModel) -> None:
        """Show a model."""
        self.title.setText(short(found.name, 200))
        self.words.setText(
            self.tr(
                "{program} has this model on this machine ({size}). Nextword reads it where it lies: it is not copied, "
                "changed or deleted. When {program} deletes it, it is gone here as well."
            ).format(program=OWNERS[found.owner], size=size_words(found.size_bytes))
        )
        self.path.setText(short(found.path, 300))
