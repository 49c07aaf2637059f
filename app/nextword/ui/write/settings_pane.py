"""How this document is continued: the settings of sampling it has of its own."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.engine.client import EngineStatus
from nextword.errors import SettingsError
from nextword.settings import DECLARATIONS, Value, check
from nextword.ui.theme import GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import SettingRow
from nextword.ui.widgets.token_text import number
from nextword.write.session import WriteSession

_USUAL = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "max_tokens", "seed")


class SettingsPane(QScrollArea):
    """Shows session.sampling and sets it."""

    def __init__(self, session: WriteSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.rows: dict[str, SettingRow] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Settings of this document"))
        content = QWidget()
        content.setObjectName("page_content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP_WIDE)
        self._column.setSpacing(GAP_TINY)
        self._column.addWidget(
            text_label(self.tr("What differs from the settings of the program is kept with this document."), "small")
        )
        self.room = text_label("", "small")
        for name in _USUAL:
            self._column.addWidget(self._row(f"sampling.{name}"))
            if name == "max_tokens":
                self._column.addWidget(self.room)
        self.more = Fold(self.tr("More ways to sample"), self._more, self)
        self.more.opened.connect(self._show)
        self._column.addWidget(self.more)
        self.reset = QPushButton(self.tr("Reset all"), self)
        self.reset.clicked.connect(self._on_reset)
        self._column.addSpacing(GAP_SMALL)
        self._column.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addStretch(1)
        self.setWidget(content)
        self.setFocusProxy(self.rows["sampling.temperature"].field)
        self._disconnect = [
            session.sampling_changed.connect(self._on_changed),
            session.engine.status_changed.connect(self._on_status),
        ]
        self._show()

    def shut_down(self) -> None:
        """Save what was typed last, and listen no more."""
        self.flush()
        for disconnect in self._disconnect:
            disconnect()

    def flush(self) -> None:
        """Save what was typed and not yet told."""
        for row in self.rows.values():
            row.flush()

    def _row(self, name: str) -> SettingRow:
        row = SettingRow(name, self._change, narrow=True)
        self.rows[name] = row
        return row

    def _more(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        for name in DECLARATIONS:
            if name.startswith("sampling.") and name not in self.rows:
                column.addWidget(self._row(name))
        return made

    def _change(self, name: str, value: Value) -> SettingsError | None:
        try:
            checked: Any = check(name, value)
        except SettingsError as error:
            return error
        self._session.change_sampling(**{name.partition(".")[2]: checked})
        return None

    def _on_changed(self, _none: None) -> None:
        self._show()

    def _on_status(self, _status: EngineStatus) -> None:
        self._show_room()

    def _show_room(self) -> None:
        """Say what the longest length really comes to with the model that is loaded."""
        model = self._session.model
        wanted, context = self._session.sampling.max_tokens, model.context_tokens if model is not None else 0
        words = self.tr("This model's context has room for {context} tokens, the text before included: it ends there.")
        self.room.setText(words.format(context=number(context)))
        self.room.setVisible(0 < context <= wanted)

    @Slot()
    def _show(self) -> None:
        own, usual = self._session.sampling, self._session.settings.value.sampling
        for name, row in self.rows.items():
            key = name.partition(".")[2]
            row.show_value(getattr(own, key), getattr(usual, key))
        self.reset.setEnabled(own != usual)
        self._show_room()

    @Slot()
    def _on_reset(self) -> None:
        self._session.set_sampling(self._session.settings.value.sampling)
