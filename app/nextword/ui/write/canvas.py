"""The text of a document: an ordinary editor, and behind its words how surprising each token was.

A QTextEdit brings caret, selection, input methods, clipboard, text in both directions and what screen readers ask for.
The tokens are not in its document: they are rectangles, painted behind the lines that can be seen. Undo is the
session's, which takes the numbers along.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from nextword.ui.theme import GAP_PAGE, GAP_WIDE, current_theme
from nextword.ui.widgets.tint import Tint
from nextword.ui.write.places import ShownText, as_shown
from nextword.ui.write.token_marks import BlockMarks, Look, paint_marks
from nextword.write.board import Board, Edit

COLUMN_CHARACTERS = 72
LINE_PERCENT = 150.0


class Canvas(QTextEdit):
    """edited: the person replaced what stood between two places by a text; the caret stood at the fourth before.

    compact: a framed box in a pane, without wide margins. caret_moved: a place. token_pinned, token_hovered: a token,
    -1 for none. neighbour_requested, jump_requested: keys.
    """

    edited = Signal(int, int, str, int)
    caret_moved = Signal(int)
    token_pinned = Signal(int)
    token_hovered = Signal(int)
    neighbour_requested = Signal(int)
    jump_requested = Signal(str, int)
    undo_requested = Signal()
    redo_requested = Signal()
    placed = Signal()

    def __init__(self, board: Board, parent: QWidget | None = None, *, compact: bool = False) -> None:
        super().__init__(parent)
        self._compact = compact
        self._board = board
        self._look = Look()
        self._shown = ShownText()
        self._places = self._shown.places()
        self._taking = False
        self._caret_before = 0
        self._marks: dict[int, BlockMarks] = {}
        self._pressed: QPoint | None = None
        self._invitation = ""
        self.setProperty("look", "" if compact else "plain")
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)  # else nobody leaves it by keyboard; a tab can be pasted
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Text of the document"))
        self.setPlaceholderText(self.tr("Begin a text. Ctrl+Enter lets the model go on at the cursor."))
        self.document().setDocumentMargin(4)
        self._space_lines()
        self.document().contentsChange.connect(self._on_contents_change)
        self.cursorPositionChanged.connect(self._on_cursor)
        self.verticalScrollBar().valueChanged.connect(self._on_placed)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # --- what is shown --------------------------------------------------------------------------------------

    def apply(self, edit: Edit) -> None:
        """Follow a change of the text that was not made here."""
        follows = self.viewport().rect().intersects(self.cursorRect())
        self._taking = True
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._places.units(edit.start))
        cursor.setPosition(self._places.units(edit.start + edit.removed), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(self._shown.replace(edit.start, edit.start + edit.removed, as_shown(edit.added)))
        self._places = self._shown.places()
        self._taking = False
        self._marks.clear()
        if edit.caret is not None:
            self.set_caret(edit.caret, visible=follows)
        self._caret_before = self.caret

    def tokens_changed(self, *, paint: bool = True) -> None:
        """Tokens or their numbers are others; paint False: somebody has them painted later."""
        self._marks.clear()
        if paint:
            self.viewport().update()

    def set_look(self, *, tint: Tint, authors: bool = True, spaces: bool = False) -> None:
        """Choose by which number the words are coloured, whether it is seen who wrote what, and white space."""
        self._look = Look(tint, authors, self._look.pinned)
        option = self.document().defaultTextOption()
        signs = QTextOption.Flag.ShowTabsAndSpaces | QTextOption.Flag.ShowLineAndParagraphSeparators
        flags = option.flags() | signs if spaces else option.flags() & ~signs
        if flags != option.flags():
            option.setFlags(flags)
            self.document().setDefaultTextOption(option)
        self.viewport().update()

    def show_pinned(self, token: int | None, *, visible: bool = False) -> None:
        """Put a frame around a token; visible: scroll to it."""
        before = self._look.pinned
        self._look = Look(self._look.tint, self._look.authors, token)
        if before != token:
            for other in (before, token):
                self._paint_token(other)
        if token is not None and visible:
            rect = self.token_rect(token)
            if not self.viewport().rect().contains(rect):
                middle = self.viewport().height() // 2
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() + rect.center().y() - middle)

    def _paint_token(self, token: int | None) -> None:
        """Have the lines painted again that a token is on."""
        written = self._board.written
        if token is None or not 0 <= token < len(written):
            return
        block = self.document().findBlock(self._places.units(written.starts[token]))
        for _ in range(2):  # a token can go on behind a line break
            area = self.document().documentLayout().blockBoundingRect(block)
            top = int(area.top()) - self.verticalScrollBar().value()
            self.viewport().update(0, top - 4, self.viewport().width(), int(area.height()) + 8)
            block = block.next()
            if not block.isValid():
                return

    @property
    def caret(self) -> int:
        """The place of the caret."""
        return self._places.characters(self.textCursor().position())

    def set_caret(self, place: int, *, visible: bool = True) -> None:
        """Put the caret at a place."""
        cursor = self.textCursor()
        cursor.setPosition(min(self._places.units(place), max(0, self.document().characterCount() - 1)))
        position = self.verticalScrollBar().value()
        self.setTextCursor(cursor)
        if visible:
            self.ensureCursorVisible()
        else:
            self.verticalScrollBar().setValue(position)

    def token_at(self, point: QPoint) -> int | None:
        """Return the token under a point of the viewport, None beside the words."""
        cursor = self.cursorForPosition(point)
        marks = self._marks_of(cursor.block())
        inside = QPointF(point) - self._origin(cursor.block())
        return marks.token_at(inside)

    def token_rect(self, token: int) -> QRect:
        """Return where a token begins to be seen, in the viewport; empty if it is nowhere."""
        written = self._board.written
        if not 0 <= token < len(written):
            return QRect()
        block = self.document().findBlock(self._places.units(written.starts[token]))
        self.document().documentLayout().blockBoundingRect(block)  # lays it out if it was not yet
        rect = self._marks_of(block).rect_of(token)
        return rect.translated(self._origin(block)).toAlignedRect()

    def insert(self, text: str) -> None:
        """Put a text in the place of the selection, or at the caret, as the person would."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        cursor = self.textCursor()
        start = self._places.characters(cursor.selectionStart())
        end = self._places.characters(cursor.selectionEnd())
        before = self._caret_before
        self.apply(Edit(start, end - start, text, start + len(text)))
        self.edited.emit(start, end, text, before)

    # --- painting -------------------------------------------------------------------------------------------

    def _origin(self, block: QTextBlock) -> QPointF:
        """Return where the layout of a block has its origin in the viewport."""
        offset = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        return block.layout().position() - offset

    def _marks_of(self, block: QTextBlock) -> BlockMarks:
        number = block.blockNumber()
        found = self._marks.get(number)
        if found is None:
            found = self._marks[number] = BlockMarks(block, self._board, self._places)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        block = self.cursorForPosition(QPoint(0, event.rect().top())).block()
        bottom = event.rect().bottom()
        while block.isValid():
            origin = self._origin(block)
            if origin.y() > bottom:
                break
            painter.save()
            painter.translate(origin)
            paint_marks(painter, self._marks_of(block), self._board, self._look)
            painter.restore()
            block = block.next()
        painter.end()
        super().paintEvent(event)
        self._paint_invitation()

    def setPlaceholderText(self, text: str) -> None:
        self._invitation = text
        self.setAccessibleDescription(text)
        self.viewport().update()

    def _paint_invitation(self) -> None:
        # Qt's own is cut off behind the height of the empty document, so that of two lines one is seen
        if not self.document().isEmpty() or self.textCursor().block().layout().preeditAreaText():
            return
        painter = QPainter(self.viewport())
        painter.setFont(self.document().defaultFont())
        painter.setPen(current_theme().colour("secondary"))
        margin = round(self.document().documentMargin())
        room = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
        painter.drawText(room, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, self._invitation)
        painter.end()

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        spaced = QTextBlockFormat()
        spaced.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(spaced)

    @Slot()
    def _on_theme_changed(self) -> None:
        font = current_theme().font("message")
        self.document().setDefaultFont(font)
        self.setFont(font)
        self._marks.clear()
        self._fit_column()
        self.viewport().update()

    def _fit_column(self) -> None:
        """Keep the lines at most about 72 characters long, in the middle."""
        wanted = QFontMetrics(current_theme().font("message")).averageCharWidth() * COLUMN_CHARACTERS
        bar = self.verticalScrollBar().sizeHint().width()
        if self._compact:
            return
        side = max(GAP_PAGE, (self.width() - wanted) // 2)
        self.setViewportMargins(side, GAP_WIDE, side - bar, 0)  # the bar has its room before it is there

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_column()
        self._marks.clear()
        super().resizeEvent(event)
        self.placed.emit()

    # --- what the person does -------------------------------------------------------------------------------

    @Slot(int, int, int)
    def _on_contents_change(self, _position: int, _removed: int, _added: int) -> None:
        if self._taking:
            return
        now = self.document().toRawText().replace("\u2029", "\n")
        if now == self._shown.raw:
            return
        before = self._caret_before
        start, end, text = self._shown.follow(now)
        self._places = self._shown.places()
        self._marks.clear()
        if text or start < end:
            self.edited.emit(start, end, text, before)

    @Slot()
    def _on_cursor(self) -> None:
        if not self._taking:
            self._caret_before = self.caret
            self.caret_moved.emit(self.caret)

    @Slot()
    def _on_placed(self) -> None:
        self.placed.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText() and not self.isReadOnly():
            self.insert(source.text())

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        start, end = (self._places.characters(at) for at in (cursor.selectionStart(), cursor.selectionEnd()))
        data = QMimeData()
        data.setText(self._board.written.text[start:end])
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.AltModifier
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo_requested.emit()
        elif alt and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.neighbour_requested.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
        elif alt and event.key() in (Qt.Key.Key_U, Qt.Key.Key_F):
            kind = "uncertain" if event.key() == Qt.Key.Key_U else "fork"
            self.jump_requested.emit(kind, -1 if back else 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is None or self.textCursor().hasSelection():
            return
        if (pressed - event.position().toPoint()).manhattanLength() < QGuiApplication.styleHints().startDragDistance():
            token = self.token_at(pressed)
            self.token_pinned.emit(-1 if token is None else token)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            token = self.token_at(event.position().toPoint())
            self.token_hovered.emit(-1 if token is None else token)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.token_hovered.emit(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu(event.pos())
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):  # they are the session's
                menu.removeAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def marks_rects(self, token: int) -> list[QRectF]:
        """Return all rectangles of a token within its block, for tests."""
        block = self.document().findBlock(self._places.units(self._board.written.starts[token]))
        return [mark for other, mark in self._marks_of(block).all if other == token]
