"""A heading that shows and hides what is below it; the content is built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.icons import set_icon


class Fold(QWidget):
    """note: a few words beside the heading, seen while it is closed too. opened: its content is there for the first
    time."""

    opened = Signal()

    def __init__(self, title: str, build: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build = build
        self._title = title
        self.content: QWidget | None = None
        self.head = QToolButton(self)
        self.head.setProperty("look", "fold")
        self.head.setText(title)
        self.head.setAccessibleName(title)
        self.head.setCheckable(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.head.toggled.connect(self._on_toggled)
        set_icon(self.head, "caret-right", colour="secondary", size=12)
        self._note = QLabel(self)
        self._note.setProperty("type", "small")
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.head)
        line.addStretch(1)
        line.addWidget(self._note)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(line)

    def set_note(self, text: str) -> None:
        """Show a few words beside the heading."""
        self._note.setText(text)
        self.head.setAccessibleDescription(text)

    def open(self) -> QWidget:
        """Show the content and return it."""
        self.head.setChecked(True)
        assert self.content is not None
        return self.content

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        set_icon(self.head, "caret-down" if shown else "caret-right", colour="secondary", size=12)
        first = shown and self.content is None
        if self.content is None:
            self.content = self._build()
            self._column.addWidget(self.content)
        self.content.setVisible(shown)
        if first:
            self.opened.emit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())
