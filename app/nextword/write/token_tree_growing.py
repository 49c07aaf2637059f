"""How a token tree grows: the engine is asked for the distributions after many paths at once."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import Candidate
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.write.token_tree import ROOT, Ended, TokenTree, TreeNode

MOST_ALTERNATIVES = 64
"""The engine describes no more of a distribution; a mass that lies behind them cannot be covered."""

_TOGETHER = 24
_TOLD_SECONDS = 0.2  # a tree of many thousand nodes takes a moment to be shown
_ANY_TOKEN = 0  # stands behind each path, so that the distribution behind the path is looked at


class TreeGrowing:
    """Grows one tree at a time. grown: the tree as it is now, some times a second; ended says why it is the last.

    ends: ids at which the model ends its text. failed: after it the tree stays as it was.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self.grown: Event[TokenTree] = Event()
        self.failed: Event[NextwordError] = Event()
        self._engine = engine
        self._clock = clock
        self._run: _Run | None = None

    @property
    def busy(self) -> bool:
        """Whether a tree is growing."""
        return self._run is not None

    def begin(self, tree: TokenTree, ends: frozenset[int]) -> None:
        """Grow a tree that has no nodes yet by its plan."""
        by_cover = tree.plan.cover > 0
        self._start(_Run(tree, ends, self._clock()), _by_cover if by_cover else _by_width, ROOT, tree.plan.depth)

    def expand(self, tree: TokenTree, number: int, ends: frozenset[int]) -> None:
        """Let a tree grow below one node: by the depth of its plan, or by one token where it has grown already."""
        below = tree.below(number)
        deepest = max(tree.depths[one] for one in below) - tree.depths[number]
        levels = deepest + 1 if deepest else tree.plan.depth
        self._start(_Run(tree, ends, self._clock()), _by_width, number, levels)

    def stop(self) -> None:
        """End it; what there is stays."""
        run = self._run
        if run is not None:
            run.ended = "stopped"
            if run.job:
                self._engine.stop(run.job)

    def drop(self) -> None:
        """End it and tell no more of it."""
        self.stop()
        self._run = None

    def _start(
        self, run: _Run, grow: Callable[[_Run, int, int], Iterator[list[int]]], number: int, levels: int
    ) -> None:
        self.stop()
        self._run = run
        run.batches = grow(run, number, levels)
        self._next(run)

    def _next(self, run: _Run) -> None:
        if run is not self._run:
            return
        batch = next(run.batches, [])  # takes what was found first
        now = self._clock()
        if batch and not run.ended and now - run.began > run.tree.plan.most_seconds:
            run.ended = "time"
        if not batch or run.ended:
            self._run = None
            self.grown.emit(replace(run.value(), ended=run.ended or "done"))
            return
        if run.nodes and now - run.told >= _TOLD_SECONDS:
            run.told = now
            self.grown.emit(run.value())
        if run is not self._run:  # a listener began another
            return
        if run.ended:  # or stopped this one
            self._next(run)
            return
        tree = run.tree
        paths = tuple((*run.ids(number), _ANY_TOKEN) for number in batch)
        group = protocol.Group(protocol.TokenPrompt(tree.prompt), paths)
        request = protocol.ScoreContinuations(0, (group,), alternatives=run.alternatives)
        run.job = self._engine.ask(request, lambda event: self._on_event(run, batch, event))

    def _on_event(self, run: _Run, batch: list[int], event: JobEvent) -> None:
        match event:
            case protocol.ContinuationsPart():
                for result in event.results:
                    run.found[batch[result.index]] = result.steps[-1].candidates
            case protocol.ContinuationsScored():
                run.job = 0
                self._next(run)
            case protocol.Finished():
                run.job, run.ended = 0, "stopped"
                self._next(run)
            case JobFailed():
                if run is self._run:
                    self._run = None
                    tree = run.value()
                    if tree.nodes:
                        self.grown.emit(replace(tree, ended="stopped"))
                    self.failed.emit(event.error)
            case _:
                pass


