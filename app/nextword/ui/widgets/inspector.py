"""The Inspector: everything about one token - its numbers, what could have stood there, and what the sampler did.

Knows a token and its distribution, not where they come from; every screen that shows tokens can share it.
"""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme
from nextword.ui.widgets.find_token import FindToken
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.probability_bars import BarRow, ProbabilityBars, RestLine, rows_after, rows_of
from nextword.ui.widgets.token_facts import TokenFacts, token_name, without_numbers
from nextword.ui.widgets.token_text import bits, choices, number, percent

_NAME_SIZE = 1.4
_FIGURES = ("probability", "rank", "surprisal", "entropy")


class _Bars(ProbabilityBars):
    """Bars whose other keys go from token to token."""

    neighbour_requested = Signal(int)
    jump_requested = Signal(str, int)
    tab_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Left:
                self.neighbour_requested.emit(-1)
            case Qt.Key.Key_Right:
                self.neighbour_requested.emit(1)
            case Qt.Key.Key_U:
                self.jump_requested.emit("uncertain", -1 if back else 1)
            case Qt.Key.Key_F:
                self.jump_requested.emit("fork", -1 if back else 1)
            case Qt.Key.Key_S:
                self.tab_requested.emit()
            case _:
                super().keyPressEvent(event)


class Inspector(QWidget):
    """Up and Down move over the tokens, Enter continues with one, Left and Right go to the neighbour.

    left: Esc was pressed, the text may have the focus again. way: how a token is chosen, in words.
    """

    branch_requested = Signal(int)  # token id
    neighbour_requested = Signal(int)  # -1 or +1
    jump_requested = Signal(str, int)  # "uncertain" or "fork", 1 or -1
    uncertain_changed = Signal(float)  # bits
    find_requested = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None, *, way: str = "") -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Inspector"))
        self.facts: TokenFacts | None = None
        self._stack = QStackedWidget(self)
        self._stack.addWidget(
            self._make_empty(way or self.tr("Click a word of an answer, or go there with Left and Right"))
        )
        self._stack.addWidget(self._make_token())
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self._stack, 1)
        line = QLabel(self)
        line.setFixedHeight(1)
        line.setObjectName("inspector_line")
        column.addWidget(line)
        self._line = line
        column.addLayout(self._make_jumps())
        copy = QAction(self.tr("Copy as text"), self)
        copy.triggered.connect(self._on_copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setFocusProxy(self.bars)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # --- building -------------------------------------------------------------------------------------------

    def _make_empty(self, way: str) -> QWidget:
        made = QWidget(self)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.addWidget(
            text_label(
                self.tr(
                    "{way}: here you see how likely it was to the model, what else could have stood there, and can go "
                    "on from another word."
                ).format(way=way),
                "secondary",
            )
        )
        column.addStretch(1)
        return made

    def _make_token(self) -> QWidget:
        made = QWidget(self)
        self._name = QLabel(made)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._tabs = QTabBar(made)
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setAccessibleName(self.tr("Which distribution"))
        self._tabs.addTab(self.tr("Model"))
        self._tabs.addTab(self.tr("After sampler"))
        self._tabs.setTabToolTip(0, self.tr("The model's own distribution over all tokens (S)"))
        self._tabs.setTabToolTip(1, self.tr("What was left to be drawn from, and why the others were not (S)"))
        self._tabs.currentChanged.connect(self._on_tab)
        self.bars = _Bars(made)
        self.bars.neighbour_requested.connect(self.neighbour_requested)
        self.bars.jump_requested.connect(self.jump_requested)
        self.bars.tab_requested.connect(self._on_tab_requested)
        self.bars.setMinimumHeight(3 * self.bars.row_height())
        self.bars.token_taken.connect(self._on_token_taken)
        self.bars.token_pointed.connect(self._on_token_pointed)
        self._rest = RestLine(made)
        self.bars.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        self._kept = text_label("", "small")
        self._branch = QPushButton(made)
        self._branch.setProperty("look", "primary")
        self._branch.setToolTip(self.tr("Keeps this answer and starts a branch (Enter)"))
        self._branch.clicked.connect(self._on_branch_clicked)
        self.finder = FindToken(made)
        self.finder.find_requested.connect(self.find_requested)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addLayout(self._make_head(made))
        column.addWidget(self._name)
        column.addLayout(self._make_figures(made))
        column.addWidget(self._tabs)
        column.addWidget(self._kept)
        column.addWidget(self.bars, 1)
        for widget in (self._rest, self._branch, self.finder):
            column.addWidget(widget)
        return made

    def _make_head(self, parent: QWidget) -> QHBoxLayout:
        self._where = QLabel(parent)
        self._where.setProperty("type", "small")
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(self._where, 1)
        for icon, words, step in (
            ("caret-left", self.tr("Previous token (Left)"), -1),
            ("caret-right", self.tr("Next token (Right)"), 1),
        ):
            button = QToolButton(parent)
            button.setProperty("look", "quiet")
            button.setAccessibleName(words)
            button.setToolTip(words)
            set_icon(button, icon, colour="secondary", size=14)
            button.clicked.connect(self._on_previous if step < 0 else self._on_next)
            line.addWidget(button)
        return line

    def _make_figures(self, parent: QWidget) -> QGridLayout:
        names = {
            "probability": (self.tr("probability"), self.tr("How likely the model held this token, of all tokens.")),
            "rank": (self.tr("rank"), self.tr("1 is the token the model held most likely.")),
            "surprisal": (self.tr("surprisal"), self.tr("Minus log2 of the probability: each bit halves it.")),
            "entropy": (
                self.tr("entropy"),
                self.tr("How undecided the model was, in bits; as if it chose among so many equal tokens."),
            ),
        }
        self._figures = {name: QLabel(parent) for name in _FIGURES}
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP_TINY)
        grid.setColumnStretch(1, 1)
        for place, (key, (name, meaning)) in enumerate(names.items()):
            caption = QLabel(name, parent)
            caption.setProperty("type", "small")
            caption.setToolTip(meaning)
            value = self._figures[key]
            value.setProperty("type", "strong")
            value.setToolTip(meaning)
            value.setAccessibleName(name)
            grid.addWidget(caption, 2 * (place // 2), place % 2)
            grid.addWidget(value, 2 * (place // 2) + 1, place % 2)
        return grid

    def _make_jumps(self) -> QHBoxLayout:
        caption = QLabel(self.tr("Next"), self)
        caption.setProperty("type", "small")
        line = QHBoxLayout()
        line.setSpacing(GAP_TINY)
        line.addWidget(caption)
        undecided = self.tr("To the next word where the model was undecided (U; Shift+U goes back)")
        other = self.tr("To the next word that was not the model's first choice (F; Shift+F goes back)")
        for kind, words, meaning in (("fork", self.tr("Fork"), other), ("uncertain", self.tr("Uncertain"), undecided)):
            button = QPushButton(words, self)
            button.setObjectName(kind)
            button.setProperty("look", "quiet")
            button.setToolTip(meaning)
            button.setAccessibleDescription(meaning)
            button.clicked.connect(self._on_jump)
            line.addWidget(button)
        self.threshold = QDoubleSpinBox(self)
        self.threshold.setRange(0.0, 20.0)
        self.threshold.setDecimals(1)
        self.threshold.setSingleStep(0.5)
        self.threshold.setPrefix("> ")
        self.threshold.setSuffix(self.tr(" bits"))
        self.threshold.setAccessibleName(self.tr("A word is uncertain above this entropy"))
        self.threshold.setToolTip(self.tr("Uncertain: the entropy was above this; 2 bits are 4 even choices"))
        self.threshold.setKeyboardTracking(False)
        self.threshold.valueChanged.connect(self.uncertain_changed)
        line.addWidget(self.threshold)
        line.addStretch(1)
        return line

    # --- showing --------------------------------------------------------------------------------------------

    def show_uncertain(self, uncertain_bits: float) -> None:
        """Show from which entropy on a word is uncertain."""
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(uncertain_bits)

    def show_facts(self, facts: TokenFacts | None) -> None:
        """Show a token, None: how to come to one."""
        same = self.facts is not None and facts is not None and self.facts.step is facts.step
        self.facts = facts
        self._stack.setCurrentIndex(0 if facts is None else 1)
        self.setAccessibleDescription("")
        if facts is None:
            self.finder.forget()
            return
        step = facts.step
        where = self.tr("Token {number} of {count}").format(
            number=number(facts.position + 1), count=number(facts.count)
        )
        note = without_numbers(step)
        if step.is_remote and not note:
            note = self.tr("as the server says it: its {count} likeliest tokens").format(count=len(step.candidates))
        self._where.setText(f"{where}, {note}" if note else where)
        self._name.setText(token_name(step))
        self._show_figures(facts)
        self._tabs.setVisible(bool(step.candidates) and not step.is_remote)
        if not same:
            self.finder.forget()
            self._show_rows()
        else:
            self._show_branch(self.bars.current_row())
        self.setAccessibleDescription(self.in_words())

    def _show_figures(self, facts: TokenFacts) -> None:
        step = facts.step
        if not step.candidates:
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

    def _show_rows(self) -> None:
        facts = self.facts
        if facts is None:
            return
        rows: list[BarRow] = []
        kept = ""
        if facts.step.candidates and self._tabs.currentIndex() == 1 and not facts.step.is_remote:
            rows = rows_after(facts.step, facts.sampling)
            kept = self._kept_words(facts)
        elif facts.step.candidates:
            rows = rows_of(facts.step, facts.vocabulary, facts.sampling)
        self._kept.setText(kept)
        self._kept.setVisible(bool(kept))
        self.bars.show_rows([row for row in rows if row.id is not None])
        self._rest.show_row(next((row for row in rows if row.id is None), None))
        self._show_branch(self.bars.current_row())

    def _kept_words(self, facts: TokenFacts) -> str:
        if facts.step.kept == 1:
            return self.tr("The sampler left this token alone.")
        if facts.vocabulary:
            return self.tr("The sampler left {kept} tokens of {count}.").format(
                kept=number(facts.step.kept), count=number(facts.vocabulary)
            )
        return self.tr("The sampler left {kept} tokens.").format(kept=number(facts.step.kept))

    def _show_branch(self, row: BarRow | None) -> None:
        can = self.facts is not None and bool(self.facts.offered)
        self._branch.setVisible(can)
        self._branch.setEnabled(row is not None and self.facts is not None and row.id in self.facts.offered)
        label = row.label if row is not None else "…"
        text = label if len(label) <= 20 else label[:19] + "…"
        self._branch.setText(self.tr("Continue with “{token}”").format(token=text.replace("&", "&&")))

    def in_words(self) -> str:
        """Return everything that is shown as text."""
        if self.facts is None:
            return ""
        lines = [self._where.text(), token_name(self.facts.step)]
        lines += [f"{label.accessibleName()}: {label.text()}" for label in self._figures.values()]
        model = self.bars.candidates
        role = Qt.ItemDataRole.AccessibleTextRole
        lines += [self._kept.text()] if self._kept.text() else []
        lines += [str(model.index(row).data(role)) for row in range(model.rowCount())]
        lines += [self._rest.accessibleName()] if self._rest.accessibleName() else []
        return "\n".join(lines)

    # --- acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _on_theme_changed(self) -> None:
        font = current_theme().font("mono")
        font.setPointSizeF(current_theme().points("mono") * _NAME_SIZE)
        self._name.setFont(font)
        self._line.setStyleSheet(f"background: {current_theme().colours.line};")
        self._show_rows()

    @Slot(int, int)
    def _on_range_changed(self, low: int, high: int) -> None:
        """Keep the figure of the rest below those of the rows, which make room for the scroll bar."""
        self._rest.right_margin = self.bars.verticalScrollBar().sizeHint().width() if high > low else 0
        self._rest.update()

    @Slot()
    def _on_tab_requested(self) -> None:
        self._tabs.setCurrentIndex(1 - self._tabs.currentIndex())

    @Slot(int)
    def _on_tab(self, _tab: int) -> None:
        self._show_rows()
        self.setAccessibleDescription(self.in_words())

    @Slot(int)
    def _on_token_taken(self, token: int) -> None:
        if self.facts is not None and token in self.facts.offered:
            self.branch_requested.emit(token)

    @Slot(object)
    def _on_token_pointed(self, row: BarRow | None) -> None:
        self._show_branch(row)

    @Slot()
    def _on_branch_clicked(self) -> None:
        row = self.bars.current_row()
        if row is not None and row.id is not None:
            self._on_token_taken(row.id)

    @Slot()
    def _on_previous(self) -> None:
        self.neighbour_requested.emit(-1)

    @Slot()
    def _on_next(self) -> None:
        self.neighbour_requested.emit(1)

    @Slot()
    def _on_jump(self) -> None:
        self.jump_requested.emit(self.sender().objectName(), 1)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.in_words())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
