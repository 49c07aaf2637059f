"""The frame of a page that is read from top to bottom: a title, a centred column, scrolling."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_WIDE

COLUMN_WIDTH = 720
_ABOVE = 80  # px: a heading and its space


class PageFrame(QScrollArea):
    """column: where the content goes. head: a row beside the title, for buttons."""

    def __init__(self, title: str, introduction: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        content.setObjectName("page_content")
        self._body = QWidget(content)
        self._body.setMaximumWidth(COLUMN_WIDTH)
        self._body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(content)
        row.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        row.addStretch(1)
        row.addWidget(self._body, 100)
        row.addStretch(1)
        self.column = QVBoxLayout(self._body)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP)
        self.head = QHBoxLayout()
        self.head.setSpacing(GAP_SMALL)
        self.head.addWidget(text_label(title, "title"), 1)
        self.column.addLayout(self.head)
        self.column.addWidget(text_label(introduction, "secondary"))
        self.column.addSpacing(GAP_SMALL)
        self.setWidget(content)

    def add_heading(self, text: str) -> QLabel:
        """Start a group; return its heading."""
        heading = text_label(text, "heading")
        heading.setContentsMargins(0, GAP_WIDE, 0, 0)
        self.column.addWidget(heading)
        return heading

    def bring_up(self, widget: QWidget) -> None:
        """Scroll so that a widget of the column stands near the top, with what belongs above it."""
        place = widget.mapTo(self._body, QPoint(0, 0)).y()
        self.verticalScrollBar().setValue(place + GAP_PAGE - _ABOVE)

    def finish(self) -> None:
        """Keep the content at the top when there is little of it."""
        self.column.addStretch(1)


def text_label(text: str, look: str = "") -> QLabel:
    """Return a label that shows plain text, wraps and can be selected. look: as in style_sheet.py."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setProperty("type", look)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
