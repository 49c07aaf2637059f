"""Presets in the pane of a chat: choose one, keep what is set under a name, give it to others as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.presets import PresetFile, built_in, is_as_in, read_preset, values_of, with_preset, write_preset
from nextword.chat.session import ChatSession, Visit
from nextword.errors import ExportFailed, NextwordError, PresetNotReadable, SettingsError
from nextword.history.database import History
from nextword.history.records import HistoryChange
from nextword.ui.explanation import short
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations
    from nextword.history.library import Preset, PresetId

_DESCRIPTION = Qt.ItemDataRole.UserRole + 1


class PresetRow(QWidget):
    """Reads the presets from the history, follows what happens to them there, and sets session.preferences."""

    def __init__(self, session: ChatSession, history: History, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._history = history
        self._notices = notices
        self._own: dict[str, Preset] = {}
        self._built_in: dict[str, PresetFile] = {}
        self.choice = QComboBox(self)
        self.choice.setAccessibleName(self.tr("Preset"))
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setMinimumContentsLength(10)
        self.choice.activated.connect(self._on_chosen)
        self.more = QToolButton(self)
        set_icon(self.more, "dots-three", size=16)
        self.more.setAccessibleName(self.tr("Keep, rename, delete, export or import presets"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.more)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.more.setMenu(self.menu)
        self.note = text_label("", "small")
        self.note.hide()
        label = QLabel(self.tr("Preset"), self)
        label.setBuddy(self.choice)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        for widget in (label, self.choice, self.more):
            line.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP_TINY)
        column.setSpacing(GAP_TINY)
        column.addLayout(line)
        column.addWidget(self.note)
        self._disconnect = [
            session.preferences_changed.connect(self._on_preferences_changed),
            history.changed.connect(self._on_history_changed),
        ]
        self._read_built_in()
        self._fill()
        self._read()

    def shut_down(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    # --- what there is --------------------------------------------------------------------------------------

    def _read_built_in(self) -> None:
        try:
            self._built_in = {preset.name: preset for preset in built_in()}
        except PresetNotReadable as error:  # a damaged installation
            self._fail(error)

    def _read(self) -> None:
        self._history.run(lambda conversations: conversations.presets.list(), done=self._on_read, failed=self._fail)

    def _on_read(self, presets: list[Preset]) -> None:
        self._own = {preset.name: preset for preset in presets}
        self._fill()

    def _fill(self) -> None:
        blocker = QSignalBlocker(self.choice)
        self.choice.clear()
        self.choice.addItem(self.tr("None"), "")
        for name, preset in self._built_in.items():
            self.choice.addItem(name, name)
            self.choice.setItemData(self.choice.count() - 1, preset.description, Qt.ItemDataRole.ToolTipRole)
        if self._own:
            self.choice.insertSeparator(self.choice.count())
        for name in self._own:
            self.choice.addItem(short(name, 60), name)
        blocker.unblock()
        self._show()

    def _values(self, name: str) -> Mapping[str, Any] | None:
        if name in self._own:
            return self._own[name].values
        return self._built_in[name].values if name in self._built_in else None

    def _show(self) -> None:
        preferences = self._session.preferences
        values = self._values(preferences.preset)
        at = self.choice.findData(preferences.preset) if values is not None else 0
        self.choice.setCurrentIndex(max(0, at))
        words = ""
        if values is not None and not is_as_in(values, preferences):
            words = self.tr("Changed since it was chosen.")
        elif preferences.preset in self._built_in and preferences.preset not in self._own:
            words = self._built_in[preferences.preset].description
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _on_preferences_changed(self, _none: None) -> None:
        self._show()

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.library:
            self._read()

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _on_chosen(self) -> None:
        name = str(self.choice.currentData())
        preferences = self._session.preferences
        values = self._values(name)
        if values is None:
            self._session.set_preferences(replace(preferences, preset=""))
            return
        try:
            self._session.set_preferences(with_preset(name, values, preferences))
        except SettingsError as error:
            self._fail(error)
            self._show()

    @Slot()
    def fill_menu(self) -> None:
        """Offer what can be done now."""
        self.menu.clear()
        own = self._own.get(self._session.preferences.preset)
        if own is not None and not is_as_in(own.values, self._session.preferences):
            self.menu.addAction(self.tr("Keep the changes"), partial(self._change, own))
        self.menu.addAction(self.tr("Save as…"), self._on_save_as)
        if own is not None:
            self.menu.addAction(self.tr("Rename…"), partial(self._on_rename, own))
            self.menu.addAction(self.tr("Delete"), partial(self.delete, own))
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Export to a file…"), self._on_export)
        self.menu.addAction(self.tr("Import from a file…"), self._on_import)

    def save_as(self, name: str) -> None:
        """Keep what is set now under a name; a name that is taken gets a number."""
        if name.strip():
            self._add(name, values_of(self._session.preferences))

    def _add(self, name: str, values: Mapping[str, Any]) -> None:
        def work(conversations: Conversations) -> Preset:
            return conversations.presets.add(name, values)

        self._history.run(work, done=partial(self._on_added, self._session.visit), failed=self._fail)

    def _on_added(self, visit: Visit, preset: Preset) -> None:
        self._own[preset.name] = preset
        self._fill()
        if visit.over:  # it is there to be chosen; the conversation on screen is another one
            return
        self.choice.setCurrentIndex(self.choice.findData(preset.name))
        self._on_chosen()

    def _change(self, preset: Preset) -> None:
        values = values_of(self._session.preferences)
        self._put(preset, values)
        undo = Action(self.tr("Undo"), partial(self._put, preset, preset.values))
        self._tell(self.tr("“{name}” was changed.").format(name=short(preset.name, 60)), undo)

    def _put(self, preset: Preset, values: Mapping[str, Any]) -> None:
        self._history.run(lambda conversations: conversations.presets.change(preset.id, values), failed=self._fail)

    def rename(self, preset: Preset, name: str) -> None:
        """Give a preset another name."""

        def on_renamed(new: str) -> None:
            if self._session.preferences.preset == preset.name:
                self._session.set_preferences(replace(self._session.preferences, preset=new))

        if name.strip():
            self._history.run(
                lambda conversations: conversations.presets.rename(preset.id, name), done=on_renamed, failed=self._fail
            )

    def delete(self, preset: Preset) -> None:
        """Put a preset into the trash and offer to take it out again."""

        def on_deleted(_none: None) -> None:
            undo = Action(self.tr("Undo"), partial(self._restore, preset.id))
            self._tell(self.tr("The preset “{name}” was deleted.").format(name=short(preset.name, 60)), undo)

        self._history.run(
            lambda conversations: conversations.presets.delete(preset.id), done=on_deleted, failed=self._fail
        )

    def _restore(self, preset: PresetId) -> None:
        self._history.run(lambda conversations: conversations.presets.restore(preset), failed=self._fail)

    def export(self, path: str) -> None:
        """Write what is set now to a file."""
        name = self._session.preferences.preset or Path(path).stem
        try:
            write_preset(Path(path), PresetFile(name, values_of(self._session.preferences)))
        except OSError as error:
            self._fail(ExportFailed(path, "other", error.strerror or ""))
        else:
            self._tell(self.tr("The preset was written to {name}.").format(name=short(Path(path).name, 60)), None)

    def take_in(self, path: str) -> None:
        """Keep the preset of a file and choose it."""
        try:
            preset = read_preset(Path(path))
        except PresetNotReadable as error:
            self._fail(error)
        else:
            self._add(preset.name, preset.values)

    def _tell(self, words: str, undo: Action | None) -> None:
        self._notices.add(Notice(text=words, actions=() if undo is None else (undo,), key="preset"))

    def _fail(self, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key="preset"))

    # --- questions ------------------------------------------------------------------------------------------

    def _ask_name(self, title: str, name: str, then: Callable[[str], None]) -> None:
        dialog = QInputDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(self.tr("Name of the preset"))
        dialog.setTextValue(name)
        dialog.textValueSelected.connect(then)
        dialog.open()

    def _on_save_as(self) -> None:
        self._ask_name(self.tr("Save as a preset"), self._session.preferences.preset, self.save_as)

    def _on_rename(self, preset: Preset) -> None:
        self._ask_name(self.tr("Rename the preset"), preset.name, partial(self.rename, preset))

    def _ask_file(self, title: str, *, save: bool, then: Callable[[str], None]) -> None:
        dialog = QFileDialog(self.window(), title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters([self.tr("Presets (*.json)"), self.tr("All files (*)")])
        if save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("json")
            dialog.selectFile(f"{self._session.preferences.preset or self.tr('Preset')}.json".replace("/", "-"))
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(then)
        dialog.open()

    def _on_export(self) -> None:
        self._ask_file(self.tr("Export the preset"), save=True, then=self.export)

    def _on_import(self) -> None:
        self._ask_file(self.tr("Import a preset"), save=False, then=self.take_in)
