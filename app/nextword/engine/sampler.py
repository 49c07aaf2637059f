"""From logits to a token: the stages of llama.cpp's sampler chain in the order that the settings give, and the draw.

Runs without llama.cpp, so that a stored row can be sampled again. What the stages do is in stages.py, what is said of
the result in distribution.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from nextword.engine import stages
from nextword.engine.distribution import Draw, Ids, Logits, Pool, Row, Step
from nextword.engine.repetition import Counts, Passages, Pieces, breakers_of
from nextword.engine.requests import SamplerStage, Sampling
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates, SamplingNotUsable

CHECKED = 512  # so many of the candidates that are left are looked up in the grammar, the best of them first

_XTC, _REDRAW = 1, 2  # streams of random numbers besides the one of the draws
_LARGE = 4096  # from so many candidates on they are added up in blocks
_BLOCK = 64

Stage: TypeAlias = Callable[[Pool, Row], Pool]


class Grammar(Protocol):
    """What a text may go on with; it follows the tokens that were accepted."""

    def allowed(self, tokens: Ids) -> NDArray[np.bool_]:
        """Return for each of `tokens` whether it may come next."""
        ...

    def accept(self, token: int) -> None:
        """Go on behind `token`. Raises GrammarNotFollowed when it may not come next; then nothing has changed."""
        ...


class Sampler:
    """Draws the tokens of one text. One uniform number a token decides, so that a seed repeats a text.

    With a grammar a token is drawn first and looked up then; only when the grammar refuses it, which is rare, the
    grammar takes its place among the stages and another is drawn. Raises SamplingNotUsable from the constructor.

    chain: the stages in their order, each with its name and the reason for what it removes. mu_bits: what Mirostat aims
    at now. xtc_chance: of the token that is drawn now. All three are for who draws from a stored row stage by stage.
    """

    def __init__(self, sampling: Sampling, vocabulary: Pieces, grammar: Grammar | None = None) -> None:
        check(sampling)
        self._sampling = sampling
        self._vocabulary = vocabulary
        self._grammar = grammar if "grammar" in sampling.stages else None
        self._random = [
            np.random.PCG64(seed) for seed in (sampling.seed, [sampling.seed, _XTC], [sampling.seed, _REDRAW])
        ]
        self._draws, self._xtc, self._redraws = (np.random.Generator(bits) for bits in self._random)
        self._counts = Counts(sampling.penalty_tokens)
        self._passages = self._make_passages()
        self.mu_bits = 2.0 * sampling.mirostat_tau  # bits
        self.xtc_chance = 1.0  # of XTC for the token that is drawn now
        self._drawn: Draw | None = None
        self.chain = self._make_chain()

    def begin(self, ids: Sequence[int], *, given: int = 0, drawn: int = 0) -> None:
        """Say what stands before the next token, for the penalties and DRY.

        given: the last so many of `ids` are the beginning of the answer itself, which the grammar has to allow; raises
        GrammarNotFollowed. drawn: so many tokens were drawn before; the random numbers go on behind theirs.
        """
        if self._penalises:
            self._counts.begin(ids)
        if self._passages is not None:
            self._passages.begin(ids)
        if self._grammar is not None:
            for token in ids[len(ids) - given :]:
                self._grammar.accept(token)
        if drawn:
            self._random[0].advance(drawn)
            self._random[1].advance(drawn)

    def sample(self, logits: Logits) -> Draw:
        """Draw the next token.

        logits: shape (n_vocab,), raw, not changed. Raises NoCandidates, LogitsNotFinite.
        """
        row = Row(logits)
        chance = float(self._draws.random())
        self.xtc_chance = float(self._xtc.random())
        draw = self._run(row, chance, [link for link in self.chain if link[1] is not Cut.GRAMMAR])
        if self._grammar is not None:
            draw = self._follow(self._grammar, draw)
        self._drawn = draw
        return draw

    def accept(self, token: int) -> None:
        """Go on behind `token`, drawn or given. Raises GrammarNotFollowed; then nothing has changed."""
        if self._grammar is not None:
            self._grammar.accept(token)
        if self._penalises:
            self._counts.accept(token)
        if self._passages is not None:
            self._passages.accept(token)
        if self._sampling.mirostat and self._drawn is not None and self._drawn.id == token:
            surprise_bits = -self._drawn.logprob / math.log(2)
            self.mu_bits -= self._sampling.mirostat_eta * (surprise_bits - self._sampling.mirostat_tau)
        self._drawn = None

    # --- the chain ------------------------------------------------------------------------------------------

    @property
    def _penalises(self) -> bool:
        wish = self._sampling
        neutral = (wish.repeat_penalty, wish.presence_penalty, wish.frequency_penalty) == (1.0, 0.0, 0.0)
        return not neutral and wish.penalty_tokens != 0 and "penalties" in wish.stages

    def _make_passages(self) -> Passages | None:
        wish = self._sampling
        if wish.dry_multiplier == 0 or wish.dry_base < 1 or wish.dry_tokens == 0 or "dry" not in wish.stages:
            return None
        return Passages(wish.dry_tokens, wish.dry_allowed_length, breakers_of(wish.dry_breakers, self._vocabulary))

    def _make_chain(self) -> list[tuple[str, Cut, Stage]]:
        wish = self._sampling
        biases = (*wish.logit_bias, *((token, -math.inf) for token in self._vocabulary.suppressed))
        known: dict[str, tuple[Cut, Stage]] = {
            "logit_bias": (Cut.BANNED, lambda pool, _: stages.logit_bias(pool, biases)),
            "temperature": (Cut.TEMPERATURE, lambda pool, _: stages.temperature(
                pool, wish.temperature, wish.dynamic_range, wish.dynamic_exponent)),
        }  # fmt: skip
        if self._grammar is not None:
            known["grammar"] = (Cut.GRAMMAR, self._mask)
        if self._penalises:
            known["penalties"] = (Cut.KEPT, lambda pool, _: stages.penalties(
                pool, self._counts.of, wish.repeat_penalty, wish.frequency_penalty, wish.presence_penalty))  # fmt: skip
        if self._passages is not None:
            known["dry"] = (Cut.KEPT, self._dry)
        if not wish.mirostat:
            known |= {
                "top_n_sigma": (Cut.TOP_N_SIGMA, lambda pool, _: stages.top_n_sigma(pool, wish.top_n_sigma)),
                "top_k": (Cut.TOP_K, lambda pool, row: stages.top_k(pool, wish.top_k, row)),
                "typical": (Cut.TYPICAL, lambda pool, _: stages.typical(pool, wish.typical_p)),
                "top_p": (Cut.TOP_P, lambda pool, _: stages.top_p(pool, wish.top_p)),
                "min_p": (Cut.MIN_P, lambda pool, _: stages.min_p(pool, wish.min_p)),
                "xtc": (Cut.XTC, lambda pool, _: stages.xtc(
                    pool, wish.xtc_probability, wish.xtc_threshold, chance=self.xtc_chance)),
            }  # fmt: skip
        chain: list[tuple[str, Cut, Stage]] = [(name, *known[name]) for name in wish.stages if name in known]
        if wish.mirostat:
            chain.append(("mirostat", Cut.MIROSTAT, self._mirostat))
        return chain

    def _dry(self, pool: Pool, _row: Row) -> Pool:
        assert self._passages is not None
        return stages.dry(pool, self._passages.costs(self._sampling.dry_multiplier, self._sampling.dry_base))

    def _mirostat(self, pool: Pool, row: Row) -> Pool:
        if self._sampling.mirostat == 1:
            return stages.mirostat(pool, row.logits.size, self.mu_bits)
        return stages.mirostat_2(pool, self.mu_bits)

    def _mask(self, pool: Pool, _row: Row) -> Pool:
        assert self._grammar is not None
        left = pool.left()
        return _without(pool, left[~self._grammar.allowed(left)])

    @staticmethod
    def _run(row: Row, chance: float, chain: Sequence[tuple[str, Cut, Stage]]) -> Draw:
        pool = Pool(row.logits)
        steps: list[Step] = []
        for name, cut, stage in chain:
            try:
                after = stage(pool, row)
            except NoCandidates as error:
                raise NoCandidates(steps[-1].stage if steps else "") from error
            if after is not pool:
                steps.append(Step(name, cut, after))
                pool = after
        return _draw(row, pool, tuple(steps), chance)

    def _follow(self, grammar: Grammar, draw: Draw) -> Draw:
        """Return the draw, known to be allowed; what the grammar refuses of the other candidates is taken out of it."""
        left = draw.last.left()
        if left.size > CHECKED:
            left = np.union1d(draw.row.top(CHECKED), [draw.id])
        refused = left[~grammar.allowed(left)]
        if draw.id not in refused:
            return _restrict(draw, refused) if refused.size else draw
        chance = float(self._redraws.random())
        try:
            return self._run(draw.row, chance, self.chain)
        except NoCandidates:
            # The grammar comes late and nothing that it allows was left: then it comes first.
            first = sorted(self.chain, key=lambda link: link[1] is not Cut.GRAMMAR)
            return self._run(draw.row, chance, first)


def check(sampling: Sampling) -> None:
    """Raise SamplingNotUsable when a setting has a value that no stage can work with."""
    for stage in sampling.stages:
        if stage not in _STAGES or sampling.stages.count(stage) > 1:
            raise SamplingNotUsable("stages", stage, ", ".join(_STAGES))
    for name in _NUMBERS:
        value = getattr(sampling, name)
        if not abs(value) <= _LARGEST:
            raise SamplingNotUsable(name, str(value), f"-{_LARGEST:,.0f} - {_LARGEST:,.0f}")
    if sampling.repeat_penalty < 1 / _LARGEST:
        raise SamplingNotUsable("repeat_penalty", str(sampling.repeat_penalty), "> 0")
    if sampling.mirostat not in (0, 1, 2):
        raise SamplingNotUsable("mirostat", str(sampling.mirostat), "0, 1, 2")
    if sampling.seed < 0:
        raise SamplingNotUsable("seed", str(sampling.seed), ">= 0")
    for token, bias in sampling.logit_bias:
        if not (abs(bias) <= _LARGEST or bias == -math.inf):
            raise SamplingNotUsable("logit_bias", f"{token}: {bias}", f"-{_LARGEST:,.0f} - {_LARGEST:,.0f}, -inf")


_STAGES: tuple[str, ...] = get_args(SamplerStage)
_LARGEST = 1e6  # of any setting: beyond it logits would not stay numbers
_NUMBERS = (
    "temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repeat_penalty", "typical_p",
    "top_n_sigma", "xtc_probability", "xtc_threshold", "dynamic_range", "dynamic_exponent", "dry_multiplier",
    "dry_base", "mirostat_tau", "mirostat_eta",
)  # fmt: skip


def _draw(row: Row, pool: Pool, steps: tuple[Step, ...], chance: float) -> Draw:
    if pool.size <= _LARGE:
        best = float(pool.values.max(initial=-np.inf))
        weights = np.exp(pool.values.astype(np.float64) - best) if best > -math.inf else np.empty(0)
        sums = np.cumsum(weights)
    else:
        best = float(pool.values.max())
        weights = np.exp(pool.values - np.float32(best)) if best > -math.inf else np.empty(0)
        sums = np.cumsum(np.add.reduceat(weights, np.arange(0, weights.size, _BLOCK)), dtype=np.float64)
    if weights.size == 0:
        raise NoCandidates(steps[-1].stage if steps else "")
    total = float(sums[-1])
    place = int(np.searchsorted(sums, chance * total, side="right"))
    if pool.size > _LARGE:
        place = min(place, sums.size - 1)
        before = float(sums[place - 1]) if place else 0.0
        inner = np.cumsum(weights[place * _BLOCK : (place + 1) * _BLOCK], dtype=np.float64)
        place = place * _BLOCK + int(np.searchsorted(inner, chance * total - before, side="right"))
    if place >= pool.size or weights[place] == 0:  # rounding led behind the last
        place = int(np.flatnonzero(weights[: place + 1])[-1])
    log_total = best + math.log(total)
    token = place if pool.ids is None else int(pool.ids[place])
    kept = int(np.count_nonzero(pool.values > -np.inf))
    return Draw(token, float(pool.values[place]) - log_total, kept, log_total, row, steps, pool, chance)


def _restrict(draw: Draw, refused: Ids) -> Draw:
    """Return the same draw as one from the candidates that are left without `refused`."""
    pool = _without(draw.last, refused)
    best = float(pool.values.max())
    log_total = best + math.log(float(np.exp(pool.values.astype(np.float64) - best).sum()))
    return replace(
        draw,
        logprob=draw.logprob + draw.log_total - log_total,
        kept=int(np.count_nonzero(pool.values > -np.inf)),
        log_total=log_total,
        steps=(*draw.steps, Step("grammar", Cut.GRAMMAR, pool)),
        last=pool,
    )


def _without(pool: Pool, gone: Ids) -> Pool:
    if gone.size == 0:
        return pool
    values = pool.values.copy()
    if pool.ids is None:
        values[gone] = -np.inf
    else:
        values[np.isin(pool.ids, gone)] = -np.inf
    return Pool(values, pool.ids)
