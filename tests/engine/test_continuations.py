"""Continuations of shared prompts against reading every text by itself."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nextword.errors import ContextTooSmall
from tests import models
from tests.engine.test_score import EVERY_KIND, one_by_one, tokens, tolerance
from tests.engine.test_score import run as score_text
from tests.engine.texts import long_text

if TYPE_CHECKING:
    from nextword.engine.continuations import Found, Totals
    from nextword.engine.model import Model
    from nextword.engine.prefix_tree import Text
    from tests.engine.conftest import OpenModel


@dataclass
class Run:
    """A job as it went. found: by text."""

    totals: Totals | None = None
    found: dict[int, Found] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Tokens if nothing were shared, cached, evaluated."""
        assert self.totals is not None
        return self.totals.tokens, self.totals.cached_tokens, self.totals.evaluated_tokens

    @property
    def sums(self) -> list[float]:
        return [math.fsum(self.found[number].logprobs) for number in range(len(self.found))]


def run(
    model: Model,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    alternatives: int = 0,
    *,
    at_progress: Callable[[int], None] = lambda _done: None,
) -> Run:
    from nextword.engine import continuations

    done = Run()

    def emit(found: list[Found]) -> None:
        done.parts.append(len(found))
        for result in found:
            assert result.text not in done.found, "every result comes once"
            done.found[result.text] = result

    def progress(at: int, of: int) -> None:
        done.progress.append((at, of))
        at_progress(at)

    done.totals = continuations.run(model, texts(pairs), alternatives, emit=emit, progress=progress)
    assert len(done.found) == len(pairs)
    return done


