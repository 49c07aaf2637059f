"""The field that searches titles and messages, with the sign that opens the filters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from nextword.ui.widgets.icons import set_icon

_BUTTON = 22


class ConversationSearch(QLineEdit):
    """left: Down was pressed, the list has the keys now. cleared: Esc, nothing is to be looked for any more."""

    left = Signal()
    cleared = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Search messages"))
        self.setAccessibleName(self.tr("Search titles and messages"))
        self.filter_action = QAction(self.tr("Filter the conversations"), self)
        self.filter_action.setShortcut(QKeySequence("Ctrl+Shift+F"))
        self.addAction(self.filter_action)
        words = self.tr("Filter by place, time, model, tag or folder (Ctrl+Shift+F)")
        self._filter = self._button("funnel", words)
        self._filter.clicked.connect(self.filter_action.trigger)
        self._clear = self._button("x", self.tr("Show all conversations again (Esc)"))
        self._clear.clicked.connect(self.cleared)
        self._clear.hide()
        self.textChanged.connect(self._on_text_changed)
        self.setTextMargins(0, 0, 2 * _BUTTON, 0)

    def _button(self, name: str, words: str) -> QToolButton:
        # buttons of our own: with a style sheet Qt puts its own ones beside the middle
        button = QToolButton(self)
        button.setProperty("look", "quiet")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # both have keys
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setStyleSheet("padding: 0px; min-height: 0px")
        button.setFixedSize(_BUTTON, _BUTTON)
        button.setAccessibleName(words)
        button.setToolTip(words)
        set_icon(button, name, colour="secondary", size=14)
        return button

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        top = (self.height() - _BUTTON) // 2
        self._filter.move(self.width() - _BUTTON - 4, top)
        self._clear.move(self.width() - 2 * _BUTTON - 4, top)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.setAccepted(bool(self.text()))  # the page has the key where there is nothing to clear
            self.cleared.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left.emit()
        else:
            super().keyPressEvent(event)