class _Run:
    """A tree while it grows. found: the best tokens after each node that was looked at."""

    def __init__(self, tree: TokenTree, ends: frozenset[int], began: float) -> None:
        self.tree = tree
        self.ends = ends
        self.began = began
        self.nodes = list(tree.nodes)
        self.depths = list(tree.depths)
        self.logprobs = list(tree.path_logprobs)
        self.children = {number: list(below) for number, below in tree.children.items()}
        self.found: dict[int, tuple[Candidate, ...]] = {}
        self.alternatives = MOST_ALTERNATIVES if tree.plan.cover > 0 else min(tree.plan.width, MOST_ALTERNATIVES)
        self.batches: Iterator[list[int]] = iter(())
        self.job = 0
        self.told = -math.inf
        self.ended: Ended = ""

    def value(self) -> TokenTree:
        """Return the tree as it is now."""
        return replace(self.tree, nodes=tuple(self.nodes))

    def ids(self, number: int) -> tuple[int, ...]:
        """Return the ids of the path to a node."""
        found: list[int] = []
        while number != ROOT:
            found.append(self.nodes[number].id)
            number = self.nodes[number].parent
        return tuple(reversed(found))

    def add(self, parent: int, candidate: Candidate) -> int:
        """Add a node; return its number. At the limit of nodes the tree grows no further."""
        before = (0, 0.0) if parent == ROOT else (self.depths[parent], self.logprobs[parent])
        node = TreeNode(
            parent, candidate.id, candidate.text, candidate.logprob, candidate.special, candidate.id in self.ends
        )
        number = len(self.nodes)
        self.nodes.append(node)
        self.depths.append(before[0] + 1)
        self.logprobs.append(before[1] + node.logprob)
        self.children.setdefault(parent, []).append(number)
        return number

    @property
    def full(self) -> bool:
        if len(self.nodes) >= self.tree.plan.most_nodes:
            self.ended = self.ended or "nodes"
        return self.ended == "nodes"


def _by_width(run: _Run, number: int, levels: int) -> Iterator[list[int]]:
    """Level by level: at every node the most likely tokens. Yields the nodes to look at."""
    level = [number]
    for _ in range(levels):
        new = [one for one in level if not run.children.get(one)]
        for batch in _batches(new):
            yield batch
            for one in batch:
                for candidate in run.found.pop(one, ())[: run.tree.plan.width]:
                    if run.full:
                        return
                    run.add(one, candidate)
        level = [child for one in level for child in run.children.get(one, ()) if not run.nodes[child].ends]


def _by_cover(run: _Run, _number: int, levels: int) -> Iterator[list[int]]:
    """The most likely paths of all, until they hold the share that is wanted. Yields the nodes to look at.

    No path can be likelier than its beginning, so the likeliest beginnings are gone on with first.
    """
    waiting: list[tuple[float, int, int, Candidate]] = []  # minus log p of the path, a number to tell equals apart, ...
    covered, order, batch = 0.0, 0, [ROOT]
    while batch:
        yield batch
        for one in batch:
            before = 0.0 if one == ROOT else run.logprobs[one]
            for candidate in run.found.pop(one, ()):
                order += 1
                heapq.heappush(waiting, (-before - candidate.logprob, order, one, candidate))
        batch = []
        while waiting and len(batch) < _TOGETHER and covered < run.tree.plan.cover:
            if run.full:
                return
            _, _, parent, candidate = heapq.heappop(waiting)
            number = run.add(parent, candidate)
            if run.depths[number] == levels or run.nodes[number].ends:
                covered += Candidate(0, b"", run.logprobs[number]).probability
            else:
                batch.append(number)
                if len(batch) > 1 and waiting and run.logprobs[number] < run.logprobs[batch[0]] - _FAR:
                    break  # what the first of the batch leads to may well be likelier
    run.ended = "covered" if covered >= run.tree.plan.cover else "exhausted"


_FAR = 1.5  # nats


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _TOGETHER):
        yield list(numbers[start : start + _TOGETHER])
