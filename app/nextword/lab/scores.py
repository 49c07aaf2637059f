"""From the log-probabilities of label words to the scores of labels, by the rules that evaluations go by.

The formulas are those of the evaluation harnesses; what their names hide is in FORMULAS. Numbers alone: no model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from nextword.lab.task import Task

ScoreRule: TypeAlias = Literal["sum", "per_token", "per_char", "per_byte", "pmi", "ncc"]

FORMULAS: Final[Mapping[ScoreRule, str]] = {
    "sum": "S(y) = Σ log p(tᵢ | x, t₍<ᵢ₎)",
    "per_token": "S(y) = Σ log p(tᵢ | x, t₍<ᵢ₎) / number of tokens",
    "per_char": "S(y) = Σ log p(tᵢ | x, t₍<ᵢ₎) / number of characters",
    "per_byte": "S(y) = Σ log p(tᵢ | x, t₍<ᵢ₎) / number of UTF-8 bytes",
    "pmi": "S(y) = Σ log p(tᵢ | x, t₍<ᵢ₎) − Σ log p(tᵢ | no input, t₍<ᵢ₎)",
    "ncc": "S(y) = (Σ log p(tᵢ | x, t₍<ᵢ₎) − Σ log p(tᵢ | content-free, t₍<ᵢ₎)) / number of tokens",
}
"""S of a word y of tokens tᵢ after the prompt x. The bars are exp S, added over a label's words, divided by the sum."""

AGAINST_CONTENT_FREE: Final[frozenset[ScoreRule]] = frozenset({"pmi", "ncc"})
"""The rules that divide by what the model says without an input: what they give is no probability of the model."""


class WordScore(Struct, frozen=True):
    """A word of a label after a prompt. logprobs: natural log, one for each of `ids`. merged: its first token crosses
    the border to the prompt."""

    label: int
    word: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    merged: bool = False

    @property
    def logprob(self) -> float:
        """Natural log of the probability of the whole word."""
        return math.fsum(self.logprobs)


class LabelScores(Struct, frozen=True):
    """probabilities: of the labels by the rule, their sum is 1. masses: what the model itself gives to each label, from
    the sums. off_label: what it gives to everything else. scores: log of what the rule gives, before it is divided by
    the sum. calibrated: the probabilities are no longer the model's own."""

    probabilities: tuple[float, ...]
    masses: tuple[float, ...]
    off_label: float
    words: tuple[WordScore, ...]
    calibrated: bool = False
    scores: tuple[float, ...] = ()

    @property
    def best(self) -> int:
        """The label with the highest probability, the first of equal ones; -1 without labels."""
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__, default=-1)

    @property
    def margin(self) -> float:
        """The best probability less the second best, 0..1."""
        ordered = sorted(self.probabilities, reverse=True)
        return ordered[0] - ordered[1] if len(ordered) > 1 else sum(ordered)


def default_rule(token_counts: Iterable[int]) -> ScoreRule:
    """Return the sum where every word is one token, else NCC: a sum favours short words (arXiv 2511.14385)."""
    return "sum" if all(count == 1 for count in token_counts) else "ncc"


def label_scores(
    task: Task, words: Sequence[WordScore], *, rule: ScoreRule, content_free: Sequence[WordScore] | None = None
) -> LabelScores:
    """Return what the labels of `task` get.

    A label's words are alternatives, so their probabilities add. They are made free of prefixes first: what goes on to
    a longer word of the task does not count for the shorter. content_free: scores of the same words without a real
    input, for the rules that need them; where a word is there several times, the mean of its probabilities counts.
    Raises ValueError when those are needed and missing.
    """
    if rule in AGAINST_CONTENT_FREE and not content_free:
        raise ValueError(f"the rule {rule} needs the scores of a content-free input")
    sums = exclusive_logprobs(words)
    free = _content_free_logs(words, content_free or (), rule)
    by_label: list[list[float]] = [[] for _ in task.labels]
    masses = [0.0] * len(task.labels)
    for word, logprob, against in zip(words, sums, free, strict=True):
        by_label[word.label].append(_rated(word, logprob, rule) - against)
        masses[word.label] += math.exp(logprob)
    scores = tuple(log_sum(each) for each in by_label)
    return LabelScores(
        normalised(scores),
        tuple(masses),
        min(1.0, max(0.0, 1.0 - math.fsum(masses))),
        tuple(words),
        rule in AGAINST_CONTENT_FREE,
        scores,
    )


def exclusive_logprobs(words: Sequence[WordScore]) -> tuple[float, ...]:
    """Return for each word the log-probability that it comes and does not go on to a longer word of the list.

    A word that stands in the list several times shares its probability with its doubles: nothing is counted twice.
    """
    ids = [word.ids for word in words]
    different = sorted(set(ids), key=lambda each: (len(each), each))
    probability = {word.ids: math.exp(word.logprob) for word in words}
    own = dict(probability)
    for longer in different:
        cuts = (longer[:length] for length in range(len(longer) - 1, 0, -1))
        if (shorter := next((cut for cut in cuts if cut in own), None)) is not None:
            own[shorter] -= probability[longer]
    found = []
    for word in words:
        doubles = ids.count(word.ids)
        if doubles == 1 and own[word.ids] == probability[word.ids]:
            found.append(word.logprob)  # exact also where exp would be 0
        else:
            found.append(_log(own[word.ids] / doubles))
    return tuple(found)


def log_sum(values: Iterable[float]) -> float:
    """Return log of the sum of exp of `values`, -inf for none."""
    each = list(values)
    top = max(each, default=-math.inf)
    if not math.isfinite(top):
        return top
    return top + math.log(math.fsum(math.exp(value - top) for value in each))


def normalised(logs: Sequence[float]) -> tuple[float, ...]:
    """Return exp of `logs`, divided by their sum; all equal where every one is -inf."""
    whole = log_sum(logs)
    if whole == -math.inf:
        return tuple(1.0 / len(logs) for _ in logs)
    return tuple(math.exp(value - whole) for value in logs)


def _rated(word: WordScore, logprob: float, rule: ScoreRule) -> float:
    match rule:
        case "per_token" | "ncc":
            return logprob / max(1, len(word.ids))
        case "per_char":
            return logprob / max(1, len(word.word))
        case "per_byte":
            return logprob / max(1, len(word.word.encode("utf-8", "replace")))
        case _:
            return logprob


def _content_free_logs(
    words: Sequence[WordScore], content_free: Sequence[WordScore], rule: ScoreRule
) -> tuple[float, ...]:
    """Return what is taken from each word's score: log of the mean of its content-free scores; 0 by other rules."""
    if rule not in AGAINST_CONTENT_FREE:
        return (0.0,) * len(words)
    found: dict[tuple[int, str], list[float]] = {}
    for round_ in _rounds(content_free):
        for word, logprob in zip(round_, exclusive_logprobs(round_), strict=True):
            found.setdefault((word.label, word.word), []).append(_rated(word, logprob, rule))
    missing = [word.word for word in words if (word.label, word.word) not in found]
    if missing:
        raise ValueError(f"no content-free score of {missing[0]!r}")
    return tuple(log_sum(each) - math.log(len(each)) for each in (found[word.label, word.word] for word in words))


def _rounds(words: Sequence[WordScore]) -> list[list[WordScore]]:
    """Return the scores of one content-free input after the other: each word once in each."""
    rounds: list[list[WordScore]] = []
    times: Counter[tuple[int, str]] = Counter()
    for word in words:
        number = times[word.label, word.word]
        times[word.label, word.word] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(word)
    return rounds


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
