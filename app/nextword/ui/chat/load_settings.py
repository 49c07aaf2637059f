"""Context length and threads: of the program, used when a model is loaded, and a button that loads it again now."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nextword.engine.client import EngineStatus
from nextword.errors import SettingsError
from nextword.settings import SettingsChange, Value
from nextword.ui.feature import UseModel
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.theme import GAP_TINY
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import SettingRow

_NAMES = ("engine.context_tokens", "engine.threads")


class LoadSettings(QWidget):
    """Says what the loaded model has, and offers to load it again once another value was chosen."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._chosen = services.settings.value.engine
        self.rows = {name: SettingRow(name, self._change, narrow=True) for name in _NAMES}
        self.now = text_label("", "small")
        self.again = QPushButton(self.tr("Load the model again"), self)
        self.again.setToolTip(self.tr("With the values above; an answer that is being written is stopped"))
        self.again.clicked.connect(self._on_again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addWidget(text_label(self.tr("For all chats, used from the next load on:"), "small"))
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.now)
        column.addWidget(self.again)
        self._disconnect = [
            services.settings.changed.connect(self._on_settings_changed),
            services.engine.status_changed.connect(self._on_status),
        ]
        self._show()

    def shut_down(self) -> None:
        """Save what was typed and listen no more."""
        for row in self.rows.values():
            row.flush()
        for disconnect in self._disconnect:
            disconnect()

    def _change(self, name: str, value: Value) -> SettingsError | None:
        return change(self._services.settings, self._services.notices, name, value)

    def _show(self) -> None:
        settings, status = self._services.settings.value, self._services.engine.status
        for name, row in self.rows.items():
            row.show_value(settings.get(name))
        model = status.model
        self.now.setVisible(model is not None)
        if model is not None:
            words = self.tr("Loaded with a context of {context} tokens, {threads} threads.")
            if not model.threads:
                words = self.tr("Loaded with a context of {context} tokens.")
            self.now.setText(words.format(context=f"{model.context_tokens:,}", threads=model.threads))
        wanted = (settings.engine.context_tokens, settings.engine.threads)
        self.again.setVisible(model is not None and wanted != (self._chosen.context_tokens, self._chosen.threads))

    def _on_settings_changed(self, _change: SettingsChange) -> None:
        self._show()

    def _on_status(self, status: EngineStatus) -> None:
        if status.state == "loading":
            self._chosen = self._services.settings.value.engine
        self._show()

    @Slot()
    def _on_again(self) -> None:
        self._services.go(UseModel(self._services.engine.status.wanted))
