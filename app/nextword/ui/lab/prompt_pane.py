"""The middle of the builder: the prompt exactly as the model sees it, how long it is, and what to mind about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.lab.builder import Builder, Change
from nextword.ui.lab.lint_words import Note, notes_of
from nextword.ui.lab.prompt_regions import TokenGroup, groups_of, pieces_of
from nextword.ui.lab.prompt_ruler import PromptRuler
from nextword.ui.lab.prompt_text import PromptText
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.token_chips import Chip, ChipSection, TokenChips
from nextword.ui.widgets.token_text import number


class PromptPane(QWidget):
    """Follows the builder. write_wanted: the prompt as a text, to be gone on with in Write."""

    write_wanted = Signal(str)

    def __init__(self, builder: Builder, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._groups: list[TokenGroup] = []
        self.text = PromptText(self)
        self.chips: TokenChips | None = None
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.text)
        self.ruler = PromptRuler(self)
        self.count = QLabel(self)
        self.count.setProperty("type", "small")
        self.ids = QCheckBox(self.tr("Tokens and ids"), self)
        self.copy = QToolButton(self)
        self.write = QToolButton(self)
        self.notes_button = QPushButton(self)
        self.notes = QLabel(self)
        self._lay_out()
        self.ids.toggled.connect(self._on_ids)
        self.copy.clicked.connect(self._on_copy)
        self.write.clicked.connect(self._on_write)
        self.notes_button.toggled.connect(self._on_notes_toggled)
        self._disconnect = builder.changed.connect(self._on_changed)
        self._show()

    def _lay_out(self) -> None:
        card = QFrame(self)
        card.setProperty("look", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(GAP_TINY, GAP_TINY, GAP_TINY, GAP_TINY)
        inside.addWidget(self._stack)
        self.copy.setProperty("look", "quiet")
        set_icon(self.copy, "copy", colour="secondary", size=14)
        self.copy.setAccessibleName(self.tr("Copy the prompt"))
        self.copy.setToolTip(self.tr("Copy the prompt"))
        self.write.setProperty("look", "quiet")
        set_icon(self.write, "pencil-simple", colour="secondary", size=14)
        self.write.setAccessibleName(self.tr("Open the prompt in Write"))
        self.ids.setToolTip(self.tr("Show each token by itself, with its number in the vocabulary"))
        self.notes_button.setProperty("look", "link")
        self.notes_button.setCheckable(True)
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.hide()
        line = QWidget(self)
        flow = FlowLayout(line)
        flow.setSpacing(GAP_SMALL)
        for widget in (self.count, self.notes_button, self.ids, self.copy, self.write):
            flow.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(card, 1)
        column.addWidget(self.ruler)
        column.addWidget(line)
        column.addWidget(self.notes)

    def close_pane(self) -> None:
        """Listen no more."""
        self._disconnect()

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_changed(self, _change: Change) -> None:
        self._show()

    def _show(self) -> None:
        builder = self._builder
        prompt, tokens = builder.prompt, builder.tokens
        if tokens or builder.model is None or builder.error is not None or not self.text.text():
            bos = builder.model.tokens.bos if builder.model is not None else None
            self.text.show_pieces(pieces_of(prompt, tokens, bos))
            self._groups = groups_of(prompt, tokens) if tokens else []
            self.ruler.show_groups(self._groups, builder.model.context_tokens if builder.model else 0)
            self._count(len(tokens))
            self._show_chips()
            self._show_write()
        self._show_notes(notes_of(builder))

    def _show_write(self) -> None:
        """Offer Write for what it can take: a text."""
        text = self.text.plain_text()
        self.write.setEnabled(bool(text))
        self.write.setToolTip(
            self.tr("Open the prompt in Write: continue it, and question every token of it")
            if text is not None
            else self.tr("Write takes plain texts, and this prompt has the control tokens of a chat template in it")
        )

    def _count(self, tokens: int) -> None:
        model = self._builder.model
        if model is None or not tokens:
            self.count.setText(self.tr("not counted yet"))
            return
        self.count.setText(
            self.tr("{count} tokens of {context}").format(count=number(tokens), context=number(model.context_tokens))
        )

    @Slot(bool)
    def _on_ids(self, shown: bool) -> None:
        if shown and self.chips is None:
            self.chips = TokenChips(self)
            self.chips.set_ids(True)
            self.chips.setAccessibleName(self.tr("The prompt as tokens"))
            self._stack.addWidget(self.chips)
        self._show_chips()
        self._stack.setCurrentWidget(self.chips if shown and self.chips is not None else self.text)

    def _show_chips(self) -> None:
        if self.chips is None or not self.ids.isChecked():
            return
        sections = []
        for group in self._groups:
            count = len(group.tokens)
            note = self.tr("1 token") if count == 1 else self.tr("{count} tokens").format(count=number(count))
            chips = tuple(Chip(token, group.group == "template") for token in group.tokens)
            sections.append(ChipSection(self._group_name(group), note, chips))
        self.chips.show_sections(sections)

    def _group_name(self, group: TokenGroup) -> str:
        match group.group:
            case "example":
                return self.tr("Example {number}").format(number=group.example + 1)
            case "instruction":
                return self.tr("Instruction")
            case "input":
                return self.tr("Input")
        return self.tr("Template")

    # --- notes ----------------------------------------------------------------------------------------------

    def _show_notes(self, notes: list[Note]) -> None:
        count = len(notes)
        self.notes_button.setVisible(bool(notes))
        self.notes_button.setText(
            self.tr("1 note: {text}").format(text=notes[0].title)
            if count == 1
            else self.tr("{count} notes").format(count=count)
        )
        self.notes_button.setProperty("look", "warning" if any(note.is_warning for note in notes) else "link")
        self.notes_button.style().polish(self.notes_button)
        self.notes_button.setToolTip(self.tr("Show what to mind, and what to do about it"))
        self.notes.setText("\n".join(f"• {note.title}. {note.advice}" for note in notes))
        self.notes.setVisible(bool(notes) and self.notes_button.isChecked())

    @Slot(bool)
    def _on_notes_toggled(self, shown: bool) -> None:
        self.notes.setVisible(shown)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.text())

    @Slot()
    def _on_write(self) -> None:
        text = self.text.plain_text()
        if text:
            self.write_wanted.emit(text)
