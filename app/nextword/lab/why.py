"""Which example mattered: what the label's log-odds lose when one is left out. Forward passes only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from nextword.lab.dialogue import Script
from nextword.lab.scores import AGAINST_CONTENT_FREE, LabelScores, ScoreRule, label_scores, log_sum
from nextword.lab.scoring import CONTENT_FREE, Condition, Cost, ScoredText, score_conditions
from nextword.lab.task import Item, Task


class Effect(Struct, frozen=True):
    """One example. change: log-odds of the label with all examples, less those without this one, in nats; above 0 the
    example speaks for the label. NaN where it did not fit into the prompt anyway. best: the label that wins without it.
    """

    change: float
    best: int


class Effects(Struct, frozen=True):
    """label: whose log-odds they are. log_odds: with all examples. effects: in the order of the examples."""

    label: int
    log_odds: float
    effects: tuple[Effect, ...]
    cost: Cost


def leave_one_out(
    task: Task, examples: Sequence[Item], text: str, *, rule: ScoreRule = "sum", label: int = -1
) -> Script[Effects]:
    """Ask with all examples and without each, in one request. label -1: the one that wins with all of them."""
    needs_free = rule in AGAINST_CONTENT_FREE
    texts = (text, *CONTENT_FREE) if needs_free else (text,)
    sets = [tuple(examples), *(tuple(examples[:n]) + tuple(examples[n + 1 :]) for n in range(len(examples)))]
    scored = yield from score_conditions([Condition(task, shown, texts) for shown in sets])
    whole, *without = [_scores(task, found, rule) for found in scored.texts]
    used = scored.texts[0][0].used
    if whole is None:
        return Effects(label, math.nan, tuple(Effect(math.nan, -1) for _ in examples), scored.cost)
    label = whole.best if label < 0 else label
    all_odds = log_odds(whole, label)
    effects = tuple(
        Effect(math.nan, -1 if one is None else one.best)
        if one is None or number >= used
        else Effect(all_odds - log_odds(one, label), one.best)
        for number, one in enumerate(without)
    )
    return Effects(label, all_odds, effects, scored.cost)


def log_odds(scores: LabelScores, label: int) -> float:
    """Return log(q / (1 - q)) of a label, from logs, so that no certainty is lost."""
    others = [score for index, score in enumerate(scores.scores) if index != label]
    return scores.scores[label] - log_sum(others) if others else math.inf


def _scores(task: Task, found: Sequence[ScoredText], rule: ScoreRule) -> LabelScores | None:
    shown, *free = found
    if not shown.fits:
        return None
    words = [word for one in free for word in one.words]
    return label_scores(task, shown.words, rule=rule, content_free=words or None)
