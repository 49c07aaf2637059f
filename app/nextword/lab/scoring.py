"""Asks the engine how likely each label word is, for many inputs at once; leaves out examples that do not fit.

All that is asked goes into as few requests as possible: the engine evaluates what the prompts have in common once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.engine.tokens import Candidate
from nextword.errors import ContextTooSmall, NextwordError
from nextword.lab.dialogue import Dialogue, Said, Script
from nextword.lab.prompts import LabelWord, build, label_continuations
from nextword.lab.scores import WordScore
from nextword.lab.task import Item, Task

CONTENT_FREE = ("N/A", "", "[MASK]")
"""Inputs that say nothing (Zhao et al. 2021, 2102.09690)."""
SEEN_CANDIDATES = 30
"""How many tokens are told of beside the labels, for one input that is looked at."""
_REQUEST_CHARACTERS = 600_000  # of all prompts of a request: at most 4 bytes each, far below the largest frame
_SPARE_TOKENS = 4  # words that are longer in tokens than the one with most bytes


class Condition(Struct, frozen=True):
    """Inputs that are asked with the same examples. order of `texts` and `examples` as given."""

    task: Task
    examples: tuple[Item, ...]
    texts: tuple[str, ...]


class ScoredText(Struct, frozen=True):
    """What was found of one input. words: in the order of label_continuations, none when `fits` is False.

    asked, used: how many examples there were to be, and how many fitted into the context; the first ones are used.
    candidates: the model's most likely next tokens after the prompt, best first, when they were asked for.
    """

    words: tuple[WordScore, ...]
    asked: int
    used: int
    fits: bool = True
    candidates: tuple[Candidate, ...] = ()


class Cost(Struct, frozen=True):
    """tokens: what there was to read if nothing were shared. evaluated: what was read. seconds: in the engine."""

    tokens: int = 0
    evaluated: int = 0
    seconds: float = 0.0

    def plus(self, other: Cost) -> Cost:
        """Return the sum."""
        return Cost(self.tokens + other.tokens, self.evaluated + other.evaluated, self.seconds + other.seconds)


class Scored(Struct, frozen=True):
    """texts: for each condition its inputs, in their order."""

    texts: tuple[tuple[ScoredText, ...], ...]
    cost: Cost


class Side(Struct, frozen=True):
    """One input under one condition, and what the model says when the input is one of CONTENT_FREE."""

    shown: ScoredText
    content_free: tuple[ScoredText, ...]


class Compared(Struct, frozen=True):
    """The same input without and with the examples."""

    zero: Side
    few: Side
    cost: Cost


class _Place(Struct):
    """An input of a request on its way. used: how many examples its prompt has, -1: it does not fit at all."""

    condition: int
    text: str
    used: int
    words: tuple[WordScore | None, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def score_conditions(conditions: Sequence[Condition], *, alternatives: int = 0) -> Script[Scored]:
    """Score every word after every input. alternatives: how many likely tokens are told of after each prompt."""
    places = [
        _Place(number, text, len(condition.examples))
        for number, condition in enumerate(conditions)
        for text in condition.texts
    ]
    cost = Cost()
    for part in _parts(conditions, places):
        try:
            said = yield _request(conditions, part, alternatives)
        except ContextTooSmall as error:
            context_tokens = error.available
            yield from _fit(conditions, part, context_tokens)
            said = yield _request(conditions, part, alternatives)
        cost = cost.plus(_take(conditions, [place for place in part if place.used >= 0], said))
    by_condition: list[list[ScoredText]] = [[] for _ in conditions]
    for place in places:
        by_condition[place.condition].append(_scored(conditions[place.condition], place))
    return Scored(tuple(map(tuple, by_condition)), cost)


def compare(
    task: Task, examples: Sequence[Item], text: str, *, content_free: Sequence[str] = CONTENT_FREE
) -> Script[Compared]:
    """Score one input without and with examples, and the inputs that say nothing, all in one request."""
    texts = (text, *content_free)
    scored = yield from score_conditions(
        [Condition(task, (), texts), Condition(task, tuple(examples), texts)], alternatives=SEEN_CANDIDATES
    )
    zero, few = (Side(side[0], side[1:]) for side in scored.texts)
    return Compared(zero, few, scored.cost)


class Scorer:
    """What is on screen asks by this: a new question ends the one before, whose answer is never told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: Dialogue[Compared] | Dialogue[Scored] | None = None

    def compare(
        self,
        task: Task,
        examples: Sequence[Item],
        text: str,
        *,
        done: Callable[[Compared], None],
        failed: Callable[[NextwordError], None],
    ) -> None:
        """Score one input without and with examples."""
        self.stop()
        script = compare(task, examples, text)
        self._running = Dialogue(self._engine, script, done=done, failed=failed).start()

    def score(
        self,
        conditions: Sequence[Condition],
        *,
        done: Callable[[Scored], None],
        failed: Callable[[NextwordError], None],
        alternatives: int = 0,
    ) -> None:
        """Score many inputs under several conditions."""
        self.stop()
        script = score_conditions(conditions, alternatives=alternatives)
        self._running = Dialogue(self._engine, script, done=done, failed=failed).start()

    def stop(self) -> None:
        """End what runs; nothing more is told of it."""
        if self._running is not None:
            self._running.stop()
            self._running = None


