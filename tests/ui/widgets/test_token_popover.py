"""The card of a token says what the token step says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from nextword.engine.tokens import Cut
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_popover import TokenFacts, TokenPopover
from tests.ui.widgets.tokens import candidate, token

CANDIDATES = (
    candidate(1, " predicts", 0.314), candidate(2, " picks", 0.12), candidate(7, " guesses", 0.072),
    candidate(3, " adds", 0.022, cut=Cut.TOP_K),
)  # fmt: skip
STEP = token(" guesses", 0.072, candidates=CANDIDATES, rank=3)
FACTS = TokenFacts(STEP, position=13, count=38, vocabulary=4096, sampling={"top_k": 3})


@pytest.fixture
def card(qtbot: QtBot) -> TokenPopover:
    current_theme().apply("light", 100)
    parent = QWidget()
    parent.resize(900, 574)
    qtbot.addWidget(parent)
    card = TokenPopover(parent)
    parent.show()
    card.show_facts(FACTS)
    card.open_at(QRect(300, 100, 60, 20))
    return card


def test_numbers_are_those_of_the_step(card: TokenPopover) -> None:
    texts = {label.text().replace("\u00a0", " ") for label in card.findChildren(QLabel)}
    assert {"Token 14 of 38", "“·guesses”", "7.2 %", "3", "3.8 bits", "4.1 bits ≈ 17 choices"} <= texts


def test_everything_on_the_card_can_be_read_as_text(card: TokenPopover) -> None:
    words = card.accessibleDescription().replace("\u00a0", " ")
    for expected in ("·predicts, 31.4 %", "·adds, 2.2 %, cut by top-k 3", "4,092 others, 47.2 %", "3.8 bits"):
        assert expected in words


def test_enter_asks_for_a_branch_with_the_row_that_was_chosen(card: TokenPopover, qtbot: QtBot) -> None:
    asked: list[int] = []
    card.branch_requested.connect(asked.append)
    qtbot.keyClick(card.bars, Qt.Key.Key_Up)
    qtbot.keyClick(card.bars, Qt.Key.Key_Return)
    assert asked == [2]


def test_left_and_right_ask_for_the_neighbour_and_escape_closes(card: TokenPopover, qtbot: QtBot) -> None:
    asked: list[int] = []
    card.neighbour_requested.connect(asked.append)
    qtbot.keyClick(card.bars, Qt.Key.Key_Right)
    qtbot.keyClick(card.bars, Qt.Key.Key_Left)
    assert asked == [1, -1]
    with qtbot.waitSignal(card.closed):
        qtbot.keyClick(card.bars, Qt.Key.Key_Escape)
    assert not card.isVisible()


@pytest.mark.parametrize("place", [(0, 0), (880, 0), (0, 560), (880, 560), (450, 280)])
def test_card_stays_within_the_page(card: TokenPopover, place: tuple[int, int]) -> None:
    card.move_to(QRect(*place, 20, 20))
    assert card.parentWidget().rect().contains(card.geometry())


def test_markup_in_a_token_is_shown_as_it_is(card: TokenPopover) -> None:
    card.show_facts(TokenFacts(token("<b>x</b>", 0.5), 0, 1))
    shown = [label for label in card.findChildren(QLabel) if "<b>" in label.text()]
    assert shown
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)


def test_a_token_written_by_hand_has_no_probability(card: TokenPopover) -> None:
    card.show_facts(TokenFacts(token("mine", 1.0), 2, 5))
    words = card.accessibleDescription()
    assert "Token 3 of 5, written by hand" in words
    assert "%" not in words
