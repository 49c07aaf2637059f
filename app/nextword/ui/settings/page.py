"""The settings in groups; every change is checked, saved and used at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nextword.errors import SettingsError
from nextword.settings import DECLARATIONS, SettingsChange, SettingsFile, Value
from nextword.ui.notices import Notices
from nextword.ui.setting_change import change
from nextword.ui.settings.finder import SettingsFinder
from nextword.ui.widgets.keyed_action import keyed_action
from nextword.ui.widgets.page_frame import PageFrame, text_label
from nextword.ui.widgets.setting_fields import SettingRow
from nextword.ui.widgets.tint import tint_names

_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "max_tokens", "seed")
"""The settings of sampling that most people know; the others have a heading of their own."""


class SettingsPage(QWidget):
    """Shows the settings and follows them when they change elsewhere. others: what else belongs here, with its
    heading."""

    def __init__(self, settings: SettingsFile, notices: Notices, others: Sequence[tuple[str, QWidget]] = ()) -> None:
        super().__init__()
        self._settings = settings
        self._notices = notices
        self.rows: dict[str, SettingRow] = {}
        self._frame = PageFrame(
            self.tr("Settings"), self.tr("Changes are kept at once and used from the next answer on.")
        )
        self.finder = SettingsFinder(self)
        self.finder.found.connect(self._on_found)
        keyed_action(self, self.tr("Find a setting"), "Ctrl+F").triggered.connect(self._on_find)
        self._frame.head.addWidget(self.finder)
        self._nothing = text_label(self.tr("No setting has these words."), "secondary")
        self._nothing.hide()
        self._frame.column.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._frame)
        self._add_sampling()
        self._add_chat()
        self._add_write()
        self._add_appearance()
        self._add_engine()
        for heading, widget in others:
            self._begin(heading)
            self._frame.column.addWidget(widget)
            self.finder.know(widget)
            self.rows.update(getattr(widget, "rows", {}))
        self._frame.finish()
        self._disconnect = settings.changed.connect(self._on_changed)
        for name, row in self.rows.items():
            row.show_value(settings.value.get(name))

    def _begin(self, heading: str) -> None:
        self.finder.begin(self._frame.add_heading(heading))

    @Slot()
    def _on_find(self) -> None:
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.selectAll()

    @Slot(int)
    def _on_found(self, count: int) -> None:
        self._nothing.setVisible(count == 0)
        self._frame.verticalScrollBar().setValue(0)

    def point_at(self, name: str) -> None:
        """Scroll to a setting and put the cursor there; "" leaves the page as it is."""
        row = self.rows.get(name)
        if row is not None:
            self.finder.clear()
            row.field.setFocus()
            # a page that has just been built has no places for its rows yet
            QTimer.singleShot(0, self, lambda: self._frame.bring_up(row))

    def shut_down(self) -> None:
        """Save what was typed last and stop listening."""
        for row in self.rows.values():
            row.flush()
        self._disconnect()

    def _add_sampling(self) -> None:
        self._begin(self.tr("Sampling"))
        for key in _SAMPLING:
            self._add(f"sampling.{key}")
        self._begin(self.tr("More ways to sample"))
        for name in DECLARATIONS:
            if name.startswith("sampling.") and name not in self.rows:
                self._add(name)

    def _add_chat(self) -> None:
        self._begin(self.tr("Chat"))
        self._add("chat.system_prompt")
        self._add("chat.tint", tint_names())
        self._add("chat.uncertain_bits")
        self._add("chat.alternatives")

    def _add_write(self) -> None:
        self._begin(self.tr("Write"))
        self._add("write.tint", tint_names())
        self._add("write.authors")
        self._add("write.spaces")

    def _add_appearance(self) -> None:
        self._begin(self.tr("Appearance"))
        themes = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self._add("appearance.theme", themes)
        self._add("appearance.text_percent")

    def _add_engine(self) -> None:
        self._begin(self.tr("Engine"))
        self._add("engine.context_tokens")
        self._add("engine.threads")
        self._add("engine.keep_place")

    def _add(self, name: str, choices: dict[str, str] | None = None) -> None:
        row = SettingRow(name, self._change, choices)
        self.rows[name] = row
        self._frame.column.addWidget(row)
        self.finder.know(row, " ".join((choices or {}).values()))

    def _change(self, name: str, value: Value) -> SettingsError | None:
        return change(self._settings, self._notices, name, value)

    def _on_changed(self, changed: SettingsChange) -> None:
        for name, row in self.rows.items():
            if changed.old.get(name) != changed.new.get(name):
                row.show_value(changed.new.get(name))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        for row in self.rows.values():
            row.flush()
