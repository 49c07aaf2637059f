"""How likely continuations are after their prompts; what the texts have in common is evaluated once.

The trunk, the path to the next token that is to be evaluated, is the conversation's sequence. A batch hangs paths on
it: each is a sequence of its own that shares the trunk's memory, and a token that several paths go through belongs to
all of their sequences. A continuation's last token is not evaluated, because nothing is asked after it; so labels of
one token cost nothing but a look at the row that all of them share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from nextword.engine.distribution import Logits
from nextword.engine.model import CONVERSATION, Model
from nextword.engine.prefix_tree import PrefixTree, Room, Slice, Text, cut
from nextword.engine.rows import TokenScore, batches, extend, judge, step_like, weigh
from nextword.engine.tokens import TokenStep
from nextword.errors import ContextTooSmall

_MOST_CANDIDATES = 150_000  # of one continuation: what fits into a message


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one text: for each token of its continuation. steps: when alternatives were asked for."""

    text: int
    logprobs: tuple[float, ...]
    ranks: tuple[int, ...]
    steps: tuple[TokenStep, ...] = ()


@dataclass(slots=True)
class Totals:
    """Fields as in ContinuationsScored."""

    tokens: int
    shared: bool
    cached_tokens: int = 0
    evaluated_tokens: int = 0


