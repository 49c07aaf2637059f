"""The Inspector says what the token step says, before and after the sampler."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from nextword.engine.tokens import Candidate, Cut, TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.probability_bars import rows_after
from nextword.ui.widgets.token_facts import TokenFacts
from nextword.ui.widgets.token_hover import TokenHover
from tests.ui.widgets.tokens import candidate, token

CANDIDATES = (
    candidate(1, " predicts", 0.314), candidate(2, " picks", 0.12), candidate(7, " guesses", 0.072),
    candidate(3, " adds", 0.022, cut=Cut.TOP_K),
)  # fmt: skip
STEP = token(" guesses", 0.072, candidates=CANDIDATES, rank=3)
FACTS = TokenFacts(STEP, position=13, count=38, vocabulary=4096, sampling={"top_k": 3})


@pytest.fixture
def inspector(qtbot: QtBot) -> Inspector:
    current_theme().apply("light", 100)
    made = Inspector()
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    made.show_facts(FACTS)
    return made


def test_numbers_are_those_of_the_step(inspector: Inspector) -> None:
    texts = {label.text().replace("\u00a0", " ") for label in inspector.findChildren(QLabel)}
    assert {"Token 14 of 38", "“·guesses”", "7.2 %", "3", "3.8 bits", "4.1 bits ≈ 17 choices"} <= texts


def test_everything_that_is_shown_can_be_read_as_text(inspector: Inspector) -> None:
    words = inspector.accessibleDescription().replace("\u00a0", " ")
    for expected in ("·predicts, 31.4 %", "·adds, 2.2 %, cut by top-k 3", "4,092 others, 47.2 %", "3.8 bits"):
        assert expected in words


def test_the_other_tab_shows_what_the_sampler_left_and_what_it_cut(inspector: Inspector) -> None:
    inspector.findChild(QTabBar).setCurrentIndex(1)
    words = inspector.accessibleDescription().replace("\u00a0", " ")
    for expected in ("The sampler left 3 tokens of 4,096.", "·predicts, 31.4 %", "·adds, 0 %, cut by top-k 3"):
        assert expected in words
    assert "others" not in words
    inspector.show_facts(TokenFacts(token("x", 0.5, candidates=CANDIDATES), 1, 38))
    assert "The sampler left 3 tokens." in inspector.accessibleDescription(), "the tab stays for the next token"


def test_after_the_sampler_the_likeliest_comes_first_and_the_rest_has_its_mass() -> None:
    candidates = (
        Candidate(1, b"a", math.log(0.5), math.log(0.2)),
        Candidate(2, b"b", math.log(0.2), None, Cut.XTC),
        Candidate(3, b"c", math.log(0.1), math.log(0.5)),
    )
    step = TokenStep(9, b"z", math.log(0.01), 40, 4.0, math.log(0.1), 12, candidates)
    rows = rows_after(step, {"xtc_threshold": 0.1})
    assert [(row.label, round(row.probability, 6)) for row in rows] == [
        ("c", 0.5), ("a", 0.2), ("z", 0.1), ("b", 0.0), ("9 others", 0.2),
    ]  # fmt: skip
    assert [row.label for row in rows if row.chosen] == ["z"]
    assert rows[3].reason == "cut by XTC 0.1"


def test_enter_asks_for_a_branch_with_the_row_that_was_chosen(inspector: Inspector, qtbot: QtBot) -> None:
    asked: list[int] = []
    inspector.branch_requested.connect(asked.append)
    qtbot.keyClick(inspector.bars, Qt.Key.Key_Up)
    qtbot.keyClick(inspector.bars, Qt.Key.Key_Return)
    assert asked == [2]


def test_a_chosen_token_beyond_the_candidates_is_no_branch(inspector: Inspector, qtbot: QtBot) -> None:
    asked: list[int] = []
    inspector.branch_requested.connect(asked.append)
    inspector.show_facts(TokenFacts(TokenStep(99, b"z", -9.0, 40, 4.0, -9.0, 50, CANDIDATES), 0, 1))
    assert inspector.bars.current_row().label == "z"  # type: ignore[union-attr]
    qtbot.keyClick(inspector.bars, Qt.Key.Key_Return)
    assert asked == []


def test_keys_go_to_neighbours_and_to_other_words_and_back_to_the_text(inspector: Inspector, qtbot: QtBot) -> None:
    asked: list[object] = []
    inspector.neighbour_requested.connect(asked.append)
    inspector.jump_requested.connect(lambda jump, step: asked.append((jump, step)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_U):
        qtbot.keyClick(inspector.bars, key)
    qtbot.keyClick(inspector.bars, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert asked == [1, -1, ("uncertain", 1), ("fork", -1)]
    with qtbot.waitSignal(inspector.left):
        qtbot.keyClick(inspector.bars, Qt.Key.Key_Escape)


def test_the_field_asks_on_enter_and_its_answer_goes_with_the_token(inspector: Inspector, qtbot: QtBot) -> None:
    asked: list[str] = []
    branched: list[int] = []
    inspector.find_requested.connect(asked.append)
    inspector.branch_requested.connect(branched.append)
    qtbot.keyClicks(inspector.finder.field, "cat")
    qtbot.keyClick(inspector.finder.field, Qt.Key.Key_Return)
    assert (asked, branched) == (["cat"], [])
    inspector.finder.show_texts([((token("c", 0.5), token("at", 0.25)), math.log(0.125))], same=True)
    answer = inspector.finder.answer.text().replace("\u00a0", " ")
    assert answer == "“cat”: 12.5 % as 2 tokens (50.0 % · 25.0 %)"
    inspector.show_facts(TokenFacts(STEP, 13, 38))
    assert inspector.finder.answer.text(), "the same token: its answer stays"
    inspector.show_facts(TokenFacts(token("other", 0.5), 14, 38))
    assert inspector.finder.answer.text() == ""


def test_markup_in_a_token_is_shown_as_it_is(inspector: Inspector) -> None:
    inspector.show_facts(TokenFacts(token("<b>x</b>", 0.5), 0, 1))
    shown = [label for label in inspector.findChildren(QLabel) if "<b>" in label.text()]
    assert shown
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)


def test_a_token_written_by_hand_has_no_probability(inspector: Inspector) -> None:
    inspector.show_facts(TokenFacts(token("mine", 1.0), 2, 5))
    words = inspector.accessibleDescription()
    assert "Token 3 of 5, written by hand" in words
    assert "%" not in words


@pytest.mark.parametrize("place", [(0, 0), (880, 0), (0, 560), (880, 560), (450, 280)])
def test_the_card_under_the_pointer_stays_within_the_page(qtbot: QtBot, place: tuple[int, int]) -> None:
    page = QWidget()
    page.resize(900, 574)
    qtbot.addWidget(page)
    card = TokenHover(page)
    page.show()
    card.show_at(FACTS, QRect(*place, 20, 20))
    assert page.rect().contains(card.geometry())
    assert card.focusPolicy() == Qt.FocusPolicy.NoFocus
