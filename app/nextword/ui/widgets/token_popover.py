"""The card beside a word: how likely it was and what else could have stood there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from nextword.engine.tokens import TokenStep
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.probability_bars import BarRow, ProbabilityBars, RestLine, rows_of
from nextword.ui.widgets.token_text import bits, choices, number, percent, visible

_WIDTH = 348
_ROWS_SHOWN = 9


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What the card shows. position: 0 for the first of `count`; vocabulary: 0 when it is not known."""

    step: TokenStep
    position: int
    count: int
    vocabulary: int = 0
    sampling: Mapping[str, object] = field(default_factory=dict)
    can_branch: bool = True


class TokenPopover(QFrame):
    """Up and Down move over the tokens, Enter continues with one, Left and Right go to the neighbour, Esc closes."""

    branch_requested = Signal(int)  # token id
    neighbour_requested = Signal(int)  # -1 or +1
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("token_popover")
        self.setProperty("look", "card")
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Probability of a token"))
        self.facts: TokenFacts | None = None
        self._home = parent
        self._build()
        self.hide()
        current_theme().changed.connect(self._on_theme_changed)

    def _build(self) -> None:
        self._where = QLabel(self)
        self._where.setProperty("type", "small")
        close = QToolButton(self)
        close.setText("×")
        close.setProperty("look", "quiet")
        close.setAccessibleName(self.tr("Close"))
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self.close_card)
        self._token = QLabel(self)
        self._token.setTextFormat(Qt.TextFormat.PlainText)
        self._token.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._figures = {name: QLabel(self) for name in ("probability", "rank", "surprisal", "entropy")}
        self.bars = ProbabilityBars(self)
        self.bars.token_taken.connect(self._on_token_taken)
        self.bars.token_pointed.connect(self._on_token_pointed)
        self.bars.installEventFilter(self)
        self._rest = RestLine(self)
        self._branch = QPushButton(self)
        self._branch.setProperty("look", "primary")
        self._branch.clicked.connect(self._on_branch_clicked)
        self._hint = QLabel(self.tr("Keeps this answer and starts a branch. Enter"), self)
        self._hint.setProperty("type", "small")
        self._lay_out(close)
        copy = QAction(self.tr("Copy as text"), self)
        copy.triggered.connect(self._on_copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _lay_out(self, close: QToolButton) -> None:
        head = QHBoxLayout()
        head.addWidget(self._where)
        head.addStretch()
        head.addWidget(close)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP_TINY)
        names = {
            "probability": (self.tr("probability"), self.tr("How likely the model held this token, of all tokens.")),
            "rank": (self.tr("rank"), self.tr("1 is the token the model held most likely.")),
            "surprisal": (self.tr("surprisal"), self.tr("Minus log2 of the probability: each bit halves it.")),
            "entropy": (
                self.tr("entropy"),
                self.tr("How undecided the model was, in bits; as if it chose among so many equal tokens."),
            ),
        }
        for place, (key, (name, meaning)) in enumerate(names.items()):
            caption = QLabel(name, self)
            caption.setProperty("type", "small")
            caption.setToolTip(meaning)
            value = self._figures[key]
            value.setProperty("type", "strong")
            value.setToolTip(meaning)
            value.setAccessibleName(name)
            grid.addWidget(caption, 2 * (place // 2), place % 2)
            grid.addWidget(value, 2 * (place // 2) + 1, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP_SMALL, GAP, GAP)
        column.setSpacing(GAP_SMALL)
        column.addLayout(head)
        column.addWidget(self._token)
        column.addLayout(grid)
        column.addWidget(self.bars)
        column.addWidget(self._rest)
        column.addWidget(self._branch)
        column.addWidget(self._hint)

    def show_facts(self, facts: TokenFacts) -> None:
        """Fill the card; it does not move or open it."""
        self.facts = facts
        step = facts.step
        self._where.setText(
            self.tr("Token {number} of {count}").format(number=number(facts.position + 1), count=number(facts.count))
        )
        font = current_theme().font("mono")
        font.setPointSizeF(current_theme().points("mono") * 1.4)
        self._token.setFont(font)
        self._token.setText(self.token_name())
        self._show_figures(step)
        rows = rows_of(step, facts.vocabulary, facts.sampling) if step.candidates else []
        self.bars.show_rows([row for row in rows if row.id is not None])
        self._rest.show_row(next((row for row in rows if row.id is None), None))
        self.setAccessibleDescription(self.in_words())
        self._show_branch(self.bars.current_row())

    def _show_figures(self, step: TokenStep) -> None:
        if not step.candidates:  # a person put it there; there is nothing to be read from its numbers
            self._where.setText(self.tr("{where}, written by hand").format(where=self._where.text()))
            for label in self._figures.values():
                label.setText("–")
            return
        self._figures["probability"].setText(percent(step.probability))
        self._figures["rank"].setText(number(step.rank))
        self._figures["surprisal"].setText(self.tr("{bits} bits").format(bits=bits(step.surprisal_bits)))
        self._figures["entropy"].setText(
            self.tr("{bits} bits ≈ {choices} choices").format(
                bits=bits(step.entropy_bits), choices=choices(step.effective_choices)
            )
        )

    def token_name(self) -> str:
        """Return the token as it is shown, in quotes; a control token says so."""
        if self.facts is None:
            return ""
        text = visible(self.facts.step.text)
        if self.facts.step.special:
            return self.tr("{token} (control token)").format(token=text or "∅")
        return f"“{text or '∅'}”"

    def in_words(self) -> str:
        """Return everything the card shows as text."""
        if self.facts is None:
            return ""
        lines = [self._where.text(), self.token_name()]
        lines += [f"{label.accessibleName()}: {label.text()}" for label in self._figures.values()]
        model = self.bars.candidates
        role = Qt.ItemDataRole.AccessibleTextRole
        lines += [str(model.index(row).data(role)) for row in range(model.rowCount())]
        lines.append(self._rest.accessibleName())
        return "\n".join(lines)

    def open_at(self, word: QRect) -> None:
        """Show the card beside a word (in the parent's coordinates) and take the focus."""
        self.move_to(word)
        self.show()
        self.raise_()
        self.bars.setFocus(Qt.FocusReason.PopupFocusReason)

    def move_to(self, word: QRect) -> None:
        """Put the card below a word, or above it, or beside it: wherever it fits."""
        room = self._home.rect().adjusted(GAP_SMALL, GAP_SMALL, -GAP_SMALL, -GAP_SMALL)
        self.setFixedWidth(min(_WIDTH, room.width()))
        self._fit_rows(room.height())
        place = QPoint(word.left() - GAP, word.bottom() + GAP_TINY)
        if place.y() + self.height() > room.bottom():
            above = word.top() - GAP_TINY - self.height()
            if above >= room.top():
                place.setY(above)
            else:  # neither below nor above is there room
                place = QPoint(word.right() + GAP, room.bottom() - self.height())
                if place.x() + self.width() > room.right():
                    place.setX(word.left() - GAP - self.width())
        place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        place.setY(max(room.top(), place.y()))
        self.move(place)

    def _fit_rows(self, most_height: int) -> None:
        """Show as many rows as there is room for; the others are scrolled to."""
        row = self.bars.row_height()
        rows = min(_ROWS_SHOWN, self.bars.candidates.rowCount())
        self.bars.setFixedHeight(rows * row + 2)
        self.adjustSize()
        if row and self.height() > most_height:
            rows -= -(-(self.height() - most_height) // row)
            self.bars.setFixedHeight(max(2, rows) * row + 2)
            self.adjustSize()
        scrolls = self.bars.height() < self.bars.candidates.rowCount() * row
        self._rest.right_margin = self.bars.verticalScrollBar().sizeHint().width() if scrolls else 0
        self.bars.show_chosen()

    @Slot()
    def close_card(self) -> None:
        """Hide the card and say so."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        if self.facts is not None:
            self.show_facts(self.facts)

    @Slot(int)
    def _on_token_taken(self, token: int) -> None:
        if self.facts is not None and self.facts.can_branch and self._offers(token):
            self.branch_requested.emit(token)

    def _offers(self, token: int | None) -> bool:
        """Say whether there can be a branch: the chosen token beyond the candidates is what the answer has already."""
        return self.facts is not None and any(other.id == token for other in self.facts.step.candidates)

    @Slot(object)
    def _on_token_pointed(self, row: BarRow | None) -> None:
        self._show_branch(row)

    @Slot()
    def _on_branch_clicked(self) -> None:
        row = self.bars.current_row()
        if row is not None and row.id is not None:
            self._on_token_taken(row.id)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.in_words())

    def _show_branch(self, row: BarRow | None) -> None:
        can = self.facts is not None and self.facts.can_branch and bool(self.facts.step.candidates)
        self._branch.setVisible(can)
        self._hint.setVisible(can)
        self._branch.setEnabled(row is not None and self._offers(row.id))
        label = row.label if row is not None else "…"
        text = label if len(label) <= 20 else label[:19] + "…"
        self._branch.setText(self.tr("Continue with “{token}”").format(token=text.replace("&", "&&")))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        sideways = (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if watched is not self.bars or not isinstance(event, QKeyEvent) or event.key() not in sideways:
            return False
        if event.type() != QEvent.Type.KeyPress:
            return False
        self.neighbour_requested.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            super().keyPressEvent(event)
