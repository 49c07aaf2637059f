"""A tree of continuations with their exact probabilities: a value that is drawn, kept and continued from.

Every number is normalised over the whole vocabulary, so what the tree does not show is known, too.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from nextword.tables import Table

ROOT = -1
_FORMAT = 1
_MOST_BYTES = 64 << 20
_MOST_NODES = 1_000_000

Ended: TypeAlias = Literal["", "done", "covered", "nodes", "time", "stopped", "exhausted"]
"""Why a tree grew no further: all of its plan, the mass wanted, a limit, Stop, or no alternative that it may take is
left. "" while it grows."""


class TreePlan(Struct, frozen=True):
    """depth: tokens of a path. cover 0: the `width` most likely tokens at every node; else the most likely paths of
    all, until they hold that share (0 to 1) of the probability. most_nodes, most_seconds: where it ends in any case."""

    depth: int = 4
    width: int = 3
    cover: float = 0.0
    most_nodes: int = 2000
    most_seconds: float = 60.0


class TreeNode(Struct, frozen=True, array_like=True):
    """A token after the path of its parent (ROOT: after the prompt). logprob: natural log, given that path.

    control: its text is a name. ends: the model ends its text with it, so that no path goes on.
    """

    parent: int
    id: int
    text: bytes
    logprob: float
    control: bool = False
    ends: bool = False


class TokenTree(Struct, frozen=True, dict=True):
    """nodes: parents before their children. prompt: the exact ids before it; before: the end of their text, to know it
    by. model: its name; model_file: of whose probabilities these are."""

    prompt: tuple[int, ...]
    before: str
    model: str
    model_file: str
    plan: TreePlan
    nodes: tuple[TreeNode, ...] = ()
    ended: Ended = ""

    @cached_property
    def depths(self) -> list[int]:
        """For every node the number of tokens of its path."""
        found: list[int] = []
        for node in self.nodes:
            found.append(1 if node.parent == ROOT else found[node.parent] + 1)
        return found

    @cached_property
    def path_logprobs(self) -> list[float]:
        """For every node the natural log of the probability of its whole path."""
        found: list[float] = []
        for node in self.nodes:
            found.append(node.logprob + (0.0 if node.parent == ROOT else found[node.parent]))
        return found

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """For every node, and ROOT, its children, the most likely first."""
        found: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            found.setdefault(node.parent, []).append(number)
        for numbers in found.values():
            numbers.sort(key=lambda number: -self.nodes[number].logprob)
        return found

    def path(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the nodes that lead to a node, itself last."""
        found: list[int] = []
        while number != ROOT:
            found.append(number)
            number = self.nodes[number].parent
        return tuple(reversed(found))

    def ids(self, number: int) -> tuple[int, ...]:
        """Return the ids of the path to a node."""
        return tuple(self.nodes[step].id for step in self.path(number))

    def text(self, number: int) -> bytes:
        """Return what the path to a node spells, names of control tokens left out."""
        return b"".join(self.nodes[step].text for step in self.path(number) if not self.nodes[step].control)

    def covered(self, length: int) -> float:
        """Return the share of all continuations of `length` tokens that the paths of the tree hold, 0 to 1.

        A text that the model ends before counts as a whole.
        """
        whole = [
            self.path_logprobs[number]
            for number, depth in enumerate(self.depths)
            if depth == length or (depth < length and self.nodes[number].ends)
        ]
        return min(1.0, math.fsum(math.exp(value) for value in whole))

    def below(self, number: int) -> list[int]:
        """Return a node and all that come after it."""
        found = [number] if number != ROOT else list(self.children.get(ROOT, ()))
        for at in found:  # it grows while it is gone through
            found.extend(self.children.get(at, ()))
        return found

    def table(self) -> Table:
        """Return every node with its numbers, in the order of the list on screen."""
        rows = []
        waiting = list(reversed(self.children.get(ROOT, ())))
        while waiting:
            number = waiting.pop()
            waiting.extend(reversed(self.children.get(number, ())))
            node = self.nodes[number]
            own, path = (text.decode("utf-8", "backslashreplace") for text in (node.text, self.text(number)))
            ids, logprob = " ".join(map(str, self.ids(number))), self.path_logprobs[number]
            p, cumulative = math.exp(node.logprob), math.exp(logprob)
            rows.append((self.depths[number], ids, node.id, own, path, p, cumulative, logprob, node.ends))
        columns = ("depth", "path ids", "id", "token", "path", "p", "cumulative p", "cumulative log p", "ends the text")
        return Table(columns, tuple(rows))


def shares(tree: TokenTree) -> list[tuple[float, float]]:
    """Return for every node where it lies in a drawing whose width is probability: (left, width), 0 to 1.

    A child lies under its parent, the most likely at the left; what is under nothing is what the tree does not show.
    """
    found = [(0.0, 0.0)] * len(tree.nodes)
    order = [ROOT, *tree.below(ROOT)]
    for parent in order:
        left, width = (0.0, 1.0) if parent == ROOT else found[parent]
        for number in tree.children.get(parent, ()):
            part = width * math.exp(tree.nodes[number].logprob)
            found[number] = left, part
            left += part
    return found


class TreeNotReadable(ValueError):
    """A stored tree is damaged or from a later version."""


def pack(tree: TokenTree) -> bytes:
    """Return a tree as a compact block."""
    return bytes([_FORMAT]) + zlib.compress(msgspec.msgpack.encode(tree), 6)


def unpack(block: bytes) -> TokenTree:
    """Return the tree of a block made by `pack`. Raises TreeNotReadable."""
    try:
        if block[:1] != bytes([_FORMAT]):
            raise TreeNotReadable(f"format {block[:1]!r}")
        body = zlib.decompressobj().decompress(block[1:], _MOST_BYTES)
        tree = msgspec.msgpack.decode(body, type=TokenTree)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TreeNotReadable(str(error)) from error
    if len(tree.nodes) > _MOST_NODES or not _is_sound(tree.nodes):
        raise TreeNotReadable("nodes out of order")
    return tree


def _is_sound(nodes: Sequence[TreeNode]) -> bool:
    return all(ROOT <= node.parent < number and node.logprob <= 0.001 for number, node in enumerate(nodes))
