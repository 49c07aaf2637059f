"""What an empty chat shows: what this is, what the model is, and three things to try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.ui.chat.column import column_for
from nextword.ui.chat.first_steps import Step, Try, steps_for
from nextword.ui.chat.ways_on import BaseWays
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_TINY, GAP_WIDE

_LEAST_LETTERS = 28  # in a line of a card beside its buttons


class Welcome(QScrollArea):
    """try_chosen: a button of a card; models_wanted: the person wants to see the models. ways: with a base model."""

    try_chosen = Signal(object)  # Try
    models_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind = ""
        self._cards: list[_Card] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._build_page())
        self._inner = QVBoxLayout(self._column)
        self._inner.setContentsMargins(0, 0, 0, 0)
        self._inner.setSpacing(GAP)
        title = QLabel(self.tr("Ask a language model on this machine"), self)
        title.setProperty("type", "title")
        title.setWordWrap(True)
        self.about = QLabel(self)
        self.about.setProperty("type", "secondary")
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self._models = QPushButton(self.tr("Show models"), self)
        self._models.setProperty("look", "link")
        self._models.setStyleSheet("padding-left: 0px; padding-right: 0px")
        self._models.clicked.connect(self.models_wanted)
        self._inner.addWidget(title)
        self._inner.addWidget(self.about)
        self._inner.addWidget(self._models, 0, Qt.AlignmentFlag.AlignLeft)
        self._inner.addSpacing(GAP_TINY)
        self.ways = BaseWays(self._column)
        self._inner.addWidget(self.ways)
        self.show_model("instruct", "", offer_models=False)

    def _build_page(self) -> QWidget:
        """Put a column in the middle of a page."""
        page = QWidget(self)
        page.setObjectName("page_content")
        self._column = QWidget(page)
        across = QHBoxLayout()  # stretches, for what is aligned is not asked how high it is at its width
        across.addStretch(1)
        across.addWidget(self._column)
        across.addStretch(1)
        outer = QVBoxLayout(page)
        outer.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        outer.addStretch(1)
        outer.addLayout(across)
        outer.addStretch(1)
        return page

    def show_model(self, kind: str, about: str, *, offer_models: bool) -> None:
        """Say in a sentence what model answers here, and offer what suits its kind ("instruct" or "base")."""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self._models.setVisible(offer_models)
        self.ways.setVisible(kind == "base")
        if kind != self._kind:
            self._kind = kind
            for card in self._cards:
                self._inner.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = [self._card(step) for step in steps_for(kind)]
            for card in self._cards:
                self._inner.addWidget(card)

    def _card(self, step: Step) -> _Card:
        card = _Card(step, self._column)
        for button in card.buttons:
            button.chosen.connect(self.try_chosen)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The size of the viewport. Asking for the viewport itself makes PySide look through all kinds of widgets.
        self._column.setFixedWidth(int(column_for(event.size().width()).width))


class _Card(QFrame):
    """Words with buttons beside them, or below where the words would become a narrow column."""

    def __init__(self, step: Step, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        title = QLabel(step.title, self)
        title.setProperty("type", "strong")
        text = QLabel(step.text, self)
        text.setProperty("type", "secondary")
        for label in (title, text):
            label.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(title)
        words.addWidget(text)
        self.buttons = [_TryButton(offered, self) for offered in step.tries]
        beside = QHBoxLayout()
        beside.setSpacing(GAP_SMALL)
        for button in self.buttons:
            button.setAccessibleDescription(f"{step.title}. {step.text}")
            beside.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        beside.addStretch(1)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(GAP_WIDE, GAP, GAP, GAP)
        self._line.setSpacing(GAP_SMALL)
        self._line.addLayout(words, 1)
        self._line.addLayout(beside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        taken = sum(button.sizeHint().width() + GAP_SMALL for button in self.buttons) + GAP_WIDE + GAP
        letters = self.fontMetrics().averageCharWidth() * _LEAST_LETTERS
        below = event.size().width() - taken < letters
        self._line.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)


class _TryButton(QPushButton):
    chosen = Signal(object)

    def __init__(self, offered: Try, parent: QWidget) -> None:
        super().__init__(offered.label, parent)
        self._offered = offered
        self.setToolTip(offered.prompt or self.tr("Label probabilities without and with examples, side by side"))
        self.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self._offered)
