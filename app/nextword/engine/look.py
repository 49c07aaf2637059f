"""The model's distribution of the token after a prompt, without drawing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from nextword.engine import distribution, grammar
from nextword.engine.analyst import step_of
from nextword.engine.model import Model
from nextword.engine.requests import Sampling
from nextword.engine.rows import batches, extend, weigh
from nextword.engine.tokens import Candidate
from nextword.errors import ContextTooSmall, EngineFault

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many tokens are known and how many there are."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Fields as in requests.Look."""

    alternatives: int = 20
    named: tuple[int, ...] = ()
    row: bool = False
    position: int = -1
    grammar: str = ""
    json_schema: str = ""
    given: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Fields as in replies.Distribution."""

    position: int
    cached_tokens: int
    evaluated_tokens: int
    entropy_bits: float
    candidates: tuple[Candidate, ...]
    named: tuple[float, ...]
    row: bytes
    allowed: bytes = b""


def run(model: Model, ids: Sequence[int], wish: Wish, *, progress: Progress) -> Seen:
    """Look after one token of `ids`.

    Raises ContextTooSmall, LogitsNotFinite, EngineFault, Interrupted, GrammarNotUnderstood, and GrammarNotFollowed
    when the grammar does not allow the tokens that were given.
    """
    vocabulary = model.vocabulary
    position = len(ids) - 1 if wish.position < 0 else wish.position
    if position >= len(ids):
        raise EngineFault(detail=f"position {position} of {len(ids)} tokens")
    if bad := [token for token in wish.named if not 0 <= token < vocabulary.size]:
        raise EngineFault(detail=f"named: no token {bad[0]}")
    if position >= model.context_tokens:
        raise ContextTooSmall(position + 1, model.context_tokens)
    wanted = list(ids[: position + 1])
    allowed = _allowed(wanted, wish, model)
    kept = model.keep_prefix(wanted)
    outputs = [False] * position + [True]
    for part in batches(model, outputs, kept):
        progress(part.start, len(wanted))
        extend(model, wanted[part.start : part.stop], outputs[part.start : part.stop])
    progress(len(wanted), len(wanted))
    row = model.row()
    named = weigh(row, wish.named, position)  # a row that is no distribution is told here
    best = int(distribution.top(row, 1)[0])
    step = step_of(distribution.judge(row, best, wish.alternatives), vocabulary)
    return Seen(
        position=position,
        cached_tokens=kept,
        evaluated_tokens=len(wanted) - kept,
        entropy_bits=step.entropy_bits,
        candidates=step.candidates,
        named=tuple(score.logprob for score in named),
        row=row.tobytes() if wish.row else b"",
        allowed=allowed,
    )


def _allowed(ids: Sequence[int], wish: Wish, model: Model) -> bytes:
    """Return a bit for each token: whether the grammar of `wish` lets it come after `ids`; b"" without one."""
    vocabulary = model.vocabulary
    rule = grammar.make(Sampling(grammar=wish.grammar, json_schema=wish.json_schema), vocabulary)
    if rule is None:
        return b""
    for token in ids[max(0, len(ids) - wish.given) :]:
        rule.accept(token)
    return np.packbits(rule.allowed(np.arange(vocabulary.size))).tobytes()
