"""The colours can be read, and the tint grows with surprise."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from nextword.ui.colours import (
    DARK,
    LIGHT,
    TINTED_RANKS,
    Colours,
    contrast,
    over,
    rank_fraction,
    tint,
    tint_fraction,
)

SIGHT = {
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""What is left of linear red, green and blue (Machado, Oliveira and Fernandes 2009, severity 1)."""


def lab(colour: QColor, sight: str) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of a colour as it is seen with this sight."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    def root(share: float) -> float:
        return float(share ** (1 / 3)) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116

    given = (linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF()))
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, given, strict=True)))) for row in SIGHT[sight])
    x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_is_that_of_the_definition() -> None:
    assert contrast(QColor("#FFFFFF"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


@THEMES
@pytest.mark.parametrize("ground", ["window", "surface", "rail"])
@pytest.mark.parametrize("ink", ["text", "secondary", "error", "warning"])
def test_text_can_be_read_on_every_ground(theme: Colours, ground: str, ink: str) -> None:
    assert contrast(QColor(getattr(theme, ink)), QColor(getattr(theme, ground))) >= 4.5


@THEMES
@pytest.mark.parametrize("ground", ["hover", "pressed", "selected", "bubble"])
def test_text_can_be_read_under_the_pointer_and_when_selected(theme: Colours, ground: str) -> None:
    assert contrast(QColor(theme.text), QColor(getattr(theme, ground))) >= 4.5
    assert contrast(QColor(theme.secondary), QColor(getattr(theme, ground))) >= 4.5


@THEMES
def test_text_on_the_accent_can_be_read(theme: Colours) -> None:
    assert contrast(QColor(theme.on_accent), QColor(theme.accent)) >= 4.5
    assert contrast(QColor(theme.on_accent), QColor(theme.accent_hover)) >= 4.5


@THEMES
@pytest.mark.parametrize("graphic", ["accent", "bar", "good", "error", "warning"])
def test_graphics_stand_out(theme: Colours, graphic: str) -> None:
    for ground in (theme.window, theme.surface):
        assert contrast(QColor(getattr(theme, graphic)), QColor(ground)) >= 3.0


@THEMES
@pytest.mark.parametrize("ground", ["window", "surface", "bubble"])
def test_text_can_be_read_on_every_step_of_the_tint(theme: Colours, ground: str) -> None:
    for step in range(0, 101):
        behind = over(tint(theme, step / 100), QColor(getattr(theme, ground)))
        assert contrast(QColor(theme.text), behind) >= 4.5, f"{step} %"


@THEMES
def test_the_tint_grows_from_nothing_and_then_stays(theme: Colours) -> None:
    alphas = [tint(theme, tint_fraction(bits / 4)).alphaF() for bits in range(0, 60)]
    assert alphas[0] == 0
    assert alphas == sorted(alphas)
    assert alphas[32] == alphas[-1] == pytest.approx(theme.tint_strength, abs=0.01)
    assert alphas[16] > alphas[8] > alphas[4] > 0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_the_tint_of_any_number_is_a_share(bits: float) -> None:
    share = tint_fraction(bits)
    assert 0.0 <= share <= 1.0
    assert not math.isnan(share)


@THEMES
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_steps_of_the_tint_are_told_apart_by_every_sight_and_grow_in_one_direction(
    theme: Colours, sight: str, ground: str
) -> None:
    behind = QColor(getattr(theme, ground))
    steps = [lab(over(tint(theme, rank_fraction(rank)), behind), sight) for rank in (1, 2, 11, 101, 1001)]
    lightness = [step[0] for step in steps]
    assert lightness == sorted(lightness, reverse=not theme.dark)
    for one, other in pairwise(steps):
        assert math.dist(one, other) >= 8, "2.3 is what can just be seen side by side"


def test_a_rank_has_a_step_of_the_tint() -> None:
    assert [rank_fraction(rank) for rank in (0, 1, 2, 10, 11, 100, 101, 1000, 1001, 150_000)] == [
        0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1,
    ]  # fmt: skip
    assert list(TINTED_RANKS) == sorted(TINTED_RANKS)
