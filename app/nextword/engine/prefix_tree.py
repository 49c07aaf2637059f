"""What texts have in common: a tree of their tokens, and how it is cut into batches that evaluate every token once.

Knows no model: token ids in, positions and sequences out. The nodes are numbered in the order of a walk that enters a
node before its children, so a batch is a range of numbers, and what is unfinished after it is one path.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from nextword.engine.model import common_prefix

_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Text:
    """ids: a prompt and its continuation. start: index of the continuation's first token, 1 or more."""

    ids: Sequence[int]
    start: int


@dataclass(slots=True)
class Node:
    """A token after a path of others. parent: number of its node, -1 for none. depth: position of the token, from 0.

    wanted: the tokens whose probability after this one is asked for.
    """

    token: int
    depth: int
    parent: int
    wanted: dict[int, None] = field(default_factory=dict)  # a set that keeps its order


class PrefixTree:
    """The tokens that have to be evaluated to score the continuations of `texts`: all but the last of each.

    known: ids that may be in memory; a path that begins like them comes first. nodes: in the order of the walk.
    places: for each text the nodes after which its continuation's tokens come, none for an empty continuation.
    """

    def __init__(self, texts: Sequence[Text], known: Sequence[int] = ()) -> None:
        self.nodes: list[Node] = []
        self.places: list[list[int]] = [[] for _ in texts]
        paths = {number: _packed(text.ids[:-1]) for number, text in enumerate(texts) if text.start < len(text.ids)}
        memory = _packed(known)
        order = sorted(paths, key=lambda number: (-_in_common(paths[number], memory), paths[number]))
        walked = b""
        stack: list[int] = []  # the nodes of `walked`
        for number in order:
            text, path = texts[number], paths[number]
            del stack[_in_common(walked, path) :]
            for depth in range(len(stack), len(text.ids) - 1):
                self.nodes.append(Node(text.ids[depth], depth, stack[-1] if stack else -1))
                stack.append(len(self.nodes) - 1)
            walked = path
            self.places[number] = stack[text.start - 1 :]
            for place, token in zip(self.places[number], text.ids[text.start :], strict=True):
                self.nodes[place].wanted[token] = None

    def numbers(self, node: int) -> list[int]:
        """Return the nodes from the beginning to `node`."""
        path = []
        while node >= 0:
            path.append(node)
            node = self.nodes[node].parent
        path.reverse()
        return path

    def reusable(self, known: Sequence[int]) -> list[int]:
        """Return the tokens that need no evaluation because they are `known` and nothing is asked after them.

        They are those of the first nodes.
        """
        tokens: list[int] = []
        for node, token in zip(self.nodes, known, strict=False):
            if node.depth != len(tokens) or node.token != token or node.wanted:
                break
            tokens.append(token)
        return tokens

    def leaves(self) -> list[int]:
        """Return the nodes that nothing follows."""
        last = len(self.nodes) - 1
        return [n for n in range(len(self.nodes)) if n == last or self.nodes[n + 1].depth <= self.nodes[n].depth]


def _packed(ids: Sequence[int]) -> bytes:
    """Return ids as bytes that compare as the ids do, only many times faster."""
    return struct.pack(f">{len(ids)}I", *ids)


def _in_common(one: bytes, other: bytes) -> int:
    """Return how many ids two packed paths have in common at their beginning."""
    return common_prefix(one, other) // _ID_BYTES


@dataclass(frozen=True, slots=True)
class Room:
    """What fits into a batch: tokens, rows of logits, and sequences beside the trunk."""

    tokens: int
    outputs: int
    lanes: int


@dataclass(slots=True)
class Slice:
    """A batch of a tree: the nodes start to end. Each path through it has a lane, from 0.

    lanes: for each node the first and the last lane it belongs to. hangs: for each lane the depth of its first node
    in the batch; what is above is evaluated, and in the trunk.
    """

    start: int
    end: int
    lanes: list[tuple[int, int]]
    hangs: list[int]


def cut(tree: PrefixTree, start: int, room: Room) -> Slice:
    """Return the largest batch that begins with node `start`; at least one node."""
    nodes = tree.nodes
    first: list[int] = []
    last: list[int] = []
    open_nodes: list[int] = []  # of the batch, on the path to the present node
    hangs: list[int] = []
    outputs = 0
    end = start
    while end < len(nodes) and end - start < room.tokens:
        node = nodes[end]
        outputs += bool(node.wanted)
        turns = end == start or node.depth <= nodes[end - 1].depth
        if outputs > room.outputs or (turns and len(hangs) == room.lanes):
            break
        if turns:
            while open_nodes and nodes[open_nodes[-1]].depth >= node.depth:
                last[open_nodes.pop() - start] = len(hangs) - 1
            hangs.append(nodes[open_nodes[0]].depth if open_nodes else node.depth)
        open_nodes.append(end)
        first.append(len(hangs) - 1)
        last.append(-1)
        end += 1
    for number in open_nodes:
        last[number - start] = len(hangs) - 1
    return Slice(start, end, list(zip(first, last, strict=True)), hangs)
