"""What can be wrong with a line of a data file."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

ProblemKind: TypeAlias = Literal["encoding", "quote", "cells", "json", "not_object", "no_text", "no_gold"]
"""encoding: bytes that the encoding does not have. quote: a quote that is not closed, or text after one. cells: another
number of cells than the first row, detail is "found/expected". json, not_object: a line that is no JSON, or no object.
no_text, no_gold: the cell that was chosen for it is empty or not there."""


class Problem(Struct, frozen=True):
    """line: of the file, from 1; in a JSON list the number of the element. last: where it ends, if that is later."""

    line: int
    kind: ProblemKind
    detail: str = ""
    last: int = 0
