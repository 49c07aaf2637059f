"""The test models are what they claim to be: llama.cpp loads them and they write."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nextword.engine import backends
from nextword.engine.backends import Question
from nextword.engine.header import read_header
from tests import models
from tests.model_templates import FAMILIES

QUESTION = Question(prompt=(1, 300, 301, 302), count=24)


def answer(path: Path, question: Question = QUESTION) -> list[int]:
    """Let the plainest CPU variant continue the question's tokens."""
    plainest = next(path for path in backends.find_variants() if backends.variant_name(path) == "x64")
    outcome, said = backends.ask(plainest, path, question, wait_seconds=120)
    assert outcome == "ended"
    return [int(token) for token in said["tokens"]]


def size_of_vocabulary(path: Path) -> int:
    header = read_header(path)
    size = header.metadata[f"{header.architecture}.vocab_size"]
    assert isinstance(size, int)
    return size


@pytest.mark.parametrize("kind", [*models.KINDS, "mamba", *FAMILIES])
def test_llama_cpp_loads_the_model_and_it_writes_several_words(kind: str, tmp_path: Path) -> None:
    path = models.make(kind, tmp_path, quantization="Q8_0")
    tokens = answer(path)
    assert len(tokens) == QUESTION.count
    assert len(set(tokens)) > 2
    assert all(0 <= token < size_of_vocabulary(path) for token in tokens)
    assert path.stat().st_size < 400_000


def test_a_question_of_many_tokens_is_read_as_it_was_asked(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path)
    short, long = (Question(prompt=tuple(range(300, 300 + count)), count=3) for count in (2, 200))
    follow_up = Question(prompt=(*long.prompt, *answer(path, long)), count=3)
    again = Question(prompt=long.prompt, count=6)
    assert answer(path, again)[3:] == answer(path, follow_up)
    assert answer(path, short) != answer(path, long)


def test_the_recurrent_model_writes_what_the_text_before_suggests(tmp_path: Path) -> None:
    path = models.make("mamba", tmp_path)
    answers = {tuple(answer(path, Question(prompt=(*start, 300), count=8))) for start in ((), (5,), (5, 6), (6, 5))}
    assert len(answers) == 4


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    digests = [
        hashlib.sha256(models.make("chatml", tmp_path / name, n_ctx=128, seed=5).read_bytes()).hexdigest()
        for name in ("one", "two")
    ]
    other = models.make("chatml", tmp_path / "three", n_ctx=128, seed=6)
    assert digests[0] == digests[1]
    assert digests[0] != hashlib.sha256(other.read_bytes()).hexdigest()


def test_a_likely_end_comes_and_an_impossible_one_never(tmp_path: Path) -> None:
    ends = answer(models.make("qwen2", tmp_path, end_logit=12.0, file_name="ends.gguf"))
    endless = answer(models.make("qwen2", tmp_path, endless=True, file_name="endless.gguf"))
    eos = read_header(tmp_path / "ends.gguf").eos_id
    assert eos in ends[:8]
    assert eos not in endless


def test_metadata_of_a_test_model_can_be_replaced_and_added(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, metadata={"general.name": "Another", "extra.large": 1 << 40, "extra.low": -3})
    header = read_header(path)
    assert header.name == "Another"
    assert (header.metadata["extra.large"], header.metadata["extra.low"]) == (1 << 40, -3)


def test_an_unknown_architecture_is_refused_by_llama_cpp_and_read_by_us(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, architecture="quokka")
    assert read_header(path).architecture == "quokka"
    outcome, _ = backends.ask(backends.find_variants()[-1], path, QUESTION, wait_seconds=120)
    assert outcome == "failed"
