"""What must hold of any probability, any prompt and any branch, asked of real engine processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import gguf
import numpy as np
import pytest

from nextword.engine import protocol
from nextword.engine.protocol import ChatPrompt, Message, TextPrompt, TokenPrompt
from nextword.engine.template import text_hash
from tests import models
from tests.engine.engine_driver import Driver
from tests.engine.numpy_llama import NumpyLlama
from tests.model_templates import CHATML, FAMILIES

Start = Callable[..., Driver]
CHAT = (Message("user", "Is it 5 <s> o'clock?"), Message("assistant", "No."), Message("user", "And now?"))
SPY = """
import sys
from nextword.engine.vocabulary import Vocabulary
tokenize = Vocabulary.tokenize
def spied(self, text, *, special):
    print("TOKENIZED", ascii(text), file=sys.stderr, flush=True)
    return tokenize(self, text, special=special)
Vocabulary.tokenize = spied
"""


@pytest.fixture
def start(engine_cache: Path) -> Iterator[Start]:
    """Starts engine processes with a model and ends them."""
    with ExitStack() as stack:

        def load(path: Path, before: str = "") -> Driver:
            engine = stack.enter_context(Driver(engine_cache, before))
            engine.load(path)
            return engine

        yield load


def look(engine: Driver, prompt: protocol.Prompt, **wish: object) -> protocol.Distribution:
    engine.send(protocol.Look(engine.job(), prompt, **wish))  # type: ignore[arg-type]
    return engine.wait(protocol.Distribution)


def tokenize(engine: Driver, prompt: protocol.Prompt) -> list[int]:
    engine.send(protocol.Tokenize(engine.job(), prompt))
    return [token.id for token in engine.wait(protocol.Tokenized).tokens]


# --- probabilities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*models.KINDS, "mamba"])
def test_the_probabilities_of_all_tokens_make_one(kind: str, start: Start, tmp_path: Path) -> None:
    path = models.make(kind, tmp_path)
    engine = start(path)
    size = engine.events[-1].model.vocabulary  # type: ignore[union-attr]
    for text in ("the", "the time of day and", "é 🙂\n"):
        seen = look(engine, TextPrompt(text), named=tuple(range(size)), row=True, alternatives=64)
        assert math.fsum(map(math.exp, seen.named)) == pytest.approx(1.0, abs=1e-4)
        entropy = -math.fsum(math.exp(logprob) * logprob for logprob in seen.named) / math.log(2)
        assert seen.entropy_bits == pytest.approx(entropy, abs=1e-4)
        row = np.frombuffer(seen.row, np.float32)
        assert row.size == size
        assert seen.candidates[0].id == int(row.argmax()) == int(np.argmax(seen.named))
        rest = math.fsum(math.exp(candidate.logprob) for candidate in seen.candidates)
        assert rest + math.fsum(np.exp(np.sort(seen.named)[:-64])) == pytest.approx(1.0, abs=1e-4)


def test_the_best_token_has_rank_one(start: Start, tmp_path: Path) -> None:
    engine = start(models.make("qwen2", tmp_path, endless=True))
    greedy = engine.generate(TextPrompt("the time"), 30, temperature=0.0)
    assert [event.step.rank for event in greedy] == [1] * 30
    assert [event.step.id for event in greedy] == [event.step.candidates[0].id for event in greedy]
    for event in engine.generate(TextPrompt("the time"), 30, temperature=2.0, top_k=0, top_p=1.0, min_p=0.0):
        listed = [candidate.id for candidate in event.step.candidates]
        assert event.step.rank == listed.index(event.step.id) + 1 if event.step.id in listed else event.step.rank > 10


def test_a_model_that_knows_nothing_has_the_entropy_of_its_vocabulary(start: Start, tmp_path: Path) -> None:
    path = models.make("llama", tmp_path)
    reader = gguf.GGUFReader(path, "r+")
    output = next(tensor for tensor in reader.tensors if tensor.name == "output.weight")
    output.data[:] = 0.0
    del output, reader
    engine = start(path)
    size = engine.events[-1].model.vocabulary  # type: ignore[union-attr]
    seen = look(engine, TextPrompt("the"), named=(0, 5, size - 1))
    assert seen.entropy_bits == pytest.approx(math.log2(size), abs=1e-5)
    assert seen.named == pytest.approx([-math.log(size)] * 3, abs=1e-6)
    chosen = engine.generate(TextPrompt("the"), 3, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
    for event in chosen:
        assert event.step.entropy_bits == pytest.approx(math.log2(size), abs=1e-5)
        assert event.step.effective_choices == pytest.approx(size, rel=1e-5)


# --- BOS ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adds", [True, False])
@pytest.mark.parametrize("family", [name for name, family in FAMILIES.items() if family.bos])
def test_a_chat_begins_with_one_bos_whoever_writes_it(family: str, adds: bool, start: Start, tmp_path: Path) -> None:
    path = models.make(family, tmp_path, metadata={"tokenizer.ggml.add_bos_token": adds})
    engine = start(path)
    info: protocol.ModelInfo = engine.events[-1].model  # type: ignore[union-attr]
    written = "bos_token" in FAMILIES[family].template
    ids = tokenize(engine, ChatPrompt(CHAT))
    assert ids.count(info.tokens.bos or -1) == (1 if adds or written else 0)
    assert (ids[0] == info.tokens.bos) is (adds or written)
    plain = tokenize(engine, TextPrompt("<s>once"))
    assert plain.count(info.tokens.bos or -1) == int(adds)
    assert info.tokens.adds_bos is adds


@pytest.mark.parametrize("kind", ["chatml", "gpt2", "mamba"])
def test_a_model_without_bos_gets_none(kind: str, start: Start, tmp_path: Path) -> None:
    engine = start(models.make(kind, tmp_path))
    info: protocol.ModelInfo = engine.events[-1].model  # type: ignore[union-attr]
    assert not info.tokens.adds_bos
    for prompt in (ChatPrompt(CHAT), TextPrompt("once")):
        assert tokenize(engine, prompt)[0] != info.tokens.bos


def test_exact_ids_get_no_bos(start: Start, tmp_path: Path) -> None:
    engine = start(models.make("llama", tmp_path))
    assert tokenize(engine, TokenPrompt((300, 301))) == [300, 301]


def test_a_base_model_with_a_template_is_told_as_one(start: Start, tmp_path: Path) -> None:
    path = models.make("qwen2", tmp_path, template=CHATML, metadata={"general.finetune": "Base"})
    info: protocol.ModelInfo = start(path).events[-1].model  # type: ignore[union-attr]
    assert (info.kind, info.kind_reasons[0]) == ("base", "metadata: general.finetune = Base")
    assert (info.template_note, info.template_hash) == ("", text_hash(CHATML)), "its template can be used all the same"


# --- branches -----------------------------------------------------------------------------------------------


def test_a_branch_goes_on_from_the_ids_and_no_text_is_encoded(start: Start, tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, endless=True)
    engine, spied = start(path), start(path, SPY)
    before = tokenize(engine, TextPrompt("the time of day"))
    steps = [event.step for event in engine.generate(TextPrompt("the time of day"), 30, temperature=1.5, top_k=0)]
    kept = (*before, *(step.id for step in steps[:10]))
    other = next(candidate.id for candidate in steps[10].candidates if candidate.id != steps[10].id)
    for one in (engine, spied):
        branch = one.generate(TokenPrompt(kept, (other,)), 20, temperature=1.5, top_k=0, seed=5)
        finished = one.events[-1]
        assert isinstance(finished, protocol.Finished)
        assert finished.prompt_tokens == len(kept) + 1
        ids = [*kept, other, *(event.step.id for event in branch)]
        rows = NumpyLlama(path).logprobs(ids)[len(kept) : -1]
        expected = [row[event.step.id] for row, event in zip(rows, branch, strict=True)]
        assert [event.step.logprob for event in branch] == pytest.approx(expected, abs=1e-3)
        if one is engine:
            assert finished.cached_tokens == len(kept), "what was before the branch is still there, token by token"
    assert "TOKENIZED" not in spied.end()


def test_the_spy_sees_a_text_that_is_encoded(start: Start, tmp_path: Path) -> None:
    engine = start(models.make("llama", tmp_path), SPY)
    engine.generate(TextPrompt("the time"), 2)
    assert "TOKENIZED 'the time'" in engine.end()


def test_ids_that_no_text_is_encoded_to_stay_as_they_are(start: Start, tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, endless=True)
    engine = start(path)
    letters = tuple(3 + 256 + ord(letter) - 0x21 for letter in "thetime")
    assert tokenize(engine, TextPrompt("thetime"))[1:] != list(letters)
    assert tokenize(engine, TokenPrompt((1, *letters))) == [1, *letters]
    seen = look(engine, TokenPrompt((1, *letters)), named=(300,))
    assert seen.prompt_tokens == 1 + len(letters)
    assert seen.named[0] == pytest.approx(NumpyLlama(path).logprobs([1, *letters])[-1][300], abs=1e-3)


def test_an_answer_goes_on_in_its_chat_from_its_ids(start: Start, tmp_path: Path) -> None:
    engine = start(models.make("chatml", tmp_path, endless=True))
    bare = tokenize(engine, ChatPrompt(CHAT))
    letters = tuple(ord(letter) for letter in "thetime")  # byte tokens that would merge
    assert tokenize(engine, ChatPrompt(CHAT, letters)) == [*bare, *letters]
    chosen = engine.generate(ChatPrompt(CHAT), 12, temperature=1.5, top_k=0)
    ids = tuple(event.step.id for event in chosen)
    engine.generate(ChatPrompt(CHAT, ids), 4)
    finished = engine.events[-1]
    assert isinstance(finished, protocol.Finished)
    assert (finished.prompt_tokens, finished.cached_tokens) == (len(bare) + 12, len(bare) + 11)
