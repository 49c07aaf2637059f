"""The prompt as it is read: control tokens as shapes, examples and input told apart, a bar where the answer goes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QMimeData, QRect, QRectF, QSizeF, Qt, Slot
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QPyTextObject,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from nextword.ui.lab.prompt_regions import Piece
from nextword.ui.theme import GAP, GAP_SMALL, current_theme

_PILL = QTextFormat.ObjectTypes.UserObject + 1
_ANSWER = QTextFormat.ObjectTypes.UserObject + 2
_NAME = QTextFormat.Property.UserProperty + 1
_SIGN = "\ufffc"
_LINE_PERCENT = 140


class PromptText(QTextEdit):
    """Shows pieces of a prompt; nothing can be written into it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("look", "plain")
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("The prompt as the model sees it"))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(GAP)
        self._pieces: Sequence[Piece] = ()
        layout = self.document().documentLayout()
        self._pill, self._bar = _Pill(self), _AnswerBar(self)
        layout.registerHandler(_PILL, self._pill)
        layout.registerHandler(_ANSWER, self._bar)
        current_theme().changed.connect(self._on_theme_changed)

    def show_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show a prompt and go to its end, where the answer goes."""
        if pieces == self._pieces:
            return
        self._pieces = pieces
        self._write()

    def text(self) -> str:
        """Return what is shown, with the names of control tokens."""
        return "".join(piece.text for piece in self._pieces)

    def plain_text(self) -> str | None:
        """Return the prompt without the token that a vocabulary puts first; None where other control tokens are in it,
        which no plain text stands for."""
        pieces = self._pieces[1:] if self._pieces and self._pieces[0].control else self._pieces
        return None if any(piece.control for piece in pieces) else "".join(piece.text for piece in pieces)

    @Slot()
    def _on_theme_changed(self) -> None:
        self._write()

    def _write(self) -> None:
        self.document().setDefaultFont(current_theme().font("mono"))
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        block = QTextBlockFormat()
        block.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(block)
        for piece in self._pieces:
            if piece.control:
                pill = QTextCharFormat()
                pill.setObjectType(_PILL)
                pill.setProperty(_NAME, piece.title or piece.text)
                pill.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
                pill.setToolTip(self.tr("Control token {name}").format(name=escape(piece.text)))
                cursor.insertText(_SIGN, pill)
            else:
                cursor.insertText(piece.text.replace("\r", "␍"), _look(piece))
        answer = QTextCharFormat()
        answer.setObjectType(_ANSWER)
        answer.setToolTip(self.tr("Here the answer goes"))
        cursor.insertText(_SIGN, answer)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.ensureCursorVisible()
        self.setAccessibleDescription(self.text()[-2000:])

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum()
        super().resizeEvent(event)
        if was_at_end:
            bar.setValue(bar.maximum())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy the names of control tokens where their shapes are."""
        cursor = self.textCursor()
        names = iter([piece.text for piece in self._pieces if piece.control])
        before = QTextCursor(self.document())
        before.setPosition(0)
        before.setPosition(cursor.selectionStart(), QTextCursor.MoveMode.KeepAnchor)
        for _ in range(before.selectedText().count(_SIGN)):
            next(names, "")
        chosen = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
        data = QMimeData()
        data.setText("".join(next(names, "") if sign == _SIGN else sign for sign in chosen))
        return data


def _look(piece: Piece) -> QTextCharFormat:
    theme = current_theme()
    look = QTextCharFormat()
    look.setForeground(theme.colour("text"))
    match piece.role:
        case "input":
            look.setBackground(theme.colour("selected"))
        case "example_label":
            look.setFontWeight(QFont.Weight.Bold)
        case "instruction":
            look.setBackground(theme.colour("bubble"))
        case "cue":
            look.setFontWeight(QFont.Weight.DemiBold)
        case "scaffold":
            look.setForeground(theme.colour("secondary"))
    return look


class _Pill(QPyTextObject):
    """A control token: its name in a rounded frame."""

    def intrinsicSize(self, _doc: QTextDocument, _position: int, look: QTextFormat) -> QSizeF:
        metrics = QFontMetricsF(current_theme().font("small"))
        return QSizeF(metrics.horizontalAdvance(_short(look)) + 2 * GAP_SMALL + 2, metrics.height() + 2)

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, _doc: QTextDocument, _position: int, look: QTextFormat
    ) -> None:
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(rect).adjusted(1, 0.5, -2, -0.5)
        painter.setPen(QPen(theme.colour("bar"), 1))
        painter.setBrush(theme.colour("window"))
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("secondary"))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, _short(look))
        painter.restore()


class _AnswerBar(QPyTextObject):
    """The bar where the answer goes."""

    def intrinsicSize(self, _doc: QTextDocument, _position: int, _look: QTextFormat) -> QSizeF:
        return QSizeF(5, QFontMetricsF(current_theme().font("mono")).ascent())

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, _doc: QTextDocument, _position: int, _look: QTextFormat
    ) -> None:
        painter.fillRect(QRectF(rect.left() + 2, rect.top(), 2, rect.height()), current_theme().colour("accent"))


def _short(look: QTextFormat) -> str:
    name = str(look.property(_NAME) or "")
    return name if len(name) <= 24 else f"{name[:23]}…"
