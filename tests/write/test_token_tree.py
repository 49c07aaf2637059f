"""A tree of continuations has the probabilities that the model gives one after the other, and says what it covers."""

from __future__ import annotations

import math
import os
import signal
import zlib
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from nextword.engine.client import Engine
from nextword.errors import ContextTooSmall, EngineDied, NextwordError
from nextword.write.token_tree import (
    ROOT,
    TokenTree,
    TreeNode,
    TreeNotReadable,
    TreePlan,
    pack,
    shares,
    unpack,
)
from nextword.write.token_tree_growing import TreeGrowing
from nextword.write.tokens_vocabulary import VocabularyReader, VocabularyTable
from tests import models
from tests.deliveries import Deliveries
from tests.write.instruments import PROMPT, Bench


@pytest.fixture(scope="module")
def ends(bench: Bench) -> frozenset[int]:
    read: list[VocabularyTable | NextwordError] = []
    VocabularyReader(bench.engine).read(read.append)
    bench.deliver.until(lambda: read)
    assert isinstance(read[0], VocabularyTable)
    return read[0].ends


def seed(bench: Bench, plan: TreePlan) -> TokenTree:
    return TokenTree(bench.ids_of(PROMPT), PROMPT, "Tiny", "tiny.gguf", plan)


def grow(bench: Bench, plan: TreePlan, ends: frozenset[int]) -> TokenTree:
    growing = TreeGrowing(bench.engine)
    seen: list[TokenTree] = []
    growing.grown.connect(seen.append)
    growing.begin(seed(bench, plan), ends)
    bench.deliver.until(lambda: not growing.busy)
    assert len(seen) > 1
    assert all(not tree.ended for tree in seen[:-1])
    return seen[-1]


def test_every_node_has_the_probability_that_the_model_gives_it_after_its_path(
    bench: Bench, ends: frozenset[int]
) -> None:
    tree = grow(bench, TreePlan(depth=3, width=3), ends)
    assert tree.ended == "done"
    assert max(tree.depths) == 3
    for parent in (ROOT, *range(0, len(tree.nodes), 5)):
        before = tree.prompt if parent == ROOT else (*tree.prompt, *tree.ids(parent))
        best = bench.look(before).candidates[:3]
        if parent != ROOT and (tree.depths[parent] == 3 or tree.nodes[parent].ends):
            assert parent not in tree.children
            continue
        below = [tree.nodes[number] for number in tree.children[parent]]
        assert [node.id for node in below] == [candidate.id for candidate in best]
        assert [node.text for node in below] == [candidate.text for candidate in best]
        assert [node.logprob for node in below] == pytest.approx([c.logprob for c in best], abs=1e-4)


def test_a_path_that_the_model_ends_goes_no_further_and_counts_as_a_whole(bench: Bench, ends: frozenset[int]) -> None:
    tree = grow(bench, TreePlan(depth=2, width=40), ends)
    ended = [number for number, node in enumerate(tree.nodes) if node.ends]
    assert ended
    assert all(number not in tree.children for number in ended)
    one, two = tree.covered(1), tree.covered(2)
    assert one == pytest.approx(sum(math.exp(tree.nodes[number].logprob) for number in tree.children[ROOT]))
    early = sum(math.exp(tree.path_logprobs[number]) for number in ended if tree.depths[number] == 1)
    assert early < two < one


def test_the_likeliest_paths_of_all_are_taken_until_they_cover_the_share_that_is_wanted(
    bench: Bench, ends: frozenset[int]
) -> None:
    tree = grow(bench, TreePlan(depth=2, cover=0.3), ends)
    assert tree.ended == "covered"
    assert tree.covered(2) >= 0.3
    shown = {tree.ids(n) for n, depth in enumerate(tree.depths) if depth == 2}
    least = min(value for n, value in enumerate(tree.path_logprobs) if tree.depths[n] == 2)
    first = bench.look(tree.prompt).candidates
    better = set()
    for candidate in first[:6]:
        for other in bench.look((*tree.prompt, candidate.id)).candidates:
            if candidate.logprob + other.logprob > least + 0.3 and candidate.id not in ends:
                better.add((candidate.id, other.id))
    assert better <= shown


def test_limits_end_it_and_are_named(bench: Bench, ends: frozenset[int]) -> None:
    assert grow(bench, TreePlan(depth=6, width=8, most_nodes=50), ends).ended == "nodes"
    assert len(grow(bench, TreePlan(depth=6, cover=0.99, most_nodes=50), ends).nodes) == 50
    clock = iter((0.0, 0.0, 99.0))
    seen: list[TokenTree] = []
    growing = TreeGrowing(bench.engine, clock.__next__)
    growing.grown.connect(seen.append)
    growing.begin(seed(bench, TreePlan(depth=6, width=8, most_seconds=9.0)), ends)
    bench.deliver.until(lambda: not growing.busy)
    assert (seen[-1].ended, len(seen[-1].nodes)) == ("time", 8)


