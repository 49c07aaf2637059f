"""Scores as the window gets them: messages of a real engine process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.protocol import Group, TextPrompt, TokenPrompt
from tests import models
from tests.engine.engine_driver import Driver
from tests.engine.texts import long_text


@pytest.fixture
def engine(engine_cache: Path, tmp_path: Path) -> Iterator[Driver]:
    with Driver(engine_cache) as driver:
        driver.load(models.make("llama", tmp_path))
        yield driver


def continuations(
    engine: Driver, groups: tuple[Group, ...], alternatives: int = 0
) -> list[protocol.ScoredContinuation]:
    """Ask and return the results in the order of the request; ContinuationsScored is the last of `events`."""
    first = len(engine.events)
    engine.send(protocol.ScoreContinuations(engine.job(), groups, alternatives))
    engine.wait(protocol.ContinuationsScored)
    parts = [event for event in engine.events[first:] if isinstance(event, protocol.ContinuationsPart)]
    found = sorted((result for part in parts for result in part.results), key=lambda one: (one.group, one.index))
    assert [(r.group, r.index) for r in found] == [
        (g, i) for g, x in enumerate(groups) for i in range(len(x.continuations))
    ]
    return found


def failure(engine: Driver) -> protocol.Failed:
    while (event := engine.next()) is not None:
        if isinstance(event, protocol.Failed):
            return event
    raise AssertionError(engine.end())


def test_every_label_gets_its_number(engine: Driver) -> None:
    labels = ("0", "", "False", " day", " da", "🙂", "🙃", "<s>", " day", (40, 41), ())
    found = continuations(engine, (Group(TextPrompt("the time of"), labels), Group(TextPrompt(""), labels)))
    for result, label in zip(found, labels + labels, strict=True):
        assert result.logprob == pytest.approx(math.fsum(result.logprobs), abs=1e-9)
        assert len(result.logprobs) == len(result.ranks) == len(result.ids)
        assert result.greedy == all(rank == 1 for rank in result.ranks)
        assert math.isfinite(result.logprob)
        assert (result.logprob == 0) == (len(label) == 0)
        assert result.steps == ()
    assert (found[3].ids, found[3].logprobs) == (found[8].ids, found[8].logprobs)
    assert found[5].ids[:-1] == found[6].ids[:-1], "two emoji that differ in their last byte"
    assert found[5].logprob != found[6].logprob
    done = engine.events[-1]
    assert isinstance(done, protocol.ContinuationsScored)
    assert done.shared
    assert done.evaluated_tokens < done.tokens / 2


def test_a_sum_over_a_text_does_not_depend_on_who_adds_it(engine: Driver) -> None:
    engine.send(protocol.Score(engine.job(), TextPrompt("the time of day")))
    scored = engine.wait(protocol.Scored)
    whole, split, first = continuations(
        engine,
        (
            Group(TextPrompt(""), ("the time of day",)),
            Group(TextPrompt("the time"), (" of day",)),
            Group(TextPrompt(""), ("the time",)),
        ),
    )
    assert whole.logprob == pytest.approx(scored.logprob_sum, abs=1e-4)
    assert first.logprob + split.logprob == pytest.approx(whole.logprob, abs=1e-4)


def test_thousands_of_results_with_all_alternatives_fit_into_their_messages(engine: Driver) -> None:
    labels = tuple((40 + number % 300, 41, 42) for number in range(3000))
    found = continuations(engine, (Group(TextPrompt("the time"), labels),), 64)
    assert [len(step.candidates) for result in found for step in result.steps] == [64] * 9000
    assert [step.logprob for step in found[7].steps] == list(found[7].logprobs)
    sizes = Counter(type(event) for event in engine.events)
    assert sizes[protocol.ContinuationsPart] > 5


def test_a_stop_keeps_what_was_scored_and_the_next_job_is_right(engine: Driver) -> None:
    expected = continuations(engine, (Group(TextPrompt("the time"), (" of day",)),))[0]
    job = engine.job()
    engine.send(protocol.Score(job, TextPrompt(long_text(60_000)), alternatives=64))
    part = engine.wait(protocol.ScoredPart)
    engine.send(protocol.Stop(job))
    finished = engine.wait(protocol.Finished)
    assert finished.reason == "stopped"
    assert len(part.steps) > 0
    again = continuations(engine, (Group(TextPrompt("the time"), (" of day",)),))[0]
    assert again.logprobs == pytest.approx(expected.logprobs, abs=1e-4)


def test_stopped_continuations_end_as_stopped(engine: Driver) -> None:
    job = engine.job()
    groups = tuple(Group(TextPrompt(f"{number} {long_text(40)}"), (" of day",)) for number in range(2000))
    engine.send(protocol.ScoreContinuations(job, groups))
    engine.wait(protocol.ContinuationsPart)
    engine.send(protocol.Stop(job))
    assert engine.wait(protocol.Finished).reason == "stopped"


def test_what_does_not_fit_is_told_with_both_numbers_before_anything_is_read(engine: Driver) -> None:
    fits = Group(TokenPrompt((5,) * 511), ((6,),))
    assert len(continuations(engine, (fits,))) == 1
    first = len(engine.events)
    engine.send(protocol.ScoreContinuations(engine.job(), (fits, Group(TokenPrompt((5,) * 511), ((6, 7),)))))
    failed = failure(engine)
    assert (failed.kind, failed.data) == ("ContextTooSmall", {"needed": 513, "available": 512})
    engine.send(protocol.Score(engine.job(), TextPrompt("the time"), window=513))
    failed = failure(engine)
    assert (failed.kind, failed.data) == ("ContextTooSmall", {"needed": 513, "available": 512})
    engine.send(protocol.Look(engine.job(), TokenPrompt((5,) * 513)))
    failed = failure(engine)
    assert (failed.kind, failed.data) == ("ContextTooSmall", {"needed": 513, "available": 512})
    assert not any(isinstance(event, protocol.PromptProgress) for event in engine.events[first:])
    assert len(continuations(engine, (fits,))) == 1


def test_a_model_with_a_state_says_that_it_reads_everything(engine_cache: Path, tmp_path: Path) -> None:
    with Driver(engine_cache) as engine:
        assert not engine.load(models.make("mamba", tmp_path)).model.shares_prefixes
        continuations(engine, (Group(TextPrompt("the time"), (" of day", " no way")),))
        done = engine.events[-1]
        assert isinstance(done, protocol.ContinuationsScored)
        assert not done.shared
        assert done.evaluated_tokens == done.tokens
