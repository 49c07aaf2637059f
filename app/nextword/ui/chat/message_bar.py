"""The line under a message: its versions, its figures, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from nextword.ui.theme import GAP_SMALL, current_theme
from nextword.ui.widgets.icons import set_icon

ACTIONS = ("copy", "edit", "continue", "regenerate")


@dataclass(frozen=True, slots=True)
class BarContent:
    """What the bar shows. actions: those that make sense here, of ACTIONS; busy: an answer is being written."""

    of_person: bool
    version: int
    versions: int
    figures: str
    actions: tuple[str, ...]
    busy: bool
    active: bool  # under the pointer, focused, or the last: the actions are shown
    focused: bool  # its buttons can be reached with Tab


class _ElidedLabel(QLabel):
    """Gives way to the actions beside it; the whole text is its tool tip."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(current_theme().colour("secondary"))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class MessageBar(QWidget):
    """Versions and figures at the left, actions at the right; a person's message has all at the right."""

    version_requested = Signal(int, int)  # row, -1 or +1
    action_requested = Signal(int, str)  # row, one of ACTIONS

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.row = -1
        self._content: BarContent | None = None
        self._previous = self._arrow("caret-left", self.tr("Previous version"))
        self._previous.clicked.connect(self._on_previous)
        self._next = self._arrow("caret-right", self.tr("Next version"))
        self._next.clicked.connect(self._on_next)
        self._version = QLabel(self)
        self._figures = _ElidedLabel(self)
        for label in (self._version, self._figures):
            label.setProperty("type", "small")
            label.setTextFormat(Qt.TextFormat.PlainText)
        words = {
            "copy": (self.tr("Copy"), self.tr("Copy this message")),
            "edit": (self.tr("Edit"), self.tr("Edit this message as a new version")),
            "continue": (self.tr("Continue"), self.tr("Let the model write on where this answer ends")),
            "regenerate": (self.tr("Regenerate"), self.tr("Ask for another version of this answer")),
        }
        self.buttons: dict[str, QPushButton] = {}
        for name, (text, meaning) in words.items():
            button = QPushButton(text, self)
            button.setProperty("look", "quiet")
            button.setToolTip(meaning)
            button.setAccessibleDescription(meaning)
            button.setObjectName(name)
            button.clicked.connect(self._on_action)
            self.buttons[name] = button
        self._versions = QWidget(self)
        self._stretch_left = QWidget(self)
        versions = QHBoxLayout(self._versions)
        versions.setContentsMargins(0, 0, GAP_SMALL, 0)
        versions.setSpacing(2)
        for widget in (self._previous, self._version, self._next):
            versions.addWidget(widget)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(self._stretch_left, 1)
        line.addWidget(self._versions)
        line.addWidget(self._figures)
        line.addStretch(1)
        for button in self.buttons.values():
            line.addWidget(button)

    @Slot()
    def _on_theme_changed(self) -> None:
        # as small as the figures beside them, with less padding than a button that stands alone
        size = current_theme().points("small")
        self.setStyleSheet(
            f"QPushButton {{ font-size: {size:.2f}pt; padding: 3px 5px; }} QPushButton:focus {{ padding: 2px 4px; }}"
            "QToolButton { padding: 3px; } QToolButton:focus { padding: 2px; }"
        )

    def _arrow(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        set_icon(button, icon, colour="secondary", size=12)
        button.setProperty("look", "quiet")
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def show_content(self, row: int, content: BarContent) -> None:
        """Show the line of a row; cheap when nothing changed."""
        self.row = row
        if content == self._content:
            return
        self._content = content
        many = content.versions > 1 and (content.active or not content.of_person)
        self._versions.setVisible(many)
        self._version.setText(self.tr("{number} of {count}").format(number=content.version + 1, count=content.versions))
        self._previous.setEnabled(content.version > 0 and not content.busy)
        self._next.setEnabled(content.version < content.versions - 1 and not content.busy)
        self._stretch_left.setVisible(content.of_person)
        self._figures.setVisible(bool(content.figures))
        self._figures.setText(content.figures)
        self._figures.setToolTip(content.figures)
        policy = Qt.FocusPolicy.StrongFocus if content.focused else Qt.FocusPolicy.ClickFocus
        for widget in (self._previous, self._next):
            widget.setFocusPolicy(policy)
        for name, button in self.buttons.items():
            button.setVisible(content.active and name in content.actions)
            button.setEnabled(name == "copy" or not content.busy)
            button.setFocusPolicy(policy)

    @Slot()
    def _on_previous(self) -> None:
        self.version_requested.emit(self.row, -1)

    @Slot()
    def _on_next(self) -> None:
        self.version_requested.emit(self.row, 1)

    @Slot()
    def _on_action(self) -> None:
        self.action_requested.emit(self.row, self.sender().objectName())
