"""Answers that are written instead of scored: many together, and how likely the right answers were."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep, text_of
from nextword.errors import ContextTooSmall
from nextword.lab.dialogue import Said, Script
from nextword.lab.labels import named_label
from nextword.lab.prompts import answer_joint, build
from nextword.lab.scoring import Condition, Cost, most_that_fit
from nextword.lab.sweep import Answering
from nextword.lab.task import Item, Task, shown_word

TOGETHER = 8


class Written(Struct, frozen=True):
    """An answer. asked, used, fits: as of a ScoredText. logprob: natural log under the model, of all its tokens, `ids`.

    reason: why it ended, as the engine says it, or the name of an error; "" where it does not fit.
    """

    text: str
    asked: int
    used: int
    fits: bool = True
    logprob: float = 0.0
    ids: tuple[int, ...] = ()
    reason: str = ""


class Reference(Struct, frozen=True):
    """How likely a right answer was. logprob: natural log, of `tokens` tokens. perplexity: exp(-logprob / tokens)."""

    logprob: float
    tokens: int

    @property
    def perplexity(self) -> float:
        """NaN without tokens."""
        return math.exp(-self.logprob / self.tokens) if self.tokens else math.nan


def write_answers(condition: Condition, answering: Answering) -> Script[tuple[tuple[Written, ...], Cost]]:
    """Write an answer to each input. Every one has its own seed, made of the given one and its text's place."""
    examples = len(condition.examples)
    used = [examples] * len(condition.texts)
    try:
        said = yield _lanes(condition, answering, used)
    except ContextTooSmall as error:
        room = error.available - min(answering.max_tokens, error.available // 4)
        for place, text in enumerate(condition.texts):
            used[place] = yield from most_that_fit(condition, text, room)
        said = yield _lanes(condition, answering, used)
    return _collected(condition, used, said)


def _lanes(condition: Condition, answering: Answering, used: Sequence[int]) -> protocol.GenerateLanes:
    until = protocol.Until(answering.max_tokens, stop_texts=answering.stop_texts)
    lanes = tuple(
        protocol.Lane(build(condition.task, condition.examples[:count], text).prompt, sampling(answering, place), until)
        for place, (text, count) in enumerate(zip(condition.texts, used, strict=True))
        if count >= 0
    )
    return protocol.GenerateLanes(0, lanes, alternatives=0, together=TOGETHER)


def sampling(answering: Answering, place: int) -> protocol.Sampling:
    """Return how tokens are drawn: nothing cuts the model's own distribution but the temperature."""
    return protocol.Sampling(
        temperature=answering.temperature, top_k=0, top_p=1.0, min_p=0.0, seed=(answering.seed + place) % 2**32
    )


def _collected(condition: Condition, used: Sequence[int], said: Said) -> tuple[tuple[Written, ...], Cost]:
    steps: dict[int, list[TokenStep]] = {}
    ends: dict[int, protocol.LaneFinished] = {}
    cost = Cost()
    for reply in said:
        match reply:
            case protocol.TokenChosen():
                steps.setdefault(reply.lane, []).append(reply.step)
            case protocol.LaneFinished():
                ends[reply.lane] = reply
            case protocol.Finished():
                seconds = reply.prompt_seconds + reply.generation_seconds
                cost = Cost(reply.prompt_tokens + reply.generated_tokens, reply.evaluated_tokens, seconds)
            case _:
                pass
    asked = len(condition.examples)
    written = []
    lane = 0
    for count in used:
        if count < 0:
            written.append(Written("", asked, 0, fits=False))
            continue
        written.append(_written(asked, count, steps.get(lane, []), ends.get(lane)))
        lane += 1
    return tuple(written), cost


def _written(asked: int, used: int, steps: Sequence[TokenStep], end: protocol.LaneFinished | None) -> Written:
    text = text_of(steps)
    if end is not None and end.trim_bytes:
        text = text.encode()[: -end.trim_bytes].decode("utf-8", "replace")
    reason = "" if end is None else end.error or end.reason
    return Written(
        text, asked, used, True, math.fsum(step.logprob for step in steps), tuple(step.id for step in steps), reason
    )


# --- right answers, and answers that name a label -------------------------------------------------------------


def score_references(task: Task, examples: Sequence[Item], items: Sequence[Item]) -> Script[tuple[Reference, ...]]:
    """Say how likely each item's right answer was, as an example would show it; one that does not fit has no tokens."""
    joint = answer_joint(task)
    references = [joint + shown_word(task, item.gold) for item in items]
    condition = Condition(task, tuple(examples), tuple(item.text for item in items))
    used = [len(examples)] * len(items)
    try:
        said = yield _groups(condition, references, used)
    except ContextTooSmall as error:
        for place, text in enumerate(condition.texts):
            longest = len(references[place].encode())
            used[place] = yield from most_that_fit(condition, text, error.available - longest)
        said = yield _groups(condition, references, used)
    places = [place for place, count in enumerate(used) if count >= 0]
    found = [Reference(0.0, 0)] * len(items)
    for reply in said:
        if isinstance(reply, protocol.ContinuationsPart):
            for one in reply.results:
                found[places[one.group]] = Reference(one.logprob, len(one.ids))
    return tuple(found)


def _groups(condition: Condition, references: Sequence[str], used: Sequence[int]) -> protocol.ScoreContinuations:
    return protocol.ScoreContinuations(
        0,
        tuple(
            protocol.Group(build(condition.task, condition.examples[:count], text).prompt, (reference,))
            for text, reference, count in zip(condition.texts, references, used, strict=True)
            if count >= 0
        ),
    )


def agreement(task: Task, scored: Sequence[int], texts: Sequence[str]) -> tuple[int, int]:
    """Return how many written answers name the label that has the highest score, and how many name any one label."""
    named = [named_label(task, text) for text in texts]
    return (
        sum(label >= 0 and label == best for label, best in zip(named, scored, strict=True)),
        sum(label >= 0 for label in named),
    )
