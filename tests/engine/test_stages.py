"""Every stage, and chains of them in any order, against llama.cpp's own sampler on the same rows."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llama_cpp
import numpy as np
import pytest
from numpy.typing import NDArray

from nextword.engine import stages
from nextword.engine.distribution import Draw, Pool
from nextword.engine.requests import DEFAULT_STAGES, Sampling
from nextword.engine.sampler import Sampler
from tests import models
from tests.engine import native_chain
from tests.engine.vocabularies import numbered

if TYPE_CHECKING:
    from tests.engine.conftest import OpenModel

Logits = NDArray[np.float32]

SMALL, LARGE = 300, 151_936
OFF: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


def rows(size: int) -> dict[str, Logits]:
    """Rows as models make them, and as they should not."""
    make = np.random.default_rng(size)
    peaky = make.normal(0, 2, size)
    peaky[make.choice(size, 12, replace=False)] += np.linspace(4, 16, 12)
    found = {
        "wide": make.normal(0, 4, size),
        "narrow": make.normal(0, 0.1, size),
        "peaky": peaky,
        "shifted": peaky - 500,
        "flat": np.full(size, 1.5),
        "tied": make.integers(0, 5, size),
        "some impossible": np.where(make.random(size) < 0.3, -np.inf, peaky),
    }
    return {name: row.astype(np.float32) for name, row in found.items()}


ROWS = {size: rows(size) for size in (SMALL, LARGE)}
EVERY_ROW = [(SMALL, name) for name in ROWS[SMALL]] + [(LARGE, name) for name in ("wide", "peaky", "flat")]


def ours(sampling: Sampling, logits: Logits, before: list[int] | None = None, vocabulary: Any = None) -> Draw:
    sampler = Sampler(sampling, vocabulary or numbered(logits.size))
    sampler.begin(before or [])
    return sampler.sample(logits)


def compare(draw: Draw, native: NDArray[Any], *, tied: bool) -> None:
    """Fail unless both left the same tokens with the same probabilities.

    llama.cpp adds in single precision, one by one. Over a whole vocabulary that loses up to a hundredth, and
    tokens at a border come to stand on the other side of it: those may differ that together hold no more than was lost.
    """
    size = draw.row.logits.size
    lost = 1e-2 if size == LARGE else 1e-4
    ids, values = draw.last.left(), draw.last.values[draw.last.values > -np.inf].astype(np.float64)
    native_values = native["logit"].astype(np.float64)
    if tied:  # which of equal tokens stay is nobody's business
        assert abs(ids.size - native.size) <= 1 + 10 * lost * native.size
        count = min(ids.size, native.size)
        got, wanted = np.sort(values)[::-1][:count], np.sort(native_values)[::-1][:count]
        assert np.abs((got - got[0]) - (wanted - wanted[0])).max() < 1e-4 + 10 * lost
        return
    got, wanted = np.zeros(size), np.zeros(size)
    got[ids], wanted[native["id"]] = _softmax(values), _softmax(native_values)
    differing = (got > 0) != (wanted > 0)
    assert got[differing].sum() + wanted[differing].sum() < lost
    off = np.abs(got - wanted)[~differing]
    assert np.all(off <= (2e-3 + 20 * lost) * wanted[~differing] + 1e-7)
    assert off.sum() < 1e-3 + 2 * lost


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(values - values.max())
    return weights / weights.sum()


def is_tied(name: str) -> bool:
    return name in ("flat", "tied")


SINGLE: list[dict[str, Any]] = [
    *({"top_k": k} for k in (1, 2, 40, 299, 1000, 200_000)),
    *({"top_p": p} for p in (0.0, 0.1, 0.5, 0.95, 0.999)),
    *({"min_p": p} for p in (0.001, 0.05, 0.5, 1.0)),
    *({"typical_p": p} for p in (0.1, 0.5, 0.95)),
    *({"top_n_sigma": n} for n in (0.5, 1.0, 3.0)),
    *({"xtc_probability": 1.0, "xtc_threshold": t} for t in (0.001, 0.05, 0.3, 0.5, 0.51)),
    *({"temperature": t} for t in (0.0, 0.3, 0.7, 1.5, -1.0)),
    *({"temperature": t, "dynamic_range": r, "dynamic_exponent": e} for t, r, e in ((1, 0.5, 1), (0.4, 0.8, 2.5))),
    {"repeat_penalty": 1.3},
    {"repeat_penalty": 0.8, "penalty_tokens": 10},
    {"frequency_penalty": 0.7, "presence_penalty": -0.4},
    {"repeat_penalty": 1.1, "frequency_penalty": 0.2, "presence_penalty": 0.3, "penalty_tokens": -1},
    {"logit_bias": ((0, 4.0), (7, -math.inf), (250, -3.0), (7, 1.0), (10_000_000, 1.0))},
]
BEFORE = [7, 7, 7, 0, 250, 3, 299, 7, 12, 0, 55, 4]


@pytest.mark.parametrize("wish", SINGLE, ids=str)
@pytest.mark.parametrize(("size", "name"), EVERY_ROW)
def test_a_stage_does_what_that_of_llama_does(wish: dict[str, Any], size: int, name: str) -> None:
    if "typical_p" in wish and ("impossible" in name or (size == LARGE and name == "flat")):
        return  # llama.cpp computes 0 * log 0, or compares surprises that differ by less than it lost
    sampling = Sampling(**{**OFF, **wish})
    logits = ROWS[size][name]
    compare(ours(sampling, logits, BEFORE), native_chain.filtered(sampling, logits, BEFORE), tied=is_tied(name))


def random_settings(chance: random.Random) -> Sampling:
    """Return settings with about half of the stages on, in any order but the bias, which llama.cpp wants first."""
    stages_in_order = [name for name in DEFAULT_STAGES if name not in ("logit_bias", "dry", "grammar")]
    chance.shuffle(stages_in_order)

    def maybe(value: float, off: float) -> float:
        return value if chance.random() < 0.5 else off

    sigmas = maybe(chance.uniform(0.5, 3), 0)
    degrees = chance.choice([0.0, 0.3, 0.8, 1.0, 1.7])
    typical = sigmas == 0 and degrees > 0 and chance.random() < 0.5
    return Sampling(
        temperature=degrees,
        dynamic_range=maybe(chance.uniform(0.1, 1), 0),
        dynamic_exponent=chance.uniform(0.5, 2),
        top_k=int(maybe(chance.choice([1, 5, 40, 200, 5000]), 0)),
        top_p=maybe(chance.uniform(0.3, 0.99), 1),
        min_p=maybe(chance.uniform(0.01, 0.3), 0),
        # With tokens that became impossible llama.cpp's typical stage computes 0 * log 0.
        typical_p=chance.uniform(0.3, 0.99) if typical else 1,
        top_n_sigma=sigmas,
        xtc_probability=maybe(1, 0),
        xtc_threshold=chance.uniform(0.01, 0.3),
        repeat_penalty=maybe(chance.uniform(0.8, 1.5), 1),
        frequency_penalty=maybe(chance.uniform(-0.5, 1), 0),
        presence_penalty=maybe(chance.uniform(-0.5, 1), 0),
        penalty_tokens=chance.choice([-1, 0, 5, 64]),
        logit_bias=((chance.randrange(300), chance.uniform(-5, 5)), (3, -1.0 if typical else -math.inf)),
        stages=("logit_bias", *stages_in_order),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("seed", range(8))
def test_chains_in_any_order_do_what_those_of_llama_do(size: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40 if size == SMALL else 5):
        sampling = random_settings(chance)
        name = chance.choice(["wide", "peaky", "narrow" if sampling.typical_p == 1 else "wide"])
        before = [chance.randrange(300) for _ in range(chance.randrange(80))]
        logits = ROWS[size][name]
        native = native_chain.filtered(sampling, logits, before)
        try:
            compare(ours(sampling, logits, before), native, tied=False)
        except AssertionError as error:
            raise AssertionError(f"{name} {sampling} after {before}") from error


def test_the_default_chain_on_every_row() -> None:
    for size, name in EVERY_ROW:
        sampling = Sampling()
        logits = ROWS[size][name]
        compare(ours(sampling, logits), native_chain.filtered(sampling, logits), tied=is_tied(name))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("size", "name"), [(SMALL, "wide"), (SMALL, "peaky"), (LARGE, "wide"), (LARGE, "peaky")])
def test_mirostat_leaves_what_that_of_llama_leaves_from_token_to_token(version: int, size: int, name: str) -> None:
    tau, eta = 3.0, 0.3
    if version == 1:
        native = llama_cpp.llama_sampler_init_mirostat(size, native_chain.SEED, tau, eta, stages.MIROSTAT_TOKENS)
    else:
        native = llama_cpp.llama_sampler_init_mirostat_v2(native_chain.SEED, tau, eta)
    mu = 2 * tau
    turn = np.random.default_rng(5)
    for _ in range(30):
        logits = ROWS[size][name][turn.permutation(size)]
        pool = Pool(logits)
        left = stages.mirostat(pool, size, mu) if version == 1 else stages.mirostat_2(pool, mu)
        candidates = native_chain.Candidates(logits)
        candidates.apply(native)
        expected = candidates.left
        assert abs(left.size - expected.size) <= 1 + expected.size // 20
        count = min(left.size, expected.size)
        assert stages.ranked(left).values[:count].tolist() == expected["logit"][:count].tolist()
        surprise_bits = -math.log2(float(expected["p"][candidates.array.selected]))
        mu -= eta * (surprise_bits - tau)
    llama_cpp.llama_sampler_free(native)


@pytest.mark.parametrize("version", [1, 2])
def test_the_surprise_of_a_token_that_was_drawn_moves_mirostat(version: int) -> None:
    tau, eta = 3.0, 0.3
    sampler = Sampler(Sampling(temperature=1.0, mirostat=version, mirostat_tau=tau, mirostat_eta=eta), numbered(SMALL))
    mu = 2 * tau
    for seed in range(30):
        logits = np.random.default_rng(seed).normal(0, 3, SMALL).astype(np.float32)
        draw = sampler.sample(logits)
        pool = Pool(logits)
        expected = stages.mirostat(pool, SMALL, mu) if version == 1 else stages.mirostat_2(pool, mu)
        assert draw.last.left().tolist() == expected.left().tolist()
        if seed % 3 == 0:
            sampler.accept((draw.id + 1) % SMALL)  # another token was given instead: nothing is learned of it
        else:
            sampler.accept(draw.id)
            mu -= eta * (-draw.logprob / math.log(2) - tau)


# --- DRY ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["llama", "llama-bpe"])
def test_dry_takes_what_that_of_llama_takes(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    vocabulary = open_model(models.make(kind, tmp_path)).vocabulary
    chance = random.Random(3)
    logits = np.zeros(vocabulary.size, np.float32)
    changed = 0
    for _ in range(150):
        sampling = Sampling(
            **OFF,
            dry_multiplier=chance.choice([0.8, 2.0]),
            dry_base=chance.choice([1.0, 1.0000005, 1.3, 1.75, 40.0]),
            dry_allowed_length=chance.choice([0, 1, 2, 4]),
            dry_tokens=chance.choice([-1, 7, 30, 1000]),
            dry_breakers=chance.choice([(), ("\n", ":", '"', "*"), ("an", "e th", "of"), ("time and all the rest",)]),
        )
        # Few different tokens, so that passages repeat; the breakers' own are among them.
        words = vocabulary.tokenize("the time of an end and", special=False) + vocabulary.tokenize("\n", special=False)
        before = [chance.choice(words) for _ in range(chance.choice([0, 1, 3, 40, 200]))]
        if chance.random() < 0.3:
            before = before[:9] * 20
        native = native_chain.filtered(sampling, logits, before, vocabulary._handle)
        got = Sampler(sampling, vocabulary)
        split = chance.randrange(len(before) + 1)
        got.begin(before[:split])
        for token in before[split:]:
            got.accept(token)
        values = got.sample(logits).last.values
        expected = np.full(vocabulary.size, -1e30, np.float32)  # that far from possible ours stays finite
        expected[native["id"]] = np.maximum(native["logit"], -1e30)
        assert values == pytest.approx(expected, rel=1e-5), (sampling, before)
        changed += bool((expected != 0).any())
    assert changed >= 40
