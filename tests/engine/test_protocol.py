from __future__ import annotations

import io
import random
import struct

import pytest

from nextword.engine import protocol
from nextword.engine.tokens import Candidate, TokenStep
from nextword.errors import ContextTooSmall, EngineFault, NextwordError, ProtocolBroken, from_wire

STEP = TokenStep(3, b"\xf0\x9f", -1.5, 2, 2.5, -0.2, 7, (Candidate(1, b" a", -0.1), Candidate(3, b"\xf0\x9f", -1.5)))
REQUESTS: list[protocol.Request] = [
    protocol.Load(1, "/tmp/a model 🦊.gguf", 512, 2),
    protocol.Generate(
        2,
        protocol.ChatPrompt((protocol.Message("user", "<|im_start|>"),), (4, 5), "Well, "),
        protocol.Sampling(logit_bias=((3, float("-inf")),), grammar='root ::= "x"'),
        protocol.Until(9, 1.5, ("stop",), 60),
    ),
    protocol.Generate(3, protocol.TextPrompt("Once"), protocol.Sampling(seed=2**32 - 1), protocol.Until(9), 64),
    protocol.Score(4, protocol.TextPrompt("text")),
    protocol.GenerateLanes(7, (protocol.Lane(protocol.TokenPrompt((1, 2)), protocol.Sampling(mirostat=2)),), 5, 4),
    protocol.ScoreContinuations(8, (protocol.Group(protocol.TextPrompt("is"), (" good", (5, 6))),), 3),
    protocol.Look(9, protocol.TextPrompt("x"), named=(4,), row=True, position=0),
    protocol.SaveState(10),
    protocol.Tokenize(5, protocol.TextPrompt("x")),
    protocol.Load(11, "/tmp/another.gguf", vocabulary_only=True),
    protocol.ListVocabulary(12),
    protocol.Stop(2),
    protocol.Ping(6),
]
REPLIES: list[protocol.Reply] = [
    protocol.Hello(1, 77, "zen4", "0.3.36"),
    protocol.Heartbeat("loading"),
    protocol.TokenChosen(2, 0, STEP),
    protocol.Finished(2, "end", 10, 4, 6, 0.1, 0.2),
    protocol.Failed(2, "ContextTooSmall", {"needed": 9, "available": 4}),
    protocol.ScoredPart(4, 0, (STEP,)),
    protocol.LaneFinished(7, 3, "stop_text", 10, 9, 5, 0.5, 2, "NoCandidates"),
    protocol.ContinuationsPart(8, (protocol.ScoredContinuation(0, 1, (5, 6), -3.5, (-1.5, -2.0), (1, 4), False),)),
    protocol.ContinuationsScored(8, 100, 20, 40, True, 0.5),
    protocol.Distribution(9, 0, 1, 0, 1, 2.5, STEP.candidates, (-float("inf"),), b"\0\0\x80\x3f"),
    protocol.StatePart(10, b"\0" * 100),
    protocol.StateSaved(10, 5, 100),
    protocol.VocabularyPart(12, 16384, (b"\xf0\x9f", b""), bytes([0, 1])),
    protocol.VocabularyListed(12, 16386, (16385,)),
]


@pytest.mark.parametrize("message", REQUESTS, ids=lambda m: type(m).__name__)
def test_a_request_travels_whole(message: protocol.Request) -> None:
    stream = io.BytesIO()
    protocol.write_frame(stream, message)
    stream.seek(0)
    assert protocol.read_request(stream) == message
    assert protocol.read_request(stream) is None


@pytest.mark.parametrize("message", REPLIES, ids=lambda m: type(m).__name__)
def test_a_reply_travels_whole(message: protocol.Reply) -> None:
    stream = io.BytesIO()
    protocol.write_frame(stream, message)
    stream.seek(0)
    assert protocol.read_reply(stream) == message


def test_an_oversized_frame_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProtocolBroken) as caught:
        protocol.read_reply(io.BytesIO(struct.pack(">I", protocol.MAX_FRAME_BYTES + 1)))
    assert caught.value.reason == "oversized"


def test_a_message_too_large_to_send_is_refused() -> None:
    with pytest.raises(ProtocolBroken):
        protocol.write_frame(io.BytesIO(), protocol.Score(1, protocol.TextPrompt("x" * (protocol.MAX_FRAME_BYTES + 1))))


def test_ten_thousand_garbled_frames_only_ever_raise_protocol_broken() -> None:
    rng = random.Random(11)
    frames = []
    for message in REPLIES:
        stream = io.BytesIO()
        protocol.write_frame(stream, message)
        frames.append(stream.getvalue())
    outcomes = {"read": 0, "refused": 0}
    for _ in range(10_000):
        data = bytearray(rng.choice(frames))
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            protocol.read_reply(io.BytesIO(bytes(data[: rng.randint(1, len(data))])))
            outcomes["read"] += 1
        except ProtocolBroken:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 5_000


def test_errors_cross_the_pipe_with_their_data() -> None:
    error = from_wire("ContextTooSmall", {"needed": 9, "available": 4})
    assert isinstance(error, ContextTooSmall)
    assert (error.needed, error.available) == (9, 4)


@pytest.mark.parametrize(("kind", "data"), [("NoSuch", {}), ("ContextTooSmall", {"x": 1}), ("NextwordError", {"x": 1})])
def test_an_error_nobody_knows_becomes_a_fault_of_the_engine(kind: str, data: dict[str, int]) -> None:
    assert isinstance(from_wire(kind, dict(data)), EngineFault)


def test_every_error_comes_back_equal_from_its_wire_form() -> None:
    error = from_wire("EngineDied", {"stage": "idle", "signal_name": "SIGSEGV", "exit_code": -11, "log": ["a", "b"]})
    assert isinstance(error, NextwordError)
    assert error.to_wire() == {
        "stage": "idle", "signal_name": "SIGSEGV", "exit_code": -11, "model": "", "log": ["a", "b"],
    }  # fmt: skip
