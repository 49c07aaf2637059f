"""Asking the tokens of a text: the card under the pointer, the Inspector at the right, what would stand there instead.

What chat and writing have in common; which tokens there are, and what keys and clicks do, each knows itself.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar, cast

from PySide6.QtCore import QObject, QRect, QTimer, Slot
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from nextword.errors import NextwordError
from nextword.settings import SettingsChange
from nextword.ui.explain import explain
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.widgets.ghost_word import GhostWord
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.probability_bars import BarRow
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_hover import TokenHover

PANE = "inspector"
_HOVER_MILLISECONDS = 250

Place = TypeVar("Place")
"""Where a token stands: in a text its number, in a conversation its message, too."""


class TokenInspecting(QObject, Generic[Place]):
    """Stands between a view and the Inspector. page: where the card may lie, and whose the keys are."""

    def __init__(self, view: QAbstractScrollArea, *, side: SidePanes, services: Services, page: QWidget) -> None:
        super().__init__(view)
        self._port = view.viewport()
        self._side = side
        self._services = services
        self._page = page
        self.card = TokenHover(page)
        self.ghost = GhostWord(self._port)
        self._hovered: Place | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_HOVER_MILLISECONDS)
        self._timer.timeout.connect(self._on_hover_time)
        side.add(PANE, self.tr("Inspector"), self._build)
        self._stop_settings = services.settings.changed.connect(self._on_settings_changed)

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()
        self._stop_settings()

    # --- what a screen knows --------------------------------------------------------------------------------

    def make_inspector(self, parent: QWidget) -> Inspector:
        """Return an Inspector with the words of this screen."""
        return Inspector(parent)

    @abstractmethod
    def facts(self, place: Place | None) -> TokenFacts | None:
        """Return what is shown of a token; None where there is none."""

    @abstractmethod
    def pinned(self) -> Place | None:
        """Return the place of the token that is chosen."""

    @abstractmethod
    def rect(self, place: Place) -> QRect:
        """Return where a token lies in the view."""

    @abstractmethod
    def is_busy(self) -> bool:
        """Say whether the model is writing."""

    @abstractmethod
    def find(self, place: Place, text: str) -> None:
        """Ask how likely a text was in the place of a token."""

    # --- the Inspector --------------------------------------------------------------------------------------

    @property
    def inspector(self) -> Inspector | None:
        """The Inspector; None until it is first shown."""
        return cast(Inspector | None, self._side.widget(PANE))

    def _build(self, parent: QWidget) -> QWidget:
        made = self.make_inspector(parent)
        made.show_uncertain(self.uncertain_bits)
        made.uncertain_changed.connect(self._on_uncertain_changed)
        made.find_requested.connect(self._on_find)
        made.bars.token_pointed.connect(self._on_pointed)
        return made

    def show_pinned(self) -> None:
        """Show the numbers of the token that is chosen, where the Inspector was ever open."""
        if self.inspector is not None:
            self.inspector.show_facts(self.facts(self.pinned()))

    @Slot(object)
    def _on_pointed(self, row: BarRow | None) -> None:
        """Show in the text what would stand there instead."""
        place = self.pinned()
        if row is None or row.id is None or row.chosen or place is None:
            self.ghost.hide()
        else:
            self.ghost.show_over(self.rect(place), row.label)

    # --- which words count as uncertain ---------------------------------------------------------------------

    @property
    def uncertain_bits(self) -> float:
        """Above which entropy a jump stops."""
        return self._services.settings.value.chat.uncertain_bits

    @Slot(float)
    def _on_uncertain_changed(self, uncertain_bits: float) -> None:
        change(self._services.settings, self._services.notices, "chat.uncertain_bits", uncertain_bits)

    def _on_settings_changed(self, changed: SettingsChange) -> None:
        if self.inspector is not None and changed.old.chat.uncertain_bits != changed.new.chat.uncertain_bits:
            self.inspector.show_uncertain(changed.new.chat.uncertain_bits)

    # --- how likely any text was ----------------------------------------------------------------------------

    @Slot(str)
    def _on_find(self, text: str) -> None:
        place = self.pinned()
        if self.inspector is None or place is None:
            return
        if self.is_busy():
            self.inspector.finder.show_words(self.tr("The model is writing: ask when it has finished."))
            return
        self.inspector.finder.show_words(self.tr("The model is asked …"))
        self.find(place, text)

    def show_error(self, error: NextwordError) -> None:
        """Say why nothing was found."""
        if self.inspector is not None:
            words = explain(error)
            self.inspector.finder.show_words(" ".join(part for part in (words.title, words.text) if part))

    # --- the card under the pointer -------------------------------------------------------------------------

    def hover(self, place: Place | None) -> None:
        """Show the card of a token after a moment, at once where one is shown; None: of none."""
        self._hovered = place
        if place is None:
            self.hide_card()
        elif self.card.isVisible():
            self._on_hover_time()
        else:
            self._timer.start()

    @Slot()
    def _on_hover_time(self) -> None:
        facts = self.facts(self._hovered)
        if facts is not None and self._hovered is not None:
            rect = self.rect(self._hovered)
            rect.moveTopLeft(self._port.mapTo(self._page, rect.topLeft()))
            self.card.show_at(facts, rect)

    @Slot()
    def hide_card(self) -> None:
        """Take the card away."""
        self._timer.stop()
        self.card.hide()

    @Slot()
    def follow(self) -> None:
        """Take away what lies over the text: it has moved."""
        self.hide_card()
        self.ghost.hide()
