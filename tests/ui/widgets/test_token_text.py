"""How tokens and their numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nextword.engine.tokens import Cut
from nextword.ui.widgets.token_text import choices, cut_reason, percent, visible


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b" guesses", "·guesses"),
        (b"\n\n", "↵↵"),
        (b"\tx", "⇥x"),
        ("é".encode()[:1], "⟨C3⟩"),
        (" 😀".encode()[:3], "·⟨F0 9F⟩"),
        (b"\xa9 then", "⟨A9⟩·then"),
        ("\u202e".encode(), "⟨U+202E⟩"),
        (b"\x00", "⟨U+0000⟩"),
        ("日本".encode(), "日本"),
        (b"", ""),
    ],
)
def test_every_byte_of_a_token_can_be_seen(data: bytes, text: str) -> None:
    assert visible(data) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (1.0, "100 %"),
        (0.99996, "99.99 %"),
        (0.9996, "99.96 %"),
        (0.314159, "31.4 %"),
        (0.072, "7.2 %"),
        (0.0043, "0.43 %"),
        (0.000021, "0.0021 %"),
        (0.0000000321, "3.2 × 10⁻⁶ %"),
        (0.0, "0 %"),
    ],
)
def test_percent_keeps_what_can_be_told_apart(probability: float, text: str) -> None:
    assert percent(probability).replace("\u00a0", " ") == text


def test_certainty_is_written_only_when_the_model_was_certain() -> None:
    assert not percent(0.999999).startswith("100")


def test_reason_of_a_cut_names_the_stage_and_its_value() -> None:
    assert cut_reason(Cut.TOP_P, {"top_p": 0.95}) == "cut by top-p 0.95"
    assert cut_reason(Cut.TOP_K, {"top_k": 40}) == "cut by top-k 40"
    assert cut_reason(Cut.MIN_P, {}) == "cut by min-p"
    assert cut_reason(Cut.XTC, {"xtc_threshold": 0.1}) == "cut by XTC 0.1"
    assert cut_reason(Cut.KEPT, {"top_p": 0.95}) == ""


def test_every_reason_for_a_cut_has_words_of_its_own() -> None:
    words = {cut: cut_reason(cut, {}) for cut in Cut}
    assert len(set(words.values())) == len(Cut)
    assert [cut for cut, text in words.items() if not text] == [Cut.KEPT]


def test_effective_choices_are_exact_when_they_are_few() -> None:
    assert choices(1.26) == "1.3"
    assert choices(17.1) == "17"
    assert choices(2100.4) == "2,100"


@given(st.floats(min_value=1e-9, max_value=1.0))
@example(0.00997)
@example(0.0099999999)
@example(0.9995)
def test_any_probability_is_written_to_two_digits(probability: float) -> None:
    number = percent(probability).replace("\u00a0", "").rstrip("%")
    if "×" not in number:
        assert float(number) == pytest.approx(100 * probability, rel=0.05)
