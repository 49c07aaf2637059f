"""A field for plain text that grows with what is written, up to a number of lines."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from nextword.ui.theme import GAP_SMALL, GAP_TINY, current_theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class GrowingEdit(QPlainTextEdit):
    """Enter submits, Shift+Enter makes a new line. height_changed: it needs another height. files_pasted: paths.

    slash_opens: whether a slash in the empty field is told and not written.
    """

    submitted = Signal()
    cancelled = Signal()
    height_changed = Signal()
    files_pasted = Signal(list)
    slash_typed = Signal()  # in an empty field, which does not get it

    def __init__(self, parent: QWidget, *, most_lines: int = 8, least_lines: int = 1) -> None:
        super().__init__(parent)
        self._most_lines = most_lines
        self._least_lines = least_lines
        self._height = 0
        self.slash_opens = False
        self.setProperty("look", "plain")
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._on_changed)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_text(self, text: str) -> None:
        """Replace the text and put the cursor at its end."""
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.setTextCursor(cursor)

    def _lines(self) -> int:
        # lines as they are broken on screen, counted no further than is shown
        lines = 0
        block = self.document().firstBlock()
        while block.isValid() and lines < self._most_lines:
            lines += max(1, block.layout().lineCount())
            block = block.next()
        return max(self._least_lines, min(lines, self._most_lines))

    @Slot()
    def _on_changed(self) -> None:
        height = self.sizeHint().height()
        if height != self._height:
            self._height = height
            self.setFixedHeight(height)
            self.height_changed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        # a style sheet of its own: the program's would take a font that was only set
        self.setStyleSheet(f"font-size: {current_theme().points('message'):.2f}pt")
        self._on_changed()

    def sizeHint(self) -> QSize:
        return QSize(200, self._lines() * QFontMetrics(current_theme().font("message")).lineSpacing() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._on_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif self.slash_opens and event.text() == "/" and self.document().isEmpty():
            self.slash_typed.emit()
        elif event.key() in _ENTER:
            self.textCursor().insertText("\n")  # Qt would put a line separator (U+2028) there
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        # a file that is dropped is for the page, which attaches it; Qt would write its address here
        return super().canInsertFromMimeData(source) and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if files:
            self.files_pasted.emit(files)
        else:
            super().insertFromMimeData(source)


class _FieldFrame(QFrame):
    """A card with a field in it; its edge shows whether the field has the keys."""

    def __init__(self, edit: GrowingEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setFocusProxy(edit)
        edit.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_SMALL, GAP_TINY, GAP_SMALL, GAP_TINY)
        column.addWidget(edit)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() == QEvent.Type.FocusIn)
            self.style().polish(self)
        return False


def framed(edit: GrowingEdit, parent: QWidget) -> QFrame:
    """Return a card with the field in it, for a form; the field itself has no edge."""
    return _FieldFrame(edit, parent)