# --- the request --------------------------------------------------------------------------------------------


def _parts(conditions: Sequence[Condition], places: Sequence[_Place]) -> Iterator[list[_Place]]:
    """Cut inputs into requests that the pipe takes."""
    part: list[_Place] = []
    characters = 0
    sizes = [sum(len(item.text) for item in condition.examples) + 200 for condition in conditions]
    for place in places:
        part.append(place)
        characters += sizes[place.condition] + len(place.text)
        if characters >= _REQUEST_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _request(
    conditions: Sequence[Condition], places: Iterable[_Place], alternatives: int
) -> protocol.ScoreContinuations:
    words = [tuple(word.continuation for word in label_continuations(condition.task)) for condition in conditions]
    groups = tuple(
        protocol.Group(_prompt(conditions[place.condition], place.text, place.used), words[place.condition])
        for place in places
        if place.used >= 0
    )
    return protocol.ScoreContinuations(0, groups, alternatives)


def _prompt(condition: Condition, text: str, used: int) -> protocol.Prompt:
    return build(condition.task, condition.examples[:used], text).prompt


def _take(conditions: Sequence[Condition], places: Sequence[_Place], said: Said) -> Cost:
    """Put what was found to the inputs it is of."""
    words: list[tuple[LabelWord, ...]] = [label_continuations(condition.task) for condition in conditions]
    found: list[list[WordScore | None]] = [[None] * len(words[place.condition]) for place in places]
    cost = Cost()
    for reply in said:
        if isinstance(reply, protocol.ContinuationsScored):
            cost = Cost(reply.tokens, reply.evaluated_tokens, reply.seconds)
        if not isinstance(reply, protocol.ContinuationsPart):
            continue
        for one in reply.results:
            place = places[one.group]
            word = words[place.condition][one.index]
            found[one.group][one.index] = WordScore(word.label, word.word, one.ids, one.logprobs, one.merged)
            if one.steps and not place.candidates:
                place.candidates = one.steps[0].candidates
    for place, scores in zip(places, found, strict=True):
        place.words = tuple(scores)
    return cost


def _scored(condition: Condition, place: _Place) -> ScoredText:
    asked = len(condition.examples)
    if place.used < 0:
        return ScoredText((), asked, 0, fits=False)
    words = tuple(word for word in place.words if word is not None)
    return ScoredText(words, asked, place.used, candidates=place.candidates)


# --- what fits ----------------------------------------------------------------------------------------------


def _fit(
    conditions: Sequence[Condition], places: Sequence[_Place], context_tokens: int
) -> Generator[protocol.Work, Said, None]:
    """Note for each input how many examples fit, from the first on; -1 where not even the input does.

    What the examples take is measured once for each condition; an input is measured only where that and its bytes,
    which are at least as many as its tokens, do not say that it fits.
    """
    fixed: dict[int, int] = {}
    for place in places:
        condition = conditions[place.condition]
        if place.condition not in fixed:
            fixed[place.condition] = yield from _measure(condition, "", len(condition.examples))
        if fixed[place.condition] + len(place.text.encode()) + _SPARE_TOKENS <= context_tokens:
            continue
        place.used = yield from most_that_fit(condition, place.text, context_tokens)


def most_that_fit(condition: Condition, text: str, context_tokens: int) -> Generator[protocol.Work, Said, int]:
    """Return how many of the examples fit with an input, from the first on; -1 where not even the input does."""
    fits, too_many = -1, len(condition.examples) + 1
    tried = len(condition.examples)
    while too_many - fits > 1:
        tokens = yield from _measure(condition, text, tried)
        if tokens + _SPARE_TOKENS <= context_tokens:
            fits = tried
        else:
            too_many = tried
        tried = (fits + too_many) // 2
    return fits


def _measure(condition: Condition, text: str, used: int) -> Generator[protocol.Work, Said, int]:
    """Return how many tokens a prompt takes with the longest word behind it."""
    longest = max((word.continuation for word in label_continuations(condition.task)), key=len, default="")
    prompt = build(condition.task, condition.examples[:used], text).prompt
    if isinstance(prompt, protocol.TextPrompt):
        longer: protocol.Prompt = protocol.TextPrompt(prompt.text + longest)
    else:
        longer = protocol.ChatPrompt(prompt.messages, answer_text=prompt.answer_text + longest)
    said = yield protocol.Tokenize(0, longer)
    return sum(len(reply.tokens) for reply in said if isinstance(reply, protocol.Tokenized))
