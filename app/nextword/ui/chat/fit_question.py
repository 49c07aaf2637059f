"""Asks above the message box what to leave out when not everything fits; nothing is sent before it is answered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nextword.chat.answer import ShownMessage
from nextword.chat.context import ContextUse, choose_left_out
from nextword.chat.preferences import ContextPolicy
from nextword.history.records import Role
from nextword.ui.chat.context_meter import first_words
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.token_text import number


def left_out_under(use: ContextUse, roles: Sequence[Role], policy: ContextPolicy) -> tuple[int, ...]:
    """Return what a policy would leave out of messages with these roles, by what was counted of them."""
    counts = use.counts[: len(roles)]
    if policy == "drop_oldest" or len(counts) < len(roles):
        return use.left_out
    around = max(1, (use.total_tokens - use.system_tokens - sum(counts)) // max(1, len(counts)))
    room = use.room_tokens - use.system_tokens
    return choose_left_out(roles, [count + around for count in counts], room=room, policy=policy)


class FitQuestion(QFrame):
    """decided: a policy, and whether it is for all that follows in this chat. dismissed: nothing is to be sent."""

    decided = Signal(str, bool)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setProperty("type", "strong")
        self._reason = QLabel(self)
        self._reason.setProperty("type", "secondary")
        for label in (self._title, self._reason):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: dict[ContextPolicy, QPushButton] = {
            "drop_oldest": QPushButton(self), "keep_ends": QPushButton(self), "ask": QPushButton(self),
        }  # fmt: skip
        self.buttons["drop_oldest"].clicked.connect(self._on_drop_oldest)
        self.buttons["keep_ends"].clicked.connect(self._on_keep_ends)
        self.buttons["ask"].clicked.connect(self._on_dismissed)
        self._always = QCheckBox(self.tr("Do so in this chat from now on"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self._title)
        column.addWidget(self._reason)
        choices = QVBoxLayout()
        choices.setSpacing(GAP_TINY)
        for button in self.buttons.values():
            line = QHBoxLayout()
            line.addWidget(button)
            line.addStretch(1)
            choices.addLayout(line)
        column.addLayout(choices)
        column.addWidget(self._always)
        border = QFrame(self)
        border.setProperty("look", "line")
        column.addSpacing(GAP_SMALL)
        column.addWidget(border)
        self.hide()

    def ask(self, use: ContextUse, messages: Sequence[ShownMessage], draft: bool) -> None:
        """Ask about what was measured. messages: the path; draft: whether a message of the person comes after it."""
        roles: list[Role] = [message.role for message in messages]
        if draft:
            roles.append("user")
        self._title.setText(self.tr("Not everything fits into the context."))
        self._reason.setText(
            self.tr(
                "The conversation takes {used} tokens; there is room for {room} of the {context}, because {reserve} "
                "are kept for the answer. Nothing was sent."
            ).format(
                used=number(use.total_tokens), room=number(use.room_tokens), context=number(use.context_tokens),
                reserve=number(use.reserve_tokens),
            )
        )  # fmt: skip
        oldest = left_out_under(use, roles, "drop_oldest")
        middle = left_out_under(use, roles, "keep_ends")
        self.buttons["drop_oldest"].setText(self._oldest_words(oldest))
        self.buttons["keep_ends"].setText(self._middle_words(middle))
        for button, gone in ((self.buttons["drop_oldest"], oldest), (self.buttons["keep_ends"], middle)):
            named = "\n".join(first_words(gone, messages))
            button.setToolTip(named)
            button.setAccessibleDescription(named)
        self.buttons["keep_ends"].setVisible(bool(middle) and middle != oldest)
        self.buttons["ask"].setText(self.tr("Do not send; I will change something"))
        self._always.setChecked(False)
        self.setAccessibleName(self._title.text())
        self.setAccessibleDescription(self._reason.text())
        self.show()
        self.buttons["ask"].setFocus(Qt.FocusReason.OtherFocusReason)  # a second Enter must not leave anything out

    def _oldest_words(self, left_out: Sequence[int]) -> str:
        if len(left_out) == 1:
            return self.tr("Send without the oldest message")
        return self.tr("Send without the {count} oldest messages").format(count=number(len(left_out)))

    def _middle_words(self, left_out: Sequence[int]) -> str:
        if not left_out:
            return ""
        if len(left_out) == 1:
            return self.tr("Keep the beginning; send without message {first}").format(first=number(left_out[0] + 1))
        return self.tr("Keep the beginning; send without messages {first} to {last}").format(
            first=number(left_out[0] + 1), last=number(left_out[-1] + 1)
        )

    @Slot()
    def _on_drop_oldest(self) -> None:
        self.hide()
        self.decided.emit("drop_oldest", self._always.isChecked())

    @Slot()
    def _on_keep_ends(self) -> None:
        self.hide()
        self.decided.emit("keep_ends", self._always.isChecked())

    @Slot()
    def _on_dismissed(self) -> None:
        self.hide()
        self.dismissed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_dismissed()
        else:
            super().keyPressEvent(event)
