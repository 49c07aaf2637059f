"""How a row of the conversation list is drawn: a heading, a folder, or a card of two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nextword.history.records import ConversationId
from nextword.ui.chat.conversation_list import LISTED, ConversationList, FolderRow, Index, Listed
from nextword.ui.theme import GAP_SMALL, GAP_TINY, RADIUS, current_theme
from nextword.ui.widgets.icons import pixmap

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle

_HUES = (210, 130, 30, 285, 350, 180)
_TAGS_SHOWN = 2
_BEFORE_MATCH = 12
"""So many characters stand before what was found, so that it is seen in a narrow column."""


def tag_colour(tag: str) -> QColor:
    """Return the colour behind a tag, the same for the same tag always; its text is in the colour of text."""
    hue = _HUES[sum(tag.casefold().encode()) % len(_HUES)]
    return QColor.fromHsl(hue, 150, 120, 70)


class ConversationDelegate(QStyledItemDelegate):
    """open_conversation: drawn as the one that is open. editing: a title is being typed."""

    def __init__(self, conversations: ConversationList, parent: QObject) -> None:
        super().__init__(parent)
        self._conversations = conversations
        self.editing = False
        self.open_conversation: ConversationId | None = None
        self._pixmaps: dict[tuple[str, int, float], QPixmap] = {}
        self._sizes: dict[str, QSize] = {}
        self.closeEditor.connect(self._on_editor_closed)
        current_theme().changed.connect(self._on_theme_changed)

    @Slot()
    def _on_editor_closed(self) -> None:
        self.editing = False

    @Slot()
    def _on_theme_changed(self) -> None:
        self._pixmaps.clear()
        self._sizes.clear()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        self.editing = True
        return super().createEditor(parent, option, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        rect = option.rect
        editor.setGeometry(rect.adjusted(0, 2, 0, -(rect.height() - editor.sizeHint().height()) + 2))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        row = self._conversations.row(index.row())  # asked of every row: the way through Qt takes ten times as long
        kind = "card" if isinstance(row, Listed) else "folder" if isinstance(row, FolderRow) else "heading"
        found = self._sizes.get(kind)
        if found is None:
            theme = current_theme()
            small, text = QFontMetrics(theme.font("small")).height(), QFontMetrics(theme.font("text")).height()
            heights = {
                "card": text + small + 2 * GAP_SMALL + 2,
                "folder": text + 2 * GAP_TINY + 4,
                "heading": small + GAP_SMALL + GAP_TINY,
            }
            found = self._sizes[kind] = QSize(100, heights[kind])
        return found

    def sign_rect(self, row: QRect) -> QRect:
        """Return where the sign stands that takes a row out of the trash."""
        size = round(14 * max(1.0, current_theme().scale)) + 2 * GAP_SMALL
        return QRect(row.right() - size, row.top(), size, row.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(LISTED)
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, Listed):
            is_open = row.version is None and row.summary.id == self.open_conversation
            self._paint_ground(painter, rect.adjusted(0.5, 1.5, -0.5, -1.5), option.state, is_open=is_open)
            room = rect.adjusted(GAP_SMALL, GAP_SMALL, -GAP_SMALL, -GAP_SMALL)
            if row.summary.deleted:
                room.setRight(
                    room.right() - self._icon(painter, "arrow-counter-clockwise", room, right=True) - GAP_SMALL
                )
            self._paint_title(painter, room, row, str(index.data()))
            self._paint_second_line(painter, room, row)
        elif isinstance(row, FolderRow):
            self._paint_ground(painter, rect.adjusted(0.5, 0.5, -0.5, -0.5), option.state, is_open=False)
            self._paint_folder(painter, rect.adjusted(GAP_SMALL, 0, -GAP_SMALL, 0), row)
        else:
            painter.setFont(current_theme().font("small"))
            painter.setPen(current_theme().colour("secondary"))
            room = rect.adjusted(GAP_SMALL, 0, 0, -GAP_TINY)
            painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, str(row))
        painter.restore()

    def _paint_ground(self, painter: QPainter, card: QRectF, state: QStyle.StateFlag, *, is_open: bool) -> None:
        theme = current_theme()
        from PySide6.QtWidgets import QStyle  # a long list of names: not before there is a row

        selected = bool(state & QStyle.StateFlag.State_Selected)
        if not selected and not is_open and not state & QStyle.StateFlag.State_MouseOver:
            return
        focused = selected and bool(state & QStyle.StateFlag.State_HasFocus)
        ground = "surface" if is_open else "selected" if selected else "hover"
        painter.setBrush(theme.colour(ground))
        line = "accent" if focused else "line"
        painter.setPen(theme.colour(line) if selected or is_open else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(card, RADIUS, RADIUS)

    def _paint_folder(self, painter: QPainter, room: QRectF, row: FolderRow) -> None:
        theme = current_theme()
        size = self._icon(painter, "caret-left" if row.up else "folder", room, right=False)
        painter.setFont(theme.font("text"))
        painter.setPen(theme.colour("secondary" if row.up else "text"))
        words = room.adjusted(size + GAP_SMALL, 0, 0, 0)
        text = QFontMetrics(painter.font()).elidedText(row.name, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_title(self, painter: QPainter, room: QRectF, row: Listed, title: str) -> None:
        theme = current_theme()
        font = theme.font("text")
        line = QRectF(room.left(), room.top(), room.width(), QFontMetrics(font).height())
        signs = {
            "push-pin": row.summary.pinned,
            "archive": row.summary.archived,
            "download-simple": bool(row.summary.source),
        }
        for name, wanted in signs.items():
            if wanted:
                line.setRight(line.right() - self._icon(painter, name, line, right=True) - GAP_TINY)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        in_title = row.snippet and row.message is None
        if in_title:
            self._paint_snippet(painter, line, row, font)
            return
        text = QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_second_line(self, painter: QPainter, room: QRectF, row: Listed) -> None:
        theme = current_theme()
        font = theme.font("small")
        height = QFontMetrics(font).height()
        line = QRectF(room.left(), room.bottom() - height, room.width(), height)
        line.setLeft(self._paint_tags(painter, line, row.summary.tags))
        painter.setPen(theme.colour("secondary"))
        if row.snippet and row.message is not None:
            self._paint_snippet(painter, line, row, font)
            return
        painter.setFont(font)
        text = QFontMetrics(font).elidedText(row.summary.preview, Qt.TextElideMode.ElideRight, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_tags(self, painter: QPainter, line: QRectF, tags: tuple[str, ...]) -> float:
        """Draw the first tags; return where the rest of the line begins."""
        font = current_theme().font("small")
        painter.setFont(font)
        metrics = QFontMetrics(font)
        left, most = line.left(), line.width() * 0.35
        shown = [*tags[:_TAGS_SHOWN], *([f"+{len(tags) - _TAGS_SHOWN}"] if len(tags) > _TAGS_SHOWN else [])]
        for tag in shown:
            text = metrics.elidedText(tag, Qt.TextElideMode.ElideRight, int(most))
            chip = QRectF(left, line.top(), metrics.horizontalAdvance(text) + 2 * GAP_TINY + 2, line.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tag_colour(tag))
            painter.drawRoundedRect(chip, 4, 4)
            painter.setPen(current_theme().colour("text"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
            left = chip.right() + GAP_TINY
        return left + (GAP_TINY if shown else 0)

    def _paint_snippet(self, painter: QPainter, line: QRectF, row: Listed, font: QFont) -> None:
        """Draw what was found with its matches in bold on a ground, the first of them in sight."""
        text, matches = row.snippet, row.matches
        first = matches[0][0] if matches else 0
        skipped = 0
        if QFontMetrics(font).horizontalAdvance(text[: matches[0][1] if matches else 0]) > line.width():
            skipped = max(0, first - _BEFORE_MATCH)
            text = "…" + text[skipped:]
        moved = 1 - skipped if skipped else 0
        layout = QTextLayout(text, font)
        found = QTextCharFormat()
        found.setFontWeight(QFont.Weight.Bold)
        found.setForeground(current_theme().colour("text"))
        found.setBackground(current_theme().colour("selected"))
        ranges = []
        for start, end in matches:
            marked = QTextLayout.FormatRange()
            begins, ends = max(0, start + moved), max(0, end + moved)
            marked.start = len(text[:begins].encode("utf-16-le")) // 2
            marked.length = len(text[begins:ends].encode("utf-16-le")) // 2
            marked.format = found
            ranges.append(marked)
        layout.setFormats(ranges)
        layout.beginLayout()
        laid_out = layout.createLine()
        laid_out.setLineWidth(100_000)
        layout.endLayout()
        painter.save()
        painter.setClipRect(line)
        layout.draw(painter, QPointF(line.left(), line.top()))
        painter.restore()

    def _icon(self, painter: QPainter, name: str, room: QRectF, *, right: bool) -> float:
        """Draw an icon at one end of a line; return its width."""
        theme = current_theme()
        size = round(14 * max(1.0, theme.scale))
        scale = painter.device().devicePixelRatioF()
        key = (name, size, scale)
        if key not in self._pixmaps:
            self._pixmaps[key] = pixmap(name, theme.colour("secondary"), size=size, scale=scale)
        left = room.right() - size if right else room.left()
        painter.drawPixmap(QPointF(left, room.center().y() - size / 2), self._pixmaps[key])
        return size
