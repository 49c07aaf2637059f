"""Tokens as chips: where each one is, what is said of it, keys, and 30,000 of them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from nextword.engine.replies import PromptToken
from nextword.ui.widgets.token_chips import Chip, ChipSection, TokenChips

WORDS = ("<s>", "What", " is", " it", "?\n", "Tell", " me", "</s>")


def section(title: str, *texts: str | bytes, scaffold: bool = False) -> ChipSection:
    chips = []
    for number, text in enumerate(texts):
        data = text if isinstance(text, bytes) else text.encode()
        chips.append(Chip(PromptToken(number, data, data.startswith(b"<")), scaffold))
    return ChipSection(title, f"{len(texts)} tokens", tuple(chips))


@pytest.fixture
def chips(qtbot: QtBot) -> TokenChips:
    made = TokenChips()
    qtbot.addWidget(made)
    made.resize(300, 400)
    with qtbot.waitExposed(made):
        made.show()
    made.setFocus()
    return made


def test_every_token_is_found_where_it_is_drawn(chips: TokenChips) -> None:
    chips.show_sections(
        [section("One", *WORDS), ChipSection("Gone", "left out", text="so it went"), section("Two", *WORDS)]
    )
    for token in range(len(chips.tokens)):
        centre = chips.token_rect(token).center()
        assert chips.token_at(centre.x(), centre.y()) == token
    heading = chips.token_rect(0).top() - 8
    assert chips.token_at(30, heading) == -1


def test_a_line_ends_behind_a_line_break_and_at_the_edge(chips: TokenChips) -> None:
    chips.show_sections([section("One", *WORDS)])
    assert chips.token_rect(5).top() > chips.token_rect(4).top()
    chips.show_sections([section("One", *["abcdefgh"] * 40)])
    assert all(chips.token_rect(token).right() <= chips.viewport().width() for token in range(40))
    chips.show_sections([section("One", "x" * 500, "y")])
    assert chips.token_rect(0).right() <= chips.viewport().width()
    assert chips.token_rect(1).top() > chips.token_rect(0).top()


def test_ids_make_room_for_themselves(chips: TokenChips) -> None:
    chips.show_sections([section("One", *WORDS)])
    before = chips.token_rect(1)
    chips.set_ids(True)
    after = chips.token_rect(1)
    assert after.height() > before.height() * 1.5
    chips.set_ids(False)
    assert chips.token_rect(1) == before


def test_keys_go_from_token_to_token_and_say_what_it_is(chips: TokenChips, qtbot: QtBot) -> None:
    chips.show_sections([section("One", *WORDS), section("Two", "a", b"\xe2\x80")])
    for key, expected in (
        (Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Left, 0), (Qt.Key.Key_End, 9),
        (Qt.Key.Key_Right, 9), (Qt.Key.Key_Home, 0),
    ):  # fmt: skip
        qtbot.keyClick(chips, key)
        assert chips.current == expected
    assert "control token" in chips.accessibleDescription()
    qtbot.keyClick(chips, Qt.Key.Key_Down)
    assert chips.token_rect(chips.current).top() > chips.token_rect(0).top()
    qtbot.keyClick(chips, Qt.Key.Key_Up)
    assert chips.token_rect(chips.current).top() == chips.token_rect(0).top()
    qtbot.keyClick(chips, Qt.Key.Key_End)
    assert chips.accessibleDescription() == "Token 10 of 10 · ⟨E2 80⟩ · id 1 · bytes E2 80"
    qtbot.keyClick(chips, Qt.Key.Key_Escape)
    assert chips.current == -1


def test_a_click_chooses_a_token_and_beside_them_none(chips: TokenChips, qtbot: QtBot) -> None:
    chosen: list[int] = []
    chips.token_chosen.connect(chosen.append)
    chips.show_sections([section("One", *WORDS)])
    qtbot.mouseClick(chips.viewport(), Qt.MouseButton.LeftButton, pos=chips.token_rect(3).center().toPoint())
    qtbot.mouseClick(chips.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(150, 390))
    assert chosen[-2:] == [3, -1]


def test_what_goes_on_keeps_the_place_and_another_text_begins_at_its_top(chips: TokenChips) -> None:
    many = ["word"] * 2_000
    chips.show_sections([section("One", *many)])
    bar = chips.verticalScrollBar()
    bar.setValue(300)
    chips.choose(700)
    place = bar.value()
    chips.show_sections([section("One", *many), section("Two", "more")])
    assert (bar.value(), chips.current) == (place, 700)
    chips.show_sections([section("One", *many), section("Two", "less", "more")])
    assert (bar.value(), chips.current) == (place, 700)
    chips.show_sections([section("One", "other", *many)])
    assert (bar.value(), chips.current) == (0, -1)


def test_thirty_thousand_tokens_are_laid_out_but_only_those_in_view_are_painted(
    chips: TokenChips, monkeypatch: pytest.MonkeyPatch
) -> None:
    chips.show_sections([section("One", *(f" w{number % 3000}" for number in range(30_000)))])
    painted: list[int] = []
    paint = TokenChips._paint_chip  # noqa: SLF001

    def watched(self: TokenChips, painter: QPainter, index: int, place: QRectF) -> None:
        painted.append(index)
        paint(self, painter, index, place)

    monkeypatch.setattr(TokenChips, "_paint_chip", watched)
    chips.choose(29_999)
    chips.viewport().repaint()
    assert 29_999 in painted
    assert len(painted) < 1_000
    assert chips.verticalScrollBar().maximum() > 50_000
