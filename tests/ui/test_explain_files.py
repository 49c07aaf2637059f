"""All that an import can leave out or change has a line of its own."""

from __future__ import annotations

import typing

import pytest

from nextword.history.imports.report import Remark, Skipped, SkipReason
from nextword.ui.explain_files import remark_line, skipped_line


@pytest.mark.parametrize("reason", typing.get_args(SkipReason))
def test_every_reason_to_leave_something_out_is_told(reason: SkipReason) -> None:
    line = skipped_line(Skipped("a\u202e.json, line 3", reason, "x\ny"))
    assert line.startswith("a�.json, line 3 ")
    assert line.endswith(" (x y)")
    assert skipped_line(Skipped("", reason)).startswith("A conversation without a title ")


def test_no_two_reasons_are_told_alike() -> None:
    reasons = typing.get_args(SkipReason)
    assert len({skipped_line(Skipped("a", reason)) for reason in reasons}) == len(reasons)


def test_every_change_is_told_with_its_count() -> None:
    remarks = typing.get_args(Remark)
    lines = {remark_line(remark, 17) for remark in remarks}
    assert len(lines) == len(remarks)
    assert all(line.endswith(": 17") for line in lines)
