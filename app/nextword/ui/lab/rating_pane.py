"""Blind A/B: two answers to an item, nobody says whose; keys 1, 2 and 0, and who won at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nextword.lab.rating import Better, Pair, Rating, rated, tally
from nextword.ui.lab.verdict_words import p_words, percent_interval
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label


class RatingPane(QWidget):
    """said: item and Rating, None where it is taken back. closed: the person wants the table again."""

    said = Signal(int, object)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Two answers to be compared"))
        self.pairs: tuple[Pair, ...] = ()
        self.ratings: dict[int, Rating] = {}
        self._texts: Sequence[str] = ()
        self._names = ("", "")
        self._at = 0
        self._cards: list[QFrame] = []
        self.progress = QLabel(self)
        self.progress.setProperty("type", "small")
        self.question = text_label("", "strong")
        self.left, self.right = text_label("", "message"), text_label("", "message")
        self.left_button = self._button(self.tr("1 is better"), "1", 1)
        self.neither = self._button(self.tr("Neither (0)"), "0", 0)
        self.right_button = self._button(self.tr("2 is better"), "2", 2)
        self.back = QPushButton(self.tr("Back"), self)
        self.back.setToolTip(self.tr("Rate the one before again (Backspace)"))
        self.back.clicked.connect(self.go_back)
        self.leave = QPushButton(self.tr("To the answers"), self)
        self.leave.setProperty("look", "quiet")
        self.leave.clicked.connect(self.closed)
        self.verdict = text_label("", "message")
        self._lay_out()
        self._add_keys()

    def _button(self, words: str, key: str, side: Better) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(self.tr("Key {key}").format(key=key))
        button.clicked.connect(lambda _checked=False: self.say(side))
        return button

    def _lay_out(self) -> None:
        sides = QHBoxLayout()
        sides.setSpacing(GAP)
        for name, text in ((self.tr("1"), self.left), (self.tr("2"), self.right)):
            card = QFrame(self)
            card.setProperty("look", "card")
            column = QVBoxLayout(card)
            column.setContentsMargins(GAP, GAP, GAP, GAP)
            head = QLabel(name, card)
            head.setProperty("type", "strong")
            column.addWidget(head)
            column.addWidget(text)
            column.addStretch(1)
            sides.addWidget(card, 1)
            self._cards.append(card)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        for button in (self.left_button, self.neither, self.right_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.progress)
        column.addWidget(self.question)
        column.addLayout(sides)
        column.addWidget(self.verdict)
        column.addLayout(buttons)
        column.addStretch(1)
        column.addSpacing(GAP_WIDE)

    def _add_keys(self) -> None:
        for key, act in (
            ("1", self.left_button.click),
            ("2", self.right_button.click),
            ("0", self.neither.click),
            ("Backspace", self.go_back),
        ):
            action = QAction(self)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(act)
            self.addAction(action)

    # --- what a person does ---------------------------------------------------------------------------------

    def begin(
        self, pairs: Sequence[Pair], texts: Sequence[str], names: tuple[str, str], ratings: Mapping[int, Rating]
    ) -> None:
        """Show the first pair that was not rated. texts: of all items. names: of the two runs, told at the end."""
        self.pairs, self._texts, self._names = tuple(pairs), texts, names
        self.ratings = dict(ratings)
        self._at = next((at for at, pair in enumerate(self.pairs) if pair.item not in self.ratings), len(self.pairs))
        self._show()
        self.setFocus()

    def say(self, side: Better) -> None:
        """Rate the pair that is shown. side: 1 left, 2 right, 0 neither."""
        if self._at >= len(self.pairs):
            return
        pair = self.pairs[self._at]
        self.ratings[pair.item] = rated(pair, side)
        self.said.emit(pair.item, self.ratings[pair.item])
        self._at = next(
            (at for at in range(self._at + 1, len(self.pairs)) if self.pairs[at].item not in self.ratings),
            len(self.pairs),
        )
        self._show()

    @Slot()
    def go_back(self) -> None:
        """Show the pair before again; what was said of it is taken back."""
        if self._at == 0:
            return
        self._at -= 1
        item = self.pairs[self._at].item
        if self.ratings.pop(item, None) is not None:
            self.said.emit(item, None)
        self._show()

    def _show(self) -> None:
        done = self._at >= len(self.pairs)
        for card in self._cards:
            card.setVisible(not done)
        for button in (self.left_button, self.neither, self.right_button):
            button.setEnabled(not done)
        self.back.setEnabled(self._at > 0)
        self.question.setVisible(not done)
        self.verdict.setVisible(done)
        if done:
            self.progress.setText(self.tr("All {count} pairs are rated.").format(count=len(self.pairs)))
            self.verdict.setText(self._verdict())
            return
        pair = self.pairs[self._at]
        words = self.tr("{at} of {all} · which answer is better? Whose it is is told at the end.")
        self.progress.setText(words.format(at=self._at + 1, all=len(self.pairs)))
        self.question.setText(self._texts[pair.item])
        self.left.setText(pair.left.strip() or self.tr("(nothing was written)"))
        self.right.setText(pair.right.strip() or self.tr("(nothing was written)"))

    def _verdict(self) -> str:
        if not self.pairs:
            return self.tr("The answers of both are the same for every item: there is nothing to rate.")
        found = tally(self.ratings)
        first, second = self._names
        counts = self.tr("{first} was better {a} times, {second} {b} times, neither {c} times.").format(
            first=first, a=found.first, second=second, b=found.second, c=found.ties
        )
        if not found.first + found.second:
            return counts
        share = self.tr("Share of {first} among those: {share}; sign test {p}.").format(
            first=first, share=percent_interval(found.share), p=p_words(found.p)
        )
        few = self.tr("With so few pairs this says little.") if found.first + found.second < _FEW else ""
        return "\n".join(part for part in (counts, share, few) if part)


_FEW = 15
