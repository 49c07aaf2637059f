"""Tables that leave the program."""

from __future__ import annotations

import csv
import io
import json

import pytest

from nextword.tables import Table, to_csv, to_json, to_json_lines

AWKWARD = Table(
    ("text", "n"),
    (("a,b", 1), ('say "hi"', 2.5), ("two\nlines", None), ("é 😀 \u202e", float("nan")), ("", True)),
)


def test_csv_is_read_back_as_it_was() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(AWKWARD))))
    assert rows == [
        ["text", "n"], ["a,b", "1"], ['say "hi"', "2.5"], ["two\nlines", ""], ["é 😀 \u202e", ""], ["", "True"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "  @x", "\uff1d1", "=HYPERLINK(1)", "\n=1"]
)
def test_no_text_becomes_a_formula(text: str) -> None:
    [[name], [cell]] = list(csv.reader(io.StringIO(to_csv(Table((text,), ((text,),))), newline="")))
    assert cell == name == "'" + text


def test_numbers_stay_numbers_with_all_their_digits() -> None:
    assert to_csv(Table(("p",), ((-0.1234567890123456,), (1e-300,)))).split() == ["p", "-0.1234567890123456", "1e-300"]


def test_json_holds_one_object_a_row() -> None:
    read = json.loads(to_json(AWKWARD))
    assert read[0] == {"text": "a,b", "n": 1}
    assert read[2] == {"text": "two\nlines", "n": None}
    assert read[3]["n"] is None
    assert read[4]["n"] is True


def test_json_lines_hold_one_object_a_line() -> None:
    lines = to_json_lines(AWKWARD).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(to_json(AWKWARD))


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        to_json(Table(("a", "b"), ((1,),)))
