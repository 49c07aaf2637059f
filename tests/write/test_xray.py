"""What the X-ray says of a stored row is what the engine's own sampler does with it, stage by stage."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from nextword.engine.distribution import Ids, Logits, trace
from nextword.engine.sampler import Sampler
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates
from nextword.settings import STAGES, SamplingSettings, listed_in
from nextword.write.xray import DRAW, LOGITS, Place, Xray, is_off, moved
from tests.engine.vocabularies import numbered

SIZE = 600
VOCABULARY = numbered(SIZE)
IDS = (5, 9, 5, 9, 7, 5, 9)


def row_of(seed: int) -> Logits:
    return (np.random.default_rng(seed).standard_normal(SIZE) * 3).astype(np.float32)


def xray(settings: SamplingSettings, *, seed: int = 3, row: int = 1, **place: Any) -> Xray:
    return Xray(Place(row_of(row), IDS, **place), settings, VOCABULARY, seed=seed)


values = st.fixed_dictionaries(
    {
        "temperature": st.floats(0.1, 3), "top_k": st.sampled_from((0, 1, 5, 40)), "top_p": st.floats(0.1, 1),
        "min_p": st.floats(0, 0.5), "typical_p": st.floats(0.1, 1), "top_n_sigma": st.sampled_from((0.0, 1.0, 2.5)),
        "repeat_penalty": st.floats(0.5, 2), "presence_penalty": st.floats(-1, 1), "dynamic_range": st.floats(0, 0.5),
        "xtc_probability": st.floats(0, 1), "dry_multiplier": st.sampled_from((0.0, 0.8)),
        "mirostat": st.sampled_from((0, 0, 0, 1, 2)), "stages": st.permutations(listed_in(STAGES)).map(", ".join),
    }
)  # fmt: skip


@given(changes=st.lists(values, min_size=1, max_size=3), seed=st.integers(0, 2**32 - 1))
@examples(max_examples=120)
def test_every_column_is_what_the_sampler_left_also_after_changes(changes: list[dict[str, Any]], seed: int) -> None:
    looked = xray(SamplingSettings(), seed=seed)
    for change in changes:
        looked.change(dataclasses.replace(SamplingSettings(), **change))
        columns = looked.columns()
    sampler = Sampler(looked.sampling, VOCABULARY)
    sampler.begin(IDS)
    draw = sampler.sample(row_of(1))
    seen = trace(draw, SIZE)
    mine = {column.stage: column for column in columns if column.acts}
    for view in seen:
        column = mine.get(view.stage or LOGITS)
        if column is None:  # it gave other values, and left the same
            continue
        known = dict(zip(view.ids, view.probabilities, strict=True))
        assert column.left == view.left
        assert column.probabilities == pytest.approx([known.get(token, 0.0) for token in looked.listed], abs=1e-6)
    assert columns[-1].stage == DRAW
    assert columns[-1].left == seen[-1].left
    assert [bool(cut) for cut in columns[-1].cuts] == [token not in seen[-1].ids for token in looked.listed]


def test_the_first_draw_of_the_seed_is_the_one_that_the_engine_makes() -> None:
    for seed in range(20):
        looked = xray(SamplingSettings(top_k=12, xtc_probability=0.5, xtc_threshold=0.05), seed=seed)
        sampler = Sampler(looked.sampling, VOCABULARY)
        sampler.begin(IDS)
        token = sampler.sample(row_of(1)).id
        drawn = looked.draws(1)
        assert [looked.listed[place] for place, count in enumerate(drawn.counts) if count] == [token]


class OddIds:
    """A grammar that lets tokens with odd ids come next."""

    def allowed(self, tokens: Ids) -> NDArray[np.bool_]:
        return np.asarray(tokens) % 2 == 1

    def accept(self, token: int) -> None:
        """Nothing changes."""


ODD = OddIds().allowed(np.arange(SIZE))
RULED = SamplingSettings(grammar="root ::= odd", top_k=12, temperature=1.5)
LATE = "top_k, temperature, grammar"


@pytest.mark.parametrize("stages", [STAGES, LATE])
def test_the_grammar_is_a_stage_and_is_followed_at_the_draw_as_the_engine_does(stages: str) -> None:
    for seed in range(20):
        looked = xray(dataclasses.replace(RULED, stages=stages), seed=seed, allowed=ODD)
        sampler = Sampler(looked.sampling, VOCABULARY, OddIds())
        sampler.begin(IDS)
        draw = sampler.sample(row_of(1))
        drawn = looked.draws(1)
        assert [looked.listed[place] for place, count in enumerate(drawn.counts) if count] in ([draw.id], [])
        assert drawn.others == (draw.id not in looked.listed)
    column = next(one for one in looked.columns() if one.stage == "grammar")
    assert column.left == (SIZE // 2 if stages == STAGES else int((np.argsort(-row_of(1))[:12] % 2).sum()))
    even = [place for place, token in enumerate(looked.listed) if token % 2 == 0]
    assert {column.cuts[place] for place in even} <= {Cut.GRAMMAR, Cut.TOP_K}
    assert Cut.GRAMMAR in column.cuts
    drawn = looked.draws(2000)
    assert math.isclose(sum(drawn.expected), 2000, rel_tol=0.2)
    for count, expected in zip(drawn.counts, drawn.expected, strict=True):
        assert abs(count - expected) <= 5 * math.sqrt(expected + 1)


def test_with_a_grammar_half_of_the_listed_tokens_are_the_best_that_it_allows() -> None:
    row = row_of(1)
    allowed = np.arange(SIZE) % 50 == 0
    looked = xray(RULED, allowed=allowed)
    best, ruled = np.argsort(-row), np.flatnonzero(allowed)
    wanted = {*best[:8].tolist(), *ruled[np.argsort(-row[ruled])][:7].tolist()}
    assert len(looked.listed) == 15
    assert wanted <= set(looked.listed)
    assert list(looked.listed) == sorted(looked.listed, key=lambda token: -row[token])
    assert xray(RULED, allowed=np.zeros(SIZE, bool)).listed == xray(SamplingSettings()).listed


def test_a_late_grammar_to_which_nothing_was_left_comes_first_as_in_the_engine() -> None:
    best = int(np.argmax(row_of(1)))
    allowed = np.arange(SIZE) % 100 == (best + 1) % 100
    looked = xray(dataclasses.replace(RULED, top_k=3, stages="top_k, grammar, temperature"), allowed=allowed)
    assert [column.stage for column in looked.columns()] == [LOGITS, "grammar", "top_k", "temperature", DRAW]
    assert looked.columns()[-1].left == 3
    looked.change(dataclasses.replace(RULED, top_k=0, stages="top_k, grammar, temperature"))
    assert [column.stage for column in looked.columns()] == [LOGITS, "top_k", "grammar", "temperature", DRAW]
    looked.change(SamplingSettings(top_k=3, stages="top_k, grammar, temperature"))
    assert "grammar" not in [column.stage for column in looked.columns()]


def test_a_thousand_draws_come_close_to_what_is_expected_and_are_the_same_again() -> None:
    looked = xray(SamplingSettings(top_k=10, xtc_probability=0.3, xtc_threshold=0.1))
    drawn = looked.draws(1000)
    assert drawn == looked.draws(1000)
    assert sum(drawn.counts) + drawn.others == 1000
    assert 250 < drawn.with_xtc < 350
    assert math.isclose(sum(drawn.expected), 1000, rel_tol=1e-6)
    for count, expected in zip(drawn.counts, drawn.expected, strict=True):
        assert abs(count - expected) <= 5 * math.sqrt(expected + 1)


def test_the_stages_before_the_changed_one_are_kept() -> None:
    looked = xray(SamplingSettings(top_p=0.9))
    before = looked.columns()
    looked.change(dataclasses.replace(looked.settings, temperature=2.0))
    after = looked.columns()
    cold = next(place for place, column in enumerate(after) if column.stage == "temperature")
    assert all(one is other for one, other in zip(before[:cold], after[:cold], strict=True) if one.acts)
    assert before[cold] != after[cold]


def test_penalties_are_those_of_the_tokens_that_really_stand_before() -> None:
    looked = xray(SamplingSettings(repeat_penalty=1.5, top_k=0, top_p=1.0, min_p=0.0), chosen=5)
    raw, punished = looked.columns()[0], next(c for c in looked.columns() if c.stage == "penalties")
    said = looked.listed.index(5)
    assert punished.probabilities[said] < raw.probabilities[said]


def test_each_token_is_cut_for_the_reason_of_the_first_stage_that_removed_it() -> None:
    looked = xray(SamplingSettings(top_k=10, top_p=0.3, min_p=0.0))
    columns = looked.columns()
    assert columns[-1].cuts[14] is Cut.TOP_K
    assert columns[-1].cuts[9] is Cut.TOP_P
    assert columns[-1].cuts[0] is Cut.KEPT
    assert [column.left for column in columns if column.stage in (LOGITS, "top_k")] == [SIZE, 10]


def test_the_token_that_stands_there_is_listed_however_unlikely() -> None:
    last = int(np.argmin(row_of(1)))
    looked = xray(SamplingSettings(), chosen=last)
    assert looked.listed[-1] == last
    assert len(looked.listed) == 15


def test_mirostat_goes_on_from_the_surprise_of_what_was_drawn_before() -> None:
    settings = SamplingSettings(mirostat=2, mirostat_tau=3.0, mirostat_eta=0.5)
    sampler = Sampler(xray(settings).sampling, VOCABULARY)
    sampler.begin(IDS)
    surprises = []
    for _ in range(4):
        draw = sampler.sample(row_of(2))
        surprises.append(-draw.logprob / math.log(2))
        sampler.accept(draw.id)
    assert xray(settings, surprises_bits=tuple(surprises)).mu_bits == pytest.approx(sampler.mu_bits)


def test_a_row_in_which_nothing_is_left_says_so() -> None:
    with pytest.raises(NoCandidates):
        Xray(Place(np.full(4, -np.inf, np.float32), ()), SamplingSettings(), numbered(4))


def test_stages_that_cannot_change_anything_are_known() -> None:
    usual = SamplingSettings()
    assert [name for name in listed_in(STAGES) if not is_off(name, usual)] == ["top_k", "top_p", "min_p", "temperature"]
    assert not is_off("dry", dataclasses.replace(usual, dry_multiplier=0.5))
    assert not is_off("penalties", dataclasses.replace(usual, repeat_penalty=1.1))


def test_a_stage_moves_to_another_place_of_the_order() -> None:
    assert moved(("a", "b", "c"), "c", 0) == ("c", "a", "b")
    assert moved(("a", "b", "c"), "a", 9) == ("b", "c", "a")