def texts(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[Text]:
    from nextword.engine.prefix_tree import Text

    return [Text([*prompt, *continuation], len(prompt)) for prompt, continuation in pairs]


def alone(model: Model, prompt: Sequence[int], continuation: Sequence[int]) -> list[float]:
    return one_by_one(model, [*prompt, *continuation])[len(prompt) - 1 :] if continuation else []


def ideal(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> int:
    """How many different beginnings there are of what has to be read."""
    read = [[*prompt, *continuation][:-1] for prompt, continuation in pairs if continuation]
    return len({tuple(ids[: end + 1]) for ids in read for end in range(len(ids))})


def agree(model: Model, kind: str, pairs: Sequence[tuple[list[int], list[int]]], done: Run) -> None:
    for number, (prompt, continuation) in enumerate(pairs):
        expected = alone(model, prompt, continuation)
        assert list(done.found[number].logprobs) == pytest.approx(expected, abs=tolerance(kind))
        assert len(done.found[number].ranks) == len(continuation)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_shared_scores_equal_scores_of_whole_texts(
    kind: str, length: int, open_model: OpenModel, tmp_path: Path
) -> None:
    model = open_model(models.make(kind, tmp_path))
    rng = random.Random(length)
    prompt = tokens(model, long_text(12))
    pairs = [(prompt, [rng.randrange(20, 400) for _ in range(length)]) for _ in range(5)]
    pairs += [([*prompt, 30 + item], pairs[0][1]) for item in range(4)]
    done = run(model, pairs)
    assert done.totals is not None
    assert done.totals.shared == (kind != "mamba")
    if kind != "mamba":
        assert done.counts[1:] == (0, ideal(pairs))
    agree(model, kind, pairs, done)


@pytest.mark.parametrize("seed", range(12))
def test_random_trees_equal_whole_texts_and_read_every_token_once(
    seed: int, open_model: OpenModel, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    model = open_model(models.make("qwen2", tmp_path, n_ctx=128))
    if seed % 3:  # small batches: a tree takes many, and paths go on from one to the next
        model.batch_tokens = rng.choice([1, 5, 16])
        model.output_tokens = min(model.batch_tokens, rng.choice([1, 4, 16]))
        model.sequences = rng.choice([2, 3, 9])
    few = rng.choice([2, 3, 30])
    pairs = []
    for _ in range(40):
        start = pairs[rng.randrange(len(pairs))][0] if pairs and rng.random() < 0.7 else [7]
        prompt = [*start[: rng.randrange(1, len(start) + 1)], *(rng.randrange(few) for _ in range(rng.randrange(12)))]
        pairs.append((prompt[:100], [rng.randrange(few) for _ in range(rng.randrange(6))]))
    done = run(model, pairs)
    assert done.counts == (sum(len(p) + len(c) - 1 for p, c in pairs if c), 0, ideal(pairs))
    model.batch_tokens = model.output_tokens = 128
    agree(model, "qwen2", pairs, done)


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_probabilities_of_all_tokens_are_one(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path))
    prompt = tokens(model, "the time of day")
    done = run(model, [(prompt, [token]) for token in range(model.vocabulary.size)])
    assert math.fsum(math.exp(value) for value in done.sums) == pytest.approx(1, abs=1e-4)
    best_first = sorted(done.found.values(), key=lambda found: -found.logprobs[0])
    better = [sum(other > found.logprobs[0] for other in done.sums) for found in best_first[:50]]
    assert [found.ranks[0] for found in best_first[:50]] == [count + 1 for count in better]
    few = run(model, [(prompt, [found.text]) for found in best_first[:50]])
    assert [found.ranks for found in few.found.values()] == [found.ranks for found in best_first[:50]]
    assert done.counts[2] == len(prompt)


def test_a_long_continuation_is_the_product_of_its_parts(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    prompt = tokens(model, "the time")
    rest = [300, 301, 302, 303]
    pairs = [(prompt, rest), *(([*prompt, *rest[:at]], [token]) for at, token in enumerate(rest))]
    done = run(model, pairs)
    assert done.sums[0] == pytest.approx(sum(done.sums[1:]), abs=1e-5)
    assert done.counts[2] == len(prompt) + 3, "all of it is one path"


def test_duplicates_prefixes_and_nothing_at_all(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    prompt = tokens(model, "the time of day")
    pairs = [(prompt, [40, 41]), (prompt, []), (prompt, [40]), (prompt, [40, 41]), (prompt, [40, 41, 42]), ([9], [])]
    done = run(model, pairs, 4)
    agree(model, "qwen2", pairs, done)
    assert done.found[0].logprobs == done.found[3].logprobs == done.found[4].logprobs[:2]
    assert done.found[1].logprobs == ()
    assert done.sums[1] == 0.0
    assert done.counts[2] == len(prompt) + 2
    assert [step.id for step in done.found[4].steps] == [40, 41, 42]
    assert all(len(step.candidates) == 4 for step in done.found[4].steps)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_steps_are_those_of_the_text_scored_by_itself(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path))
    prompt = tokens(model, "the time of day")
    pairs = [(prompt, [token, 41, 42]) for token in (40, 39, 300)]
    done = run(model, pairs, 6)
    for number, (_, continuation) in enumerate(pairs):
        whole = list(score_text(model, [*prompt, *continuation], alternatives=6).steps.values())[-3:]
        for mine, expected in zip(done.found[number].steps, whole, strict=True):
            assert (mine.id, mine.text, mine.rank, mine.kept) == (
                expected.id,
                expected.text,
                expected.rank,
                expected.kept,
            )
            assert mine.logprob == pytest.approx(expected.logprob, abs=tolerance(kind))
            assert mine.entropy_bits == pytest.approx(expected.entropy_bits, abs=1e-3)
            assert [c.id for c in mine.candidates] == [c.id for c in expected.candidates]
        assert [step.logprob for step in done.found[number].steps] == list(done.found[number].logprobs)


def test_no_texts_are_no_work(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    assert run(model, []).counts == (0, 0, 0)


def test_two_hundred_items_behind_a_long_prefix_cost_what_they_must(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path, n_ctx=1024))
    rng = random.Random(1)
    prefix = [rng.randrange(20, 400) for _ in range(400)]
    items = [[rng.randrange(20, 400) for _ in range(20 + item % 9)] for item in range(200)]
    labels = [[30], [31, 32]]
    pairs = [([*prefix, *item], label) for item in items for label in labels]
    done = run(model, pairs)
    must = len(prefix) + sum(map(len, items)) + 200  # one label has a token that something is asked after
    assert done.counts[2] <= must
    assert done.counts[0] > 30 * done.counts[2] / 2
    assert len(done.progress) - 1 <= must / 512 + 2, "batches are full"
    agree(model, "qwen2", [pairs[number] for number in (0, 1, 199, 399)], _only(done, (0, 1, 199, 399)))


def _only(done: Run, numbers: Sequence[int]) -> Run:
    return Run(done.totals, {new: done.found[number] for new, number in enumerate(numbers)})


def test_a_thousand_continuations_of_one_prompt(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    prompt = tokens(model, "the time of day")
    pairs = [(prompt, [20 + number // 30, 20 + number % 30]) for number in range(1000)]
    done = run(model, pairs)
    assert done.counts[2] == len(prompt) + 34
    agree(model, "llama", pairs[::111], _only(done, range(0, 1000, 111)))


def test_a_tree_larger_than_the_context(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path, n_ctx=256))
    rng = random.Random(5)
    prefix = [rng.randrange(20, 400) for _ in range(200)]
    pairs = [([*prefix, *(rng.randrange(20, 400) for _ in range(40))], [30, 31, 32]) for _ in range(12)]
    pairs.append(([*prefix, *(rng.randrange(20, 400) for _ in range(54))], [30, 31]))  # fills the context
    done = run(model, pairs)
    assert done.counts[2] == ideal(pairs)
    agree(model, "llama", pairs, done)
    with pytest.raises(ContextTooSmall) as failed:
        run(model, [*pairs, ([7] * 256, [8])])
    assert (failed.value.needed, failed.value.available) == (257, 256)


def test_results_come_as_soon_as_they_are_known(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    model.batch_tokens = 16
    rng = random.Random(6)
    pairs = [([7, *(rng.randrange(20, 400) for _ in range(10))], [30]) for _ in range(20)]
    done = run(model, pairs)
    assert sum(count > 0 for count in done.parts) > 10
    assert done.progress[0] == (0, ideal(pairs))
    assert done.progress[-1] == (ideal(pairs), ideal(pairs))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_next_job_begins_with_what_is_in_memory(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path))
    prompt = tokens(model, long_text(20))
    pairs = [(prompt, [30, 31]), (prompt, [32, 33])]
    first = run(model, pairs)
    again = run(model, pairs)
    assert again.sums == pytest.approx(first.sums, abs=tolerance(kind))
    if kind == "mamba":
        return
    assert first.counts[1:] == (0, len(prompt) + 2)
    assert again.counts[1:] == (len(prompt) - 1, 3), "the row after the prompt is gone, the rest is not"
    assert model.keep_prefix([*prompt, 9]) == len(prompt)
    model.feed([9])
    expected = one_by_one(model, [*prompt, 9, 44])[-1]
    model.keep_prefix([*prompt, 9])
    model.feed([9])
    assert run(model, [([*prompt, 9], [44])]).sums == pytest.approx([expected], abs=tolerance(kind))


def test_what_is_known_is_used_wherever_it_stands_in_the_tree(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    shared = [50, 51, 52]
    pairs = [([*shared, first, *([60] * 9)], [61, 62]) for first in (10, 20, 30, 40)]
    model.keep_prefix(pairs[2][0])
    model.feed([*pairs[2][0], 99, 98])
    done = run(model, pairs)
    assert done.counts[1:] == (12, ideal(pairs) - 12)
    agree(model, "qwen2", pairs, done)


def test_a_stop_leaves_nothing_half_done_behind(open_model: OpenModel, tmp_path: Path) -> None:
    from nextword.engine.model import Interrupted

    model = open_model(models.make("qwen2", tmp_path))
    model.batch_tokens = 32
    rng = random.Random(8)
    prompt = [rng.randrange(20, 400) for _ in range(50)]
    pairs = [([*prompt, *(rng.randrange(20, 400) for _ in range(9))], [30, 31]) for _ in range(20)]
    with pytest.raises(Interrupted):
        run(model, pairs, at_progress=lambda at: model.interrupt(at > 100))
    model.interrupt(False)
    assert model.known[:50] == prompt, "what was read is still of use"
    model.batch_tokens = 128
    done = run(model, pairs)
    assert done.counts[1] >= 50
    agree(model, "qwen2", pairs, done)


def test_a_model_with_a_state_reads_each_text_whole_and_says_so(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("mamba", tmp_path))
    prompt = tokens(model, "the time of day")
    pairs = [(prompt, [30]), (prompt, [31]), (prompt, [32, 33]), (prompt, [32, 33, 34]), (prompt, [40, 41, 42])]
    done = run(model, pairs)
    assert done.totals is not None
    assert not done.totals.shared
    assert done.counts[2] == 2 * (len(prompt) + 2), "one-token labels share a row; a beginning is read with the rest"
    agree(model, "mamba", pairs, done)
