"""Heights of rows: estimates give way to what was measured, and places follow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nextword.ui.widgets.row_heights import RowHeights


def test_a_measured_row_moves_those_below_it() -> None:
    heights = RowHeights()
    heights.reset([10, 20, 30])
    heights.set(0, 15)
    assert [heights.top(row) for row in range(4)] == [0, 15, 35, 65]
    assert heights.is_measured(0)
    assert not heights.is_measured(1)


def test_a_row_inserted_in_the_middle_moves_the_others() -> None:
    heights = RowHeights()
    heights.reset([10, 20])
    heights.insert(1, 5)
    assert [heights.top(row) for row in range(4)] == [0, 10, 15, 35]


def test_an_empty_list_has_no_rows_in_view() -> None:
    assert len(RowHeights().rows_between(0, 500)) == 0


@given(st.lists(st.integers(1, 300), min_size=1, max_size=50), st.integers(-50, 20_000))
def test_the_row_at_a_height_is_the_one_that_covers_it(sizes: list[int], y: int) -> None:
    heights = RowHeights()
    heights.reset(sizes)
    row = heights.row_at(y)
    if 0 <= y < heights.total():
        assert heights.top(row) <= y < heights.top(row + 1)
    else:
        assert row in (0, len(sizes) - 1)
