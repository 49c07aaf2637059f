from __future__ import annotations

import math
import random
import struct

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nextword.engine.tokens import Candidate, Cut, TokensNotReadable, TokenStep, Utf8Stream, join, pack, text_of, unpack


def single(value: float) -> float:
    """Return `value` as the single precision that the logits have."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


logprobs = st.floats(min_value=-60, max_value=0).map(single)
candidates = st.builds(
    Candidate,
    id=st.integers(0, 300_000),
    text=st.binary(max_size=20),
    logprob=logprobs,
    sampled_logprob=st.none() | logprobs,
    cut=st.sampled_from(Cut),
    special=st.booleans(),
)


@st.composite
def steps(draw: st.DrawFn) -> list[TokenStep]:
    """Steps in which an id always has the same text, as a vocabulary would have it."""
    texts: dict[int, bytes] = {}

    def same_text(candidate: Candidate) -> Candidate:
        text = texts.setdefault(candidate.id, candidate.text)
        return msgspec.structs.replace(candidate, text=text)

    found = []
    for _ in range(draw(st.integers(0, 5))):
        others = tuple(same_text(c) for c in draw(st.lists(candidates, max_size=8)))
        chosen = same_text(draw(candidates))
        found.append(
            TokenStep(
                chosen.id, chosen.text, chosen.logprob, draw(st.integers(1, 300_000)),
                single(draw(st.floats(0, 20))), draw(logprobs | st.just(-math.inf)), draw(st.integers(1, 300_000)),
                others, draw(st.booleans()),
            )
        )  # fmt: skip
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(steps())
def test_what_is_packed_comes_back_bit_for_bit(some: list[TokenStep]) -> None:
    assert unpack(pack(some)) == some


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps(), steps())
def test_blocks_join_in_their_order(one: list[TokenStep], other: list[TokenStep]) -> None:
    texts: dict[int, bytes] = {}
    for step in one + other:
        for found in (step, *step.candidates):
            if texts.setdefault(found.id, found.text) != found.text:
                return  # not one vocabulary
    assert unpack(join([pack(one), pack(other)])) == one + other


def test_a_token_with_twenty_alternatives_takes_at_most_400_bytes() -> None:
    rng = random.Random(7)
    words = [bytes(rng.randrange(97, 123) for _ in range(rng.randint(2, 9))) for _ in range(150_000)]
    some = []
    for _ in range(300):
        others = tuple(
            Candidate(i, words[i], single(-rng.random() * 12), single(-rng.random() * 5))
            for i in (rng.randrange(150_000) for _ in range(20))
        )
        some.append(TokenStep(others[0].id, others[0].text, others[0].logprob, 1, 3.2, -0.5, 20, others))
    assert len(pack(some)) / len(some) <= 400


def test_damaged_blocks_are_refused_and_nothing_else_is_raised() -> None:
    block = pack([TokenStep(5, b" hello", -0.5, 1, 2.0, -0.3, 4, (Candidate(5, b" hello", -0.5, -0.3),))])
    rng = random.Random(3)
    refused = 0
    for _ in range(500):
        mutated = bytearray(block)
        mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
        try:
            unpack(bytes(mutated[: rng.randint(1, len(mutated))]))
        except TokensNotReadable:
            refused += 1
    assert refused > 400


def test_numbers_for_people_follow_from_the_log_probability() -> None:
    step = TokenStep(1, b"x", math.log(0.25), 2, 3.0, 0.0, 1, (Candidate(2, b"y", math.log(0.5)),))
    assert step.probability == pytest.approx(0.25)
    assert step.surprisal_bits == pytest.approx(2.0)
    assert step.effective_choices == pytest.approx(8.0)
    assert step.rest_mass == pytest.approx(0.5)


def test_control_tokens_are_no_text() -> None:
    some = [TokenStep(1, b"Hi", 0, 1, 0, 0, 1), TokenStep(2, b"<|im_end|>", 0, 1, 0, 0, 1, (), True)]
    assert text_of(some) == "Hi"


@given(st.text(), st.randoms(use_true_random=False))
def test_text_cut_at_any_byte_is_whole_again(text: str, rng: random.Random) -> None:
    data = text.encode()
    stream = Utf8Stream()
    found, at = "", 0
    while at < len(data):
        size = rng.randint(1, 3)
        found += stream.feed(data[at : at + size])
        assert "�" not in found or "�" in text
        at += size
    assert found + stream.finish() == text


@given(st.binary(max_size=60), st.randoms(use_true_random=False))
def test_any_bytes_read_as_the_reference_decoder_reads_them(data: bytes, rng: random.Random) -> None:
    stream = Utf8Stream()
    cuts = sorted(rng.randint(0, len(data)) for _ in range(5))
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert "".join(stream.feed(part) for part in parts) + stream.finish() == data.decode("utf-8", "replace")


def test_a_token_of_a_hostile_vocabulary_does_not_cost_the_answer_its_row() -> None:
    (again,) = unpack(pack([TokenStep(1, b"x" * 70_000, 0.0, 1, 0.0, 0.0, 1)]))
    assert again.text == b"x" * 65_535
