"""The token loop on real models: what is evaluated, what is said of each token, and why it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword.engine.protocol import Sampling, Until
from nextword.engine.tokens import TokenStep, Utf8Stream, text_of
from nextword.errors import NextwordError
from tests import models
from tests.engine.test_score import run as score
from tests.engine.test_score import tolerance

if TYPE_CHECKING:
    from nextword.engine.lane import Account, Lane
    from nextword.engine.model import Model
    from tests.engine.conftest import OpenModel


SEEDED = Sampling(seed=5)


@dataclass
class Run:
    """A generation as it went; hears its lane."""

    stop: Callable[[Run], bool] = lambda _run: False
    steps: list[TokenStep] = field(default_factory=list)
    progressed: list[tuple[int, int]] = field(default_factory=list)
    lane: Lane | None = None

    @property
    def ids(self) -> list[int]:
        return [step.id for step in self.steps]

    @property
    def account(self) -> Account:
        assert self.lane
        return self.lane.account

    @property
    def reason(self) -> str:
        assert self.lane
        return self.lane.reason or ""

    def progress(self, done_tokens: int, total_tokens: int) -> None:
        self.progressed.append((done_tokens, total_tokens))

    def generating(self) -> None:
        pass

    def ended(self, lane: Lane, error: NextwordError | None) -> None:
        assert lane is self.lane
        if error is not None:
            raise error

    def is_stopped(self, _lane: int) -> bool:
        return self.stop(self)


def run(
    model: Model,
    ids: Sequence[int],
    until: int | Until = 8,
    *,
    sampling: Sampling = SEEDED,
    stopped: Callable[[Run], bool] = lambda _run: False,
) -> Run:
    from nextword.engine.analyst import Analyst
    from nextword.engine.lane import Lane, Wish
    from nextword.engine.lanes import Lanes
    from nextword.engine.sampler import Sampler

    done = Run(stopped)
    analyst = Analyst(model.vocabulary)
    wish = Wish(
        list(ids),
        Sampler(sampling, model.vocabulary),
        Until(until) if isinstance(until, int) else until,
        alternatives=20,
    )

    def tell(_lane: int, position: int, step: TokenStep) -> None:
        assert position == len(done.steps)
        done.steps.append(step)

    def take(drawn: object) -> None:
        analyst.take(drawn, tell)  # type: ignore[arg-type]
        analyst.drain()

    done.lane = Lane(0, wish, analyst, take)
    lanes = Lanes(model, [done.lane], together=1, listener=done)
    try:
        lanes.share()
        lanes.run()
    finally:
        analyst.close()
    return done


def tokens(model: Model, text: str) -> list[int]:
    return model.vocabulary.tokenize(text, special=False)


@pytest.fixture
def endless(open_model: OpenModel, tmp_path: Path) -> Model:
    """A base model that never ends by itself."""
    return open_model(models.make("qwen2", tmp_path, endless=True, n_ctx=1024))


def test_the_second_turn_evaluates_only_what_is_new(endless: Model) -> None:
    prompt = tokens(endless, "the time of day and the number of people")
    first = run(endless, prompt)
    assert (first.account.prompt_tokens, first.account.cached_tokens) == (len(prompt), 0)
    turn = [*prompt, *first.ids, *tokens(endless, " they said")]
    second = run(endless, turn)
    # The last token that was chosen has not been evaluated yet.
    assert second.account.cached_tokens == len(prompt) + len(first.ids) - 1
    assert second.progressed == [(second.account.cached_tokens, len(turn)), (len(turn), len(turn))]


def test_a_prompt_that_is_known_gives_the_same_numbers_as_a_fresh_one(endless: Model) -> None:
    prompt = tokens(endless, "the time of day")
    first = run(endless, prompt)
    again = run(endless, prompt)
    assert again.account.cached_tokens == len(prompt) - 1
    assert again.ids == first.ids
    fresh = [step.logprob for step in first.steps]
    assert [step.logprob for step in again.steps] == pytest.approx(fresh, abs=1e-4)


def test_a_changed_prompt_keeps_what_comes_before_the_change(endless: Model) -> None:
    same = tokens(endless, "the time of day and")
    run(endless, same + tokens(endless, " the number"))
    changed = run(endless, same + tokens(endless, " some people"))
    assert changed.account.cached_tokens == len(same)


def test_same_seed_same_tokens_and_another_seed_other_tokens(endless: Model) -> None:
    prompt = tokens(endless, "the time")
    hot = [run(endless, prompt, 20, sampling=Sampling(temperature=1.5, seed=seed)).ids for seed in (1, 1, 2**32 - 1)]
    assert hot[0] == hot[1]
    assert hot[0] != hot[2]


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_numbers_of_a_generation_are_those_of_its_score(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path, endless=True))
    prompt = ([model.vocabulary.bos] if model.vocabulary.add_bos else []) + tokens(model, "the time of day")
    done = run(model, [token for token in prompt if token is not None], 24, sampling=Sampling(seed=9))
    scored = score(model, [*(token for token in prompt if token is not None), *done.ids])
    for step, judged in zip(done.steps, list(scored.steps.values())[-24:], strict=True):
        assert (step.id, step.text) == (judged.id, judged.text)
        assert step.logprob == pytest.approx(judged.logprob, abs=tolerance(kind))
        assert step.entropy_bits == pytest.approx(judged.entropy_bits, abs=tolerance(kind))


def test_every_token_carries_what_is_needed_to_ask_about_it(endless: Model) -> None:
    for step in run(endless, tokens(endless, "the"), 10).steps:
        assert step.text == endless.vocabulary.piece(step.id)
        assert len(step.candidates) == 20
        logprobs = [candidate.logprob for candidate in step.candidates]
        assert logprobs == sorted(logprobs, reverse=True)
        if step.rank <= 20:
            assert step.candidates[step.rank - 1].id == step.id
            assert step.candidates[step.rank - 1].logprob == step.logprob
        assert 0 < step.rest_mass < 1
        assert sum(candidate.sampled_logprob is not None for candidate in step.candidates) == min(step.kept, 20)


def test_it_ends_with_the_end_token_which_is_not_shown(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("chatml", tmp_path))
    pure = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
    runs = (run(model, tokens(model, "the"), 500, sampling=Sampling(**pure, seed=seed)) for seed in range(20))  # type: ignore[arg-type]
    done = next(done for done in runs if done.reason == "end")
    assert model.vocabulary.is_end(done.ids[-1])
    assert done.steps[-1].special
    assert not any(model.vocabulary.is_end(token) for token in done.ids[:-1])
    assert "<|im_end|>" not in text_of(done.steps)


def test_it_ends_at_the_limit(endless: Model) -> None:
    done = run(endless, tokens(endless, "the"), 1)
    assert (done.reason, len(done.steps)) == ("limit", 1)


def test_it_ends_when_the_context_is_full(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path, endless=True, n_ctx=64))
    prompt = tokens(model, "the time")
    done = run(model, prompt, 1000)
    assert done.reason == "context_full"
    assert len(prompt) + len(done.steps) == model.context_tokens


def test_a_stop_ends_before_the_next_token(endless: Model) -> None:
    done = run(endless, tokens(endless, "the"), 100, stopped=lambda so_far: len(so_far.steps) == 3)
    assert (done.reason, len(done.steps)) == ("stopped", 3)
    assert done.account.generated_tokens == 3


def test_an_interruption_in_a_long_prompt_keeps_the_batches_that_are_done(endless: Model) -> None:
    prompt = [7 + i % 50 for i in range(1000)]

    def interrupt_in_the_second_batch(run: Run) -> bool:
        endless.interrupt(bool(run.progressed) and run.progressed[-1][0] == endless.batch_tokens)
        return False

    interrupted = run(endless, prompt, 4, stopped=interrupt_in_the_second_batch)
    endless.interrupt(False)
    assert (interrupted.reason, interrupted.steps) == ("stopped", [])
    again = run(endless, prompt)
    assert again.account.cached_tokens == endless.batch_tokens
    assert again.ids == run(endless, prompt).ids


def test_characters_that_are_split_between_tokens_come_out_whole(endless: Model) -> None:
    text = "naïve 日本 👩‍👩‍👧 the end"
    ids = tokens(endless, text)
    pieces = [endless.vocabulary.piece(token) for token in ids]
    assert any(_is_broken(piece) for piece in pieces), "the vocabulary splits these characters"
    stream = Utf8Stream()
    assert "".join(map(stream.feed, pieces)) + stream.finish() == text


def test_a_model_that_cannot_go_back_reads_everything_again(endless: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    import llama_cpp

    prompt = tokens(endless, "the time of day and the number")
    expected = run(endless, prompt).ids
    # What recurrent models answer: no part of their state can be taken back.
    monkeypatch.setattr(llama_cpp, "llama_memory_seq_rm", lambda *_: False)
    again = run(endless, prompt)
    assert again.account.cached_tokens == 0
    assert again.ids == expected


def test_nothing_is_evaluated_twice_at_the_same_place(endless: Model) -> None:
    prompt = tokens(endless, "the time of day")
    endless.keep_prefix(prompt)
    endless.feed(prompt)
    all_at_once = endless.logits()
    endless.keep_prefix([0])
    for token in prompt:
        endless.feed([token])
    assert np.allclose(all_at_once, endless.logits(), atol=1e-4)


def _is_broken(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_a_stop_text_ends_the_answer_before_it(endless: Model) -> None:
    prompt = tokens(endless, "the time")
    whole = run(endless, prompt, 40, sampling=Sampling(temperature=0.0))
    text = text_of(whole.steps)
    stop = text[len(text) // 2 : len(text) // 2 + 5]
    endless.forget_all()
    cut = run(endless, prompt, sampling=Sampling(temperature=0.0), until=Until(40, stop_texts=("never said", stop)))
    assert cut.reason == "stop_text"
    shown = text_of(cut.steps).encode()
    assert cut.lane
    assert shown[: len(shown) - cut.lane.trim_bytes].decode() == text[: text.index(stop)]
    assert cut.steps == whole.steps[: len(cut.steps)]


def test_what_was_held_back_for_a_stop_text_is_told_at_the_end(endless: Model) -> None:
    prompt = tokens(endless, "the time")
    whole = run(endless, prompt, 6, sampling=Sampling(temperature=0.0))
    ending = text_of(whole.steps)[-3:] + "and something that is not said"
    endless.forget_all()
    held = run(endless, prompt, sampling=Sampling(temperature=0.0), until=Until(6, stop_texts=(ending,)))
    assert (held.reason, held.steps) == ("limit", whole.steps)


def test_an_answer_that_goes_round_in_circles_is_ended(endless: Model) -> None:
    prompt = tokens(endless, "the time of day")
    word = tokens(endless, " time")[0]
    bias = Sampling(temperature=0.0, logit_bias=((word, 200.0),))
    assert run(endless, prompt, sampling=bias, until=Until(400)).reason == "limit"
    looped = run(endless, prompt, sampling=bias, until=Until(400, loop_tokens=60))
    assert (looped.reason, len(looped.steps)) == ("loop", 60)


def test_a_time_limit_ends_the_answer(endless: Model) -> None:
    done = run(endless, tokens(endless, "the"), until=Until(10_000, max_seconds=0.01))
    assert done.reason == "time"
    assert 1 < len(done.steps) < 1000
