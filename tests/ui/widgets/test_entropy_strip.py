"""The strip under an answer: a bar per token, a click chooses one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nextword.ui.widgets.entropy_strip import EntropyStrip
from nextword.ui.widgets.legend import TintLegend
from nextword.ui.widgets.tint import Tint
from tests.ui.widgets.tokens import token


@pytest.fixture
def strip(qtbot: QtBot) -> EntropyStrip:
    made = EntropyStrip()
    qtbot.addWidget(made)
    made.resize(620, made.height())
    return made


def test_a_click_chooses_the_token_of_the_bar(strip: EntropyStrip, qtbot: QtBot) -> None:
    strip.show_steps([token("a"), token("b"), token("c")], None)
    chosen: list[int] = []
    strip.token_chosen.connect(chosen.append)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(25, 10))
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(600, 10))
    assert chosen == [1]


def test_more_tokens_than_fit_are_grouped_by_the_most_surprising(strip: EntropyStrip) -> None:
    steps = [token("x", 0.9) for _ in range(5000)]
    steps[4996] = token("y", 0.001)
    strip.show_steps(steps, None)
    found = [strip.token_at(x) for x in range(620)]
    assert 4996 in found
    assert None not in found[:550]
    strip.grab()


def test_the_strip_says_in_words_which_token_was_the_most_surprising(strip: EntropyStrip) -> None:
    strip.show_steps([token("a"), token(" odd", 0.0625)], 1)
    assert "2 tokens" in strip.accessibleDescription()
    assert "·odd, 4.0 bits" in strip.accessibleDescription()


def test_the_legend_paints_its_scale_and_says_what_it_means(qtbot: QtBot) -> None:
    legend = TintLegend()
    qtbot.addWidget(legend)
    legend.resize(legend.sizeHint())
    assert "8" in legend.accessibleDescription()
    left, right = legend.grab().toImage(), legend.grab().toImage()
    colours = {right.pixelColor(x, right.height() // 2).name() for x in range(right.width())}
    assert len(colours) > 20
    assert left == right


def test_the_strip_shows_what_the_tint_shows(strip: EntropyStrip) -> None:
    steps = [token("sure", 0.9, rank=1), token(" rare", 0.001, rank=900), token(" odd", 0.0001, rank=40)]
    strip.show_steps(steps, None, "rank")
    assert "rank 900" in strip.accessibleDescription()
    by_rank = strip.grab().toImage()
    strip.show_steps(steps, None, "surprisal")
    assert "·odd, 13.3 bits" in strip.accessibleDescription()
    assert strip.grab().toImage() != by_rank
    strip.show_steps(steps, None, "entropy")
    assert "4.1 bits" in strip.accessibleDescription()


def test_the_bar_of_the_chosen_token_is_marked(strip: EntropyStrip) -> None:
    steps = [token("a", 0.999), token("b", 0.999)]
    strip.show_steps(steps, None)
    plain = strip.grab().toImage()
    strip.show_steps(steps, 1)
    marked = strip.grab().toImage()
    assert plain.pixelColor(5, 1) == marked.pixelColor(5, 1)
    assert plain.pixelColor(25, 1) != marked.pixelColor(25, 1)


@pytest.mark.parametrize(("tint", "words"), [("surprisal", "8 bits"), ("entropy", "256 even"), ("rank", "101–1,000")])
def test_every_legend_says_what_it_measures_and_what_it_does_not(qtbot: QtBot, tint: Tint, words: str) -> None:
    legend = TintLegend()
    qtbot.addWidget(legend)
    legend.show_tint(tint)
    legend.resize(legend.sizeHint())
    assert words in legend.accessibleDescription()
    assert "not whether it is correct" in legend.accessibleDescription()
    image = legend.grab().toImage()
    assert len({image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}) > 4
    legend.show_tint("off")
    assert legend.isHidden()
