"""Ways to speak to a base model: what each does in a sentence, and the button at the box that changes between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.preferences import BaseWay, Preferences
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE


@dataclass(frozen=True, slots=True)
class WayWords:
    """What a way is called, and what it does."""

    name: str
    meaning: str


def way_words(way: BaseWay) -> WayWords:
    """Return the words of a way."""
    return {
        "": WayWords(_tr("As a chat"), _tr("Your messages are given to it as a chat, which it never learned.")),
        "plain": WayWords(_tr("Plain continuation"), _tr("It goes on exactly where your text ends. Nothing is added.")),
        "question": WayWords(
            _tr("Question and answer"),
            _tr("Your text becomes “Question: … Answer:”, and it stops before it asks a question of its own."),
        ),
        "few_shot": WayWords(
            _tr("With examples"), _tr("The same, after a few examples of yours that show what an answer looks like.")
        ),
    }[way]


class BaseWays(QFrame):
    """The three ways as choices, and the instruct twin. way_chosen: a BaseWay."""

    way_chosen = Signal(str)
    examples_wanted = Signal()
    twin_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        title = QLabel(self.tr("How do you want to go on?"), self)
        title.setProperty("type", "strong")
        self._group = QButtonGroup(self)
        self.choices: dict[BaseWay, QRadioButton] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP_SMALL)
        grid.setColumnStretch(1, 1)
        for row, way in enumerate(_WAYS):
            words = way_words(way)
            choice = QRadioButton(words.name, self)
            choice.setAccessibleDescription(words.meaning)
            choice.clicked.connect(partial(self.way_chosen.emit, way))
            meaning = QLabel(words.meaning, self)
            meaning.setProperty("type", "secondary")
            meaning.setWordWrap(True)
            self._group.addButton(choice)
            self.choices[way] = choice
            grid.addWidget(choice, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(meaning, row, 1)
        self.examples = self._link(self.examples_wanted)
        self.twin = self._link(self.twin_wanted)
        links = QHBoxLayout()
        links.setSpacing(GAP_WIDE)
        links.addWidget(self.examples)
        links.addStretch(1)
        links.addWidget(self.twin)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(title)
        column.addLayout(grid)
        column.addLayout(links)
        self.show_preferences(Preferences())
        self.show_twin("")

    def _link(self, signal: object) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("look", "link")
        button.clicked.connect(signal)
        return button

    def show_preferences(self, preferences: Preferences) -> None:
        """Show which way is taken, and how many examples there are."""
        self._group.setExclusive(False)  # "as a chat" is none of them
        for way, choice in self.choices.items():
            choice.setChecked(way == preferences.base_way)
        self._group.setExclusive(True)
        self.examples.setText(examples_words(preferences))

    def show_twin(self, name: str) -> None:
        """Offer the model that was taught to answer; "" for none."""
        self.twin.setVisible(bool(name))
        self.twin.setText(self.tr("Use {name} instead").format(name=short(name, 40)).replace("&", "&&"))


class WayButton(QToolButton):
    """At the box while a base model is loaded: the way that is taken, and the others in a menu."""

    way_chosen = Signal(str)
    examples_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        self.actions_by_way: dict[BaseWay, QAction] = {}
        for way in ("", *_WAYS):
            action = menu.addAction(way_words(way).name)
            action.setToolTip(way_words(way).meaning)
            action.setCheckable(True)
            action.setData(way)
            group.addAction(action)
            self.actions_by_way[way] = action
        group.triggered.connect(self._on_chosen)
        menu.addSeparator()
        self._examples = menu.addAction("")
        self._examples.triggered.connect(self.examples_wanted)
        self.setMenu(menu)
        self.hide()

    def show_preferences(self, preferences: Preferences) -> None:
        """Show which way is taken."""
        words = way_words(preferences.base_way)
        self.actions_by_way[preferences.base_way].setChecked(True)
        self._examples.setText(examples_words(preferences))
        name = words.name
        if preferences.base_way == "few_shot":
            name = self.tr("{way} ({count})").format(way=words.name, count=len(preferences.examples))
        self.setText(name + " ▾")
        self.setAccessibleName(self.tr("How the base model is asked: {way}").format(way=name))
        self.setToolTip(words.meaning)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.way_chosen.emit(str(action.data()))


def examples_words(preferences: Preferences) -> str:
    """Return what the way to the examples is called."""
    count = len(preferences.examples)
    if not count:
        return _tr("Write examples…")
    return _tr("Edit the example…") if count == 1 else _tr("Edit the {count} examples…").format(count=count)


_WAYS: tuple[BaseWay, ...] = ("plain", "question", "few_shot")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ways_on", text)
