"""All settings of one stage of the X-ray, below the columns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nextword.errors import SettingsError
from nextword.settings import SamplingSettings, Value
from nextword.ui.theme import GAP_TINY
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import SettingRow
from nextword.ui.widgets.stage_names import stage_words
from nextword.write.xray import PARAMETERS


class StageSettings(QWidget):
    """change: called with "sampling.top_k" and the value; returns why it is refused. Empty until a stage is shown."""

    def __init__(self, change: Callable[[str, Value], SettingsError | None], parent: QWidget) -> None:
        super().__init__(parent)
        self._change = change
        self.stage = ""
        self.rows: list[SettingRow] = []
        self._title = text_label("", "strong")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP_TINY)
        self._column.addWidget(self._title)
        self._title.hide()

    def show_stage(self, stage: str, settings: SamplingSettings) -> None:
        """Show the settings of a stage; one without any clears the place."""
        if stage != self.stage:
            for row in self.rows:
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.stage = stage
            self.rows = [
                SettingRow(f"sampling.{name}", self._change, narrow=True) for name in PARAMETERS.get(stage, ())
            ]
            for row in self.rows:
                self._column.addWidget(row)
            self._title.setText(self.tr("Stage: {stage}").format(stage=stage_words(stage)))
            self._title.setVisible(bool(self.rows))
        self.refresh(settings)

    def refresh(self, settings: SamplingSettings) -> None:
        """Show the values as they are now."""
        for row in self.rows:
            row.show_value(getattr(settings, row.name.removeprefix("sampling.")))
