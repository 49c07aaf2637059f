"""What form an answer has to have: free, by a grammar, or as JSON by a schema; checked while it is written."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import GrammarNotUnderstood
from nextword.ui.explain import explain
from nextword.ui.setting_words import words_for
from nextword.ui.theme import GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.page_frame import text_label

_TYPING_MS = 500
_LINES = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be used. line, column: from 1; 0 when it is no single place."""

    words: str
    line: int = 0
    column: int = 0


class FormField(QWidget):
    """entered: the grammar and the schema, of which at most one has a text. What is wrong is marked and not used."""

    entered = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = {"grammar": "", "json_schema": ""}  # what was written in each, while the other is chosen
        self._problem: Problem | None = None
        self.choice = QComboBox(self)
        self.choice.setAccessibleName(self.tr("Form of the answers"))
        for value, words in (
            ("", self.tr("Free text")),
            ("grammar", self.tr("A grammar (GBNF)")),
            ("json_schema", self.tr("JSON by a schema")),
        ):
            self.choice.addItem(words, value)
        self.choice.activated.connect(self._on_chosen)
        self.edit = QPlainTextEdit(self)
        self.edit.setTabChangesFocus(True)
        self.edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.edit.textChanged.connect(self._on_changed)
        self.verdict = text_label("", "small")
        self.place = QPushButton(self.tr("Show the place"), self)
        self.place.setProperty("look", "link")
        self.place.clicked.connect(self._on_place)
        self._hint = text_label("", "small")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TYPING_MS)
        self._soon.timeout.connect(self._tell)
        line = QHBoxLayout()
        line.setSpacing(GAP_SMALL)
        title = QLabel(self.tr("An answer is"), self)
        title.setBuddy(self.choice)
        line.addWidget(title, 1)
        line.addWidget(self.choice)
        below = QHBoxLayout()
        below.addWidget(self.verdict, 1)
        below.addWidget(self.place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_TINY, 0, GAP_TINY)
        column.setSpacing(GAP_TINY)
        column.addLayout(line)
        column.addWidget(self._hint)
        column.addWidget(self.edit)
        column.addLayout(below)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.show_value("", "")

    @property
    def language(self) -> str:
        """What is written: "grammar", "json_schema", or "" for nothing."""
        return str(self.choice.currentData())

    def show_value(self, grammar: str, json_schema: str) -> None:
        """Show what is used. What is being written and not used yet stays."""
        if self._soon.isActive() or self._problem is not None:
            return
        language = "grammar" if grammar else "json_schema" if json_schema else ""
        if not language and self.language and not self.edit.toPlainText():
            return  # chosen, not yet written
        self._texts |= {name: text for name, text in (("grammar", grammar), ("json_schema", json_schema)) if text}
        self._show(language)

    def flush(self) -> None:
        """Take what was written and not yet told."""
        if self._soon.isActive():
            self._tell()

    def forget(self) -> None:
        """Drop what was written and not used: another conversation is shown."""
        self._soon.stop()
        self._problem = None
        self._texts = dict.fromkeys(self._texts, "")

    def mark(self, error: GrammarNotUnderstood) -> None:
        """Show what the engine says of the text."""
        self._mark(Problem(explain(error).text, error.line, error.column))

    def _show(self, language: str) -> None:
        self.choice.setCurrentIndex(self.choice.findData(language))
        self.edit.blockSignals(True)
        if self.edit.toPlainText() != self._texts.get(language, ""):
            self.edit.setPlainText(self._texts.get(language, ""))
        self.edit.blockSignals(False)
        for widget in (self.edit, self._hint):
            widget.setVisible(bool(language))
        words = words_for(f"sampling.{language}")
        self.edit.setAccessibleName(words.label)
        self._hint.setText(words.hint)
        self._check()

    @Slot()
    def _on_chosen(self) -> None:
        self._problem = None
        self._show(self.language)
        self._tell()
        if self.language:
            self.edit.setFocus()

    @Slot()
    def _on_changed(self) -> None:
        self._texts[self.language] = self.edit.toPlainText()
        self._soon.start()

    @Slot()
    def _tell(self) -> None:
        self._soon.stop()
        if self._check():
            text = self.edit.toPlainText() if self.language else ""
            filled = text if text.strip() else ""
            self.entered.emit(*((filled, "") if self.language == "grammar" else ("", filled)))

    def _check(self) -> bool:
        text = self.edit.toPlainText()
        problem = problem_of(self.language, text) if self.language and text.strip() else None
        self._mark(problem)
        if problem is None and self.language and text.strip():
            self._say(self.tr("Understood; answers follow it."), "good")
        return problem is None

    def _mark(self, problem: Problem | None) -> None:
        self._problem = problem
        self._say("" if problem is None else self.tr("{why} It is not used before it is right.").format(
            why=problem.words
        ), "error")  # fmt: skip
        self.place.setVisible(problem is not None and problem.line > 0)
        marks = []
        if problem is not None and problem.line > 0:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = self._cursor(problem)
            mark.cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
            colour = current_theme().colour("error")
            mark.format.setUnderlineStyle(mark.format.UnderlineStyle.WaveUnderline)
            mark.format.setUnderlineColor(colour)
            colour.setAlphaF(0.18)
            mark.format.setBackground(colour)
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        self.edit.setExtraSelections(marks)

    def _say(self, words: str, look: str) -> None:
        self.verdict.setText(words)
        self.verdict.setVisible(bool(words))
        self.verdict.setProperty("type", look)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)

    def _cursor(self, problem: Problem) -> QTextCursor:
        block = self.edit.document().findBlockByNumber(problem.line - 1)
        if not block.isValid():
            block = self.edit.document().lastBlock()
        before = block.text().encode("utf-16-le", "surrogatepass").decode("utf-16-le")[: max(0, problem.column - 1)]
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + len(before.encode("utf-16-le")) // 2)  # Qt counts in UTF-16
        return cursor

    @Slot()
    def _on_place(self) -> None:
        if self._problem is not None:
            self.edit.setTextCursor(self._cursor(self._problem))
            self.edit.setFocus()

    @Slot()
    def _on_theme_changed(self) -> None:
        theme = current_theme()
        family = theme.font("mono").family()
        self.edit.setStyleSheet(f'font-family: "{family}"; font-size: {theme.points("mono"):.2f}pt')
        self.edit.setFixedHeight(_LINES * self.edit.fontMetrics().lineSpacing() + 16)


def problem_of(language: str, text: str) -> Problem | None:
    """Return why a grammar ("grammar") or a JSON schema ("json_schema") cannot be used, None if it can."""
    from nextword.engine.gbnf import check
    from nextword.engine.json_schema import to_gbnf

    try:
        check(to_gbnf(text) if language == "json_schema" else text)
    except GrammarNotUnderstood as error:
        if language == "json_schema" and error.language != language:  # a place in what was made of the schema
            return Problem(explain(GrammarNotUnderstood(error.reason, language=language)).text)
        return Problem(explain(error).text, error.line, error.column)
    return None
