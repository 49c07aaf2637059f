"""The list of candidates holds the numbers that its bars show."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from nextword.engine.tokens import Cut
from nextword.ui.widgets.probability_bars import CandidateModel, ProbabilityBars, number_room, rows_of
from tests.ui.widgets.tokens import candidate, token

CANDIDATES = (candidate(1, " predicts", 0.4), candidate(7, " guesses", 0.25), candidate(3, " adds", 0.1, cut=Cut.TOP_P))
STEP = token(" guesses", 0.25, candidates=CANDIDATES, rank=2)


def test_rows_are_the_candidates_and_the_mass_of_the_rest() -> None:
    rows = rows_of(STEP, 4096, {"top_p": 0.9})
    assert [(row.label, row.chosen) for row in rows] == [
        ("·predicts", False), ("·guesses", True), ("·adds", False), ("4,093 others", False),
    ]  # fmt: skip
    assert rows[2].reason == "cut by top-p 0.9"
    assert rows[3].probability == pytest.approx(0.25)
    assert sum(row.probability for row in rows) == pytest.approx(1.0)


def test_a_chosen_token_beyond_the_candidates_gets_a_row_of_its_own() -> None:
    step = token(" rare", 0.05, candidates=CANDIDATES[:1], rank=30)
    rows = rows_of(step, 100, {})
    assert [row.label for row in rows] == ["·predicts", "·rare", "98 others"]
    assert rows[1].chosen
    assert sum(row.probability for row in rows) == pytest.approx(1.0)


def test_the_rest_is_not_counted_when_the_vocabulary_is_not_known() -> None:
    assert rows_of(STEP, 0, {})[-1].label == "all others"


def test_model_keeps_qts_rules_and_tells_every_number(qtbot: QtBot) -> None:  # noqa: ARG001
    model = CandidateModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.show(rows_of(STEP, 4096, {"top_p": 0.9}))
    words = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert words[1].replace("\u00a0", " ") == "·guesses, 25.0 %, 25.0 % after the sampler, chosen"
    assert words[2].replace("\u00a0", " ") == "·adds, 10.0 %, cut by top-p 0.9"
    model.show([])
    assert model.rowCount() == 0
    del tester


def test_enter_takes_the_row_that_the_arrows_chose(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.show_rows(rows_of(STEP, 4096, {}))
    bars.show()
    assert bars.current_row() is not None
    assert bars.current_row().label == "·guesses"  # type: ignore[union-attr]
    taken: list[int] = []
    bars.token_taken.connect(taken.append)
    qtbot.keyClick(bars, Qt.Key.Key_Up)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert taken == [1]


def test_the_sum_of_the_rest_cannot_be_taken(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.show_rows(rows_of(STEP, 4096, {}))
    bars.show()
    taken: list[int] = []
    bars.token_taken.connect(taken.append)
    for _ in range(5):
        qtbot.keyClick(bars, Qt.Key.Key_Down)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert taken == [3]


def test_a_tiny_share_takes_more_room_than_the_reason_beside_it_may_use(qtbot: QtBot) -> None:  # noqa: ARG001
    small, large = (rows_of(token("x", p, candidates=(candidate(1, "x", p),)), 9, {})[0] for p in (5e-8, 0.5))
    assert number_room(small) > number_room(large)
