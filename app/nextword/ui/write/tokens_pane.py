"""Tokens in a pane: a text as the tokens of one model and of a second one, counted, and the whole vocabulary."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, QTimer, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.hub.library import Library
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_chips import Chip, ChipSection, TokenChips
from nextword.ui.widgets.token_text import number
from nextword.ui.write.pane_room import PaneRoom
from nextword.ui.write.tokens_figure import CountsFigure
from nextword.ui.write.tokens_vocabulary_view import VocabularyView
from nextword.write.session import WriteSession
from nextword.write.tokens_counts import count_text
from nextword.write.tokens_desk import MOST_CHARACTERS, TokenDesk, Tokens
from nextword.write.tokens_vocabulary import VocabularyReader, VocabularyTable

_TYPING_MILLISECONDS = 200
_WIDTH = 400


class TokensPane(QWidget):
    """Shows the text of the document, or what is typed here. make_engine: gives a process for the second model."""

    def __init__(
        self,
        session: WriteSession,
        vocabulary: VocabularyReader,
        library: Library,
        *,
        make_engine: Callable[[], Engine],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._library = library
        self.desk = TokenDesk(session.engine, vocabulary, make_engine)
        self._wanted_second = ""  # it is chosen; its process runs while the pane can be seen
        self._build()
        PaneRoom(self, _WIDTH)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TYPING_MILLISECONDS)
        self._soon.timeout.connect(self._take_text)
        self.text.textChanged.connect(self._on_typed)
        self._own_text = False
        self._disconnect = [
            self.desk.changed.connect(self._on_changed),
            session.tokens_changed.connect(self._on_document),
            session.document_changed.connect(self._on_document),
            library.changed.connect(self._fill_models),
        ]
        self._fill_models(None)

    # --- building -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName(self.tr("Text to be taken apart"))
        self.text.setPlaceholderText(self.tr("Type a text, or take that of the document"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(5 * self.text.fontMetrics().lineSpacing())
        self.follow = QPushButton(self.tr("Text of the document"), self)
        self.follow.setToolTip(self.tr("Show the text of the document here, also while it grows"))
        self.follow.clicked.connect(self.follow_document)
        self.ids = QCheckBox(self.tr("Ids"), self)
        self.ids.setToolTip(self.tr("Write the number of each token in the vocabulary under it"))
        self.second = QComboBox(self)
        self.second.setAccessibleName(self.tr("Second model"))
        self.second.setToolTip(self.tr("Its vocabulary is opened without its weights, in a process of its own"))
        self.second.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.second.setMinimumContentsLength(14)
        self.second.activated.connect(self._on_second_chosen)
        self.chips = TokenChips(self)
        self.chips.setAccessibleName(self.tr("The text as tokens"))
        self.chips.token_chosen.connect(self._on_token_chosen)
        self.ids.toggled.connect(self.chips.set_ids)
        self.token = text_label("", "small")
        self.bars = _Bars(self)
        self.export = ExportButton(self, figure=self._figure)
        self.note = text_label("", "small")
        self.vocabulary = VocabularyView(self)
        self.which = QComboBox(self)
        self.which.setAccessibleName(self.tr("Vocabulary of"))
        self.which.activated.connect(self._show_vocabulary)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self._make_text_tab(), self.tr("Text"))
        self.tabs.addTab(self._make_vocabulary_tab(), self.tr("Vocabulary"))
        self.tabs.currentChanged.connect(self._show_vocabulary)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.addWidget(self.tabs)
        self.setFocusProxy(self.text)

    def _make_text_tab(self) -> QWidget:
        page = QWidget(self)
        source = QHBoxLayout()
        source.setSpacing(GAP_SMALL)
        source.addWidget(self.follow)
        source.addStretch(1)
        source.addWidget(self.ids)
        choice = QHBoxLayout()
        choice.setSpacing(GAP_SMALL)
        choice.addWidget(text_label(self.tr("Compare with"), "small"))
        choice.addWidget(self.second, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.text)
        column.addLayout(source)
        column.addLayout(choice)
        column.addWidget(self.note)
        column.addWidget(self.chips, 1)
        column.addWidget(self.token)
        column.addWidget(self.bars)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.export)
        column.addLayout(foot)
        return page

    def _make_vocabulary_tab(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.which)
        column.addWidget(self.vocabulary, 1)
        return page

    def shut_down(self) -> None:
        """End the second process, and listen no more."""
        self._soon.stop()
        for disconnect in self._disconnect:
            disconnect()
        self.desk.close()

    # --- the text -------------------------------------------------------------------------------------------

    def show_text(self, text: str) -> None:
        """Take a text apart that is not the document's."""
        self.text.setPlainText(text)
        self._take_text()

    @Slot()
    def follow_document(self) -> None:
        """Show the text of the document, from now on as it is."""
        self._own_text = False
        self.text.blockSignals(True)
        self.text.setPlainText(self._session.written.text[: MOST_CHARACTERS + 1])
        self.text.blockSignals(False)
        self._take_text()

    @Slot()
    def _on_typed(self) -> None:
        self._own_text = True
        self._soon.start()

    def _on_document(self, _what: object) -> None:
        if self.isVisible() and not self._own_text and not self._soon.isActive():
            QTimer.singleShot(_TYPING_MILLISECONDS, self, self._follow_quietly)

    @Slot()
    def _follow_quietly(self) -> None:
        if self.isVisible() and not self._own_text and not self._session.busy:
            self.follow_document()

    @Slot()
    def _take_text(self) -> None:
        self._soon.stop()
        text = self._session.written.text if not self._own_text else self.text.toPlainText()
        self.desk.set_text(text)
        self._on_changed(None)

    # --- the second model -----------------------------------------------------------------------------------

    def _fill_models(self, _what: object) -> None:
        self.second.clear()
        self.second.addItem(self.tr("no other model"), "")
        for model in self._library.models:
            if model.problem is None:
                self.second.addItem(model.name or model.path, model.path)
        self.second.setCurrentIndex(max(0, self.second.findData(self._wanted_second)))

    @Slot(int)
    def _on_second_chosen(self, index: int) -> None:
        self.choose_second(str(self.second.itemData(index)))

    def choose_second(self, path: str) -> None:
        """Compare with the vocabulary of the model at `path`; "": with none."""
        self._wanted_second = path
        self.second.setCurrentIndex(max(0, self.second.findData(path)))
        self.desk.use_second(path)
        self.desk.ask()

    # --- showing --------------------------------------------------------------------------------------------

    def _on_changed(self, _what: object) -> None:
        if not self.isVisible():
            return
        self.chips.show_sections([self._section(side.shown) for side in self.desk.sides])
        cut = self.tr("The first {count} characters of the text are shown.").format(count=number(MOST_CHARACTERS))
        self.note.setText(cut)
        self.note.setVisible(self.desk.is_cut)
        self.bars.show_figure(self._figure())
        self._fill_which()

    def _section(self, shown: Tokens) -> ChipSection:
        if shown.error is not None:
            words = explain(shown.error)
            return ChipSection(shown.model or self.tr("Tokens"), "", (), f"{words.title} {words.text}".strip())
        if not shown.model:
            return ChipSection(self.tr("Tokens"), "", (), self.tr("The vocabulary is being opened."))
        note = ""
        if shown.counts is not None:
            counts = shown.counts
            note = self.tr("{count} tokens").format(count=number(counts.tokens))
            if counts.added:
                note = self.tr("{count} tokens and {added} added").format(
                    count=number(counts.tokens), added=number(counts.added)
                )
        return ChipSection(shown.model, note, tuple(Chip(token) for token in shown.tokens))

    def _figure(self) -> CountsFigure:
        counts = [side.shown.counts for side in self.desk.sides if side.shown.counts is not None]
        return CountsFigure(count_text(self.desk.shown_text), counts)

    @Slot(int)
    def _on_token_chosen(self, token: int) -> None:
        if token >= 0:
            self.token.setText(self.chips.in_words(token))
        else:
            self.token.setText(
                self.tr("Round: control tokens. · is a space, ↵ a new line, ⟨E2⟩ a byte of a character.")
            )

    # --- the vocabulary -------------------------------------------------------------------------------------

    def _fill_which(self) -> None:
        names = [side.shown.model or self.tr("The model") for side in self.desk.sides]
        if names != [self.which.itemText(row) for row in range(self.which.count())]:
            place = max(0, self.which.currentIndex())
            self.which.clear()
            self.which.addItems(names)
            self.which.setCurrentIndex(min(place, len(names) - 1))
            self._show_vocabulary()
        self.which.setVisible(len(names) > 1)

    @Slot()
    def _show_vocabulary(self) -> None:
        sides = self.desk.sides
        if self.tabs.currentIndex() != 1 or not 0 <= self.which.currentIndex() < len(sides):
            return
        side = sides[self.which.currentIndex()]
        if side.engine.status.model is not None:
            side.vocabulary.read(self._on_vocabulary)

    def _on_vocabulary(self, table: VocabularyTable | NextwordError) -> None:
        if isinstance(table, VocabularyTable):
            self.vocabulary.show_vocabulary(table)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._wanted_second:
            self.desk.use_second(self._wanted_second)
        if not self._own_text:
            self.follow_document()
        self.desk.ask()
        self._on_token_chosen(self.chips.current)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.desk.use_second("")  # its process goes; the choice stays


class _Bars(QWidget):
    """The counts as bars."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._figure = CountsFigure(count_text(""), ())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: CountsFigure) -> None:
        """Show these counts."""
        self._figure = figure
        self.setAccessibleName(figure.in_words())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, round(self._figure.bars_height()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._figure.paint_bars(painter, QRectF(self.rect()), current_theme().colours)
