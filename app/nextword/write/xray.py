"""A stored row of logits drawn from again: every stage of the sampler with what it leaves, without the model.

What stands before a stage that was changed is not worked out again, so that a slider can follow the pointer.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nextword.asking.sampling import sampling_of
from nextword.engine.distribution import Logits, Pool, Row
from nextword.engine.protocol import Sampling
from nextword.engine.repetition import Pieces
from nextword.engine.sampler import Sampler, Stage
from nextword.engine.tokens import Cut
from nextword.errors import NoCandidates
from nextword.settings import SamplingSettings
from nextword.write.stage_settings import MIROSTAT_SETTINGS, STAGE_SETTINGS

LISTED: Final = 15
LOGITS, DRAW, MIROSTAT = "logits", "draw", "mirostat"
"""Columns that are no stage of the order: what the model gave, what can be drawn, and what Mirostat left."""

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "logit_bias": (),
    "grammar": (),
    **STAGE_SETTINGS,
    MIROSTAT: ("mirostat", *MIROSTAT_SETTINGS),
}
"""The settings of each stage, the one that switches it on first."""

_LARGE = 4096  # from so many candidates on single precision is exact enough for a sum


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was read. ids: all that stands before, for the penalties. chosen: the token that stands there.

    surprises_bits: of the tokens that the model drew right before it, after the sampler, for Mirostat. allowed: for
    each token of the vocabulary whether the grammar lets it come next, None without one.
    """

    row: Logits
    ids: tuple[int, ...]
    chosen: int | None = None
    surprises_bits: tuple[float, ...] = ()
    allowed: NDArray[np.bool_] | None = None


