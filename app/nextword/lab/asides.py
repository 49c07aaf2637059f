"""What is asked beside the bars, when they are there: what each example does, what the examples taught, and what an
instruct model writes by itself.

Follows a Builder; the newest question alone is answered.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.lab.builder import Builder, Change
from nextword.lab.dialogue import Dialogue, Said, Script
from nextword.lab.gains import Gain, gain_map
from nextword.lab.generation import Written, agreement, write_answers
from nextword.lab.labels import named_label
from nextword.lab.looking import Looked, Question
from nextword.lab.scores import AGAINST_CONTENT_FREE, label_scores
from nextword.lab.scoring import Condition, ScoredText, score_conditions
from nextword.lab.sweep import Answering
from nextword.lab.task import Item, shown_word
from nextword.lab.why import Effects, leave_one_out

CHECKED = 20
"""How many inputs are asked when written answers are compared with scores."""
_ANSWERING = Answering(max_tokens=24, stop_texts=("\n",))


class Side(Struct, frozen=True):
    """What was written under one condition. named: the label that it names, -1 for none. scored: the best by score."""

    written: Written
    named: int
    scored: int


class Agreement(Struct, frozen=True):
    """asked: inputs. named: answers that name one label. agree: those of them that name the one with the best score."""

    asked: int
    named: int
    agree: int


class Asides:
    """changed: something of it is known, or no longer. wants_why, wants_gains: whether somebody looks at them."""

    def __init__(self, engine: Engine, builder: Builder) -> None:
        self.changed: Event[None] = Event()
        self.effects: Effects | None = None
        self.gains: tuple[Gain, ...] = ()
        self.answer = ""
        self.sides: tuple[Side, Side] | None = None
        self.checked: tuple[Agreement, Agreement] | None = None
        self.checking = False
        self.wants_why = True
        self.wants_gains = False
        self._engine = engine
        self._builder = builder
        self._running: Dialogue[None] | None = None
        self._disconnect = builder.changed.connect(self._on_changed)

    def close(self) -> None:
        """End what runs and listen no more."""
        self._stop()
        self._disconnect()

    @property
    def writes(self) -> bool:
        """Whether the model is asked to write: its answers can name something else than the scores do."""
        model = self._builder.model
        return model is not None and model.kind == "instruct" and self._builder.task.kind == "labels"

    def want(self, *, why: bool | None = None, gains: bool | None = None) -> None:
        """Say what is looked at."""
        self.wants_why = self.wants_why if why is None else why
        self.wants_gains = self.wants_gains if gains is None else gains
        self._ask()

    def check(self) -> None:
        """Compare written answers with scores for the next inputs of the part that is shown."""
        looked = self._builder.looked
        items = self._next_items()
        if looked is None or not items or not self.writes:
            return
        self._stop()
        self.checking = True
        self.changed.emit(None)
        self._start(self._check(looked, items))

    # --- inside ---------------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if change == "bars":
            self._ask()
            return
        self._stop()
        self.effects, self.gains, self.sides = None, (), None
        if change != "input":
            self.checked = None
        self.changed.emit(None)

    def _ask(self) -> None:
        looked = self._builder.looked
        if looked is None or not looked.complete or not self._builder.is_known or not looked.question.has_labels:
            return
        self._stop()
        self._start(self._look(looked))

    def _start(self, script: Script[None]) -> None:
        self._running = Dialogue(self._engine, script, done=self._on_done, failed=self._on_failed).start()

    def _stop(self) -> None:
        self.checking = False
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _on_done(self, _none: None) -> None:
        self._running = None
        self.checking = False
        self.changed.emit(None)

    def _on_failed(self, _error: NextwordError) -> None:
        self._on_done(None)  # the bars tell what is wrong with the engine

    def _next_items(self) -> Sequence[Item]:
        shown = self._builder.shown
        items = self._builder.part(shown.part if shown.part != "typed" else "test")
        first = max(0, shown.index)
        return items[first : first + CHECKED] or items[:CHECKED]

    def _look(self, looked: Looked) -> Script[None]:
        question = looked.question
        task, examples = question.asked_task, question.examples
        if self.wants_why and examples and len(task.labels) > 1 and looked.few.shown.fits:
            self.effects = yield from leave_one_out(task, examples, question.text, rule=looked.rule)
            self.changed.emit(None)
        if self.wants_gains and examples and looked.few.shown.fits:
            self.answer = _answer(question, looked)
            used = examples[: looked.used]
            self.gains = yield from gain_map(task, used, question.text, self.answer)
            self.changed.emit(None)
        if self.writes:
            texts = (question.text,)
            zero, few = yield from _written(question, texts)
            self.sides = (
                Side(zero[0], named_label(task, zero[0].text), _best(looked, looked.zero.shown, zero=True)),
                Side(few[0], named_label(task, few[0].text), _best(looked, looked.few.shown, zero=False)),
            )

    def _check(self, looked: Looked, items: Sequence[Item]) -> Script[None]:
        question = looked.question
        task, examples = question.asked_task, question.examples
        texts = tuple(item.text for item in items)
        scored = yield from score_conditions([Condition(task, (), texts), Condition(task, examples, texts)])
        written = yield from _written(question, texts)
        found = []
        for side, answers, zero in zip(scored.texts, written, (True, False), strict=True):
            best = [_best(looked, text, zero=zero) for text in side]
            agree, named = agreement(task, best, [answer.text for answer in answers])
            found.append(Agreement(len(texts), named, agree))
        self.checked = (found[0], found[1])


def _written(
    question: Question, texts: tuple[str, ...]
) -> Generator[protocol.Work, Said, tuple[tuple[Written, ...], tuple[Written, ...]]]:
    zero, _ = yield from write_answers(Condition(question.task, (), texts), _ANSWERING)
    few, _ = yield from write_answers(Condition(question.task, question.examples, texts), _ANSWERING)
    return zero, few


def _best(looked: Looked, text: ScoredText, *, zero: bool) -> int:
    """Return the label that wins by the rule in use, -1 where the input does not fit."""
    if not text.words:
        return -1
    free = [word for each in (looked.zero if zero else looked.few).free for word in each.words]
    against = looked.rule in AGAINST_CONTENT_FREE
    if against and not free:
        return -1
    task = looked.question.asked_task
    return label_scores(task, text.words, rule=looked.rule, content_free=free if against else None).best


def _answer(question: Question, looked: Looked) -> str:
    """Return the answer whose tokens are looked at: the right one, or the predicted one where that is not known."""
    task = question.asked_task
    word = shown_word(task, question.gold)
    if word:
        return word
    best = max(0, _best(looked, looked.few.shown, zero=False))
    return task.labels[best].words[0] if task.labels[best].words else ""
