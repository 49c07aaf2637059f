"""Where a person writes: a field that grows, the tint of the words, and Send or Stop."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from nextword.ui.chat.attachment_tray import AttachmentTray
from nextword.ui.chat.growing_edit import GrowingEdit
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.legend import TintLegend
from nextword.ui.widgets.tint import Tint, tint_names

_SHORT = 380
"""Below this width the line of buttons is short of room."""


class MessageBox(QFrame):
    """sent: the text as written; the page clears the field when the session has taken it."""

    sent = Signal(str)
    stop_requested = Signal()
    tint_chosen = Signal(str)  # a value of the setting chat.tint

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self._busy = False
        self._second: QWidget | None = None
        self.edit = GrowingEdit(self)
        self.edit.setPlaceholderText(self.tr("Write a message"))
        self.edit.setAccessibleName(self.tr("Message"))
        self.edit.setAccessibleDescription(self.tr("Enter sends, Shift+Enter makes a new line"))
        self.edit.submitted.connect(self._on_submitted)
        self.tray = AttachmentTray(self)
        self.tray.emptied.connect(self.edit.setFocus)
        self._tint = QToolButton(self)
        self._tint.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._tint.setToolTip(self.tr("Colour words by how likely they were to the model (Ctrl+T)"))
        self._tint_actions = self._make_tint_menu()
        self._legend = TintLegend(self)
        self.button = QPushButton(self)
        self.button.setProperty("look", "primary")
        self.button.clicked.connect(self._on_button)
        line = self._line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        line.addWidget(self._tint)
        line.addStretch()
        line.addWidget(self.button)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.tray)
        column.addWidget(self.edit)
        column.addLayout(line)
        column.addWidget(self._legend)
        self.set_tint("off")
        self._show_button()

    def add_first(self, widget: QWidget) -> None:
        """Put a widget at the very left of the line below the text."""
        self._line.insertWidget(0, widget)
        self._order()

    def add_beside_attach(self, widget: QWidget) -> None:
        """Put a widget second in the line below the text; where that is short it goes, its key remains."""
        self._second = widget
        self._line.insertWidget(1, widget)
        self._order()

    def add_beside_tint(self, widget: QWidget) -> None:
        """Put a widget at the left of the tint."""
        self._line.insertWidget(self._line.indexOf(self._tint), widget)
        self._order()

    def add_beside_button(self, widget: QWidget) -> None:
        """Put a widget at the left of Send."""
        self._line.insertWidget(self._line.indexOf(self.button), widget)
        self._order()

    def add_above(self, widget: QWidget) -> None:
        """Put a widget above everything in the box."""
        self._column.insertWidget(0, widget)

    def come_after(self, widget: QWidget) -> None:
        """Be reached by Tab after `widget`, which was made later."""
        QWidget.setTabOrder(widget, self.edit)
        self._order()

    def _order(self) -> None:
        """Let Tab go through the line as it is seen."""
        items = (self._line.itemAt(index) for index in range(self._line.count()))
        line = [widget for item in items if item is not None and (widget := item.widget()) is not None]
        for before, after in pairwise((self.edit, *line)):
            QWidget.setTabOrder(before, after)

    def _make_tint_menu(self) -> dict[str, QAction]:
        menu = QMenu(self._tint)
        group = QActionGroup(menu)
        found = {}
        for value, text in tint_names().items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)
            found[value] = action
        group.triggered.connect(self._on_tint_action)
        self._tint.setMenu(menu)
        return found

    def set_tint(self, value: str) -> None:
        """Show which tint is on."""
        self._tint_actions[value].setChecked(True)
        text = self.tr("Tint: {name}").format(name=tint_names()[value].lower())
        self._tint.setText(text + " ▾")
        self._tint.setAccessibleName(text)
        self._legend.show_tint(cast(Tint, value))

    def set_busy(self, busy: bool) -> None:
        """Offer Stop while an answer is written, Send otherwise."""
        self._busy = busy
        self._show_button()

    def _show_button(self) -> None:
        self.button.setText(self.tr("Stop") if self._busy else self.tr("Send"))
        self.button.setToolTip(self.tr("Esc") if self._busy else self.tr("Enter"))
        self.show_content()

    @Slot()
    def show_content(self) -> None:
        """Offer Send where there is something to send."""
        self.button.setEnabled(self._busy or self._is_filled())

    def _is_filled(self) -> bool:
        return bool(self.edit.toPlainText().strip() or self.tray.files)

    @Slot()
    def _on_submitted(self) -> None:
        text = self.edit.toPlainText()
        if self._is_filled() and not self._busy:
            self.sent.emit(text)

    @Slot()
    def _on_button(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        else:
            self._on_submitted()

    @Slot(QAction)
    def _on_tint_action(self, action: QAction) -> None:
        self.tint_chosen.emit(str(action.data()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._second is not None:
            self._second.setVisible(event.size().width() >= _SHORT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)  # the whole card is the field
