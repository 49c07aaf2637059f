"""What the model gets: the exact tokens of the text before the cursor, control tokens in a shape of their own."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nextword.errors import NextwordError
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_chips import Chip, ChipSection, TokenChips
from nextword.ui.widgets.token_text import number, visible
from nextword.ui.write.remarks import remark_words
from nextword.write.asking_tokens import Sent, ask_tokens
from nextword.write.lints import lints_of
from nextword.write.session import WriteSession

_REFRESH_MILLISECONDS = 200


class SentPane(QWidget):
    """Follows the session while it is on screen."""

    def __init__(self, session: WriteSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._sent: Sent | None = None
        self.summary = text_label("", "secondary")
        self.lints = text_label("", "warning")
        self.ids = QCheckBox(self.tr("Ids"), self)
        self.ids.setToolTip(self.tr("Write the number of each token in the vocabulary under it"))
        copy = QPushButton(self.tr("Copy ids"), self)
        copy.clicked.connect(self._on_copy)
        self.chips = TokenChips(self)
        self.chips.setAccessibleName(self.tr("The text before the cursor as tokens"))
        self.chips.token_chosen.connect(self._on_chosen)
        self.ids.toggled.connect(self.chips.set_ids)
        self._token = QLabel(self)
        self._token.setProperty("type", "small")
        self._token.setTextFormat(Qt.TextFormat.PlainText)
        self._token.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self.ids)
        head.addStretch(1)
        head.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.summary)
        column.addWidget(self.lints)
        column.addLayout(head)
        column.addWidget(self.chips, 1)
        column.addWidget(self._token)
        self.setFocusProxy(self.chips)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._disconnect = [
            session.tokens_changed.connect(self._on_changed),
            session.caret_changed.connect(self._on_changed),
            session.busy_changed.connect(self._on_changed),
            session.sent_changed.connect(self._show),
        ]

    def shut_down(self) -> None:
        """Listen no more."""
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()

    @Slot()
    def refresh(self) -> None:
        """Ask for the tokens again."""
        if not self.isVisible() or self._session.busy:
            return
        if self._session.model is None:
            self.summary.setText(self.tr("No model is loaded: each has tokens of its own."))
            return
        ask_tokens(self._session.board, self._session.caret, self._show, self._on_failed)

    def _on_failed(self, error: NextwordError) -> None:
        self.summary.setText(explain(error).title)

    def _on_changed(self, _what: object) -> None:
        if self.isVisible():
            self._timer.start()

    def _show(self, sent: Sent) -> None:
        if not sent.tokens:
            return
        self._sent = sent
        ids = set(range(len(sent.tokens)))
        if 0 <= sent.used < len(sent.tokens):
            ids = {*range(sent.lead), *range(len(sent.tokens) - sent.used + sent.lead, len(sent.tokens))}
        left = tuple(Chip(token) for place, token in enumerate(sent.tokens) if place not in ids)
        used = tuple(Chip(token, place < sent.lead) for place, token in enumerate(sent.tokens) if place in ids)
        sections = [ChipSection(self.tr("Sent"), self._count(len(used)), used)]
        if left:
            sections.insert(0, ChipSection(self.tr("Does not fit, left out"), self._count(len(left)), left, faint=True))
        self.chips.show_sections(sections)
        self.summary.setText(self._summary(sent, len(used)))
        text = self._session.written.text[: self._session.caret]
        found = lints_of(text, sent.tokens, self._session.model)
        self.lints.setText("\n".join(remark_words(lint) for lint in found))
        self.lints.setVisible(bool(found))

    def _count(self, count: int) -> str:
        return self.tr("{count} tokens").format(count=number(count))

    def _summary(self, sent: Sent, used: int) -> str:
        model = self._session.model
        context = model.context_tokens if model is not None else 0
        words = self.tr("{used} tokens before the cursor, of a context of {context}").format(
            used=number(used), context=number(context)
        )
        if sent.begins:
            words += "\n" + self.tr("The text is longer: its first {count} characters are not shown here.").format(
                count=number(sent.begins)
            )
        return words

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        sent = self._sent
        if sent is None or not 0 <= place < len(sent.tokens):
            self._token.setText("")
            return
        token = sent.tokens[place]
        self._token.setText(
            self.tr("“{text}” · id {id} · bytes {bytes}").format(
                text=visible(token.text), id=number(token.id), bytes=token.text.hex(" ").upper()
            )
        )

    @Slot()
    def _on_copy(self) -> None:
        if self._sent is not None:
            QGuiApplication.clipboard().setText(", ".join(str(token) for token in self._sent.ids))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
