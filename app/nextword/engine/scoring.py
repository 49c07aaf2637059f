"""Score, ScoreContinuations and Look, from the prompts to the last event."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nextword.engine import continuations, look, pairs, protocol, score
from nextword.engine.model import Interrupted
from nextword.engine.opened import Opened
from nextword.engine.prefix_tree import Text
from nextword.engine.tokens import TokenStep

_PROGRESS_SECONDS = 0.05  # at most 20 messages a second about how far it is
_PART_NUMBERS = 50_000  # tokens and candidates of one message, which keeps it far below the largest frame


class _Progress:
    """Passes on how far a job is, not too often."""

    def __init__(self, opened: Opened, job: int) -> None:
        self._opened = opened
        self._job = job
        self._next = 0.0

    def __call__(self, done_tokens: int, total_tokens: int) -> None:
        now = time.monotonic()
        if now >= self._next or done_tokens == total_tokens:
            self._next = now + _PROGRESS_SECONDS
            self._opened.host.send(protocol.PromptProgress(self._job, done_tokens, total_tokens))


def score_text(opened: Opened, request: protocol.Score) -> None:
    """Score a text; the steps are sent batch by batch."""

    def emit(first: int, steps: Sequence[TokenStep]) -> None:
        opened.host.send(protocol.ScoredPart(request.job, first, tuple(steps)))

    def work() -> None:
        began = time.monotonic()
        ids = opened.builder.build(request.prompt).ids
        wish = score.Wish(request.alternatives, request.window, request.overlap, request.rule)
        totals = score.run(opened.model, ids, wish, emit=emit, progress=_Progress(opened, request.job))
        tally = totals.tally
        opened.host.send(
            protocol.Scored(
                job=request.job,
                tokens=totals.tokens,
                scored_tokens=tally.tokens,
                scored_bytes=tally.size_bytes,
                logprob_sum=tally.logprob_sum,
                perplexity=tally.perplexity,
                standard_error=tally.standard_error,
                bits_per_byte=tally.bits_per_byte,
                window=totals.window,
                overlap=totals.overlap,
                rule=totals.rule,
                cached_tokens=totals.cached_tokens,
                evaluated_tokens=totals.evaluated_tokens,
                seconds=time.monotonic() - began,
            )
        )

    _run(opened, request.job, work)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A continuation as it was asked for."""

    group: int
    index: int
    merged: bool
    text: Text


def score_continuations(opened: Opened, request: protocol.ScoreContinuations) -> None:
    """Score the continuations of every group; results are sent as soon as they are known."""
    asked: list[_Asked] = []

    def emit(found: Sequence[continuations.Found]) -> None:
        for results in _parts([_result(asked[one.text], one) for one in found]):
            opened.host.send(protocol.ContinuationsPart(request.job, tuple(results)))

    def work() -> None:
        began = time.monotonic()
        for number, group in enumerate(request.groups):
            built = pairs.build(opened.builder, opened.model.vocabulary, group)
            for index, pair in enumerate(built):  # an array takes a tenth of a list
                asked.append(_Asked(number, index, pair.merged, Text(array("i", pair.ids), pair.start)))
        texts = [one.text for one in asked]
        progress = _Progress(opened, request.job)
        totals = continuations.run(opened.model, texts, request.alternatives, emit=emit, progress=progress)
        opened.host.send(
            protocol.ContinuationsScored(
                request.job,
                totals.tokens,
                totals.cached_tokens,
                totals.evaluated_tokens,
                totals.shared,
                time.monotonic() - began,
            )
        )

    _run(opened, request.job, work)


def look_at(opened: Opened, request: protocol.Look) -> None:
    """Say what could come after a prompt."""

    def work() -> None:
        ids = opened.builder.build(request.prompt).ids
        wish = look.Wish(
            request.alternatives, request.named, request.row, request.position,
            request.grammar, request.json_schema, request.given,
        )  # fmt: skip
        seen = look.run(opened.model, ids, wish, progress=_Progress(opened, request.job))
        opened.host.send(
            protocol.Distribution(
                request.job,
                seen.position,
                len(ids),
                seen.cached_tokens,
                seen.evaluated_tokens,
                seen.entropy_bits,
                seen.candidates,
                seen.named,
                seen.row,
                seen.allowed,
            )
        )

    _run(opened, request.job, work)


def _result(asked: _Asked, found: continuations.Found) -> protocol.ScoredContinuation:
    return protocol.ScoredContinuation(
        asked.group,
        asked.index,
        tuple(asked.text.ids[asked.text.start :]),
        math.fsum(found.logprobs),
        found.logprobs,
        found.ranks,
        all(rank == 1 for rank in found.ranks),
        asked.merged,
        found.steps,
    )


def _parts(results: Sequence[protocol.ScoredContinuation]) -> Iterator[list[protocol.ScoredContinuation]]:
    """Cut results into messages."""
    part: list[protocol.ScoredContinuation] = []
    numbers = 0
    for result in results:
        part.append(result)
        numbers += 1 + len(result.ids) + sum(len(step.candidates) for step in result.steps)
        if numbers >= _PART_NUMBERS:
            yield part
            part, numbers = [], 0
    if part:
        yield part


def _run(opened: Opened, job: int, work: Callable[[], None]) -> None:
    """Do it; a job that was stopped ends as a generation does."""
    opened.host.enter("scoring")
    opened.keep_state = False  # the memory holds another text now
    try:
        work()
    except Interrupted:
        opened.host.send(protocol.Finished(job, "stopped", 0, 0, 0, 0.0, 0.0))
