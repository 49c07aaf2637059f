"""Laying out a text of tokens: every token has its place, growing is the same as laying out at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from nextword.engine.tokens import TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_view import TokenLook, TokenText
from tests.ui.widgets.tokens import token


@pytest.fixture(autouse=True)
def theme(qtbot: QtBot) -> None:  # noqa: ARG001 (an application has to be there)
    current_theme().apply("light", 100)


def laid_out(steps: list[TokenStep], width: float = 300) -> TokenText:
    text = TokenText(current_theme().font("message"))
    text.lay_out(b"".join(step.text for step in steps if not step.special).decode(), width)
    text.set_steps(steps)
    return text


def words(count: int) -> list[TokenStep]:
    return [token(f" word{number}" if number else "word0") for number in range(count)]


def test_the_middle_of_each_token_finds_that_token() -> None:
    text = laid_out(words(60))
    assert text.height > 3 * text.line_height
    for index in range(60):
        rect = text.token_rect(index)
        assert rect.width() > 0
        assert text.token_at(rect.center()) == index


def test_a_point_beside_the_words_finds_no_token() -> None:
    text = laid_out(words(3), width=2000)
    assert text.token_at(QPointF(1900, 5)) is None
    assert text.token_at(QPointF(5, text.height + 50)) is None


def test_a_text_that_grows_is_laid_out_like_the_whole() -> None:
    steps = words(80)
    steps[20] = token("\n\n")
    steps[50] = token(".\nNext")
    whole = laid_out(steps)
    grown = TokenText(current_theme().font("message"))
    said: list[TokenStep] = []
    written = ""
    for step in steps:
        said.append(step)
        written += step.text.decode()
        grown.lay_out(written, 300)
        grown.set_steps(said)
    assert grown.height == whole.height
    assert [grown.token_rect(i) for i in range(80)] == [whole.token_rect(i) for i in range(80)]


def test_line_breaks_and_control_tokens_can_be_pointed_at() -> None:
    text = laid_out([token("one"), token("\n"), token("two"), token("", special=True)])
    for index in (1, 3):
        rect = text.token_rect(index)
        assert rect.width() >= 4
        assert text.token_at(rect.center()) == index


def test_a_word_longer_than_the_line_is_broken() -> None:
    text = laid_out([token("x" * 5000)])
    assert text.natural_width <= 300
    assert text.height > 10 * text.line_height


def test_a_text_without_spaces_of_many_thousand_characters_keeps_its_places() -> None:
    steps = [token("abcdefghij") for _ in range(900)]
    text = laid_out(steps)
    assert text.token_at(text.token_rect(899).center()) == 899
    assert text.place_at(QPointF(10_000, 10_000)) == 9000


def test_text_from_right_to_left_has_places_too() -> None:
    text = laid_out([token("שלום"), token(" עולם")])
    assert text.token_at(text.token_rect(1).center()) == 1
    assert text.token_rect(1).right() <= text.token_rect(0).left() + 1


def test_words_from_right_to_left_within_a_sentence_lie_where_they_are_seen() -> None:
    text = laid_out(
        [token("Hebrew"), token(":"), token(" "), token("שלום"), token(" עולם"), token(" is"), token(" read")]
    )
    first, second, after = text.token_rect(3), text.token_rect(4), text.token_rect(6)
    assert second.right() <= first.left() + 1
    assert first.right() < after.left()
    assert text.token_at(first.center()) == 3
    assert text.token_at(second.center()) == 4


def test_tokens_of_another_text_are_not_shown() -> None:
    text = TokenText(current_theme().font("message"))
    text.lay_out("edited by hand", 300)
    text.set_steps([token("something"), token(" else")])
    assert text.token_count() == 0
    assert text.token_at(QPointF(5, 5)) is None


def painted(text: TokenText, look: TokenLook) -> QImage:
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    text.paint(painter, QPointF(0, 0), look, QRectF(0, 0, 320, 200))
    painter.end()
    return image


def test_tint_colours_the_surprising_word_and_not_the_expected_one() -> None:
    text = laid_out([token("expected", 0.99), token(" rare", 0.001)])
    plain, tinted = painted(text, TokenLook()), painted(text, TokenLook(tint="surprisal"))
    rare, expected = text.token_rect(1), text.token_rect(0)
    corner = (int(rare.center().x()), int(rare.top()) + 3)
    assert plain.pixelColor(*corner) != tinted.pixelColor(*corner)
    corner = (int(expected.center().x()), int(expected.top()) + 3)
    assert plain.pixelColor(*corner) == tinted.pixelColor(*corner)
