"""The pane with the examples that a base model reads before the chat: questions with their answers."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.session import ChatSession
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label

_TYPING_MS = 500
_LINES = 2


class ExamplesPanel(QScrollArea):
    """Shows session.preferences.examples and sets them; an example counts once both its fields have words."""

    def __init__(self, session: ChatSession, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._notices = notices
        self.rows: list[ExampleRow] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Examples"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        content.setObjectName("page_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP)
        column.addWidget(
            text_label(
                self.tr(
                    "A base model learns from them what you want: it reads them before your question, as “Question: … "
                    "Answer: …”, and goes on in the same way. Two to eight short ones of different kinds are usual."
                ),
                "small",
            )
        )
        self._lines = QVBoxLayout()
        self._lines.setSpacing(GAP)
        column.addLayout(self._lines)
        self.add = QPushButton(self.tr("Add an example"), self)
        set_icon(self.add, "plus", size=14)
        self.add.clicked.connect(self._on_add)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.setWidget(content)
        self.setFocusProxy(self.add)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TYPING_MS)
        self._soon.timeout.connect(self.flush)
        self._disconnect = session.preferences_changed.connect(self._on_preferences_changed)
        self._show()

    def shut_down(self) -> None:
        """Keep what was typed last and listen no more."""
        self.flush()
        self._disconnect()

    @Slot()
    def flush(self) -> None:
        """Keep what was typed and not kept yet."""
        self._soon.stop()
        found = tuple(row.pair() for row in self.rows if row.is_whole())
        preferences = self._session.preferences
        if found != preferences.examples:
            self._session.set_preferences(replace(preferences, examples=found))

    def _show(self) -> None:
        for row in self.rows:
            self._drop(row)
        self.rows = []
        for question, answer in self._session.preferences.examples:
            self._append(question, answer)
        if not self.rows:
            self._append("", "")
        self._number()

    def _append(self, question: str, answer: str) -> ExampleRow:
        row = ExampleRow(question, answer, self)
        row.changed.connect(self._soon.start)
        row.removed.connect(partial(self._on_removed, row))
        self.rows.append(row)
        self._lines.addWidget(row)
        return row

    def _drop(self, row: ExampleRow) -> None:
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _number(self) -> None:
        for number, row in enumerate(self.rows, 1):
            row.show_number(number)

    @Slot()
    def _on_add(self) -> None:
        row = self._append("", "")
        self._number()
        row.question.setFocus()

    def _on_removed(self, row: ExampleRow) -> None:
        before = self._session.preferences.examples
        self.rows.remove(row)
        self._drop(row)
        self._number()
        self.add.setFocus()
        was_kept = row.pair() in before
        self.flush()
        if was_kept:
            undo = Action(self.tr("Undo"), partial(self._restore, before))
            self._notices.add(Notice(text=self.tr("The example was removed."), actions=(undo,), key="example"))

    def _restore(self, examples: tuple[tuple[str, str], ...]) -> None:
        self._session.set_preferences(replace(self._session.preferences, examples=examples))

    def _on_preferences_changed(self, _none: None) -> None:
        """Follow another conversation or an undo; what is being typed here is not taken away by its own saving."""
        mine = tuple(row.pair() for row in self.rows if row.is_whole())
        if mine != self._session.preferences.examples and not self._soon.isActive():
            self._show()


class ExampleRow(QFrame):
    """A question and its answer."""

    changed = Signal()
    removed = Signal()

    def __init__(self, question: str, answer: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setProperty("type", "strong")
        self.remove = QToolButton(self)
        self.remove.setProperty("look", "quiet")
        set_icon(self.remove, "trash", colour="secondary", size=14)
        self.remove.setToolTip(self.tr("Remove this example"))
        self.remove.clicked.connect(self.removed)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.remove)
        self.question = self._field(self.tr("Question"), question)
        self.answer = self._field(self.tr("Answer"), answer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addLayout(head)
        column.addWidget(self.question)
        column.addWidget(self.answer)
        column.addSpacing(GAP_SMALL)

    def _field(self, name: str, text: str) -> QPlainTextEdit:
        field = QPlainTextEdit(text, self)
        field.setPlaceholderText(name)
        field.setTabChangesFocus(True)
        field.setFixedHeight(_LINES * field.fontMetrics().lineSpacing() + 22)
        field.textChanged.connect(self.changed)
        return field

    def show_number(self, number: int) -> None:
        """Say which example it is."""
        self._title.setText(self.tr("Example {number}").format(number=number))
        self.remove.setAccessibleName(self.tr("Remove example {number}").format(number=number))
        self.question.setAccessibleName(self.tr("Question of example {number}").format(number=number))
        self.answer.setAccessibleName(self.tr("Answer of example {number}").format(number=number))

    def pair(self) -> tuple[str, str]:
        """Return question and answer as they are written."""
        return self.question.toPlainText(), self.answer.toPlainText()

    def is_whole(self) -> bool:
        """Say whether both have words."""
        return all(text.strip() for text in self.pair())
