"""What the model sees: the exact prompt of the next answer, or of the chosen one, as tokens, in a pane."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from nextword.chat.answer import ShownMessage
from nextword.chat.forms import SYSTEM
from nextword.chat.seeing import SeenPrompt
from nextword.chat.session import ChatSession
from nextword.engine.protocol import ANSWER
from nextword.history.records import Attachment
from nextword.ui.chat.prompt_sections import WHOLE, Part, parts_of
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.token_chips import ChipSection, TokenChips
from nextword.ui.widgets.token_text import number

Draft: TypeAlias = tuple[str, tuple[Attachment, ...]]

_REFRESH_MILLISECONDS = 150
_NEXT, _CHOSEN = "next", "chosen"


class SeenPromptPane(QWidget):
    """Follows a session while it is on screen. set_chosen tells which message is the chosen one.

    draft: gives what is being written, with what is attached to it.
    """

    def __init__(self, session: ChatSession, draft: Callable[[], Draft], parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._draft = draft
        self._seen = SeenPrompt()
        self._row = -1
        self._asked = 0
        self._which = QComboBox(self)
        self._which.addItem(self.tr("For the next answer"), _NEXT)
        self._which.addItem(self.tr("For the chosen answer"), _CHOSEN)
        self._which.setAccessibleName(self.tr("Which prompt"))
        self._which.activated.connect(self.refresh)
        self.ids = QCheckBox(self.tr("Ids"), self)
        self.ids.setToolTip(self.tr("Write the number of each token in the vocabulary under it"))
        self._more = QToolButton(self)
        self._summary = QLabel(self)
        self._summary.setWordWrap(True)
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self.chips = TokenChips(self)
        self.chips.setAccessibleName(self.tr("The prompt as tokens"))
        self.chips.token_chosen.connect(self._on_token_chosen)
        self.ids.toggled.connect(self.chips.set_ids)
        self._token = QLabel(self)
        self._token.setProperty("type", "small")
        self._token.setWordWrap(True)
        self._token.setTextFormat(Qt.TextFormat.PlainText)
        self._token.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._disconnect = [
            session.reset.connect(self._on_changed),
            session.message_added.connect(self._on_changed),
            session.busy_changed.connect(self._on_changed),
            session.preferences_changed.connect(self._on_changed),
        ]
        self.setFocusProxy(self.chips)
        self._on_token_chosen(-1)

    def _build(self) -> None:
        set_icon(self._more, "copy", colour="secondary", size=16)
        self._more.setProperty("look", "quiet")
        self._more.setAccessibleName(self.tr("Copy the prompt"))
        self._more.setToolTip(self.tr("Copy the prompt"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._more)
        copy = QAction(self.tr("As text"), menu)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_text)
        self.chips.addAction(copy)
        menu.addAction(copy)
        menu.addAction(self.tr("As ids")).triggered.connect(self.copy_ids)
        self._more.setMenu(menu)
        head = QHBoxLayout()
        head.setContentsMargins(GAP_WIDE, 0, GAP_SMALL, GAP_SMALL)
        head.setSpacing(GAP_SMALL)
        head.addWidget(self._which, 1)
        head.addWidget(self.ids)
        head.addWidget(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        for label in (self._summary, self._token):
            label.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.addWidget(self._summary)
        column.addWidget(self.chips, 1)
        column.addWidget(self._token)
        self._token.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP)

    @property
    def summary(self) -> str:
        """What is said above the tokens."""
        return self._summary.text()

    def shut_down(self) -> None:
        """Listen to the session no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    def set_chosen(self, row: int) -> None:
        """Take the message that is chosen in the conversation; -1: none."""
        if row != self._row:
            self._row = row
            if self._which.currentData() == _CHOSEN:
                self._on_changed(None)

    def ask_again(self) -> None:
        """Ask for the prompt once more: another model reads other tokens."""
        self._on_changed(None)

    def show_chosen(self, row: int) -> None:
        """Show the prompt of a message instead of the next one."""
        self._row = row
        self._which.setCurrentIndex(self._which.findData(_CHOSEN))
        self._on_changed(None)

    # --- asking ---------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, _what: object) -> None:
        self._asked += 1  # what is still to come is of the path before
        if self.isVisible():
            self._timer.start()

    @Slot()
    def refresh(self) -> None:
        """Ask for the prompt as it is now; while an answer is made the engine has no time for it."""
        if not self.isVisible():
            return
        if self._session.busy:
            self._summary.setText(self.tr("An answer is being written; the prompt is read again after it."))
            return
        self._asked += 1
        until: int | None = None
        if self._which.currentData() == _CHOSEN:
            if not 0 <= self._row < len(self._session.shown):
                self._show_nothing(self.tr("Choose a message to see what it was made from."))
                return
            until = self._row
        if self._session.model_kind is None:
            self._show_nothing(self.tr("No model is loaded: only a model's vocabulary says what the tokens are."))
            return
        text, files = self._draft()
        said = self._session.shown or text.strip() or files or self._session.preferences.system_prompt
        if until is None and not said:
            self._show_nothing(self.tr("Nothing has been said yet."))
            return
        self._session.prompt_tokens(until, partial(self._on_seen, self._asked, until), draft=text, attachments=files)

    def _on_seen(self, asked: int, until: int | None, seen: SeenPrompt) -> None:
        if asked != self._asked:
            return
        if seen.error is not None:
            words = explain(seen.error)
            self._show_nothing(f"{words.title} {words.text}".strip())
        elif seen.tokens or seen.left_out:
            self._seen = seen
            made = self._message(until) if until is not None else None
            self._summary.setText(" ".join(part for part in (self._summary_of(seen), self._then(made)) if part))
            self.chips.show_sections([self._section(part) for part in parts_of(seen)])
            self._more.setEnabled(True)

    def _show_nothing(self, words: str) -> None:
        self._seen = SeenPrompt()
        self.chips.show_sections([])
        self._summary.setText(words)
        self._more.setEnabled(False)

    # --- words ----------------------------------------------------------------------------------------------

    def _summary_of(self, seen: SeenPrompt) -> str:
        words = self.tr("{count} of {room} tokens of the context").format(
            count=number(len(seen.tokens)), room=number(seen.context_tokens)
        )
        if seen.left_out:
            gone = len(seen.left_out)
            more = self.tr("1 message is left out: it does not fit.")
            if gone > 1:
                more = self.tr("{count} messages are left out: they do not fit.").format(count=number(gone))
            return f"{words}. {more}"
        return f"{words}."

    def _then(self, message: ShownMessage | None) -> str:
        """Say of an answer that it was not made from exactly this."""
        read = message.outcome.prompt_tokens if message is not None and message.outcome is not None else 0
        if read in (0, len(self._seen.tokens)):
            return ""
        return self.tr(
            "When this answer was made, {count} tokens were read: it was continued, or model, settings or template "
            "were others."
        ).format(count=number(read))

    def _section(self, part: Part) -> ChipSection:
        title = self._title(part.owner)
        if part.left_out:
            message = self._message(part.owner)
            text = " ".join(message.text[:200].split()) if message is not None else ""  # the draft is never left out
            if part.left_out > 1:
                title = self.tr("Messages {first} to {last}").format(
                    first=number(part.owner + 1), last=number(part.owner + part.left_out)
                )
            return ChipSection(title, self.tr("left out"), text=text, faint=True)
        around = len(part.chips) - part.own_tokens
        if part.owner == ANSWER or not part.own_tokens:
            note = self._tokens(len(part.chips))
        elif around:
            note = self.tr("{count} · template {around}").format(
                count=self._tokens(part.own_tokens), around=number(around)
            )
        else:
            note = self._tokens(part.own_tokens)
        return ChipSection(title, note, part.chips)

    def _tokens(self, count: int) -> str:
        return self.tr("1 token") if count == 1 else self.tr("{count} tokens").format(count=number(count))

    def _message(self, index: int) -> ShownMessage | None:
        shown = self._session.shown
        return shown[index] if 0 <= index < len(shown) else None

    def _title(self, owner: int) -> str:
        message = self._message(owner)
        if message is not None:
            return {"user": self.tr("You"), "system": self.tr("Instruction")}.get(message.role, self.tr("Model"))
        match owner:
            case _ if owner == len(self._session.shown):
                return self.tr("You, not sent yet")
            case _ if owner == SYSTEM:
                return self.tr("System prompt")
            case _ if owner == ANSWER:
                return self.tr("Here the answer begins")
            case _ if owner == WHOLE:
                return self.tr("The whole prompt")
        return self.tr("Template")

    @Slot(int)
    def _on_token_chosen(self, token: int) -> None:
        if token >= 0:
            self._token.setText(self.chips.in_words(token))
        else:
            self._token.setText(
                self.tr("Round: control tokens. Dotted: written by the template. · is a space, ↵ a new line.")
            )

    # --- copying --------------------------------------------------------------------------------------------

    @Slot()
    def copy_text(self) -> None:
        """Put the prompt with the names of its control tokens into the clipboard."""
        text = b"".join(token.text for token in self._seen.tokens)
        QGuiApplication.clipboard().setText(text.decode("utf-8", "replace"))

    @Slot()
    def copy_ids(self) -> None:
        """Put the ids into the clipboard, as a list."""
        QGuiApplication.clipboard().setText(str([token.id for token in self._seen.tokens]))

    @Slot(QModelIndex)
    def follow(self, index: QModelIndex) -> None:
        """Take the current row of the messages as the chosen one."""
        self.set_chosen(index.row())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
