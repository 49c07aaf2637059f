"""The pane with everything that this chat has of its own: prompt, preset, sampling, what happens when it gets long."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.chat.preferences import Preferences, sampling_changes
from nextword.chat.session import ChatSession
from nextword.errors import GrammarNotUnderstood, NextwordError, SettingsError
from nextword.settings import SamplingSettings, SettingsChange, Value, check
from nextword.ui.chat.form_field import FormField
from nextword.ui.chat.load_settings import LoadSettings
from nextword.ui.chat.presets import PresetRow
from nextword.ui.chat.seed_row import SeedRow
from nextword.ui.chat.setting_groups import USUAL, Group, groups
from nextword.ui.chat.stage_list import StageList
from nextword.ui.services import Services
from nextword.ui.setting_words import words_for
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.setting_fields import SettingRow

_SYSTEM_PROMPT, _ALTERNATIVES = "chat.system_prompt", "chat.alternatives"


class SettingsPanel(QScrollArea):
    """Shows session.preferences and sets them. `shut_down` saves what was typed last."""

    def __init__(self, session: ChatSession, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = services.settings
        self._conversation = session.conversation
        self.rows: dict[str, SettingRow] = {}
        self.folds: dict[str, tuple[Fold, tuple[str, ...]]] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Settings of this chat"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        content.setObjectName("page_content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP_WIDE)
        self._column.setSpacing(GAP_TINY)
        self.presets = PresetRow(session, services.history, services.notices, self)
        self._column.addWidget(self.presets)
        self._build_differences()
        self._build_prompt()
        self._build_usual()
        self._build_folds(services)
        self._column.addStretch(1)
        self.setWidget(content)
        self.setFocusProxy(self.presets.choice)
        self._disconnect = [
            session.preferences_changed.connect(self._on_preferences_changed),
            session.busy_changed.connect(self._on_busy_changed),
            session.failed.connect(self._on_failed),
            services.settings.changed.connect(self._on_settings_changed),
        ]
        self._show()

    def shut_down(self) -> None:
        """Save what was typed and not yet told, and listen no more."""
        self.flush()
        self.presets.shut_down()
        self.load.shut_down()
        for disconnect in self._disconnect:
            disconnect()

    # --- building -------------------------------------------------------------------------------------------

    def _build_differences(self) -> None:
        self._differences = text_label("", "small")
        self.reset_all = QPushButton(self.tr("Reset all"), self)
        self.reset_all.setProperty("look", "link")
        self.reset_all.setToolTip(self.tr("Go back to the settings of the program for this chat"))
        self.reset_all.clicked.connect(self._on_reset_all)
        line = QHBoxLayout()
        line.addWidget(self._differences, 1)
        line.addWidget(self.reset_all)
        self._column.addLayout(line)

    def _build_prompt(self) -> None:
        self._column.addSpacing(GAP_SMALL)
        self._column.addWidget(self._row(_SYSTEM_PROMPT))
        self.imported = QWidget(self)
        column = QVBoxLayout(self.imported)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addWidget(
            text_label(
                self.tr("The conversation was imported with a system prompt of its own. It is not used:"), "small"
            )
        )
        self._imported_text = text_label("", "secondary")
        use = QPushButton(self.tr("Use it in this chat"), self.imported)
        use.clicked.connect(self._session.use_imported_system_prompt)
        column.addWidget(self._imported_text)
        column.addWidget(use, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.imported)

    def _build_usual(self) -> None:
        self._heading(self.tr("Sampling"))
        for name in USUAL:
            self._column.addWidget(self._row(f"sampling.{name}"))
        self.seed = SeedRow(self._change, self._last_seed)
        self._column.addWidget(self.seed)

    def _build_folds(self, services: Services) -> None:
        self._column.addSpacing(GAP_SMALL)
        for group in groups():
            self._fold(group.key, group.title, group.names, partial(self._group, group))
        self.stages = StageList()
        self.stages.entered.connect(partial(self._change, "sampling.stages"))
        self._fold("stages", words_for("sampling.stages").label, ("stages",), self._stages)
        self.form = FormField()
        self.form.entered.connect(self._on_form)
        form = partial(self._stacked, self.form)
        self._fold("form", self.tr("Form of the answers"), ("grammar", "json_schema"), form)
        self.load = LoadSettings(services)
        self.policy = self._policy()
        self._fold("context", self.tr("Context and model"), (), self._context)

    def _fold(self, key: str, title: str, names: tuple[str, ...], build: Callable[[], QWidget]) -> None:
        fold = Fold(title, build, self)
        fold.opened.connect(self._show)
        self.folds[key] = (fold, names)
        self._column.addWidget(fold)

    def _group(self, group: Group) -> QWidget:
        return self._stacked(*(self._row(f"sampling.{name}") for name in group.names))

    def _stages(self) -> QWidget:
        hint = text_label(
            self.tr(
                "Applied from top to bottom. Drag a stage, or move it with Alt+Up and Alt+Down; without its tick it is "
                "not applied."
            ),
            "small",
        )
        self.stages_reset = QPushButton(self.tr("Reset the order"), self)
        self.stages_reset.setProperty("look", "link")
        self.stages_reset.clicked.connect(self._on_stages_reset)
        return self._stacked(hint, self.stages, self.stages_reset)

    def _policy(self) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(self.tr("When the context is full"))
        for value, words in (
            ("ask", self.tr("Stop and ask")),
            ("drop_oldest", self.tr("Leave out the oldest")),
            ("keep_ends", self.tr("Keep beginning and end")),
        ):
            choice.addItem(words, value)
        choice.activated.connect(self._on_policy)
        return choice

    def _context(self) -> QWidget:
        line = QHBoxLayout()
        label = QLabel(self.tr("When the context is full"), self)
        label.setBuddy(self.policy)
        line.addWidget(label, 1)
        line.addWidget(self.policy)
        policy = QWidget(self)
        policy.setLayout(line)
        line.setContentsMargins(0, GAP_TINY, 0, 0)
        hint = text_label(
            self.tr(
                "What is left out of a long chat is never left out unseen: it is marked, and kept with the answer."
            ),
            "small",
        )
        return self._stacked(policy, hint, self.load, self._row(_ALTERNATIVES))

    def _stacked(self, *widgets: QWidget) -> QWidget:
        made = QWidget(self)
        column = QVBoxLayout(made)
        column.setContentsMargins(GAP_SMALL, 0, 0, GAP_SMALL)
        column.setSpacing(GAP_TINY)
        for widget in widgets:
            column.addWidget(widget)
        return made

    def _heading(self, words: str) -> None:
        self._column.addSpacing(GAP)
        self._column.addWidget(text_label(words, "strong"))

    def _row(self, name: str) -> SettingRow:
        row = SettingRow(name, self._change, narrow=True)
        self.rows[name] = row
        return row

    # --- what a person does ---------------------------------------------------------------------------------

    def _change(self, name: str, value: Value) -> SettingsError | None:
        """Take a value for this chat; return why it is refused."""
        try:
            checked = check(name, value)
        except SettingsError as error:
            return error
        group, _, key = name.partition(".")
        preferences = self._session.preferences
        if group == "sampling":
            sampling = dataclasses.replace(preferences.sampling, **{key: checked})  # type: ignore[arg-type]
            self._set(replace(preferences, sampling=sampling))
        else:
            self._set(replace(preferences, **{key: checked}))
        return None

    def _set(self, preferences: Preferences) -> None:
        self._session.set_preferences(preferences)

    @Slot(str, str)
    def _on_form(self, grammar: str, json_schema: str) -> None:
        preferences = self._session.preferences
        sampling = dataclasses.replace(preferences.sampling, grammar=grammar, json_schema=json_schema)
        self._set(replace(preferences, sampling=sampling))

    @Slot()
    def _on_policy(self) -> None:
        self._set(replace(self._session.preferences, context_policy=self.policy.currentData()))

    @Slot()
    def _on_stages_reset(self) -> None:
        self._change("sampling.stages", self._settings.value.sampling.stages)

    @Slot()
    def _on_reset_all(self) -> None:
        settings, own = self._settings.value, self._session.preferences
        self._set(
            replace(
                own, system_prompt=settings.chat.system_prompt, sampling=settings.sampling,
                alternatives=settings.chat.alternatives, preset="",
            )
        )  # fmt: skip

    def _last_seed(self) -> int | None:
        seeds = [message.origin.seed for message in self._session.shown if message.origin is not None]
        return seeds[-1] if seeds else None

    def flush(self) -> None:
        """Take what was typed and not yet told: something is sent now."""
        for row in self.rows.values():
            row.flush()
        self.seed.flush()
        self.form.flush()

    # --- what is shown --------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        own, usual = self._session.preferences, self._settings.value
        plain: dict[str, Value] = {_SYSTEM_PROMPT: own.system_prompt, _ALTERNATIVES: own.alternatives}
        for name, row in self.rows.items():
            value: Value = plain[name] if name in plain else getattr(own.sampling, name.partition(".")[2])
            row.show_value(value, usual.get(name))
        self.seed.show_value(own.sampling.seed)
        self.stages.show_value(own.sampling.stages)
        self.form.show_value(own.sampling.grammar, own.sampling.json_schema)
        self.policy.setCurrentIndex(self.policy.findData(own.context_policy))
        imported = self._session.imported_system_prompt
        self.imported.setVisible(bool(imported))
        self._imported_text.setText(imported[:600])
        self._show_differences(own, usual.sampling)

    def _show_differences(self, own: Preferences, usual: SamplingSettings) -> None:
        changed = set(sampling_changes(own.sampling, usual))
        for fold, names in self.folds.values():
            count = len(changed & set(names))
            fold.set_note(self.tr("{count} changed").format(count=count) if count else "")
        if self.folds["stages"][0].content is not None:
            self.stages_reset.setVisible("stages" in changed)
        chat = self._settings.value.chat
        count = len(changed) + (own.system_prompt != chat.system_prompt) + (own.alternatives != chat.alternatives)
        if count == 0:
            words = self.tr("As the settings of the program, and following them.")
        elif count == 1:
            words = self.tr("One setting is this chat’s own.")
        else:
            words = self.tr("{count} settings are this chat’s own.").format(count=count)
        self._differences.setText(words)
        self.reset_all.setVisible(count > 0)

    def _on_preferences_changed(self, _none: None) -> None:
        if self._conversation != self._session.conversation:
            self._conversation = self._session.conversation
            self.form.forget()
        self._show()

    def _on_busy_changed(self, _busy: bool) -> None:
        self._conversation = self._session.conversation or self._conversation  # it has begun now
        self.seed.show_last()

    def _on_settings_changed(self, _change: SettingsChange) -> None:
        self._show()

    def _on_failed(self, error: NextwordError) -> None:
        if isinstance(error, GrammarNotUnderstood):
            self.folds["form"][0].open()
            self.form.mark(error)
