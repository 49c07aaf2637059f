"""The place at the right of the work: one pane at a time, built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from nextword.ui.theme import GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.icons import set_icon

_NARROWEST, _CHARACTERS = 300, 46
_MOST_SCALED = 1.5  # with larger text the work keeps some room, too


@dataclass(slots=True)
class _Pane:
    title: str
    build: Callable[[QWidget], QWidget]
    widget: QWidget | None = None


class SidePanes(QFrame):
    """Hidden while no pane is shown. shown_changed: the name of the pane that is shown now, "" for none.

    Esc and the button in its corner close it; `left` tells that the focus is free then.
    """

    shown_changed = Signal(str)
    left = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "side_right")
        self._panes: dict[str, _Pane] = {}
        self._shown = ""
        self._title = QLabel(self)
        self._title.setProperty("type", "strong")
        close = QToolButton(self)
        close.setProperty("look", "quiet")
        close.setAccessibleName(self.tr("Close"))
        close.setToolTip(self.tr("Close (Esc)"))
        set_icon(close, "x", colour="secondary", size=16)
        close.clicked.connect(self.close_pane)
        head = QHBoxLayout()
        head.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        head.addWidget(self._title, 1)
        head.addWidget(close)
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.hide()

    @property
    def shown(self) -> str:
        """The name of the pane that is shown, "" for none."""
        return self._shown

    def add(self, name: str, title: str, build: Callable[[QWidget], QWidget]) -> None:
        """Know a pane; `build` makes its content, a child of the widget it is given, when it is first shown."""
        self._panes[name] = _Pane(title, build)

    def widget(self, name: str) -> QWidget | None:
        """Return the content of a pane, None while it was never shown."""
        return self._panes[name].widget

    def show_pane(self, name: str) -> QWidget:
        """Show a pane in the place of another; return its content."""
        pane = self._panes[name]
        if pane.widget is None:
            pane.widget = pane.build(self._stack)
            self._stack.addWidget(pane.widget)
        self._title.setText(pane.title)
        self.setAccessibleName(pane.title)
        self._stack.setCurrentWidget(pane.widget)
        changed, self._shown = self._shown != name, name
        self.show()
        if changed:
            self.shown_changed.emit(name)
        return pane.widget

    def close_pane(self) -> None:
        """Show none."""
        if self._shown:
            self._shown = ""
            self.hide()
            self.shown_changed.emit("")
            self.left.emit()

    def toggle(self, name: str) -> None:
        """Show a pane and put the focus into it, or close it when it is shown."""
        if self._shown == name:
            self.close_pane()
        else:
            self.show_pane(name).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggling(self, name: str) -> Callable[[], None]:
        """Return what a button or a key for a pane does."""
        return partial(self.toggle, name)

    def flush(self) -> None:
        """Let the panes take what was typed and not yet told (a pane's optional method `flush`)."""
        for pane in self._panes.values():
            take = getattr(pane.widget, "flush", None)
            if take is not None:
                take()

    def shut_down(self) -> None:
        """Let the panes save and listen no more (a pane's optional method `shut_down`)."""
        for pane in self._panes.values():
            stop = getattr(pane.widget, "shut_down", None)
            if stop is not None:
                stop()

    def sizeHint(self) -> QSize:
        letters = QFontMetrics(current_theme().font()).averageCharWidth() * _CHARACTERS
        return QSize(max(_NARROWEST, letters), 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(round((_NARROWEST - 20) * min(_MOST_SCALED, max(1.0, current_theme().scale))), 100)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_pane()
        else:
            super().keyPressEvent(event)
