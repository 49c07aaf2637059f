"""The way from the box to the prompt library and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from nextword.history.database import History
from nextword.ui.chat.message_box import MessageBox
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:
    from nextword.ui.chat.prompt_library import PromptLibrary


class Inserting(QObject):
    """Opens the library by a button or a slash in the empty box, and puts in what was chosen."""

    def __init__(self, history: History, box: MessageBox, page: QWidget) -> None:
        super().__init__(box)
        self._history = history
        self._box = box
        self._page = page
        self.button = QToolButton(box)
        set_icon(self.button, "books", size=16)
        self.button.setAccessibleName(self.tr("Prompts"))
        self.button.setToolTip(self.tr("Insert a prompt of yours (Ctrl+Shift+L, or / in the empty box)"))
        self.button.clicked.connect(self.open)
        box.add_beside_attach(self.button)
        box.edit.slash_opens = True
        box.edit.slash_typed.connect(self._on_slash)

    @Slot()
    def open(self) -> None:
        """Show the library; what stands in the box can be kept there."""
        self._library(self._box.edit.toPlainText()).open()

    @Slot()
    def _on_slash(self) -> None:
        dialog = self._library("")
        dialog.rejected.connect(self._on_rejected)
        dialog.open()

    def _library(self, draft: str) -> PromptLibrary:
        from nextword.ui.chat.prompt_library import PromptLibrary  # not before somebody looks for it

        dialog = PromptLibrary(self._history, draft, self._page.window())
        dialog.chosen.connect(self._on_chosen)
        return dialog

    @Slot(str)
    def _on_chosen(self, text: str) -> None:
        self._box.edit.insertPlainText(text)
        self._box.edit.ensureCursorVisible()
        self._box.edit.setFocus()

    @Slot()
    def _on_rejected(self) -> None:
        """The slash was meant as one."""
        self._box.edit.insertPlainText("/")
        self._box.edit.setFocus()
