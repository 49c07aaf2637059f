"""The messages of the conversation that is open, as a Qt list model over a ChatSession.

The session is the truth. The model tells views at most 30 times a second that an answer has grown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Slot,
)

from nextword.chat.context import left_out_of
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.widgets.token_spans import Surprisals
from nextword.ui.widgets.token_text import bits

if TYPE_CHECKING:
    from nextword.chat.answer import ShownMessage
    from nextword.chat.session import ChatSession

Index = QModelIndex | QPersistentModelIndex

MESSAGE = Qt.ItemDataRole.UserRole
TEXT_GREW = Qt.ItemDataRole.UserRole + 1
"""The role named in dataChanged when an answer only became longer."""

REPAINT_MILLISECONDS = 33


class MessageList(QAbstractListModel):
    """One row per message, the first of the conversation at the top."""

    def __init__(self, session: ChatSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        # until the reset is told here, the path that was shown before: others hear of it first, and look at the rows
        self._shown = session.shown
        self._count = len(session.shown)
        self._grown: set[int] = set()
        self._waiting = ""
        self._surprisals: dict[int, Surprisals] = {}
        self._left_out: dict[int, str] = {}  # row: why it is faint
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REPAINT_MILLISECONDS)
        self._timer.timeout.connect(self._on_timer)
        self._disconnect = [
            session.reset.connect(self._on_reset),
            session.message_added.connect(self._on_message_added),
            session.message_changed.connect(self._on_message_changed),
            session.tokens_added.connect(self._on_tokens_added),
        ]

    def close(self) -> None:
        """Listen to the session no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    def set_waiting(self, words: str) -> None:
        """Show `words` under an answer that has not begun; "" when the model is ready."""
        if words != self._waiting:
            self._waiting = words
            row = self._count - 1
            if row >= 0 and self._shown[row].state == "generating":
                self._on_message_changed(row)

    def set_left_out(self, rows: Sequence[int], *, decided: bool) -> None:
        """Mark the messages that the model will not get to read. decided: they are left out, else they do not fit."""
        words = self.tr("Left out: the context has no room for it.") if decided else self.tr("No room in the context.")
        marked = {row: words for row in rows if row < self._count}
        before, self._left_out = self._left_out, marked
        changed = [row for row in before.keys() | marked.keys() if before.get(row) != marked.get(row)]
        if changed:
            self.dataChanged.emit(self.index(min(changed)), self.index(max(changed)), [])

    def is_left_out(self, row: int) -> bool:
        """Say whether a message is not for the model to read."""
        return row in self._left_out

    def lines_under(self, row: int) -> str:
        """Return what is said under a message: how it ended, what it was made without, and that it is left out."""
        message = self.message(row)
        parts = (self.state_line(message), self._made_without(message), self._left_out.get(row, ""))
        return " ".join(part for part in parts if part)

    def _made_without(self, message: ShownMessage) -> str:
        """Say which messages the model did not get to read for an answer."""
        left_out = left_out_of(message.origin)
        if not left_out:
            return ""
        if len(left_out) == 1:
            return self.tr("Made without message {first}: it did not fit.").format(first=left_out[0] + 1)
        return self.tr("Made without messages {first} to {last}: they did not fit.").format(
            first=left_out[0] + 1, last=left_out[-1] + 1
        )

    def message(self, row: int) -> ShownMessage:
        """Return the message of a row."""
        return self._shown[row]

    @property
    def all(self) -> Sequence[ShownMessage]:
        """The messages of all rows."""
        return self._shown

    def _on_reset(self, _nothing: None) -> None:
        self.beginResetModel()
        self._grown.clear()
        self._surprisals.clear()
        self._left_out = {}
        self._shown = self._session.shown
        self._count = len(self._shown)
        self.endResetModel()

    def _on_message_added(self, row: int) -> None:
        self.beginInsertRows(QModelIndex(), row, row)
        self._count += 1
        self.endInsertRows()

    def _on_message_changed(self, row: int) -> None:
        self._grown.discard(row)
        self.dataChanged.emit(self.index(row), self.index(row), [])

    def _on_tokens_added(self, row: int) -> None:
        self._grown.add(row)
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_timer(self) -> None:
        grown, self._grown = self._grown, set()
        for row in grown:
            self.dataChanged.emit(self.index(row), self.index(row), [TEXT_GREW])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        message = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return message.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.in_words(index.row())
            case _ if role == MESSAGE:
                return message
        return None

    def in_words(self, row: int) -> str:
        """Return a message with everything its row shows, for a screen reader."""
        message = self._shown[row]
        parts = [f"{self.who(message)}: {message.text}", self.lines_under(row)]
        if message.role == "assistant":
            parts.append(self.figures(row))
        if message.sibling_count > 1:
            parts.append(
                self.tr("version {number} of {count}").format(
                    number=message.sibling_index + 1, count=message.sibling_count
                )
            )
        return ". ".join(part for part in parts if part)

    def who(self, message: ShownMessage) -> str:
        """Return who wrote a message: "You", or the name of the model."""
        if message.role == "user":
            return self.tr("You")
        if message.role == "system":
            return self.tr("Instruction")
        return message.origin.model_name if message.origin is not None else self.tr("Model")

    def state_line(self, message: ShownMessage) -> str:
        """Return the line under an answer that says how it ended, "" when it ended by itself."""
        if message.error is not None:
            words = explain(message.error)
            title = words.title.rstrip(".")
            line = f"{title}. {words.text}" if words.text else f"{title}."
            if message.state == "interrupted" and message.text:
                return self.tr("Interrupted: {reason}").format(reason=line)
            return line
        match message.state:
            case "generating":
                return "" if message.steps else self._waiting
            case "stopped":
                return self.tr("Stopped.")
            case "interrupted":
                return self.tr("Interrupted: the answer did not reach its end. What there was is kept.")
        if message.attachments:
            names = ", ".join(short(file.name, 40) for file in message.attachments)
            return self.tr("Attached: {names}").format(names=names)
        return self._end_words(message.outcome.reason if message.outcome is not None else "")

    def _end_words(self, reason: str) -> str:
        match reason:
            case "limit":
                return self.tr("The longest length for an answer was reached.")
            case "context_full":
                return self.tr("The context is full: the model has no room for more.")
            case "stop_text":
                return self.tr("Ended at a stop text.")
            case "time":
                return self.tr("The longest time for an answer was reached.")
            case "loop":
                return self.tr("Ended because it said the same passage over and over.")
        return ""

    def figures(self, row: int) -> str:
        """Return "38 tokens · 214/s   1.6 bits per token" for an answer, as far as it is known."""
        message = self._shown[row]
        outcome = message.outcome
        # an answer that began with tokens of another version has more of them than were generated for it
        count = len(message.steps) or (outcome.generated_tokens if outcome is not None else 0)
        if count == 0:
            return ""
        parts = [self.tr("1 token") if count == 1 else self.tr("{count} tokens").format(count=f"{count:,}")]
        if outcome is not None and outcome.generation_seconds > 0 and outcome.generated_tokens > 1:
            speed = (outcome.generated_tokens - 1) / outcome.generation_seconds
            parts.append(self.tr("{speed}/s").format(speed=f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"))
        surprisals = self._surprisals.setdefault(row, Surprisals())
        surprisals.take(message.steps)
        mean = surprisals.mean_bits()
        last = "" if mean is None else "    " + self.tr("{bits} bits per token").format(bits=bits(mean))
        return " · ".join(parts) + last
