"""Evaluating tokens of which many have rows of logits, and reading the rows where llama.cpp left them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from nextword.engine import distribution
from nextword.engine.analyst import step_of
from nextword.engine.distribution import Logits
from nextword.engine.model import CONVERSATION, Model
from nextword.engine.tokens import TokenStep
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import LogitsNotFinite, NoCandidates

_MANY = 200  # tokens of one row, from which on sorting it is faster than counting for each what is better


@dataclass(frozen=True, slots=True)
class TokenScore:
    """How likely a token is. logprob: natural log. step: when alternatives were asked for."""

    token: int
    logprob: float
    rank: int
    step: TokenStep | None = None


def extend(model: Model, ids: Sequence[int], outputs: Sequence[bool]) -> None:
    """Evaluate `ids` after the conversation; those with outputs have a row. Forgets them when Model.decode raises."""
    start = len(model.known)
    try:
        model.decode(ids, range(start, start + len(ids)), [(CONVERSATION,)] * len(ids), outputs)
    except BaseException:
        model.forget_from(start, force=True)
        raise
    model.known.extend(ids)


def batches(model: Model, outputs: Sequence[bool], start: int) -> Iterator[range]:
    """Cut what is to be evaluated from `start` on into batches, each as large as tokens and outputs allow."""
    count, begin = 0, start
    for index in range(start, len(outputs)):
        if index - begin == model.batch_tokens or count + outputs[index] > model.output_tokens:
            yield range(begin, index)
            count, begin = 0, index
        count += outputs[index]
    if begin < len(outputs):
        yield range(begin, len(outputs))


def judge(row: Logits, token: int, *, alternatives: int, vocabulary: Vocabulary, position: int) -> TokenStep:
    """Return what the model thought of the token that stands after the one at `position`. Raises LogitsNotFinite."""
    try:
        return step_of(distribution.judge(row, token, alternatives), vocabulary)
    except (LogitsNotFinite, NoCandidates) as error:
        raise located(error, row, position) from error


def step_like(step: TokenStep, score: TokenScore, vocabulary: Vocabulary) -> TokenStep:
    """Return what the model thought of another token in the place of `step`."""
    return msgspec.structs.replace(
        step,
        id=score.token,
        text=vocabulary.piece(score.token),
        logprob=score.logprob,
        rank=score.rank,
        sampled_logprob=score.logprob,
        special=vocabulary.is_control(score.token),
    )


def weigh(row: Logits, tokens: Sequence[int], position: int) -> list[TokenScore]:
    """Return the logprobs and ranks of `tokens` after the one at `position`. Raises LogitsNotFinite."""
    try:
        log_total, _entropy_bits = distribution.normalise(row)
    except (LogitsNotFinite, NoCandidates) as error:
        raise located(error, row, position) from error
    if len(tokens) < _MANY:
        return [TokenScore(t, float(row[t]) - log_total, distribution.rank(row, t)) for t in tokens]
    scores = row[np.asarray(tokens)]
    better = row.size - np.searchsorted(np.sort(row), scores, side="right")
    logprobs = scores.astype(np.float64) - log_total
    return [TokenScore(*found) for found in zip(tokens, logprobs.tolist(), (better + 1).tolist(), strict=True)]


def located(error: LogitsNotFinite | NoCandidates, row: Logits, position: int) -> LogitsNotFinite:
    """Return `error` with the position; a row that allows no token at all is no distribution either."""
    if isinstance(error, LogitsNotFinite):
        return replace(error, position=position)
    return LogitsNotFinite(0, row.size, row.size, position)
