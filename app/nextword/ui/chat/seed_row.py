"""The seed of a chat: a new one for every answer, or one that is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from nextword.errors import SettingsError
from nextword.settings import Value
from nextword.ui.explain import explain
from nextword.ui.setting_words import words_for
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import NumberField

FRESH = -1
_NAME = "sampling.seed"
_FIELD_WIDTH = 118


class SeedRow(QWidget):
    """Calls `change` with the seed that a person chose. last_seed: of the last answer, None if there is none."""

    def __init__(
        self, change: Callable[[str, Value], SettingsError | None], last_seed: Callable[[], int | None]
    ) -> None:
        super().__init__()
        self._change = change
        self._last_seed = last_seed
        words = words_for(_NAME)
        self.field = NumberField(whole=True)
        self.field.setFixedWidth(_FIELD_WIDTH)
        self.field.setAccessibleName(words.label)
        self.field.setAccessibleDescription(words.hint)
        self.field.setPlaceholderText(self.tr("new each time"))
        self.field.entered.connect(self._on_entered)
        self.die = QToolButton(self)
        set_icon(self.die, "dice-five", size=16)
        self.die.setAccessibleName(self.tr("Roll a seed"))
        self.die.setToolTip(self.tr("Roll a seed and keep it"))
        self.die.clicked.connect(self._on_die)
        self.fresh = self._link(self.tr("New each time"), self._on_fresh)
        self.last = self._link(self.tr("As in the last answer"), self._on_last)
        self.error = text_label("", "error")
        self._lay_out(words.label)
        self.show_value(FRESH)

    def _link(self, words: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("look", "link")
        button.clicked.connect(act)
        return button

    def _lay_out(self, title: str) -> None:
        label = QLabel(title, self)
        label.setBuddy(self.field)
        fields = QHBoxLayout()
        fields.setSpacing(GAP_TINY)
        fields.addWidget(label, 1)
        fields.addWidget(self.field)
        fields.addWidget(self.die)
        links = QHBoxLayout()
        links.setSpacing(GAP_SMALL)
        links.addStretch(1)
        links.addWidget(self.last)
        links.addWidget(self.fresh)
        hint = self.tr("The same seed and settings draw the same answer again.")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, GAP_TINY, 0, GAP_TINY)
        grid.setVerticalSpacing(GAP_TINY)
        grid.addLayout(fields, 0, 0)
        grid.addWidget(text_label(hint, "small"), 1, 0)
        grid.addLayout(links, 2, 0)
        grid.addWidget(self.error, 3, 0)

    def show_value(self, seed: int) -> None:
        """Show the seed that is kept, or none."""
        self.field.show_value("" if seed == FRESH else seed)
        self.fresh.setVisible(seed != FRESH)
        self.show_last()
        self._mark(None)

    def show_last(self) -> None:
        """Offer the seed of the last answer if there is one and it is another."""
        last = self._last_seed()
        self.last.setVisible(last is not None and self.field.text() != self.field.words(last))

    def flush(self) -> None:
        """Take what was typed and not yet told."""
        self.field.flush()

    @Slot(object)
    def _on_entered(self, value: Value) -> None:
        self._mark(self._change(_NAME, FRESH if value == "" else value))

    @Slot()
    def _on_die(self) -> None:
        self._mark(self._change(_NAME, secrets.randbits(32)))

    @Slot()
    def _on_fresh(self) -> None:
        self._mark(self._change(_NAME, FRESH))
        self.field.setFocus()

    @Slot()
    def _on_last(self) -> None:
        last = self._last_seed()
        if last is not None:
            self._mark(self._change(_NAME, last))

    def _mark(self, error: SettingsError | None) -> None:
        self.error.setVisible(error is not None)
        if error is not None:
            words = explain(error)
            self.error.setText(f"{words.title}. {words.text} {words.advice}")
