"""Long texts: windows, and the numbers that are said of a text as a whole."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nextword import resources
from tests import models
from tests.engine.test_score import one_by_one, run, tokens
from tests.engine.texts import STORY, long_text

if TYPE_CHECKING:
    from tests.engine.conftest import OpenModel

# What llama-perplexity of llama.cpp 0.5.0 says of long_text(600) and these models (endless=True):
#   llama-perplexity -m FILE -f text.txt -c WINDOW -b WINDOW -fa off -ctk f32 -ctv f32 -t 1
PUBLISHED = {
    "llama": {128: (7622.9944, 1504.91529), 96: (7719.2622, 1553.02691)},
    "qwen2": {128: (12404.3082, 2282.42701), 96: (12703.6227, 2411.49199)},
    "gpt2": {128: (5457.0917, 1087.56701), 96: (5811.6393, 1210.43142)},
    "llama-bpe": {128: (4606.4159, 945.48989), 96: (5255.5957, 1086.45462)},
}


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_rule_of_llama_perplexity_gives_its_numbers(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path, endless=True))
    ids = tokens(model, long_text(600))
    for window, (perplexity, error) in PUBLISHED[kind].items():
        done = run(model, ids, rule="llama", window=window)
        assert done.totals is not None
        assert done.totals.tally.perplexity == pytest.approx(perplexity, rel=1e-5)
        assert done.totals.tally.standard_error == pytest.approx(error, rel=1e-5)
        assert (done.totals.window, done.totals.overlap, done.totals.rule) == (window, 0, "llama")


@pytest.mark.parametrize(
    ("path", "perplexity"), [(resources.STARTER_BASE, 2325.1852), (resources.STARTER_INSTRUCT, 2223.1590)]
)
def test_that_rule_on_the_shipped_models(path: Path, perplexity: float, open_model: OpenModel) -> None:
    """llama-perplexity -c 64 -b 64 says so with AVX2; other instructions differ by up to 0.2 %."""
    model = open_model(path)
    done = run(model, tokens(model, STORY.rstrip()), rule="llama", window=64)
    assert done.totals is not None
    assert done.totals.tally.perplexity == pytest.approx(perplexity, rel=0.005)


def test_that_rule_token_by_token(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    bos = model.vocabulary.bos
    assert bos is not None
    size = 33
    ids = tokens(model, long_text(90))
    expected: dict[int, float] = {}
    for start in range(0, len(ids) // size * size, size):
        logprobs = one_by_one(model, [bos, *ids[start + 1 : start + size]])
        for index in range(size // 2 + 1, size):
            expected[start + index - 1] = logprobs[index - 1]  # the text's positions do not count the BOS
    done = run(model, ids, rule="llama", window=size)
    assert list(done.steps) == list(expected)
    assert done.logprobs == pytest.approx(list(expected.values()), abs=1e-4)
    assert done.totals is not None
    mean = sum(expected.values()) / len(expected)
    variance = sum(value * value for value in expected.values()) / len(expected) - mean * mean
    assert done.totals.tally.perplexity == pytest.approx(math.exp(-mean), rel=1e-4)
    error = math.exp(-mean) * math.sqrt(variance / (len(expected) - 1))
    assert done.totals.tally.standard_error == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "mamba"])
@pytest.mark.parametrize(("window", "overlap"), [(40, -1), (40, 20), (41, 7), (64, 0), (30, 29), (2, -1)])
def test_windows_score_each_token_once_after_as_many_tokens_as_promised(
    kind: str, window: int, overlap: int, open_model: OpenModel, tmp_path: Path
) -> None:
    model = open_model(models.make(kind, tmp_path, n_ctx=128))
    ids = tokens(model, long_text(110))[:150]
    assert len(ids) == 150
    lead = int(model.vocabulary.add_bos)
    begin, text = ids[:lead], ids[lead:]
    done = run(model, ids, window=window, overlap=overlap)
    assert done.totals is not None
    used = done.totals.overlap
    if overlap > 0 and overlap < window - lead:
        assert used == overlap
    assert list(done.steps) == list(range(1 - lead, len(text)))
    room = done.totals.window - lead
    expected: dict[int, float] = {}
    at = 0
    while len(expected) < len(done.steps):
        piece = text[at : at + room]
        for index, logprob in enumerate(one_by_one(model, [*begin, *piece]), 1 - lead):
            if index >= used or at == 0:  # what is before has been scored by the window before
                expected[at + index] = logprob
        at += room - used
    assert done.logprobs == pytest.approx([expected[position] for position in done.steps], abs=1e-4)


def test_a_text_that_fits_is_one_window(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path, n_ctx=128))
    ids = tokens(model, long_text(100))[:128]
    done = run(model, ids)
    assert done.totals is not None
    assert (done.totals.window, done.totals.overlap, done.totals.evaluated_tokens) == (128, 64, 127)
    assert done.logprobs == pytest.approx(one_by_one(model, ids), abs=1e-4)


def test_what_is_in_memory_of_an_unscored_half_is_not_read_again(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    ids = tokens(model, long_text(60))
    first = run(model, ids[:64], rule="llama", window=64)
    again = run(model, ids[:64], rule="llama", window=64)
    assert first.totals is not None
    assert again.totals is not None
    assert (first.totals.cached_tokens, first.totals.evaluated_tokens) == (0, 63)
    assert (again.totals.cached_tokens, again.totals.evaluated_tokens) == (32, 31)
    assert again.logprobs == pytest.approx(first.logprobs, abs=1e-5)


def test_a_text_shorter_than_a_window_of_llama_perplexity_has_no_number(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    done = run(model, [7] * 63, rule="llama", window=64)
    assert done.totals is not None
    assert done.totals.tally.tokens == 0
    assert math.isnan(done.totals.tally.perplexity)
    assert math.isnan(done.totals.tally.standard_error)


@pytest.mark.parametrize("kind", models.KINDS)
def test_bytes_are_those_of_the_text(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    """SentencePiece puts a space before a text that nobody wrote; without BOS the first token is not scored."""
    model = open_model(models.make(kind, tmp_path))
    for text in ("the time of day: 日本 🙂", " the x", "é"):
        ids = tokens(model, text)
        done = run(model, ids)
        assert done.totals is not None
        tally = done.totals.tally
        unscored = 0 if model.vocabulary.add_bos else len(model.vocabulary.piece(ids[0]))
        assert tally.size_bytes == len(text.encode()) - unscored
        bits = -sum(done.logprobs) / math.log(2)
        assert tally.bits_per_byte == pytest.approx(bits / tally.size_bytes)


def test_an_impossible_token_makes_a_perplexity_infinite() -> None:
    from nextword.engine.perplexity import Tally

    tally = Tally()
    tally.add(-1.0, 3)
    tally.add(-math.inf, 3)
    assert tally.perplexity == math.inf
    assert math.isnan(tally.standard_error)
    assert tally.bits_per_byte == math.inf
