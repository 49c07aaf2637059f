"""What an empty chat shows: what this is, what the model is, and three things to try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.ui.chat.column import column_for
from nextword.ui.chat.first_steps import Step, Try, steps_for
from nextword.ui.chat.ways_on import BaseWays
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_TINY, GAP_WIDE


class Welcome(QScrollArea):
    """try_chosen: a button of a card; models_wanted: the person wants to see the models. ways: with a base model."""

    try_chosen = Signal(object)  # Try
    models_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind = ""
        self._cards: list[QFrame] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget(self)
        page.setObjectName("page_content")
        self._column = QWidget(page)
        outer = QHBoxLayout(page)
        outer.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        outer.addWidget(self._column, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
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
        self.setWidget(page)
        self.show_model("instruct", "", offer_models=False)

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

    def _card(self, step: Step) -> QFrame:
        card = QFrame(self._column)
        card.setProperty("look", "card")
        title = QLabel(step.title, card)
        title.setProperty("type", "strong")
        text = QLabel(step.text, card)
        text.setProperty("type", "secondary")
        text.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(title)
        words.addWidget(text)
        line = QHBoxLayout(card)
        line.setContentsMargins(GAP_WIDE, GAP, GAP, GAP)
        line.setSpacing(GAP_SMALL)
        line.addLayout(words, 1)
        for offered in step.tries:
            button = _TryButton(offered, card)
            button.setAccessibleDescription(f"{step.title}. {step.text}")
            button.chosen.connect(self.try_chosen)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The size of the viewport. Asking for the viewport itself makes PySide look through all kinds of widgets.
        self._column.setFixedWidth(int(column_for(event.size().width()).width))


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
