"""Two thousand difficult strings come out of a generation byte by byte as they are, whatever tokens they are cut into.

The process is the real one; only which token is drawn is written down beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep, Utf8Stream, join, pack, text_of, unpack
from tests import models
from tests.engine import difficult_strings
from tests.engine.engine_driver import Driver

TEXTS, BROKEN = 1500, 500
SHARES = {"llama": 1, "qwen2": 1, "llama-bpe": 10, "gpt2": 10}  # all of them for one vocabulary of each type
TOGETHER = 32
KEPT_TOKENS = 64  # so many go to the history at once
SCRIPTED = """
from dataclasses import replace
from nextword.engine.sampler import Sampler
begin, sample = Sampler.begin, Sampler.sample
def begun(self, ids, **given):
    self.script = iter([token for token, _ in self._sampling.logit_bias])
    return begin(self, ids, **given)
def sampled(self, logits):
    return replace(sample(self, logits), id=next(self.script))
Sampler.begin, Sampler.sample = begun, sampled
"""
"""The tokens to draw come as the keys of a logit bias of nothing; all else is done as ever."""


def split_by_the_tokenizer(engine: Driver, texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text, without a BOS."""
    found = []
    for text in texts:
        engine.send(protocol.Tokenize(engine.job(), protocol.TextPrompt(text)))
        tokens = engine.wait(protocol.Tokenized).tokens
        found.append([token.id for token in tokens if not token.control])
    return found


def generate(engine: Driver, scripts: Sequence[Sequence[int]]) -> list[list[TokenStep]]:
    """Let the engine generate exactly these tokens, several answers at a time."""
    lanes = tuple(
        protocol.Lane(
            protocol.TokenPrompt((1,)),
            protocol.Sampling(temperature=0.0, logit_bias=tuple((token, 0.0) for token in script)),
            protocol.Until(len(script)),
        )
        for script in scripts
    )
    first = len(engine.events)
    engine.send(protocol.GenerateLanes(engine.job(), lanes, alternatives=1, together=TOGETHER))
    engine.wait(protocol.Finished)
    answers: list[list[TokenStep]] = [[] for _ in scripts]
    for event in engine.events[first:]:
        if isinstance(event, protocol.TokenChosen):
            assert event.position == len(answers[event.lane])
            answers[event.lane].append(event.step)
    del engine.events[first:]
    return answers


def streamed(steps: Sequence[TokenStep]) -> str:
    """The text as the window shows it while it grows."""
    stream = Utf8Stream()
    return "".join(stream.feed(step.text) for step in steps) + stream.finish()


@pytest.mark.parametrize("kind", SHARES)
def test_every_byte_of_difficult_strings_survives_streaming(kind: str, engine_cache: Path, tmp_path: Path) -> None:
    texts = difficult_strings.texts(TEXTS // SHARES[kind])
    broken = difficult_strings.broken(BROKEN // SHARES[kind])
    first_byte = 3 if kind == "llama" else 0  # ids of the byte tokens
    lead = b" " if kind == "llama" else b""  # SentencePiece puts a space before a text
    with Driver(engine_cache, SCRIPTED) as engine:
        engine.send(protocol.Load(engine.job(), str(models.make(kind, tmp_path, n_ctx=8192)), 8192))
        engine.wait(protocol.Loaded)
        by_tokenizer = split_by_the_tokenizer(engine, texts[::2])
        expected = [lead + text.encode() for text in texts[::2]]
        bytewise = [*(text.encode() for text in texts[1::2]), *broken]
        scripts = [*by_tokenizer, *([first_byte + byte for byte in data] for data in bytewise)]
        expected += bytewise
        answers = [answer for at in range(0, len(scripts), 500) for answer in generate(engine, scripts[at : at + 500])]
    assert len(answers) == len(expected) == len(texts) + len(broken)
    for data, script, steps in zip(expected, scripts, answers, strict=True):
        assert [step.id for step in steps] == script
        assert b"".join(step.text for step in steps) == data
        assert streamed(steps) == text_of(steps) == data.decode("utf-8", "replace")
        blocks = [pack(steps[at : at + KEPT_TOKENS]) for at in range(0, len(steps), KEPT_TOKENS)]
        assert b"".join(step.text for step in unpack(join(blocks))) == data


def test_the_strings_are_as_difficult_as_they_should_be() -> None:
    texts, broken = difficult_strings.texts(TEXTS), difficult_strings.broken(BROKEN)
    together = "".join(texts)
    assert (len(set(texts)), len(set(broken))) == (TEXTS, BROKEN)
    assert max(map(ord, together)) > 0x10000
    assert {"\u200d", "\u202e", "\x00", "\ufeff", "\u0301", "\n"} <= set(together)
    assert max(len(text.split()[0]) for text in texts if text.split()) > 100
    assert all("\ufffd" in data.decode("utf-8", "replace") for data in broken)
