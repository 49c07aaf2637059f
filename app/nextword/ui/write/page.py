"""The page of Write: the documents, the text with its tokens, what can be done with it, and panes that look closer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPlainTextEdit, QSplitter, QToolButton, QVBoxLayout, QWidget

from nextword.history.records import ConversationId
from nextword.ui.services import Services
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_chip import ModelChip
from nextword.ui.widgets.side_panes import SidePanes
from nextword.write.session import WriteSession

TOP_HEIGHT = 48


class WritePage(QWidget):
    """Owns the session. The window calls `shut_down` before it goes."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self.session = WriteSession(
            services.engine,
            services.history,
            settings=services.settings,
            library=services.library,
            later=self._later,
        )
        self._build()
        self._add_panes()

    def _later(self, seconds: float, function: Callable[[], None]) -> None:
        # WORKAROUND: PySide6 6.11 does not keep the object of a bound method alive here and crashes when it is gone;
        # a function that holds it is kept.
        QTimer.singleShot(int(seconds * 1000), self, lambda: function())

    def _build(self) -> None:
        self.canvas = QPlainTextEdit(self)
        self.canvas.setProperty("look", "plain")
        self.canvas.setAccessibleName(self.tr("Text of the document"))
        self.side = SidePanes(self)
        middle = QWidget(self)
        centre = QVBoxLayout(middle)
        centre.setContentsMargins(GAP_PAGE, GAP_WIDE, GAP_PAGE, GAP_WIDE)
        centre.addWidget(self.canvas, 1)
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(middle)
        splitter.addWidget(self.side)
        splitter.setStretchFactor(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_top())
        column.addWidget(splitter, 1)
        self.setFocusProxy(self.canvas)

    def _make_top(self) -> QWidget:
        top = QFrame(self)
        top.setProperty("look", "top")
        top.setFixedHeight(TOP_HEIGHT)
        self.chip = ModelChip(self._services.engine, self._services.library, self._services.go, top)
        more = QToolButton(top)
        set_icon(more, "dots-three", size=16)
        more.setAccessibleName(self.tr("More"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more = QMenu(more)
        more.setMenu(self.more)
        line = QHBoxLayout(top)
        line.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, 0)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.chip)
        line.addStretch(1)
        self.pane_buttons = QHBoxLayout()
        line.addLayout(self.pane_buttons)
        line.addWidget(more)
        return top

    def _add_panes(self) -> None:
        """Each pane is a line here with `add_pane`; what it builds is made when it is first shown."""

    def add_pane(self, name: str, title: str, *, keys: str, build: Callable[[QWidget], QWidget]) -> None:
        """Know a pane at the right: a button in the top bar and a key show and hide it."""
        self.side.add(name, title, build)
        button = QToolButton(self)
        button.setText(title)
        button.setCheckable(True)
        button.setToolTip(self.tr("{title} ({keys})").format(title=title, keys=keys))
        button.clicked.connect(self.side.toggling(name))
        self.side.shown_changed.connect(lambda shown: button.setChecked(shown == name))
        self.pane_buttons.addWidget(button)
        action = QAction(title, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(self.side.toggling(name))
        self.addAction(action)

    def open_document(self, document: ConversationId | None) -> None:
        """Show a document; None: a new one."""

    def write_text(self, text: str) -> None:
        """Begin a new document with a text."""
        self.canvas.setPlainText(text)

    def shut_down(self) -> None:
        """Keep everything and listen no more."""
        self.side.shut_down()
        self.session.close()
