"""What a run found, item by item, and everything that follows from it: scores by any rule, predictions, figures.

What is kept is what the engine said, so another score rule or calibration needs no model.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from nextword.lab.calibration import Calibration, batch_bias, bias, calibrated
from nextword.lab.labels import named_label
from nextword.lab.prompts import label_continuations
from nextword.lab.scores import AGAINST_CONTENT_FREE, LabelScores, ScoreRule, WordScore, label_scores
from nextword.lab.scoring import Cost, ScoredText
from nextword.lab.sweep import Cell, Plan
from nextword.lab.task import Task, answers, label_index


class Versions(Struct, frozen=True):
    """What computed the numbers. context_tokens: of the loaded model."""

    app: str = ""
    llama: str = ""
    variant: str = ""
    model_sha256: str = ""
    model_name: str = ""
    template_hash: str = ""
    context_tokens: int = 0


class ItemResult(Struct, frozen=True, omit_defaults=True):
    """One input. item: index in the plan's test items, -1 for an input that says nothing (`text`).

    logprobs: natural logs, for each word each token. ids: only where they are not those of the run. asked, used: how
    many examples there were to be and how many fitted. fits False: not even the input did. answer: what was written.
    """

    item: int
    logprobs: tuple[tuple[float, ...], ...] = ()
    ids: tuple[tuple[int, ...], ...] | None = None
    merged: tuple[bool, ...] = ()
    asked: int = 0
    used: int = 0
    fits: bool = True
    text: str = ""
    answer: str = ""
    answer_logprob: float = 0.0
    answer_ids: tuple[int, ...] = ()
    reason: str = ""


class RunResult(Struct, frozen=True):
    """A finished run. prompt: that of the first item, as text. ids: of each label word after it. content_free: inputs
    that say nothing, for the rules and calibrations that need them."""

    cell: Cell
    items: tuple[ItemResult, ...]
    content_free: tuple[ItemResult, ...] = ()
    ids: tuple[tuple[int, ...], ...] = ()
    prompt: str = ""
    cost: Cost = Cost()
    versions: Versions = Versions()


class RunFigures(Struct, frozen=True):
    """What a list shows of a run. accuracy: of all items; one that does not fit is wrong. shortened: items whose
    examples did not all fit."""

    items: int
    right: int
    unfit: int = 0
    shortened: int = 0
    off_label: float | None = None
    cost: Cost = Cost()

    @property
    def accuracy(self) -> float:
        return self.right / self.items if self.items else 0.0


def item_result(item: int, scored: ScoredText, run_ids: tuple[tuple[int, ...], ...], text: str = "") -> ItemResult:
    """Return what is kept of a scored input. run_ids: the ids that most items have."""
    ids = tuple(word.ids for word in scored.words)
    return ItemResult(
        item,
        tuple(word.logprobs for word in scored.words),
        None if ids == run_ids or not scored.fits else ids,
        tuple(word.merged for word in scored.words) if any(word.merged for word in scored.words) else (),
        scored.asked,
        scored.used,
        scored.fits,
        text,
    )


def words_of(task: Task, run: RunResult, item: ItemResult) -> tuple[WordScore, ...]:
    """Return the scores of the label words after an input; none where it did not fit."""
    ids = run.ids if item.ids is None else item.ids
    merged = item.merged or (False,) * len(ids)
    words = label_continuations(task)
    if len(item.logprobs) != len(words):
        return ()
    return tuple(
        WordScore(word.label, word.word, own, logprobs, crosses)
        for word, own, logprobs, crosses in zip(words, ids, item.logprobs, merged, strict=True)
    )


def scores_of(
    task: Task, run: RunResult, *, rule: ScoreRule, calibration: Calibration = "none"
) -> tuple[LabelScores | None, ...]:
    """Return the label scores of each item, None where it did not fit.

    Where the content-free inputs that a rule or calibration needs are missing, the sums of the words count.
    """
    free_words = [word for item in run.content_free for word in words_of(task, run, item)]
    if rule in AGAINST_CONTENT_FREE and not free_words:
        rule = "sum"
    against = free_words if rule in AGAINST_CONTENT_FREE else None

    def score(item: ItemResult) -> LabelScores | None:
        words = words_of(task, run, item)
        return label_scores(task, words, rule=rule, content_free=against) if words else None

    scores = [score(item) for item in run.items]
    p_free: Sequence[float] = ()
    if calibration in ("contextual", "domain"):
        free = [found for item in run.content_free if (found := score(item)) is not None]
        p_free = bias(free) if free else ()
    elif calibration == "batch" and (found_scores := [each for each in scores if each is not None]):
        p_free = batch_bias(found_scores)
    if not p_free:
        return tuple(scores)
    return tuple(None if each is None else calibrated(each, p_free) for each in scores)


def predictions(plan: Plan, run: RunResult) -> tuple[int, ...]:
    """Return the index of the label that each item gets, -1 for none."""
    task = plan.task_of(run.cell)
    if plan.writes:
        return tuple(named_label(task, item.answer) if task.labels else -1 for item in run.items)
    scores = scores_of(task, run, rule=plan.rule, calibration=plan.calibration)
    return tuple(-1 if each is None else each.best for each in scores)


def right(plan: Plan, run: RunResult) -> tuple[bool, ...]:
    """Return for each item whether it was right. A written answer is right when its first line is a right answer."""
    task = plan.task_of(run.cell)
    if task.kind == "labels":
        golds = [label_index(task, plan.test[item.item].gold) for item in run.items]
        return tuple(guess >= 0 and guess == gold for guess, gold in zip(predictions(plan, run), golds, strict=True))
    return tuple(first_line(item.answer) in answers(plan.test[item.item]) for item in run.items)


def first_line(answer: str) -> str:
    """Return the first line of an answer without the blanks around it."""
    return answer.lstrip().split("\n", 1)[0].strip()


def figures(plan: Plan, run: RunResult) -> RunFigures:
    """Return what is told of a run."""
    task = plan.task_of(run.cell)
    off_label = None
    if not plan.writes:
        scores = [each for each in scores_of(task, run, rule="sum") if each is not None]
        off_label = sum(each.off_label for each in scores) / len(scores) if scores else None
    return RunFigures(
        len(run.items),
        sum(right(plan, run)),
        sum(not item.fits for item in run.items),
        sum(item.used < item.asked for item in run.items if item.fits),
        off_label,
        run.cost,
    )


# --- as it is kept ------------------------------------------------------------------------------------------


def pack(run: RunResult) -> bytes:
    """Return a run as bytes."""
    return zlib.compress(msgspec.msgpack.encode(run), 6)


def unpack(data: bytes) -> RunResult:
    """Return the run that `pack` made bytes of. Raises ValueError for anything else."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=RunResult)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from error


def plan_text(plan: Plan) -> str:
    """Return a plan as JSON."""
    return msgspec.json.encode(plan).decode()


def plan_from(text: str) -> Plan:
    """Return the plan that a text holds. Raises ValueError."""
    return msgspec.json.decode(text, type=Plan)
