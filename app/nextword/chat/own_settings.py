"""The preferences of the conversation on screen: read with it, kept with it, following the settings of the program."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nextword.chat.history_work import set_settings
from nextword.chat.preferences import Preferences, kept_of, preferences_of
from nextword.chat.screen import Screen
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import ConversationId
from nextword.history.trees import SET_ASIDE
from nextword.settings import SettingsChange, SettingsFile


class OwnSettings:
    """kept: what is, or will be, kept with the conversation: JSON values. A new one keeps it with its first message."""

    def __init__(self, screen: Screen, settings: SettingsFile) -> None:
        self.kept: dict[str, Any] = {}
        self.changed: Event[None] = Event()
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._settings = settings
        self.value = preferences_of(settings.value, {})
        self.close = settings.changed.connect(self._on_settings_changed)

    @property
    def set_aside(self) -> str:
        """A system prompt that came with an import; it has no effect before a person takes it over."""
        text = self.kept.get(SET_ASIDE)
        return text if isinstance(text, str) else ""

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take what is kept with the conversation that is shown now."""
        self.kept = dict(kept)
        self._show()

    def set(self, preferences: Preferences) -> None:
        """Keep other preferences with the conversation."""
        self._keep(kept_of(preferences, self._settings.value, self.kept))

    def take_set_aside(self) -> None:
        """Make the system prompt that came with an import the one of this conversation."""
        text = self.set_aside
        if text:
            kept = {name: value for name, value in self.kept.items() if name != SET_ASIDE}
            self._keep(kept | {"system_prompt": text})

    def on_saved(self, conversation: ConversationId, given: Mapping[str, Any]) -> None:
        """A conversation was begun with the settings `given`; keep those that were chosen while it was written."""
        if self.kept != given:
            self._write(conversation)

    def _keep(self, kept: dict[str, Any]) -> None:
        if kept == self.kept:
            return
        self.kept = kept
        if self._screen.conversation is not None:
            self._write(self._screen.conversation)
        self._show()

    def _write(self, conversation: ConversationId) -> None:
        self._screen.history.run(partial(set_settings, conversation, self.kept), failed=self.failed.emit)

    def _show(self) -> None:
        self.value = preferences_of(self._settings.value, self.kept)
        self.changed.emit(None)

    def _on_settings_changed(self, change: SettingsChange) -> None:
        before = (change.old.chat.system_prompt, change.old.chat.alternatives, change.old.sampling)
        if before != (change.new.chat.system_prompt, change.new.chat.alternatives, change.new.sampling):
            self._show()
