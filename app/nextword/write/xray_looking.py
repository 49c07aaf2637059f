"""Rows of logits for the X-ray: read from the engine once for a place, and kept for the next look at it."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError

_KEPT_BYTES = 24 << 20  # some 40 rows of a large vocabulary
_ALTERNATIVES = 64


class SeenRow(Struct, frozen=True):
    """The distribution after `ids`. row: logits, float32. texts: of its most likely tokens, by id."""

    ids: tuple[int, ...]
    row: bytes
    texts: dict[int, bytes]
    specials: frozenset[int]
    evaluated_tokens: int = 0


Done: TypeAlias = Callable[[SeenRow | NextwordError], None]


class RowReader:
    """One question at a time: another takes the place of the last, which is stopped and told nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[tuple[str, tuple[int, ...]], SeenRow] = OrderedDict()
        self._job = 0
        self._asked = 0

    def read(self, ids: Sequence[int], done: Done) -> None:
        """Give `done` the row after exactly these ids."""
        self.forget()
        self._asked += 1
        model = self._engine.status.model
        key = (model.path if model is not None else "", tuple(ids))
        if key in self._kept:
            self._kept.move_to_end(key)
            done(self._kept[key])
            return
        request = protocol.Look(0, protocol.TokenPrompt(key[1]), alternatives=_ALTERNATIVES, row=True)
        asked = self._asked
        self._job = self._engine.ask(request, lambda event: self._on_event(asked, key, done, event))

    def forget(self) -> None:
        """Stop what is being read, and tell nothing of it."""
        self._asked += 1
        if self._job:
            job, self._job = self._job, 0
            self._engine.stop(job)

    def _on_event(self, asked: int, key: tuple[str, tuple[int, ...]], done: Done, event: JobEvent) -> None:
        result: SeenRow | NextwordError | None = None
        match event:
            case protocol.Distribution():
                result = SeenRow(
                    key[1],
                    event.row,
                    {candidate.id: candidate.text for candidate in event.candidates},
                    frozenset(candidate.id for candidate in event.candidates if candidate.special),
                    event.evaluated_tokens,
                )
                self._keep(key, result)
            case JobFailed():
                result = event.error
            case _:
                return
        if asked == self._asked:
            self._job = 0
            done(result)

    def _keep(self, key: tuple[str, tuple[int, ...]], seen: SeenRow) -> None:
        self._kept[key] = seen
        while sum(len(one.row) for one in self._kept.values()) > _KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)


def surprises_before(steps: Sequence[TokenStep], by_model: Callable[[int], bool], place: int) -> tuple[float, ...]:
    """Return the surprise, in bits after the sampler, of the tokens that the model drew right before a place."""
    first = place
    while first > 0 and by_model(first - 1):
        first -= 1
    return tuple(max(0.0, -step.sampled_logprob / math.log(2)) for step in steps[first:place])
