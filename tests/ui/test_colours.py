"""The colours can be read, and the tint grows with surprise."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from nextword.ui.colours import DARK, LIGHT, Colours, contrast, over, tint, tint_fraction

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
        behind = over(tint(theme, step / 10), QColor(getattr(theme, ground)))
        assert contrast(QColor(theme.text), behind) >= 4.5, f"{step / 10} bits"


@THEMES
def test_the_tint_grows_from_nothing_and_then_stays(theme: Colours) -> None:
    alphas = [tint(theme, bits / 4).alphaF() for bits in range(0, 60)]
    assert alphas[0] == 0
    assert alphas == sorted(alphas)
    assert alphas[32] == alphas[-1] == pytest.approx(theme.tint_strength, abs=0.01)
    assert alphas[16] > alphas[8] > alphas[4] > 0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_the_tint_of_any_number_is_a_share(bits: float) -> None:
    share = tint_fraction(bits)
    assert 0.0 <= share <= 1.0
    assert not math.isnan(share)