def test_stop_keeps_what_there_is(bench: Bench, ends: frozenset[int]) -> None:
    growing = TreeGrowing(bench.engine)
    seen: list[TokenTree] = []
    growing.grown.connect(seen.append)
    growing.grown.connect(lambda _tree: growing.stop())
    growing.begin(seed(bench, TreePlan(depth=6, width=8)), ends)
    bench.deliver.until(lambda: not growing.busy)
    assert seen[-1].ended == "stopped"
    assert len(seen[-1].nodes) >= 8
    assert bench.look(seen[-1].prompt).candidates


def test_a_node_is_expanded_by_the_plan_and_then_token_by_token(bench: Bench, ends: frozenset[int]) -> None:
    tree = grow(bench, TreePlan(depth=2, width=2), ends)
    leaf = next(n for n, depth in enumerate(tree.depths) if depth == 2 and not tree.nodes[n].ends)
    growing = TreeGrowing(bench.engine)
    seen = [tree]
    growing.grown.connect(seen.append)
    growing.expand(tree, leaf, ends)
    bench.deliver.until(lambda: not growing.busy)
    assert seen[-1].nodes[: len(tree.nodes)] == tree.nodes
    assert max(seen[-1].depths) == 4
    growing.expand(seen[-1], leaf, ends)
    bench.deliver.until(lambda: not growing.busy)
    assert max(seen[-1].depths) == 5
    assert seen[-1].covered(2) == tree.covered(2)


def test_what_does_not_fit_into_the_context_is_told_and_the_tree_stays(bench: Bench) -> None:
    growing = TreeGrowing(bench.engine)
    failures: list[NextwordError] = []
    growing.failed.connect(failures.append)
    long = bench.ids_of("word " * 511)
    growing.begin(TokenTree(long, "", "Tiny", "", TreePlan(depth=9, width=2)), frozenset())
    bench.deliver.until(lambda: failures)
    assert isinstance(failures[0], ContextTooSmall)
    assert not growing.busy


def small() -> TokenTree:
    nodes = (
        TreeNode(ROOT, 5, b" a", math.log(0.5)), TreeNode(ROOT, 6, b"\xf0\x9f", math.log(0.25)),
        TreeNode(0, 7, b"b", math.log(0.5)), TreeNode(0, 8, b"</s>", math.log(0.4), control=True, ends=True),
    )  # fmt: skip
    return TokenTree((1, 2), "before", "Tiny", "/x.gguf", TreePlan(), nodes, "done")


def test_a_tree_travels_through_its_block() -> None:
    assert unpack(pack(small())) == small()


@pytest.mark.parametrize(
    "block",
    [
        b"", b"\x02rest", b"\x01rest", b"\x01" + zlib.compress(b"\xff\xfe"), pack(small())[:-9],
        b"\x01" + zlib.compress(msgspec.msgpack.encode(replace(small(), nodes=(TreeNode(3, 1, b"", -1.0),)))),
    ],
)  # fmt: skip
def test_a_damaged_block_is_refused(block: bytes) -> None:
    with pytest.raises(TreeNotReadable):
        unpack(block)


def test_the_drawing_is_as_wide_as_the_paths_are_likely() -> None:
    assert [(round(left, 6), round(width, 6)) for left, width in shares(small())] == [
        (0.0, 0.5), (0.5, 0.25), (0.0, 0.25), (0.25, 0.2),
    ]  # fmt: skip


def test_the_table_has_every_path_with_its_numbers() -> None:
    table = small().table()
    assert [row[1] for row in table.rows] == ["5", "5 7", "5 8", "6"]
    assert table.rows[3][3] == "\\xf0\\x9f"
    assert table.rows[2][6] == pytest.approx(0.2)
    assert table.rows[2][8] is True
    assert small().text(3) == b" a"
    assert small().covered(2) == pytest.approx(0.45)


def test_the_end_of_the_engine_keeps_what_has_grown(tmp_path: Path) -> None:
    deliver = Deliveries()
    engine = Engine(deliver, cache=tmp_path)
    engine.use(str(models.make("llama", tmp_path)))
    deliver.until(lambda: engine.status.state == "ready")
    growing = TreeGrowing(engine)
    seen: list[TokenTree] = []
    failures: list[NextwordError] = []
    growing.grown.connect(seen.append)
    growing.grown.connect(lambda tree: None if tree.ended else os.kill(engine.pid or 0, signal.SIGKILL))
    growing.failed.connect(failures.append)
    growing.begin(TokenTree((1, 300), "", "Tiny", "", TreePlan(depth=6, width=8)), frozenset())
    deliver.until(lambda: failures)
    assert isinstance(failures[0], EngineDied)
    assert (seen[-1].ended, len(seen[-1].nodes)) == ("stopped", 8)
    assert not growing.busy
    engine.close()