class _KnownGrammar:
    """A grammar of which is known what may come next, and nothing else."""

    def __init__(self, allowed: NDArray[np.bool_]) -> None:
        self._allowed = allowed

    def allowed(self, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self._allowed[tokens]

    def accept(self, token: int) -> None:
        """Nothing is drawn from here on."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one stage left. probabilities: of the listed tokens, 0 for those that are cut. cuts: why each of them is,
    with the reason of the first stage that removed it. left: how many tokens can be drawn. acts: whether the stage
    changed anything."""

    stage: str
    left: int
    probabilities: tuple[float, ...]
    cuts: tuple[Cut, ...]
    acts: bool = True


@dataclass(frozen=True, slots=True)
class Draws:
    """Tokens drawn from the last column with a seed. counts: for each listed token; others: of all the rest.

    expected: for each listed token, of as many draws. with_xtc: in how many of them XTC left something out.
    """

    count: int
    counts: tuple[int, ...]
    others: int
    expected: tuple[float, ...]
    with_xtc: int = 0


@dataclass(slots=True)
class _Kept:
    """A stage that was worked out: what it had to do, and what came of it."""

    key: tuple[object, ...]
    pool: Pool
    column: Column | None = None


@dataclass(slots=True)
class _Path:
    """The stages one after the other: for XTC as it happens to fall, or turned on or off in all; with the grammar or
    without it."""

    kept: list[_Kept] = field(default_factory=list)


class Xray:
    """Settings are changed with `change`; `columns` and `draws` follow them. vocabulary: for DRY and for what the file
    never lets be drawn."""

    def __init__(self, place: Place, settings: SamplingSettings, vocabulary: Pieces, *, seed: int = 0) -> None:
        self.place = place
        self.settings = settings
        self.seed = seed
        self._vocabulary = vocabulary
        self._row = Row(place.row)
        best = self._best()
        if place.chosen is not None and place.chosen not in best:
            best[-1 if len(best) == LISTED else len(best) :] = [place.chosen]
        self.listed: tuple[int, ...] = tuple(best)
        self._paths: defaultdict[tuple[bool | None, bool], _Path] = defaultdict(_Path)
        self._sampler_of: tuple[tuple[Sampling, bool], Sampler] | None = None

    def _best(self) -> list[int]:
        """Return the most likely tokens; with a grammar half of them are the most likely that it allows."""
        best = [int(token) for token in self._row.top(LISTED)]
        if self.place.allowed is None:
            return best
        ids = np.flatnonzero(self.place.allowed & (self._row.logits > -np.inf))
        if not ids.size:
            return best
        ruled = [int(ids[place]) for place in Row(self._row.logits[ids]).top(LISTED)]
        first = best[: LISTED - LISTED // 2]
        more = [token for token in (*ruled[: LISTED // 2], *best) if token not in first]
        found = list(dict.fromkeys((*first, *more)))[:LISTED]
        return sorted(found, key=lambda token: -float(self._row.logits[token]))

    @property
    def sampling(self) -> Sampling:
        """The settings as the engine takes them, without the text of the grammar: the place knows what it allows."""
        return sampling_of(dataclasses.replace(self.settings, grammar="", json_schema=""), self.seed)

    def change(self, settings: SamplingSettings) -> None:
        """Take other settings."""
        self.settings = settings

    def columns(self) -> list[Column]:
        """Return what the model gave, what each stage left that can act here, and what is drawn from, in order.

        Raises SamplingNotUsable, NoCandidates (of a row in which nothing can be drawn).
        """
        return self._columns(None)

    @property
    def mu_bits(self) -> float:
        """What Mirostat aims at here: it follows the surprise of the tokens that were drawn before."""
        aim = 2.0 * self.settings.mirostat_tau
        for surprise in self.place.surprises_bits:
            aim -= self.settings.mirostat_eta * (surprise - self.settings.mirostat_tau)
        return aim

    @property
    def xtc_chance(self) -> float:
        """The number, 0 to 1, that decides with this seed whether XTC leaves something out here."""
        bits = np.random.PCG64([self.seed, 1])
        bits.advance(len(self.place.surprises_bits))
        return float(np.random.Generator(bits).random())

    def draws(self, count: int) -> Draws:
        """Draw from the last column as the engine would, with the numbers of the seed; each draw lets XTC fall anew.

        As there a token is drawn without the grammar first, and once more with it where it is refused.
        """
        chances = np.random.Generator(np.random.PCG64(self.seed)).random(count)
        falls = np.random.Generator(np.random.PCG64([self.seed, 1])).random(count)
        redraws = np.random.Generator(np.random.PCG64([self.seed, 2]))
        probability = self.settings.xtc_probability if self._uses("xtc") else 0.0
        with_xtc = falls <= probability if probability > 0 else np.zeros(count, bool)
        drawn: list[NDArray[np.int64]] = []
        expected = np.zeros(len(self.listed))
        for fallen, share in ((True, probability), (False, 1.0 - probability)):
            if share > 0 or bool((with_xtc == fallen).any()):
                xtc = fallen if probability > 0 else None
                tokens, likely = self._draw_all(xtc, chances[with_xtc == fallen], redraws)
                drawn.append(tokens)
                expected += share * likely
        tokens = np.concatenate(drawn)
        counts = tuple(int(np.count_nonzero(tokens == token)) for token in self.listed)
        return Draws(count, counts, count - sum(counts), tuple((expected * count).tolist()), int(with_xtc.sum()))

    def _draw_all(
        self, xtc: bool | None, chances: NDArray[np.float64], redraws: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return a token for each chance, and how likely each listed token is."""
        allowed = self.place.allowed if self._has_grammar else None
        pool = self._work_out(xtc, ruled=allowed is None)[-1].pool
        tokens = _pick(pool, chances)
        likely = np.asarray(self._column(DRAW, pool, None).probabilities)
        if allowed is None:
            return tokens, likely
        ruled = self._work_out(xtc)[-1].pool
        refused = ~allowed[tokens]
        tokens[refused] = _pick(ruled, redraws.random(int(refused.sum())))
        again = np.asarray(self._column(DRAW, ruled, None).probabilities)
        return tokens, likely * allowed[list(self.listed)] + _mass(pool, ~allowed) * again

    # --- stages ---------------------------------------------------------------------------------------------

    def _uses(self, stage: str) -> bool:
        return stage in self.sampling.stages and not self.settings.mirostat

    @property
    def _has_grammar(self) -> bool:
        wanted = "grammar" in self.sampling.stages and not is_off("grammar", self.settings)
        return wanted and self.place.allowed is not None

    def _sampler(self) -> Sampler:
        """Return a sampler that stands where the row was read."""
        wish = self.sampling
        if self._sampler_of is None or self._sampler_of[0] != (wish, self._has_grammar):
            allowed = self.place.allowed if self._has_grammar else None
            sampler = Sampler(wish, self._vocabulary, None if allowed is None else _KnownGrammar(allowed))
            sampler.begin(self.place.ids)
            self._sampler_of = (wish, self._has_grammar), sampler
        return self._sampler_of[1]

    def _columns(self, xtc: bool | None) -> list[Column]:
        kept = self._work_out(xtc)
        found: list[Column] = []
        for place, one in enumerate(kept):
            before = found[-1] if found else None
            if before is not None and one.pool is kept[place - 1].pool:
                one.column = dataclasses.replace(before, stage=str(one.key[0]), acts=False)
            elif one.column is None:
                one.column = self._column(str(one.key[0]), one.pool, before)
            found.append(one.column)
        return [*found, dataclasses.replace(found[-1], stage=DRAW, acts=True)]

    def _work_out(self, xtc: bool | None, *, ruled: bool = True) -> list[_Kept]:
        """Bring a path up to the settings: from the first stage on that has other values, or another place.

        ruled: with the grammar. Where it comes late and nothing that it allows was left it comes first, as there.
        """
        sampler = self._sampler()
        sampler.mu_bits = self.mu_bits
        chance = self.xtc_chance if xtc is None else 0.0 if xtc else 1.0
        sampler.xtc_chance = chance
        wanted: list[tuple[tuple[object, ...], Stage]] = [
            (self._key(name), stage)
            for name, _cut, stage in sampler.chain
            if (name != "xtc" or xtc is not False) and (name != "grammar" or ruled)
        ]
        path = self._paths[xtc, ruled]
        try:
            return self._bring_up(path, wanted)
        except NoCandidates:
            first = sorted(wanted, key=lambda link: link[0][0] != "grammar")
            if first == wanted:
                raise
            return self._bring_up(path, first)

    def _bring_up(self, path: _Path, wanted: Sequence[tuple[tuple[object, ...], Stage]]) -> list[_Kept]:
        if not path.kept:
            path.kept.append(_Kept((LOGITS,), Pool(self._row.logits)))
        same = 0
        while same < min(len(wanted), len(path.kept) - 1) and wanted[same][0] == path.kept[same + 1].key:
            same += 1
        del path.kept[same + 1 :]
        for key, act in wanted[same:]:
            try:
                pool = act(path.kept[-1].pool, self._row)
            except NoCandidates as error:
                raise NoCandidates(str(key[0])) from error
            if key[0] == "grammar" and float(pool.values.max(initial=-np.inf)) == -math.inf:
                raise NoCandidates(str(key[0]))
            path.kept.append(_Kept(key, pool))
        return path.kept

    def _key(self, stage: str) -> tuple[object, ...]:
        values: tuple[object, ...] = tuple(getattr(self.settings, name) for name in PARAMETERS.get(stage, ()))
        match stage:
            case "dry":
                values = (*values, self.settings.dry_breakers)
            case "xtc":
                values = (*values, self.seed)
            case "mirostat":
                values = (*values, self.mu_bits)
        return (stage, *values)

    def _column(self, stage: str, pool: Pool, before: Column | None) -> Column:
        values = pool.values
        best = float(values.max(initial=-np.inf))
        if best == -math.inf:
            raise NoCandidates(stage)
        apart = values - np.float32(best)
        weights = np.exp(apart if values.size > _LARGE else apart.astype(np.float64))
        total = float(weights.sum(dtype=np.float64))
        here = pool.values_of(list(self.listed))
        probabilities = tuple(0.0 if value == -math.inf else math.exp(value - best) / total for value in here)
        cut = _CUTS.get(stage, Cut.BANNED)
        cuts = before.cuts if before is not None else (Cut.KEPT,) * len(here)
        cuts = tuple(
            earlier or (cut if value == -math.inf else Cut.KEPT) for earlier, value in zip(cuts, here, strict=True)
        )
        left = int(np.count_nonzero(values > -np.inf))
        acts = before is None or (left, probabilities) != (before.left, before.probabilities)
        return Column(stage, left, probabilities, cuts, acts)


_CUTS: Final = {
    "grammar": Cut.GRAMMAR, "top_n_sigma": Cut.TOP_N_SIGMA, "top_k": Cut.TOP_K, "typical": Cut.TYPICAL,
    "top_p": Cut.TOP_P, "min_p": Cut.MIN_P, "xtc": Cut.XTC, "temperature": Cut.TEMPERATURE, MIROSTAT: Cut.MIROSTAT,
}  # fmt: skip


def _pick(pool: Pool, chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the token of each chance, by the engine's own rule: the first whose cumulative weight is above it."""
    weights = np.exp(pool.values.astype(np.float64) - float(pool.values.max()))
    sums = np.cumsum(weights)
    places = np.searchsorted(sums, chances * sums[-1], side="right")
    places = np.minimum(places, int(np.flatnonzero(weights)[-1]))
    tokens: NDArray[np.int64] = places.astype(np.int64) if pool.ids is None else pool.ids[places]
    return tokens


def _mass(pool: Pool, tokens: NDArray[np.bool_]) -> float:
    """Return the share of a pool that some tokens of the vocabulary hold."""
    weights = np.exp(pool.values.astype(np.float64) - float(pool.values.max()))
    inside = tokens if pool.ids is None else tokens[pool.ids]
    return float(weights[inside].sum() / weights.sum())


def is_off(stage: str, settings: SamplingSettings) -> bool:
    """Say whether a stage cannot change anything with these settings."""
    match stage:
        case "logit_bias":
            return True
        case "grammar":
            return not (settings.grammar.strip() or settings.json_schema.strip())
        case "penalties":
            neutral = (settings.repeat_penalty, settings.frequency_penalty, settings.presence_penalty) == (1, 0, 0)
            return neutral or settings.penalty_tokens == 0
        case "dry":
            return settings.dry_multiplier == 0 or settings.dry_tokens == 0
        case "typical" | "top_p":
            return bool(getattr(settings, PARAMETERS[stage][0]) >= 1)
        case "temperature":
            return settings.temperature == 1 and settings.dynamic_range == 0
        case _:
            return bool(getattr(settings, PARAMETERS[stage][0]) <= 0)


def moved(stages: Sequence[str], stage: str, place: int) -> tuple[str, ...]:
    """Return the order with `stage` at another place."""
    rest = [name for name in stages if name != stage]
    rest.insert(max(0, min(place, len(rest))), stage)
    return tuple(rest)
