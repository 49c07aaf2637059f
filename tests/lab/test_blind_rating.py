from __future__ import annotations

import pytest

from nextword.lab.rating import Rating, pairs, rated, rating_from, rating_text, tally

FIRST = [f"first {n}" for n in range(40)]
SECOND = [f"second {n}" if n % 4 else f"first {n} " for n in range(40)]


def test_items_come_in_random_order_with_drawn_sides_and_equal_answers_are_left_out() -> None:
    found = pairs(FIRST, SECOND, seed=3)
    assert found == pairs(FIRST, SECOND, seed=3) != pairs(FIRST, SECOND, seed=4)
    assert sorted(pair.item for pair in found) == [n for n in range(40) if n % 4]
    assert [pair.item for pair in found] != sorted(pair.item for pair in found)
    assert 5 < sum(pair.swapped for pair in found) < 25
    assert all((pair.right if pair.swapped else pair.left) == FIRST[pair.item] for pair in found)


def test_what_is_kept_is_which_run_was_better_not_which_side() -> None:
    for pair in pairs(FIRST, SECOND, seed=1):
        better_left = rated(pair, 1).better
        assert (FIRST, SECOND)[better_left - 1][pair.item] == pair.left
        assert (FIRST, SECOND)[rated(pair, 2).better - 1][pair.item] == pair.right
        assert rated(pair, 0) == Rating(0)
    assert rating_from(rating_text(Rating(2, "clearer"))) == Rating(2, "clearer")


def test_the_tally_tells_how_sure_it_is() -> None:
    ratings = {n: Rating(1) for n in range(9)} | {9: Rating(2), 10: Rating(0)}
    found = tally(ratings)
    assert (found.first, found.second, found.ties) == (9, 1, 1)
    assert found.p == pytest.approx(0.0215, abs=1e-3)
    assert found.share.value == pytest.approx(0.9)
    assert tally({}).p == 1.0
