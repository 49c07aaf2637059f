"""The tree of what texts have in common, and how it is cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from nextword.engine.prefix_tree import PrefixTree, Slice, Text


def text(prompt: list[int], continuation: list[int]) -> Text:
    from nextword.engine.prefix_tree import Text

    return Text([*prompt, *continuation], len(prompt))


def tree(texts: list[Text], known: list[int] | None = None) -> PrefixTree:
    from nextword.engine.prefix_tree import PrefixTree

    return PrefixTree(texts, known or [])


ids = st.lists(st.integers(0, 3), min_size=1, max_size=7)
some_texts = st.lists(st.tuples(ids, st.lists(st.integers(0, 3), max_size=4)), min_size=1, max_size=25)


@given(some_texts, ids)
def test_every_token_is_in_the_tree_once_and_parents_come_first(
    pairs: list[tuple[list[int], list[int]]], known: list[int]
) -> None:
    texts = [text(prompt, continuation) for prompt, continuation in pairs]
    made = tree(texts, known)
    paths = [tuple(made.nodes[n].token for n in made.numbers(node)) for node in range(len(made.nodes))]
    wanted = {tuple(t.ids[:end]) for t in texts if t.start < len(t.ids) for end in range(1, len(t.ids))}
    assert len(paths) == len(set(paths))
    assert set(paths) == wanted
    for number, node in enumerate(made.nodes):
        assert node.parent < number
        assert node.depth == (made.nodes[node.parent].depth + 1 if node.parent >= 0 else 0)
    for each, places in zip(texts, made.places, strict=True):
        assert [paths[place] for place in places] == [tuple(each.ids[:end]) for end in range(each.start, len(each.ids))]
        for place, token in zip(places, each.ids[each.start :], strict=True):
            assert token in made.nodes[place].wanted


@given(some_texts, ids)
def test_what_is_known_comes_first_up_to_the_first_question(
    pairs: list[tuple[list[int], list[int]]], known: list[int]
) -> None:
    made = tree([text(prompt, continuation) for prompt, continuation in pairs], known)
    reusable = made.reusable(known)
    assert reusable == known[: len(reusable)]
    assert [node.token for node in made.nodes[: len(reusable)]] == reusable
    assert not any(node.wanted for node in made.nodes[: len(reusable)])
    following = {node.token: node for node in made.nodes if made.numbers(node.parent) == list(range(len(reusable)))}
    if len(reusable) < len(known) and known[len(reusable)] in following:
        assert following[known[len(reusable)]].wanted, "nothing that could be used again is left out"


def slices(made: PrefixTree, *, tokens: int, outputs: int, lanes: int) -> Iterator[Slice]:
    from nextword.engine.prefix_tree import Room, cut

    at = 0
    while at < len(made.nodes):
        batch = cut(made, at, Room(tokens, outputs, lanes))
        yield batch
        at = batch.end


@given(some_texts, st.integers(1, 12), st.integers(1, 5), st.integers(1, 6))
def test_batches_keep_their_limits_and_their_paths(
    pairs: list[tuple[list[int], list[int]]], tokens: int, outputs: int, lanes: int
) -> None:
    made = tree([text(prompt, continuation) for prompt, continuation in pairs])
    covered = 0
    for batch in slices(made, tokens=tokens, outputs=outputs, lanes=lanes):
        assert batch.start == covered
        covered = batch.end
        assert 0 < batch.end - batch.start <= tokens
        assert sum(bool(node.wanted) for node in made.nodes[batch.start : batch.end]) <= outputs
        assert len(batch.hangs) <= lanes
        trunk = made.numbers(made.nodes[batch.start].parent)
        for lane, hang in enumerate(batch.hangs):
            mine = [n for n, (low, high) in enumerate(batch.lanes, batch.start) if low <= lane <= high]
            path = made.numbers(mine[-1])
            assert path[hang:] == mine, "a lane is one path"
            assert path[:hang] == trunk[:hang], "and hangs on the trunk"
    assert covered == len(made.nodes)


def test_batches_are_as_full_as_they_can_be() -> None:
    prompt = list(range(1000, 1400))
    texts = [text([*prompt, item, *range(29)], [label]) for label in (1, 2) for item in range(200)]
    made = tree(texts)
    sizes = [batch.end - batch.start for batch in slices(made, tokens=512, outputs=128, lanes=63)]
    assert len(made.nodes) == 400 + 200 * 30
    assert sizes[:-1] == [512] * (len(made.nodes) // 512)


def test_a_thousand_labels_of_one_token_are_one_row() -> None:
    made = tree([text([1, 2, 3], [label]) for label in range(1000)])
    assert len(made.nodes) == 3
    assert len(made.nodes[2].wanted) == 1000
