"""Several continuations decoded together, against each of them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nextword.engine.protocol import Sampling, Until
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError, NoCandidates
from tests import models
from tests.engine import test_generate
from tests.engine.test_generate import tokens

if TYPE_CHECKING:
    from nextword.engine.lane import Lane
    from nextword.engine.model import Model
    from tests.engine.conftest import OpenModel

PROMPTS = (
    "the time of day and the number",
    "the time of day and the first part",
    "the time of day",
    "people said that they will write",
)
GREEDY = Sampling(temperature=0.0)


@dataclass
class Together:
    """Some lanes as they went; hears them."""

    stops: Callable[[int, Together], bool]
    steps: dict[int, list[TokenStep]] = field(default_factory=dict)
    lanes: dict[int, Lane] = field(default_factory=dict)
    errors: dict[int, NextwordError] = field(default_factory=dict)
    progressed: list[tuple[int, int]] = field(default_factory=list)
    most: int = 0

    def progress(self, done_tokens: int, total_tokens: int) -> None:
        self.progressed.append((done_tokens, total_tokens))

    def generating(self) -> None:
        pass

    def ended(self, lane: Lane, error: NextwordError | None) -> None:
        assert lane.number not in self.lanes, "a lane ends once"
        self.lanes[lane.number] = lane
        if error is not None:
            self.errors[lane.number] = error

    def is_stopped(self, lane: int) -> bool:
        return self.stops(lane, self)

    @property
    def ids(self) -> dict[int, list[int]]:
        return {lane: [step.id for step in steps] for lane, steps in sorted(self.steps.items())}


def run(
    model: Model,
    wishes: Sequence[tuple[Sequence[int], Sampling]],
    *,
    max_tokens: int = 20,
    together: int = 8,
    stops: Callable[[int, Together], bool] = lambda _lane, _done: False,
) -> Together:
    from nextword.engine.analyst import Analyst
    from nextword.engine.lane import Lane, Wish
    from nextword.engine.lanes import Lanes
    from nextword.engine.sampler import Sampler

    done = Together(stops)
    analyst = Analyst(model.vocabulary)

    def tell(lane: int, position: int, step: TokenStep) -> None:
        assert position == len(done.steps.setdefault(lane, []))
        done.steps[lane].append(step)

    def take(drawn: object) -> None:
        analyst.take(drawn, tell)  # type: ignore[arg-type]
        analyst.drain()

    lanes = [
        Lane(number, Wish(list(ids), Sampler(sampling, model.vocabulary), Until(max_tokens), 20), analyst, take)
        for number, (ids, sampling) in enumerate(wishes)
    ]
    loop = Lanes(model, lanes, together=together, listener=done)
    try:
        loop.share()
        loop.run()
    finally:
        analyst.close()
    assert sorted(done.lanes) == list(range(len(wishes))), "every lane ends"
    return done


def greedy(prompts: Sequence[Sequence[int]]) -> list[tuple[Sequence[int], Sampling]]:
    return [(ids, GREEDY) for ids in prompts]


def alone(model: Model, ids: Sequence[int], sampling: Sampling, max_tokens: int = 20) -> list[TokenStep]:
    model.forget_all()
    return test_generate.run(model, ids, max_tokens, sampling=sampling).steps


@pytest.fixture
def endless(open_model: OpenModel, tmp_path: Path) -> Model:
    return open_model(models.make("qwen2", tmp_path, endless=True, n_ctx=512))


@pytest.mark.parametrize("kind", models.KINDS)
def test_lanes_say_what_each_says_alone(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path, endless=True))
    prompts = [tokens(model, text) for text in PROMPTS]
    done = run(model, greedy(prompts))
    for number, ids in enumerate(prompts):
        single = alone(model, ids, GREEDY)
        assert done.ids[number] == [step.id for step in single]
        for one, other in zip(done.steps[number], single, strict=True):
            assert one.logprob == pytest.approx(other.logprob, abs=1e-3)
            assert one.entropy_bits == pytest.approx(other.entropy_bits, abs=1e-3)


def test_what_prompts_have_in_common_is_read_once(endless: Model) -> None:
    common = tokens(endless, "the time of day and the number of people in the first part")
    prompts = [common + tokens(endless, end) for end in (" they said", " he was", " all the water")]
    done = run(endless, greedy(prompts))
    accounts = [done.lanes[number].account for number in range(3)]
    assert [account.cached_tokens for account in accounts] == [0, len(common), len(common)]
    assert sum(account.evaluated_tokens for account in accounts) == len(common) + sum(
        len(ids) - len(common) for ids in prompts
    )
    again = run(endless, greedy(prompts))
    assert again.lanes[0].account.cached_tokens == len(common)
    assert again.ids == done.ids


def test_one_prompt_with_different_seeds_gives_each_its_own_text(endless: Model) -> None:
    prompt = tokens(endless, "the time")
    samplings = [Sampling(temperature=1.5, seed=seed) for seed in (1, 2, 1)]
    done = run(endless, [(prompt, sampling) for sampling in samplings])
    assert done.ids[0] == done.ids[2] == [step.id for step in alone(endless, prompt, samplings[0])]
    assert done.ids[0] != done.ids[1]


def test_a_lane_that_is_stopped_does_not_stop_the_others(endless: Model) -> None:
    prompts = [tokens(endless, text) for text in PROMPTS]

    def second_after_three(lane: int, done: Together) -> bool:
        return lane == 1 and len(done.steps.get(1, ())) == 3

    done = run(endless, greedy(prompts), stops=second_after_three)
    assert {number: lane.reason for number, lane in done.lanes.items()} == {
        0: "limit", 1: "stopped", 2: "limit", 3: "limit",
    }  # fmt: skip
    assert [len(done.steps[number]) for number in range(4)] == [20, 3, 20, 20]


def test_a_lane_that_waits_can_be_stopped(endless: Model) -> None:
    prompts = [tokens(endless, text) for text in PROMPTS]
    done = run(endless, greedy(prompts), together=2, stops=lambda lane, _done: lane == 3)
    assert (done.lanes[3].reason, done.ids.get(3)) == ("stopped", None)
    assert all(len(done.ids[number]) == 20 for number in range(3))


def test_more_lanes_than_fit_wait_and_say_the_same(endless: Model) -> None:
    prompts = [tokens(endless, text) for text in PROMPTS] * 3
    assert run(endless, greedy(prompts), together=3).ids == run(endless, greedy(prompts), together=12).ids


def test_lanes_that_fill_the_memory_take_turns_and_say_the_same(open_model: OpenModel, tmp_path: Path) -> None:
    small = open_model(models.make("qwen2", tmp_path, endless=True, n_ctx=256))
    prompts = [tokens(small, text) for text in PROMPTS]
    assert small.memory_tokens < 4 * 100
    done = run(small, greedy(prompts), max_tokens=100)
    for number, ids in enumerate(prompts):
        assert done.ids[number] == [step.id for step in alone(small, ids, GREEDY, 100)]


def test_the_memory_is_empty_but_for_what_is_shared_afterwards(endless: Model) -> None:
    prompts = [tokens(endless, text) for text in PROMPTS[:2]]
    run(endless, greedy(prompts))
    assert endless.known == prompts[0][: len(endless.known)] == prompts[1][: len(endless.known)]
    # A conversation that needs nearly all of the memory still fits.
    assert len(alone(endless, [7] * 400, GREEDY, 100)) == 100


def test_an_interruption_ends_every_lane_and_leaves_nothing_behind(endless: Model) -> None:
    prompts = [tokens(endless, text) for text in PROMPTS]

    def interrupt(_lane: int, done: Together) -> bool:
        endless.interrupt(len(done.steps.get(0, ())) == 2)
        return False

    done = run(endless, greedy(prompts), stops=interrupt)
    endless.interrupt(False)
    assert {lane.reason for lane in done.lanes.values()} == {"stopped"}
    whole = run(endless, greedy(prompts))
    assert whole.ids[0][:2] == done.ids[0]


def test_an_error_in_one_lane_costs_that_lane(endless: Model) -> None:
    prompt = tokens(endless, "the time")
    nothing_left = Sampling(logit_bias=tuple((token, float("-inf")) for token in range(endless.vocabulary.size)))
    done = run(endless, [(prompt, nothing_left), (prompt, GREEDY)])
    assert isinstance(done.errors[0], NoCandidates)
    assert len(done.ids[1]) == 20


def test_a_recurrent_model_runs_its_lanes_one_after_the_other(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("mamba", tmp_path, endless=True))
    assert (model.shares_prefixes, model.sequences) == (False, 1)
    prompts = [tokens(model, text) for text in PROMPTS]
    done = run(model, greedy(prompts))
    for number, ids in enumerate(prompts):
        assert done.ids[number] == [step.id for step in alone(model, ids, GREEDY)]
        assert done.lanes[number].account.cached_tokens == 0
