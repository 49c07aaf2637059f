"""Which part of a text each token covers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nextword.ui.widgets.token_spans import Span, Surprisals, TokenSpans, cut_out, units
from tests.ui.widgets.tokens import token


def covered(text: str, spans: TokenSpans) -> list[str]:
    return [cut_out(text, span.start, span.end) for span in spans.spans]


def test_tokens_cover_their_words() -> None:
    spans = TokenSpans([token("A"), token(" token"), token(" is")])
    assert spans.text == "A token is"
    assert covered(spans.text, spans) == ["A", " token", " is"]


def test_tokens_that_make_one_character_together_all_lie_on_it() -> None:
    data = "😀".encode()
    spans = TokenSpans([token("x"), token(data[:2]), token(data[2:3]), token(data[3:] + b"y")])
    assert covered("x😀y", spans) == ["x", "😀", "😀", "😀y"]


def test_places_are_counted_as_qt_counts_them() -> None:
    spans = TokenSpans([token("😀"), token("a")])
    assert spans.spans == [Span(0, 2), Span(2, 3)]


def test_control_tokens_cover_nothing() -> None:
    spans = TokenSpans([token("end"), token("<|im_end|>", special=True)])
    assert spans.text == "end"
    assert spans.spans[1] == Span(3, 3)


def test_tokens_of_a_continued_answer_lie_at_its_end() -> None:
    spans = TokenSpans([token(" more")])
    assert spans.offset_in("Written by hand, more") == units("Written by hand,")


def test_tokens_of_another_text_are_not_placed() -> None:
    assert TokenSpans([token("one")]).offset_in("two") is None


def test_half_character_at_the_end_does_not_move_the_others() -> None:
    spans = TokenSpans([token("ab"), token(b"\xf0\x9f")])
    assert spans.offset_in("ab\ufffd") == 0


@given(st.text(max_size=40), st.lists(st.integers(1, 5), max_size=60))
def test_growing_by_pieces_of_bytes_gives_the_whole_text_and_spans_in_order(text: str, sizes: list[int]) -> None:
    data, pieces = text.encode("utf-8", "ignore"), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    pieces.append(data)
    spans = TokenSpans()
    for piece in pieces:
        spans.extend([token(piece)])
    whole = b"".join(pieces).decode()
    assert spans.text == whole
    starts, ends = [s.start for s in spans.spans], [s.end for s in spans.spans]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert ends[-1] == units(whole)
    pairs = zip(spans.spans, pieces, strict=True)
    assert all(piece.decode(errors="ignore") in cut_out(whole, s.start, s.end) for s, piece in pairs)


def test_mean_surprisal_is_in_bits_per_token_and_follows_an_answer_that_grows() -> None:
    surprisals = Surprisals()
    assert surprisals.mean_bits() is None
    steps = [token("a", 0.5)]
    surprisals.take(steps)
    assert surprisals.mean_bits() == 1.0
    steps.append(token("b", 0.125))
    surprisals.take(steps)
    assert surprisals.bits == [1.0, 3.0]
    assert surprisals.mean_bits() == 2.0
    surprisals.take([token("c", 0.25)])
    assert surprisals.bits == [2.0]
