"""One input with and without examples: what is asked of the engine, in its order, and the bars that come of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from nextword.engine import protocol
from nextword.engine.tokens import Candidate
from nextword.lab.calibration import Calibration, batch_bias, bias, calibrated, content_free_texts
from nextword.lab.dialogue import Script
from nextword.lab.prompts import BuiltPrompt, answer_joint, build
from nextword.lab.scores import AGAINST_CONTENT_FREE, LabelScores, ScoreRule, WordScore, default_rule, label_scores
from nextword.lab.scoring import SEEN_CANDIDATES, Condition, ScoredText, score_conditions
from nextword.lab.task import Item, Label, Task, answers

BATCH = 32
"""How many items batch calibration takes the mean of."""
MOST_POOL_TEXTS = 500
_SMALLEST_MASS = 1e-4  # of a token that is told of


class Question(Struct, frozen=True):
    """What is on the desk. pool: texts whose words domain calibration mixes. batch: those of batch calibration.

    rule None: see Rules in builder.py.
    """

    task: Task
    examples: tuple[Item, ...]
    text: str
    gold: str | None = None
    rule: ScoreRule | None = None
    calibration: Calibration = "none"
    pool: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()

    @property
    def asked_task(self) -> Task:
        """The task whose labels get bars; where answers are free, the right answer is the one label."""
        if self.task.kind == "labels":
            return self.task
        right = answers(Item(self.text, self.gold))
        labels = (Label(right[0], right),) if right else ()
        return replace(self.task, kind="labels", labels=labels)

    @property
    def has_labels(self) -> bool:
        return any(label.words for label in self.asked_task.labels)


class Found(Struct, frozen=True):
    """What was found of one condition. free: of inputs that say nothing; batch: of other inputs."""

    shown: ScoredText
    free: tuple[ScoredText, ...] = ()
    batch: tuple[ScoredText, ...] = ()


class Looked(Struct, frozen=True):
    """What is known of a question so far. used: examples that fit into the context. rule: the one in use.

    prompt, tokens: with those examples; tokens come last. complete: everything that was asked for is there.
    """

    question: Question
    zero: Found
    few: Found
    rule: ScoreRule
    prompt: BuiltPrompt
    tokens: tuple[protocol.PromptToken, ...] = ()
    complete: bool = False

    @property
    def used(self) -> int:
        return self.few.shown.used


class OffLabel(Struct, frozen=True):
    """A likely token that begins no label. mass: what of its probability no label has. word: what has to be added to a
    label to have it, "" where no word gives exactly this token."""

    text: bytes
    mass: float
    word: str


class Bars(Struct, frozen=True):
    """One condition as it is drawn. scores: by rule and calibration; plain: what the model itself says.

    bias: what the labels get when the input says nothing, their sum is 1; None before it is known. By the rule where it
    is divided out; without a calibration the rules that divide by it anyway have the model's own.
    """

    scores: LabelScores
    plain: LabelScores
    off_label: tuple[OffLabel, ...]
    asked: int
    used: int
    bias: tuple[float, ...] | None = None
    calibrated: bool = False
    fits: bool = True


def look_at(question: Question, heard: Callable[[Looked], None], known: Looked | None = None) -> Script[None]:
    """Ask all there is to ask; `heard` is told whenever there is enough for other bars.

    known: what was found before by the same model; what it says without examples is not asked again.
    """
    task, examples = question.asked_task, question.examples
    if not question.has_labels:
        yield from _look_ahead(question, heard)
        return
    zero_known = _known_zero(question, known)
    conditions = [Condition(task, examples, (question.text,))]
    if zero_known is None:
        conditions.append(Condition(task, (), (question.text,)))
    scored = yield from score_conditions(conditions, alternatives=SEEN_CANDIDATES)
    few = scored.texts[0][0]
    zero = scored.texts[1][0] if zero_known is None else zero_known.shown
    rule = question.rule or default_rule(len(word.ids) for word in (*zero.words, *few.words))
    looked = Looked(question, Found(zero), Found(few), rule, build(question.task, examples[: few.used], question.text))
    waits = rule in AGAINST_CONTENT_FREE or question.calibration != "none"
    if not waits:
        heard(looked)
    looked = yield from _with_tokens(looked)
    if not waits:
        heard(looked)
    asked = "contextual" if question.calibration in ("none", "batch") else question.calibration
    texts = content_free_texts(asked, question.pool, seed=0)
    few_free, zero_free = yield from _both(task, examples, texts, zero_known.free if zero_known is not None else ())
    looked = replace(looked, zero=Found(zero, zero_free), few=Found(few, few_free))
    if question.calibration == "batch":
        few_batch, zero_batch = yield from _both(task, examples, question.batch, ())
        looked = replace(looked, zero=Found(zero, zero_free, zero_batch), few=Found(few, few_free, few_batch))
    heard(replace(looked, complete=True))


def _known_zero(question: Question, known: Looked | None) -> Found | None:
    """Return what is known of the input without examples, None when it has to be asked."""
    if known is None or not known.complete or known.question.text != question.text:
        return None
    before = known.question
    same = (before.asked_task, before.calibration, before.pool) == (
        question.asked_task,
        question.calibration,
        question.pool,
    )
    return known.zero if same else None


def _both(
    task: Task, examples: tuple[Item, ...], texts: tuple[str, ...], zero: tuple[ScoredText, ...]
) -> Script[tuple[tuple[ScoredText, ...], tuple[ScoredText, ...]]]:
    """Score texts with examples, and without where that is not known yet."""
    conditions = [Condition(task, examples, texts)]
    if not zero:
        conditions.append(Condition(task, (), texts))
    scored = yield from score_conditions(conditions)
    return scored.texts[0], zero or scored.texts[1]


def _look_ahead(question: Question, heard: Callable[[Looked], None]) -> Script[None]:
    """Without a label or a right answer there are only the next tokens."""
    found = []
    for examples in ((), question.examples):
        said = yield protocol.Look(0, build(question.task, examples, question.text).prompt, SEEN_CANDIDATES)
        seen = next((reply.candidates for reply in said if isinstance(reply, protocol.Distribution)), ())
        found.append(Found(ScoredText((), len(examples), len(examples), candidates=seen)))
    prompt = build(question.task, question.examples, question.text)
    looked = yield from _with_tokens(Looked(question, found[0], found[1], "sum", prompt))
    heard(replace(looked, complete=True))


def _with_tokens(looked: Looked) -> Script[Looked]:
    said = yield protocol.Tokenize(0, looked.prompt.prompt)
    tokens = next((reply.tokens for reply in said if isinstance(reply, protocol.Tokenized)), ())
    return replace(looked, tokens=tokens)


def bars_of(looked: Looked, found: Found) -> Bars:
    """Return one condition as it is drawn."""
    question = looked.question
    task = question.asked_task
    words = found.shown.words
    plain = label_scores(task, words, rule="sum")
    off = off_label(task, found.shown)
    shown = Bars(plain, plain, off, found.shown.asked, found.shown.used, fits=found.shown.fits)
    if not words:
        return shown
    free_words = [word for text in found.free for word in text.words]
    against = looked.rule in AGAINST_CONTENT_FREE
    if against and not free_words:
        return shown
    content_free = free_words if against else None
    scores = label_scores(task, words, rule=looked.rule, content_free=content_free)
    calibrates = question.calibration != "none"
    if calibrates or not against:
        p_free = _bias(looked, found, looked.rule, content_free)
    else:
        p_free = _bias(looked, found, "sum")  # what the rule divided out already, as the model says it
    if calibrates and p_free is not None:
        scores = calibrated(scores, p_free)
    return replace(shown, scores=scores, bias=p_free, calibrated=scores.calibrated)


def _bias(
    looked: Looked, found: Found, rule: ScoreRule, content_free: Sequence[WordScore] | None = None
) -> tuple[float, ...] | None:
    """Return what the labels get for nothing, by a rule; None before it is known."""
    task, question = looked.question.asked_task, looked.question
    texts = found.batch if question.calibration == "batch" else found.free
    each = [label_scores(task, text.words, rule=rule, content_free=content_free) for text in texts if text.words]
    if not each:
        return None
    return batch_bias(each) if question.calibration == "batch" else bias(each)


def off_label(task: Task, shown: ScoredText) -> tuple[OffLabel, ...]:
    """Return the likely tokens that begin no label, with what no label has of them; the most likely first."""
    taken: dict[int, float] = {}
    for word in shown.words:
        if word.ids:
            taken[word.ids[0]] = taken.get(word.ids[0], 0.0) + math.exp(word.logprob)
    joint = answer_joint(task)
    found = [
        OffLabel(each.text, each.probability - taken.get(each.id, 0.0), _word(each, joint)) for each in shown.candidates
    ]
    return tuple(sorted((each for each in found if each.mass > _SMALLEST_MASS), key=lambda each: -each.mass))


def _word(candidate: Candidate, joint: str) -> str:
    """Return the word that a label needs so that it begins with this token."""
    try:
        text = candidate.text.decode()
    except UnicodeDecodeError:
        return ""
    word = text.removeprefix(joint)
    return word if text == joint + word.strip() else ""
