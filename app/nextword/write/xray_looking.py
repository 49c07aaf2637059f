"""Rows of logits for the X-ray: read from the engine once for a place, and kept for the next look at it."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct, structs

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError

_KEPT_BYTES = 24 << 20  # some 40 rows of a large vocabulary
_ALTERNATIVES = 64


class Rule(Struct, frozen=True):
    """What an answer has to follow, one or none of the two; `given` of the tokens before are its beginning."""

    grammar: str = ""
    json_schema: str = ""
    given: int = 0


class SeenRow(Struct, frozen=True):
    """The distribution after `ids`. row: logits, float32. texts: of its most likely tokens, by id.

    allowed: a bit for each token that the rule lets come next, as in Distribution; b"" without a rule.
    """

    ids: tuple[int, ...]
    row: bytes
    texts: dict[int, bytes]
    specials: frozenset[int]
    evaluated_tokens: int = 0
    allowed: bytes = b""


_Key: TypeAlias = tuple[str, tuple[int, ...], Rule]
"""A model's file, the tokens before, and the rule."""

Done: TypeAlias = Callable[[SeenRow | NextwordError], None]


class RowReader:
    """One question at a time: another takes the place of the last, which is stopped and told nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[_Key, SeenRow] = OrderedDict()
        self._job = 0
        self._asked = 0

    def read(self, ids: Sequence[int], done: Done, *, rule: Rule = Rule()) -> None:  # noqa: B008
        """Give `done` the row after exactly these ids, and what `rule` lets come next."""
        self.forget()
        self._asked += 1
        model = self._engine.status.model
        key = (model.path if model is not None else "", tuple(ids), rule)
        if key in self._kept:
            self._kept.move_to_end(key)
            done(self._kept[key])
            return
        request = protocol.Look(0, protocol.TokenPrompt(key[1]), _ALTERNATIVES, row=True, **structs.asdict(rule))
        asked = self._asked
        self._job = self._engine.ask(request, lambda event: self._on_event(asked, key, done, event))

    def forget(self) -> None:
        """Stop what is being read, and tell nothing of it."""
        self._asked += 1
        if self._job:
            job, self._job = self._job, 0
            self._engine.stop(job)

    def _on_event(self, asked: int, key: _Key, done: Done, event: JobEvent) -> None:
        result: SeenRow | NextwordError | None = None
        match event:
            case protocol.Distribution():
                result = SeenRow(
                    key[1],
                    event.row,
                    {candidate.id: candidate.text for candidate in event.candidates},
                    frozenset(candidate.id for candidate in event.candidates if candidate.special),
                    event.evaluated_tokens,
                    event.allowed,
                )
                self._keep(key, result)
            case JobFailed():
                result = event.error
            case _:
                return
        if asked == self._asked:
            self._job = 0
            done(result)

    def _keep(self, key: _Key, seen: SeenRow) -> None:
        self._kept[key] = seen
        while sum(len(one.row) for one in self._kept.values()) > _KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)


def surprises_of(steps: Sequence[TokenStep]) -> tuple[float, ...]:
    """Return the surprise of tokens, in bits after the sampler."""
    return tuple(max(0.0, -step.sampled_logprob / math.log(2)) for step in steps)