Emit: TypeAlias = Callable[[list[Found]], None]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many tokens are read and how many there are to read."""


def run(model: Model, texts: Sequence[Text], alternatives: int, *, emit: Emit, progress: Progress) -> Totals:
    """Score the continuation of each text; `emit` gets every text once, as soon as it is known.

    Very long continuations get fewer alternatives a token.
    Raises ContextTooSmall before anything is evaluated, LogitsNotFinite, and Interrupted, after which the memory holds
    nothing but a beginning of one of the texts.
    """
    longest = max((len(text.ids) for text in texts), default=0)
    if longest > model.context_tokens:
        raise ContextTooSmall(longest, model.context_tokens)
    alternatives = min(alternatives, _MOST_CANDIDATES // max([1, *(len(text.ids) - text.start for text in texts)]))
    totals = Totals(sum(len(text.ids) - 1 for text in texts if text.start < len(text.ids)), model.shares_prefixes)
    reading = _Reading(model, PrefixTree(texts, model.known), texts, alternatives)
    emit([Found(number, (), ()) for number, text in enumerate(texts) if text.start >= len(text.ids)])
    (_read_shared if model.shares_prefixes else _read_whole)(reading, totals, emit, progress)
    return totals


class _Reading:
    """A job: its tree, and what is known so far of the tokens that are asked for."""

    def __init__(self, model: Model, tree: PrefixTree, texts: Sequence[Text], alternatives: int) -> None:
        self.model = model
        self.tree = tree
        self._texts = texts
        self._alternatives = alternatives
        self._scores: dict[int, dict[int, TokenScore]] = {}  # by node and token
        self._waiting: dict[int, list[int]] = {}  # texts by the node that completes them
        for number, places in enumerate(tree.places):
            if places:
                self._waiting.setdefault(places[-1], []).append(number)

    def take(self, rows: Sequence[tuple[int, int]]) -> list[Found]:
        """Read rows of the last batch, given as (node, index in the batch); return the texts that are now complete."""
        for number, index in rows:
            self._scores[number] = {score.token: score for score in self._read(self.model.row(index), number)}
        return [self._found(text) for number, _index in rows for text in self._waiting.pop(number, ())]

    def keep(self, numbers: Sequence[int]) -> None:
        """Forget what was read after other nodes than these: every text that goes through them is complete."""
        self._scores = {number: self._scores[number] for number in numbers if number in self._scores}

    def is_open(self, number: int) -> bool:
        """Whether the row after a node is wanted and was not read yet."""
        return bool(self.tree.nodes[number].wanted) and number not in self._scores

    def _read(self, row: Logits, number: int) -> list[TokenScore]:
        node = self.tree.nodes[number]
        scores = weigh(row, list(node.wanted), node.depth)
        if not self._alternatives:
            return scores
        # One look at the row's best tokens serves all that are asked for after it.
        vocabulary = self.model.vocabulary
        first = judge(row, scores[0].token, alternatives=self._alternatives, vocabulary=vocabulary, position=node.depth)
        return [replace(score, step=step_like(first, score, vocabulary)) for score in scores]

    def _found(self, number: int) -> Found:
        text = self._texts[number]
        places = zip(self.tree.places[number], text.ids[text.start :], strict=True)
        scores = [self._scores[node][token] for node, token in places]
        steps = tuple(score.step for score in scores if score.step is not None)
        return Found(number, tuple(s.logprob for s in scores), tuple(s.rank for s in scores), steps)


def _read_shared(reading: _Reading, totals: Totals, emit: Emit, progress: Progress) -> None:
    model, tree = reading.model, reading.tree
    reusable = tree.reusable(model.known)
    model.forget_from(len(reusable))
    at = totals.cached_tokens = len(reusable)
    while at < len(tree.nodes):
        progress(at, len(tree.nodes))
        free = model.context_tokens - len(model.known)
        batch = cut(tree, at, Room(min(model.batch_tokens, free), model.output_tokens, model.sequences - 1))
        try:
            _evaluate(model, tree, batch)
            emit(reading.take([(n, n - at) for n in range(at, batch.end) if tree.nodes[n].wanted]))
            reading.keep(_move_trunk(model, tree, batch))
        finally:
            for lane in range(len(batch.hangs)):
                model.drop_sequence(_sequence(lane))
        totals.evaluated_tokens += batch.end - at
        at = batch.end
    progress(at, len(tree.nodes))


def _evaluate(model: Model, tree: PrefixTree, batch: Slice) -> None:
    nodes = tree.nodes[batch.start : batch.end]
    for lane, depth in enumerate(batch.hangs):
        if depth:
            model.copy_sequence(CONVERSATION, _sequence(lane), 0, depth)
    model.decode(
        [node.token for node in nodes],
        [node.depth for node in nodes],
        [range(_sequence(first), _sequence(last) + 1) for first, last in batch.lanes],
        [bool(node.wanted) for node in nodes],
    )


def _move_trunk(model: Model, tree: PrefixTree, batch: Slice) -> list[int]:
    """Make the path to what comes next, at the end of all the path of the last token, the conversation; return it."""
    following = tree.nodes[batch.end].parent if batch.end < len(tree.nodes) else batch.end - 1
    path = tree.numbers(following)
    if following < batch.start:  # in the trunk already
        model.forget_from(len(path))
        return path
    lane = batch.lanes[following - batch.start][0]
    hang = batch.hangs[lane]
    model.forget_from(hang)
    model.copy_sequence(_sequence(lane), CONVERSATION, hang, len(path))
    model.known.extend(tree.nodes[number].token for number in path[hang:])
    return path


def _sequence(lane: int) -> int:
    return CONVERSATION + 1 + lane


def _read_whole(reading: _Reading, totals: Totals, emit: Emit, progress: Progress) -> None:
    """Read path after path from the beginning: what such a model remembers cannot be cut or shared."""
    model, tree = reading.model, reading.tree
    leaves = tree.leaves()
    total = sum(tree.nodes[leaf].depth + 1 for leaf in leaves)
    for leaf in leaves:
        numbers = tree.numbers(leaf)
        path = [tree.nodes[number].token for number in numbers]
        wanted = [reading.is_open(number) for number in numbers]
        kept = model.keep_prefix(path[: wanted.index(True) + 1])
        totals.cached_tokens += kept
        for part in batches(model, wanted, kept):
            progress(totals.cached_tokens + totals.evaluated_tokens, total)
            extend(model, path[part.start : part.stop], wanted[part.start : part.stop])
            emit(reading.take([(numbers[i], i - part.start) for i in part if wanted[i]]))
            totals.evaluated_tokens += len(part)
        reading.keep(numbers)
    progress(total, total)
