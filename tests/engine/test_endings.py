"""Stop texts and loops, without a model."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.engine.endings import Loop, StopTexts


def shown(stops: tuple[str, ...], pieces: list[bytes]) -> tuple[bytes, bool]:
    """What is shown of `pieces`, and whether a stop text ended them."""
    texts: StopTexts[bytes] = StopTexts(stops)
    items: list[bytes] = []
    for piece in pieces:
        release = texts.feed(piece, piece)
        items += release.items
        if release.found:
            text = b"".join(items)
            return text[: len(text) - release.trim_bytes], True
    return b"".join([*items, *texts.flush()]), False


@pytest.mark.parametrize(
    ("stops", "pieces", "expected"),
    [
        (("END",), [b"a", b"E", b"N", b"D", b"b"], (b"a", True)),
        (("END",), [b"aEN", b"Db"], (b"a", True)),
        (("END",), [b"EN", b"ough"], (b"ENough", False)),
        (("aab",), [b"a", b"a", b"a", b"b"], (b"a", True)),
        (("long stop", "op"), [b"a long st", b"op"], (b"a ", True)),
        (("\n\n",), [b"one\n", b"\ntwo"], (b"one", True)),
        (("é",), [b"caf\xc3", b"\xa9!"], (b"caf", True)),
        (("", "x"), [b"y", b"x"], (b"y", True)),
        ((), [b"a", b"b"], (b"ab", False)),
        (("abc",), [b"ab", b"", b"c"], (b"", True)),
    ],
)
def test_nothing_of_a_stop_text_is_shown(
    stops: tuple[str, ...], pieces: list[bytes], expected: tuple[bytes, bool]
) -> None:
    assert shown(stops, pieces) == expected


@given(
    st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3),
    st.lists(st.text("ab\n", max_size=4), max_size=12),
)
def test_any_split_of_a_text_shows_the_same(stops: list[str], pieces: list[str]) -> None:
    whole = "".join(pieces)
    # The earliest end of a stop text decides: a token is taken before the next is known.
    ends = [end for end in range(len(whole) + 1) if any(whole[:end].endswith(stop) for stop in stops)]
    single = [character.encode() for character in whole]
    text, found = shown(tuple(stops), single)
    assert found == bool(ends)
    if ends:
        begun = whole[: ends[0]]
        assert text.decode() == begun[: min(begun.find(stop) for stop in stops if stop in begun)]
    else:
        assert text.decode() == whole
        assert shown(tuple(stops), [piece.encode() for piece in pieces]) == (whole.encode(), False)


def test_a_token_without_text_keeps_its_place() -> None:
    texts: StopTexts[int] = StopTexts(("ab",))
    assert texts.feed(1, b"a").items == []
    assert texts.feed(2, b"").items == []
    assert texts.feed(3, b"x").items == [1, 2, 3]


@pytest.mark.parametrize("period", [1, 2, 7, 20])
def test_a_passage_said_three_times_over_the_whole_width_is_a_loop(period: int) -> None:
    loop = Loop(60)
    start = list(range(1000, 1100))
    said = start + [number % period for number in range(200)]
    found = next(at for at, token in enumerate(said) if loop.feed(token))
    assert found == len(start) + 60 - 1


def test_a_text_that_repeats_only_now_and_then_is_no_loop() -> None:
    draws = random.Random(4)
    loop = Loop(30)
    assert not any(loop.feed(draws.randrange(5)) for _ in range(5000))


def test_a_loop_that_is_not_looked_for_is_not_found() -> None:
    loop = Loop(0)
    assert not any(loop.feed(1) for _ in range(500))
