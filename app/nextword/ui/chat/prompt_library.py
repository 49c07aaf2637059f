"""Texts that are used again and again: find one, fill in its variables, and put it into the box; keep new ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.prompt_variables import filled, variables_of
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.ui.chat.prompt_forms import EditForm, FillForm
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.library import Prompt, PromptId

_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PromptLibrary(QDialog):
    """chosen: a text, filled in. Shown with `open()`. draft: what stands in the box, offered as a new prompt."""

    chosen = Signal(str)

    def __init__(self, history: History, draft: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self._draft = draft
        self._prompts: list[Prompt] = []
        self._closed = False
        self._deleted: PromptId | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Prompts"))
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._make_list())
        self.fill = FillForm(self)
        self.fill.done.connect(self._choose)
        self.fill.back.connect(self._show_list)
        self.edit = EditForm(self)
        self.edit.saved.connect(self._on_saved)
        self.edit.back.connect(self._show_list)
        self._pages.addWidget(self.fill)
        self._pages.addWidget(self.edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.addWidget(self._pages)
        self.resize(QSize(560, 460).boundedTo(parent.size() - QSize(48, 48)))
        self.finished.connect(self._on_finished)
        self._read()

    def _make_list(self) -> QWidget:
        page = QWidget(self)
        self.search = QLineEdit(page)
        self.search.setPlaceholderText(self.tr("Find a prompt"))
        self.search.setAccessibleName(self.tr("Find a prompt"))
        self.search.textChanged.connect(self._fill_list)
        self.search.installEventFilter(self)
        self.list = QListWidget(page)
        self.list.setProperty("look", "card")
        self.list.setAccessibleName(self.tr("Prompts"))
        self.list.setStyleSheet("QListView::item { padding: 6px 8px; }")
        self.list.itemActivated.connect(self._on_use)
        self.list.currentRowChanged.connect(self._on_current_changed)
        self.hint = text_label(
            self.tr(
                "Texts that you use often. Words in {{double braces}} are asked for when you use it; {{name=default}} "
                "has a default."
            ),
            "small",
        )
        self.said = QLabel(page)
        self.said.setProperty("type", "small")
        self.undo = self._button(self.tr("Undo"), self._on_undo, look="link")
        self.undo.hide()
        self.new = self._button(self.tr("New…"), self._on_new)
        self.change = self._button(self.tr("Edit…"), self._on_edit)
        self.delete = self._button(self.tr("Delete"), self._on_delete)
        self.use = self._button(self.tr("Insert"), self._on_use, look="primary")
        said = QHBoxLayout()
        said.addWidget(self.said)
        said.addWidget(self.undo)
        said.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        for button in (self.new, self.change, self.delete):
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.use)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        column.addLayout(said)
        column.addLayout(line)
        self._on_current_changed()
        return page

    def _button(self, words: str, act: Callable[[], None], *, look: str = "") -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("look", look)
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    # --- the list -------------------------------------------------------------------------------------------

    def _ask(self, work: Callable[..., Any], done: Callable[[Any], None]) -> None:
        """Ask the history; what it says after the dialog is closed is nobody's."""

        def hear(listener: Callable[[Any], None], value: Any) -> None:
            if not self._closed:
                listener(value)

        self._history.run(work, done=partial(hear, done), failed=partial(hear, self._on_failed))

    def _read(self, chosen: PromptId | None = None) -> None:
        self._ask(lambda conversations: conversations.prompts.list(), partial(self._on_read, chosen))

    def _on_read(self, chosen: PromptId | None, prompts: list[Prompt]) -> None:
        self._prompts = prompts
        self._fill_list()
        for row in range(self.list.count()):
            if chosen is not None and self._prompt(row).id == chosen:
                self.list.setCurrentRow(row)

    def _on_failed(self, error: NextwordError) -> None:
        words = explain(error)
        self._say(f"{words.title}. {words.text}")

    @Slot()
    def _fill_list(self) -> None:
        wanted = self.search.text().casefold().split()
        self.list.clear()
        for prompt in self._prompts:
            content = f"{prompt.name} {prompt.text}".casefold()
            if all(word in content for word in wanted):
                item = QListWidgetItem(f"{short(prompt.name, 60)}\n{short(prompt.text, 80)}")
                item.setData(Qt.ItemDataRole.UserRole, prompt)
                self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._on_current_changed()
        if self.undo.isHidden():  # else it says what was deleted
            self._say(self._nothing())

    def _nothing(self) -> str:
        if not self._prompts:
            return self.tr("There is none yet.")
        return "" if self.list.count() else self.tr("No prompt has these words.")

    def _prompt(self, row: int) -> Prompt:
        found: Prompt = self.list.item(row).data(Qt.ItemDataRole.UserRole)
        return found

    @property
    def current(self) -> Prompt | None:
        """The prompt that is chosen in the list."""
        row = self.list.currentRow()
        return self._prompt(row) if row >= 0 else None

    @Slot()
    def _on_current_changed(self) -> None:
        for button in (self.use, self.change, self.delete):
            button.setEnabled(self.current is not None)

    def _say(self, words: str) -> None:
        self.undo.hide()
        self.said.setText(words)

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _show_list(self) -> None:
        self._pages.setCurrentIndex(0)
        self.search.setFocus()

    @Slot()
    def _on_use(self) -> None:
        prompt = self.current
        if prompt is None:
            return
        variables = variables_of(prompt.text)
        if variables:
            self.fill.ask(prompt.name, prompt.text, variables)
            self._pages.setCurrentWidget(self.fill)
        else:
            self._choose(filled(prompt.text, {}))

    def _choose(self, text: str) -> None:
        self.accept()
        self.chosen.emit(text)

    @Slot()
    def _on_new(self) -> None:
        self.edit.show_prompt(None, self.search.text(), self._draft)
        self._pages.setCurrentWidget(self.edit)

    @Slot()
    def _on_edit(self) -> None:
        prompt = self.current
        if prompt is not None:
            self.edit.show_prompt(prompt.id, prompt.name, prompt.text)
            self._pages.setCurrentWidget(self.edit)

    def _on_saved(self, key: PromptId | None, name: str, text: str) -> None:
        def work(conversations: Any) -> PromptId:
            if key is None:
                added: PromptId = conversations.prompts.add(name, text).id
                return added
            conversations.prompts.change(key, text)
            conversations.prompts.rename(key, name)
            return key

        def done(saved: PromptId) -> None:
            self.search.clear()
            self._read(saved)
            self._show_list()

        self._ask(work, done)

    @Slot()
    def _on_delete(self) -> None:
        prompt = self.current
        if prompt is None:
            return
        key, name = prompt.id, prompt.name

        def done(_none: None) -> None:
            self._read()
            self.said.setText(self.tr("“{name}” was deleted.").format(name=short(name, 40)))
            self._deleted = key
            self.undo.show()

        self._ask(lambda conversations: conversations.prompts.delete(key), done)

    @Slot()
    def _on_undo(self) -> None:
        key = self._deleted
        self._say("")
        self._ask(lambda conversations: conversations.prompts.restore(key), lambda _name: self._read(key))

    def _on_finished(self) -> None:
        self._closed = True

    def reject(self) -> None:
        """Close; a prompt that was written and not saved is not dropped without a word."""
        if self._pages.currentWidget() is not self.edit or not self.edit.warn():
            super().reject()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list and Enter use the prompt while the words are typed."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _STEPS:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_use()
                return True
        return False
