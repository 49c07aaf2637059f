"""Which messages fit: the rules alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nextword.chat.context import choose_left_out, left_out_of, reserve_for, stretches
from nextword.chat.preferences import ContextPolicy
from nextword.history.records import Origin, Role

TURNS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 50)), min_size=1, max_size=12)
POLICIES: list[ContextPolicy] = ["drop_oldest", "keep_ends"]


def chat(turns: list[tuple[int, int]]) -> tuple[list[Role], list[int]]:
    """Questions with so many answers each, all messages of a turn of the same cost."""
    roles: list[Role] = []
    costs: list[int] = []
    for answers, cost in turns:
        roles += ["user", *["assistant"] * answers]  # type: ignore[list-item]
        costs += [cost] * (answers + 1)
    return roles, costs


@given(TURNS, st.integers(1, 300), st.sampled_from(POLICIES))
def test_the_last_question_stays_and_nothing_goes_that_fits(
    turns: list[tuple[int, int]], room: int, policy: ContextPolicy
) -> None:
    roles, costs = chat(turns)
    left_out = choose_left_out(roles, costs, room=room, policy=policy)
    last = max(index for index, role in enumerate(roles) if role == "user")
    assert last not in left_out
    kept = sum(cost for index, cost in enumerate(costs) if index not in left_out)
    assert bool(left_out) <= (sum(costs) > room)
    assert kept <= room or set(left_out) == set(range(last))
    assert len(stretches(left_out)) <= 1
    assert all(roles[index] == "user" for index in (first for first, _ in stretches(left_out)))


def test_the_oldest_turns_go_first() -> None:
    roles, costs = chat([(1, 10)] * 5)
    assert choose_left_out(roles, costs, room=65, policy="drop_oldest") == (0, 1, 2, 3)


def test_beginning_and_end_stay_and_the_middle_goes() -> None:
    roles, costs = chat([(1, 10)] * 6)
    assert choose_left_out(roles, costs, room=85, policy="keep_ends") == (2, 3, 4, 5)


def test_a_beginning_that_is_too_long_is_not_kept() -> None:
    roles, costs = chat([(1, 40), (1, 10), (0, 10)])
    assert choose_left_out(roles, costs, room=60, policy="keep_ends") == (0, 1)


def test_the_reserve_is_a_quarter_of_the_context_at_most() -> None:
    assert reserve_for(2048, 4096) == 1024
    assert reserve_for(100, 4096) == 100


@given(st.sets(st.integers(0, 50)))
def test_what_was_left_out_is_kept_as_stretches(places: set[int]) -> None:
    sampling = {"left_out": stretches(sorted(places))}
    assert left_out_of(Origin("", "", "", "", sampling, 0, "", "", "")) == tuple(sorted(places))


def test_nonsense_in_an_imported_answer_is_nothing_left_out() -> None:
    for nonsense in (None, 3, "x", [[1]], [["a", "b"]], [[5, 2]], [[0, 10**12]], [None]):
        assert left_out_of(Origin("", "", "", "", {"left_out": nonsense}, 0, "", "", "")) == ()
