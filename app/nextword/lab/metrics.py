"""How written answers are judged against right ones: exactly, by what they contain, by a pattern, by BLEU and ROUGE.

BLEU is sacrebleu's and told with its signature; ROUGE is rouge-score's and told with variant and stemming.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from msgspec import Struct

from nextword.errors import PatternNotUsable

if TYPE_CHECKING:
    import regex

Metric: TypeAlias = Literal["exact", "contains", "regex", "bleu", "rouge1", "rouge2", "rougeL"]

YES_OR_NO: Final[frozenset[Metric]] = frozenset({"exact", "contains", "regex"})
"""The metrics that call an answer right or wrong, so that two conditions can be told apart by McNemar's test."""

PATTERN_SECONDS = 0.5
"""How long a pattern may look at one answer: some would take for ever, (a+)+ for example."""

GOLD = "{gold}"
"""Stands in a pattern for the right answer, taken literally."""

_EDGES = " \t\r\n.,;:!?\"'“”‘’«»()[]`*"
_SPACE = re.compile(r"\s+")


class Judged(Struct, frozen=True):
    """Answers judged by one metric. each: 0..1 for each answer, NaN where no right answer is known. value: of all of
    them, 0..1, NaN of none.

    how: what makes the number comparable: BLEU's signature, ROUGE's variant and stemming, the pattern; else "".
    """

    metric: Metric
    each: tuple[float, ...]
    value: float
    how: str = ""


def judge(metric: Metric, written: Sequence[str], rights: Sequence[Sequence[str]], *, pattern: str = "") -> Judged:
    """Judge answers. rights: the right answers of each; the best counts. pattern: for "regex".

    Raises PatternNotUsable, and ValueError for lists of different length.
    """
    if len(written) != len(rights):
        raise ValueError(f"{len(written)} answers, {len(rights)} right ones")
    match metric:
        case "exact":
            return _mean(metric, written, rights, lambda answer, right: float(plain(answer) == plain(right)))
        case "contains":
            return _mean(metric, written, rights, lambda answer, right: float(_contains(answer, right)))
        case "regex":
            judged = _Pattern(pattern)
            return _mean(metric, written, rights, judged.score, how=pattern)
        case "bleu":
            return _bleu(written, rights)
        case "rouge1" | "rouge2" | "rougeL":
            return _rouge(metric, written, rights)


def plain(text: str) -> str:
    """Return what of an answer is compared: no case, single spaces, no punctuation or quotes at its ends."""
    return _SPACE.sub(" ", text.strip(_EDGES)).casefold()


def _contains(answer: str, right: str) -> bool:
    wanted = plain(right)
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain(answer)) is not None


def _mean(
    metric: Metric,
    written: Sequence[str],
    rights: Sequence[Sequence[str]],
    score: Callable[[str, str], float],
    *,
    how: str = "",
) -> Judged:
    each = tuple(
        max((score(answer, right) for right in known), default=math.nan)
        for answer, known in zip(written, rights, strict=True)
    )
    judged = [value for value in each if not math.isnan(value)]
    return Judged(metric, each, math.fsum(judged) / len(judged) if judged else math.nan, how)


class _Pattern:
    """A regular expression that says whether an answer is right.

    Without a group it has to be found; with one, what the first group holds has to be the right answer.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, regex.Pattern[str]] = {}

    def score(self, answer: str, right: str) -> float:
        """Return 1.0 or 0.0. Raises PatternNotUsable."""
        compiled = self._compiled(right)
        try:
            found = compiled.search(answer, timeout=PATTERN_SECONDS)
        except TimeoutError as error:
            raise PatternNotUsable("too_slow", self._text) from error
        if found is None:
            return 0.0
        return float(not compiled.groups or plain(found.group(1) or "") == plain(right))

    def _compiled(self, right: str) -> regex.Pattern[str]:
        import regex

        source = self._text.replace(GOLD, regex.escape(right))
        if source not in self._known:
            try:
                self._known[source] = regex.compile(source)
            except (regex.error, RecursionError, OverflowError) as error:
                raise PatternNotUsable("syntax", self._text, str(error)) from error
        return self._known[source]


def _bleu(written: Sequence[str], rights: Sequence[Sequence[str]]) -> Judged:
    """Return corpus BLEU of the answers with known right ones, and sentence BLEU of each; both 0..1."""
    from sacrebleu.metrics.bleu import BLEU

    known = [number for number, right in enumerate(rights) if right]
    corpus, sentence = BLEU(), BLEU(effective_order=True)
    most = max((len(rights[number]) for number in known), default=0)
    references = [[rights[n][rank] if rank < len(rights[n]) else None for n in known] for rank in range(most)]
    if not known:
        return Judged("bleu", (math.nan,) * len(written), math.nan)
    answers = [written[number] for number in known]
    whole = corpus.corpus_score(answers, cast(Sequence[Sequence[str]], references)).score / 100  # None: no further one
    each = tuple(
        min(1.0, sentence.sentence_score(answer, list(right)).score / 100) if right else math.nan
        for answer, right in zip(written, rights, strict=True)
    )
    return Judged("bleu", each, whole, str(corpus.get_signature()))


def _rouge(
    metric: Literal["rouge1", "rouge2", "rougeL"], written: Sequence[str], rights: Sequence[Sequence[str]]
) -> Judged:
    """Return the F measure of each answer and the mean."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer([metric], use_stemmer=True)
    name = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}[metric]
    how = f"{name} F1, Porter stemming, rouge-score {_version('rouge-score')}"
    return _mean(
        metric,
        written,
        rights,
        lambda answer, right: float(scorer.score(right, answer)[metric].fmeasure),
        how=how,
    )


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "?"
