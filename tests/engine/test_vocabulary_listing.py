"""A whole vocabulary is listed, and one is opened without the weights of its model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.protocol import TokenKind
from tests import models
from tests.engine.engine_driver import Driver

TEXT = "word and the 🦊\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modèle 🦊")
    return models.make("qwen2", folder, control_tokens=("<|im_start|>", "<|im_end|>"))


@pytest.fixture(scope="module")
def whole(model: Path, engine_cache: Path) -> Iterator[Driver]:
    with Driver(engine_cache) as engine:
        engine.load(model)
        yield engine


@pytest.fixture(scope="module")
def bare(model: Path, engine_cache: Path) -> Iterator[Driver]:
    with Driver(engine_cache) as engine:
        engine.load(model, vocabulary_only=True)
        yield engine


def list_all(engine: Driver) -> tuple[list[bytes], bytes, protocol.VocabularyListed]:
    first = len(engine.events)
    engine.send(protocol.ListVocabulary(engine.job()))
    end = engine.wait(protocol.VocabularyListed)
    parts = [event for event in engine.events[first:] if isinstance(event, protocol.VocabularyPart)]
    texts: list[bytes] = []
    for part in parts:
        assert part.first == len(texts)
        texts += part.texts
    return texts, b"".join(part.kinds for part in parts), end


def tokenize(engine: Driver, text: str) -> protocol.Tokenized:
    engine.send(protocol.Tokenize(engine.job(), protocol.TextPrompt(text)))
    return engine.wait(protocol.Tokenized)


def test_the_vocabulary_alone_has_the_same_tokens_and_splits_a_text_the_same_way(whole: Driver, bare: Driver) -> None:
    texts, kinds, end = list_all(bare)
    other_texts, other_kinds, other_end = list_all(whole)
    assert (texts, kinds, end.tokens, end.ends) == (other_texts, other_kinds, other_end.tokens, other_end.ends)
    assert tokenize(bare, TEXT).tokens == tokenize(whole, TEXT).tokens


def test_every_token_has_its_bytes_and_its_kind(bare: Driver) -> None:
    texts, kinds, end = list_all(bare)
    assert len(texts) == len(kinds) == end.tokens
    assert texts.index(b" word") > 255
    assert kinds[texts.index(b" word")] == TokenKind.NORMAL
    start = texts.index(b"<|im_start|>")
    assert kinds[start] == TokenKind.CONTROL
    assert texts.index(b"<|im_end|>") in end.ends
    assert start not in end.ends
    assert b"".join(token.text for token in tokenize(bare, TEXT).tokens) == TEXT.encode()


def test_a_vocabulary_alone_says_that_nothing_else_can_be_asked(bare: Driver) -> None:
    bare.send(protocol.Look(bare.job(), protocol.TextPrompt("word")))
    with pytest.raises(AssertionError, match="NoModelLoaded"):
        bare.wait(protocol.Distribution)


def test_a_large_vocabulary_comes_in_parts(tmp_path: Path, engine_cache: Path) -> None:
    many = tuple(f"<|{number}|>" for number in range(17_000))
    with Driver(engine_cache) as engine:
        engine.load(models.make("qwen2", tmp_path, control_tokens=many), vocabulary_only=True)
        texts, _kinds, end = list_all(engine)
    assert sum(isinstance(event, protocol.VocabularyPart) for event in engine.events) > 1
    assert texts[-1] == b"<|16999|>"
    assert end.tokens == len(texts)


def test_a_file_without_a_vocabulary_is_refused(tmp_path: Path, engine_cache: Path) -> None:
    path = models.make("llama", tmp_path, metadata={"tokenizer.ggml.model": "none"})
    with Driver(engine_cache) as engine, pytest.raises(AssertionError, match="ModelNotReadable"):
        engine.load(path, vocabulary_only=True)
