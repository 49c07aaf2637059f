"""The text of a document and its tokens: edits take tokens along, halves stay with the whole, steps back are exact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nextword.engine.protocol import ModelInfo, PromptToken, VocabularyInfo
from nextword.engine.tokens import Candidate, TokenStep
from nextword.write.lints import inside_token, lints_of
from nextword.write.spelling import MODEL, PERSON, STALE, Piece, laid_on, spelled
from nextword.write.text import WrittenText
from tests.ui.conftest import model_info

STRANGE = "a\u05e9 e\u0301\0\U0001f600\u65e5\n"


def step(data: bytes, number: int = 0) -> TokenStep:
    return TokenStep(number, data, -1.0, 2, 3.0, -1.0, 5, (Candidate(number, data, -1.0),))


def written_of(text: str, size: int = 2) -> WrittenText:
    """A text whose tokens are `size` bytes each, by the person and by the model in turn."""
    data = text.encode()
    steps = [step(data[at : at + size], at) for at in range(0, len(data), size)]
    piece = spelled(steps, MODEL)
    piece.marks = [MODEL if number % 3 else PERSON for number in range(len(steps))]
    made = WrittenText()
    made.splice(0, 0, piece)
    return made


def state(written: WrittenText) -> tuple[object, ...]:
    return written.text, list(written.steps), list(written.starts), list(written.ends), list(written.marks)


def check(written: WrittenText) -> None:
    assert len(written.steps) == len(written.starts) == len(written.ends) == len(written.marks)
    assert written.starts == sorted(written.starts)
    assert written.ends == sorted(written.ends)
    for start, end in zip(written.starts, written.ends, strict=True):
        assert 0 <= start <= end <= len(written.text)


def test_halves_of_a_character_lie_on_the_whole() -> None:
    piece = spelled([step(b"x\xf0\x9f"), step(b"\x98\x80"), step(b"y")], MODEL)
    assert piece.text == "x\U0001f600y"
    assert list(zip(piece.starts, piece.ends, strict=True)) == [(0, 2), (1, 2), (2, 3)]
    broken = spelled([step(b"a"), step(b"\xe2\x80")], MODEL)
    assert broken.text == "a\ufffd"
    assert (broken.starts[1], broken.ends[1]) == (1, 2)


def test_tokens_are_laid_on_the_text_that_they_were_made_of() -> None:
    assert laid_on("Once", [step(b" On"), step(b"ce")], PERSON).ends == [2, 4]
    assert laid_on("Once UPON", [step(b"Once"), step(b" upon")], PERSON).ends == [4], "a vocabulary of small letters"
    assert laid_on("", [], PERSON).text == ""


def test_a_token_that_is_cut_is_lost_and_its_letters_stay() -> None:
    written = written_of("abcdef")
    change = written.splice(3, 3, Piece("X"))
    assert written.text == "abcXdef"
    assert written.token_at(2) is None
    assert written.parts(0, 7)[-1] == [4]
    assert written.is_stale(len(written) - 1)
    written.take_back(change)
    assert state(written) == state(written_of("abcdef"))


@given(
    st.text(st.sampled_from(STRANGE), max_size=24),
    st.integers(1, 5),
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 10), st.text(st.sampled_from(STRANGE), max_size=4)), max_size=6
    ),
)
def test_every_step_back_is_exact(text: str, size: int, edits: list[tuple[int, int, str]]) -> None:
    written = written_of(text, size)
    states, changes = [state(written)], []
    for place, length, new in edits:
        start = min(place, len(written.text))
        end = min(start + length, len(written.text))
        expected = written.text[:start] + new + written.text[end:]
        changes.append(written.splice(start, end, Piece(new)))
        assert written.text == expected
        check(written)
        joined = "".join(part if isinstance(part, str) else "" for part in written.parts(0, len(expected)))
        assert len(joined) <= len(expected)
        states.append(state(written))
    redo = []
    for change, before in zip(reversed(changes), reversed(states[:-1]), strict=True):
        redo.append(written.take_back(change))
        assert state(written) == before
    for change, after in zip(reversed(redo), states[1:], strict=True):
        written.take_back(change)
        assert state(written) == after


def test_what_was_scored_since_is_stale_after_a_step_back() -> None:
    written = written_of("abcdef")
    change = written.splice(0, 1, Piece("X"))
    written.renew(0, written.steps[:2], origin=1)
    written.take_back(change)
    assert written.text == "abcdef"
    assert written.marks[-1] & STALE


def test_a_prompt_that_may_go_wrong_is_remarked() -> None:
    model = model_info("m", kind="base", tokens=VocabularyInfo(type="spm", bos=1, adds_bos=True))
    bos, word = PromptToken(1, b"<s>", True), PromptToken(5, b"a", False)

    def kinds(text: str, tokens: list[PromptToken], of: ModelInfo = model) -> list[str]:
        return [lint.kind for lint in lints_of(text, tokens, of)]

    assert kinds("a", [bos, word]) == []
    assert kinds("a", [bos, bos, word]) == ["double_bos"]
    assert kinds("a", [word]) == ["missing_bos"]
    assert kinds("a ", [bos, word]) == ["trailing_space"]
    assert kinds("<|im_start|>user", [bos, word]) == ["template_on_base"]
    assert kinds("a", [bos, word], model_info("m", tokens=model.tokens)) == ["no_template"]


def test_a_text_that_stops_inside_a_token_is_remarked_with_both_shares() -> None:
    candidates = (Candidate(1, b" time", -0.5), Candidate(2, b" times", -3.0), Candidate(3, b" ti", -6.0))
    lint = inside_token(TokenStep(3, b" ti", -6.0, 3, 1.0, -6.0, 3, candidates))
    assert lint is not None
    assert lint.text == " time"
    assert lint.shares[0] < 0.01 < 0.6 < lint.shares[1]
    assert inside_token(TokenStep(1, b" time", -0.5, 1, 1.0, -0.5, 3, candidates)) is None
