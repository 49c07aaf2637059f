"""Notices above the page: what happened, why, what to do, and buttons for it; never a dialog.

Texts quote foreign words, so every label is plain text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nextword.ui.notices import Action, Notice
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:
    from nextword.ui.explanation import Explanation

MOST_SHOWN = 3
INFO_SECONDS = 12


class NoticeBar(QWidget):
    """The notices that are open, the newest on top; older ones beyond MOST_SHOWN close by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Notices"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._cards: list[NoticeCard] = []
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show `notice`; one with the same key is replaced."""
        self.hide_notice(notice.key)
        card = NoticeCard(notice, self)
        card.closed.clicked.connect(partial(self._remove, card))
        self._cards.insert(0, card)
        self._column.insertWidget(0, card)
        for old in self._cards[MOST_SHOWN:]:
            self._remove(old)
        self.show()
        if notice.level == "info":
            QTimer.singleShot(INFO_SECONDS * 1000, card, card.closed.click)
        from PySide6.QtGui import QAccessible, QAccessibleEvent  # long lists of names: not before there is a notice

        QAccessible.updateAccessibility(QAccessibleEvent(card, QAccessible.Event.Alert))

    def hide_notice(self, key: str) -> None:
        """Close the notice with this key, if it is open."""
        for card in [card for card in self._cards if key and card.key == key]:
            self._remove(card)

    @property
    def cards(self) -> tuple[NoticeCard, ...]:
        return tuple(self._cards)

    def _remove(self, card: NoticeCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._cards))


class NoticeCard(QFrame):
    """One notice."""

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("level", notice.level)
        self.key = notice.key
        words = _words(notice)
        self.setAccessibleName(words.title or words.text)
        self.setAccessibleDescription(f"{words.text} {words.advice}".strip())
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 8, 12)
        row.setSpacing(12)
        row.addLayout(self._texts(words), 1)
        for action in notice.actions:
            row.addWidget(self._action(action), 0, Qt.AlignmentFlag.AlignVCenter)
        self.closed = QToolButton(self)
        self.closed.setProperty("look", "quiet")
        self.closed.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where the person works
        self.closed.setAccessibleName(self.tr("Close this notice"))
        self.closed.setToolTip(self.tr("Close this notice"))
        set_icon(self.closed, "x", colour="secondary", size=16)
        row.addWidget(self.closed, 0, Qt.AlignmentFlag.AlignTop)

    def _texts(self, words: Explanation) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        for text, look in ((words.title, "strong"), (words.text, ""), (words.advice, "secondary")):
            if text:
                label = QLabel(self)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setText(text)
                label.setWordWrap(True)
                label.setProperty("type", look)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                column.addWidget(label)
        return column

    def _action(self, action: Action) -> QPushButton:
        button = QPushButton(action.label, self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self._act, action))
        return button

    @Slot()
    def _act(self, action: Action) -> None:
        self.closed.click()
        action.run()


def _words(notice: Notice) -> Explanation:
    from nextword.ui.explain import explain  # all wording of errors: not before there is one
    from nextword.ui.explanation import Explanation

    return explain(notice.error) if notice.error is not None else Explanation("", notice.text, "")
