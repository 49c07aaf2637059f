"""The branches of a conversation in a pane: which is on screen, how the others begin, and what lies in the trash."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.session import ChatSession
from nextword.ui.chat.branch_list import BRANCH, Branch, BranchList, branches
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme

Index = QModelIndex | QPersistentModelIndex

_STEP = 16  # px of a level
_DEEPEST = 12  # levels deeper than this are not moved further to the right
_DOT = 4.0
_REFRESH_MILLISECONDS = 80


class _BranchDelegate(QStyledItemDelegate):
    """A row: the lines of the tree, a dot (filled on the path), who wrote it, how it begins, which version it is."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, QFontMetrics(current_theme().font()).height() + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(BRANCH)
        if not isinstance(row, Branch):
            return
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selected" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(GAP_TINY, 1, -GAP_TINY, -1), 6, 6)
        self._paint_lines(painter, QRectF(option.rect), row)
        self._paint_words(painter, QRectF(option.rect), row, str(index.data(Qt.ItemDataRole.DisplayRole)))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(GAP_TINY, 1, -GAP_TINY, -1), 6, 6)
        painter.restore()

    def _x(self, rect: QRectF, depth: int) -> float:
        return rect.left() + GAP_WIDE + _STEP * min(depth, _DEEPEST) + _DOT

    def _paint_lines(self, painter: QPainter, rect: QRectF, row: Branch) -> None:
        theme, middle = current_theme(), rect.center().y()
        x = self._x(rect, row.depth)
        for level in row.through:
            self._line(
                painter, QPointF(self._x(rect, level), rect.top()), QPointF(self._x(rect, level), rect.bottom() + 1)
            )
        if row.above:
            self._line(painter, QPointF(x, rect.top()), QPointF(x, middle), path=row.node.on_path)
        if row.below:
            self._line(painter, QPointF(x, middle), QPointF(x, rect.bottom() + 1), path=row.node.on_path)
        if row.depth and not row.above:
            self._line(painter, QPointF(self._x(rect, row.depth - 1), middle), QPointF(x, middle))
        painter.setPen(QPen(theme.colour("accent" if row.node.on_path else "bar"), 1.5))
        painter.setBrush(theme.colour("accent" if row.node.on_path else "window"))
        painter.drawEllipse(QPointF(x, middle), _DOT, _DOT)

    def _line(self, painter: QPainter, start: QPointF, end: QPointF, *, path: bool = False) -> None:
        theme = current_theme()
        painter.setPen(QPen(theme.colour("accent" if path else "bar"), 2 if path else 1))
        painter.drawLine(start, end)

    def _paint_words(self, painter: QPainter, rect: QRectF, row: Branch, words: str) -> None:
        theme, model = current_theme(), self.parent()
        assert isinstance(model, BranchList)
        left = self._x(rect, row.depth) + _DOT + GAP_SMALL
        place = QRectF(left, rect.top(), rect.right() - GAP - left, rect.height())
        across = Qt.AlignmentFlag.AlignVCenter
        small = theme.font("small")
        painter.setFont(small)
        painter.setPen(theme.colour("secondary"))
        if row.versions > 1:
            note = f"{row.version}/{row.versions}"
            painter.drawText(place, across | Qt.AlignmentFlag.AlignRight, note)
            place.setRight(place.right() - QFontMetrics(small).horizontalAdvance(note) - GAP_SMALL)
        who = QFontMetrics(small).elidedText(model.who(row.node), Qt.TextElideMode.ElideRight, int(place.width() / 3))
        painter.drawText(place, across | Qt.AlignmentFlag.AlignLeft, who)
        place.setLeft(place.left() + QFontMetrics(small).horizontalAdvance(who) + GAP_SMALL)
        font = theme.font("strong" if row.node.on_path and row.versions > 1 else "text")
        font.setStrikeOut(row.node.deleted)
        painter.setFont(font)
        painter.setPen(theme.colour("secondary" if row.node.deleted else "text"))
        text = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, across | Qt.AlignmentFlag.AlignLeft, text)


class _BranchView(QListView):
    """Enter shows the branch of the current row."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the pane closes
        else:
            super().keyPressEvent(event)


class TreePane(QWidget):
    """Follows a session while it is on screen. Click or Enter shows a branch; Enter restores one from the trash.

    chosen: a message of the path that is on screen already.
    """

    chosen = Signal(object)  # its id

    def __init__(self, session: ChatSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._reading = False
        self.model = BranchList(self)
        self.view = _BranchView(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(_BranchDelegate(self.model))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setAccessibleName(self.tr("Branches of the conversation"))
        self.view.clicked.connect(self._on_clicked)
        self.view.activated.connect(self._on_activated)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self._forks = QCheckBox(self.tr("Forks and ends only"), self)
        self._forks.toggled.connect(self.refresh)
        self._note = QLabel(self)
        self._note.setProperty("type", "small")
        self._note.setWordWrap(True)
        self.restore = QPushButton(self.tr("Restore"), self)
        self.restore.setToolTip(self.tr("Take this version, and what answered it, out of the trash"))
        self.restore.clicked.connect(self._on_restore)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._disconnect = [
            session.reset.connect(self._on_changed),
            session.message_added.connect(self._on_changed),
            session.message_changed.connect(self._on_changed),
        ]
        current_theme().changed.connect(self.view.viewport().update)
        self.setFocusProxy(self.view)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP_SMALL)
        head.addWidget(self._forks)
        head.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP)
        foot.addWidget(self._note, 1)
        foot.addWidget(self.restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addLayout(foot)

    def shut_down(self) -> None:
        """Listen to the session no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    @Slot()
    def refresh(self) -> None:
        """Show the branches as they are now; the current row stays."""
        if not self.isVisible():
            return
        outline = self._session.tree()
        before = self.model.branch(self.view.currentIndex().row())
        value = self.view.verticalScrollBar().value()
        self._reading = True
        self.model.show(branches(outline, forks_only=self._forks.isChecked()))
        row = self.model.row_of(before.node.id) if before is not None else -1
        row = row if row >= 0 else self.model.last_on_path()
        self.view.setCurrentIndex(self.model.index(row) if row >= 0 else QModelIndex())
        if before is not None:
            self.view.verticalScrollBar().setValue(value)
        self._reading = False
        self._tell(len(outline.nodes), sum(node.deleted for node in outline.nodes))

    def _tell(self, count: int, deleted: int) -> None:
        words = self.tr("1 message") if count == 1 else self.tr("{count} messages").format(count=f"{count:,}")
        if deleted:
            words = self.tr("{messages}, {deleted} of them in the trash").format(messages=words, deleted=deleted)
        self._note.setText(words if count else self.tr("Nothing has been said yet."))
        self._show_restore()

    def _show_restore(self) -> None:
        row = self.model.branch(self.view.currentIndex().row())
        self.restore.setVisible(row is not None and row.node.deleted)

    @Slot(object)
    def _on_changed(self, _what: object) -> None:
        if self.isVisible():
            self._timer.start()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        row = self.model.branch(index.row())
        if row is not None and not row.node.deleted:
            self._show(row)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        row = self.model.branch(index.row())
        if row is not None and row.trash_root is not None:
            self._session.restore(row.trash_root)
        elif row is not None:
            self._show(row)

    def _show(self, row: Branch) -> None:
        if row.node.on_path:
            self.chosen.emit(row.node.id)
        else:
            self._session.show(row.node.id)

    @Slot()
    def _on_restore(self) -> None:
        self._on_activated(self.view.currentIndex())
        self.view.setFocus()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._reading:
            self._show_restore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
