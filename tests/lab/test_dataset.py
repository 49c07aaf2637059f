"""Data files as people have them: encodings, delimiters, broken lines that are told with their numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.errors import DataNotReadable
from nextword.lab.dataset import Mapping, RawTable, read, suggested, to_items
from nextword.lab.task import BETWEEN_ANSWERS, Item

ROWS = (("größer, schöner", "good"), ("naïve “café”", "bad"), ("plain", "good"))


def table(tmp_path: Path, data: bytes | str, name: str = "data.csv", *, header: bool | None = None) -> RawTable:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(path, has_header=header)


def told(raw: RawTable) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in raw.problems]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, codec: str, name: str) -> None:
    lines = "text,label\r\n" + "".join(f'"{text}",{label}\r\n' for text, label in ROWS)
    raw = table(tmp_path, lines.encode(codec))
    assert raw.encoding == name
    assert raw.rows == ROWS
    assert raw.columns == ("text", "label")
    assert raw.problems == ()


def test_latin_1_is_read_as_such(tmp_path: Path) -> None:
    raw = table(tmp_path, "text;label\ngrößer;good\nschön;bad\n".encode("latin-1"))
    assert (raw.encoding, raw.delimiter) == ("Latin-1", ";")
    assert raw.rows == (("größer", "good"), ("schön", "bad"))


def test_a_line_with_bytes_that_are_no_utf_8_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    good = "".join(f"schöner Tag {number},gut\n" for number in range(20))
    raw = table(tmp_path, b"text,label\n" + good.encode() + b"halb \xff\xfe,gut\n" + good.encode())
    assert raw.encoding == "UTF-8"
    assert told(raw) == [(22, "encoding")]
    assert len(raw.rows) == 40


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [("text", "label"), ("one, two; three", "0"), ("four | five\nsix", "1")]
    data = "".join(f'"{text}"{delimiter}{label}{end}' for text, label in rows)
    raw = table(tmp_path, data)
    assert raw.delimiter == delimiter
    assert raw.rows == tuple(rows[1:])
    assert raw.lines == (2, 3)


def test_quotes_are_doubled_or_have_a_backslash(tmp_path: Path) -> None:
    assert table(tmp_path, 'text,label\n"a ""b"" c",1\n').rows == (('a "b" c', "1"),)
    assert table(tmp_path, 'text,label\n"a \\"b\\", c",1\n"x",0\n').rows == (('a "b", c', "1"), ("x", "0"))
    assert table(tmp_path, 'text, label\n"a, b", 1\n"c, d", 0\n').rows == (("a, b", "1"), ("c, d", "0"))


def test_broken_lines_are_told_and_do_not_take_others_with_them(tmp_path: Path) -> None:
    data = 'text,label\ngood,1\ntoo,many,cells\nfew\n"open,1\nlater,0\n"after" quote,1\nlast,0\n'
    raw = table(tmp_path, data)
    assert raw.rows == (("good", "1"), ("later", "0"), ("last", "0"))
    assert raw.lines == (2, 6, 8)
    assert told(raw) == [(3, "cells"), (4, "cells"), (5, "quote"), (7, "quote")]
    assert raw.problems[0].detail == "3/2"


@given(st.lists(st.sampled_from(["a,b\n", '"a\n', '"a""b",c\n', "x\n", 'a,"b"c\n', ",\n", '"', "\n"]), max_size=30))
def test_no_line_of_any_csv_is_dropped_in_silence(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    path.write_text("one,two\n" + "".join(lines), encoding="utf-8")
    raw = read(path, has_header=True)
    reached = {line for problem in raw.problems for line in range(problem.line, max(problem.line, problem.last) + 1)}
    for start, row in zip(raw.lines, raw.rows, strict=True):
        reached |= set(range(start, start + sum((cell or "").count("\n") for cell in row) + 1))
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[1:], start=2):
        assert not line.strip() or number in reached, (number, line)


def test_the_first_row_is_names_or_not(tmp_path: Path) -> None:
    assert table(tmp_path, "fine day,good\nrain,bad\nsun,good\n").columns == ("column 1", "column 2")
    assert table(tmp_path, "text,label\nrain,bad\n", header=False).rows[0] == ("text", "label")
    assert table(tmp_path, "fine day,good\nrain,bad\n", header=True).columns == ("fine day", "good")
    assert table(tmp_path, "text,text,\na,b,c\n", header=True).columns == ("text", "text (2)", "column 3")


def test_a_file_of_one_column_keeps_its_commas(tmp_path: Path) -> None:
    raw = table(tmp_path, "review\nnice, really\nno\nwell, well, well\n")
    assert raw.rows == (("nice, really",), ("no",), ("well, well, well",))


@pytest.mark.parametrize("data", ["", "\n\n", "text,label\n", "[]", "{}"])
@pytest.mark.parametrize("name", ["data.csv", "data.jsonl", "data.json", "data"])
def test_files_without_rows_have_none(tmp_path: Path, data: str, name: str) -> None:
    if name.endswith("json") and not data.startswith(("[", "{")):
        with pytest.raises(DataNotReadable):
            table(tmp_path, data, name)
        return
    raw = table(tmp_path, data, name)
    if data not in ("[]", "{}"):
        assert raw.rows == () or raw.format == "JSON Lines"
        assert raw.format != "JSON Lines" or not raw.rows


def test_json_lines_tell_the_lines_that_are_none(tmp_path: Path) -> None:
    data = '{"text": "a", "label": 0}\n\n{"text": "b" \n[1]\n{"label": false, "text": "c", "more": null}\n'
    raw = table(tmp_path, data, "data.jsonl")
    assert raw.columns == ("text", "label", "more")
    assert raw.rows == (("a", "0", None), ("c", "false", None))
    assert told(raw) == [(3, "json"), (4, "not_object")]
    assert raw.lines == (1, 5)


@pytest.mark.parametrize(
    "value",
    [
        [{"text": "a", "label": ["x", "y"]}, {"text": "b", "label": "z"}],
        {"version": 1, "data": [{"text": "a", "label": ["x", "y"]}, {"text": "b", "label": "z"}]},
        {"text": ["a", "b"], "label": [f"x{BETWEEN_ANSWERS}y", "z"]},
    ],
)
def test_json_comes_in_three_shapes(tmp_path: Path, value: object) -> None:
    raw = table(tmp_path, json.dumps(value), "data.json")
    assert raw.rows == (("a", f"x{BETWEEN_ANSWERS}y"), ("b", "z"))
    assert (raw.format, raw.lines) == ("JSON", (1, 2))


def test_json_lines_under_the_name_of_json_are_read(tmp_path: Path) -> None:
    raw = table(tmp_path, '{"text": "a"}\n{"text": "b"}\n', "data.json")
    assert (raw.format, len(raw.rows)) == ("JSON Lines", 2)
    assert table(tmp_path, '{"text": "a"}\n{"text": "b"}\n', "data.txt").format == "JSON Lines"
    assert table(tmp_path, '[{"text": "a"}]', "data.txt").format == "JSON"


def test_a_broken_json_file_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(DataNotReadable) as caught:
        table(tmp_path, '[\n{"text": "a"},\n{"text": }\n]', "data.json")
    assert (caught.value.reason, caught.value.line) == ("not_json", 3)


def test_files_that_are_no_data_are_refused(tmp_path: Path) -> None:
    for data, reason in ((b"PK\x03\x04 workbook", "not_text"), (b"\x00\x01\x02\x00\x00\x00" * 9, "not_text")):
        with pytest.raises(DataNotReadable) as caught:
            table(tmp_path, data)
        assert caught.value.reason == reason
    with pytest.raises(DataNotReadable) as caught:
        read(tmp_path / "none.csv")
    assert caught.value.reason == "missing"
    with pytest.raises(DataNotReadable) as caught:
        read(tmp_path)
    assert caught.value.reason in ("unreadable", "no_permission")


def test_labels_that_look_like_nothing_are_kept_as_they_are(tmp_path: Path) -> None:
    raw = table(tmp_path, "text,label\na,0\nb,\nc,False\nd,🙂\ne,pos\nf,positive\n")
    found = to_items(raw, Mapping(("text",), "label"))
    assert [item.gold for item in found.items] == ["0", "", "False", "🙂", "pos", "positive"]
    assert found.labels == (("0", 1), ("", 1), ("False", 1), ("🙂", 1), ("pos", 1), ("positive", 1))
    assert found.items[0] == Item("a", "0", 2)
    assert found.problems == ()


def test_rows_that_are_no_items_are_told(tmp_path: Path) -> None:
    data = '{"q": "a", "a": "x"}\n{"q": " ", "a": "x"}\n{"q": "c"}\n{"q": "d", "a": ""}\n{"a": "e"}\n'
    raw = table(tmp_path, data, "data.jsonl")
    found = to_items(raw, Mapping(("q",), "a", kind="answers"))
    assert [(problem.line, problem.kind) for problem in found.problems] == [
        (2, "no_text"), (3, "no_gold"), (4, "no_gold"), (5, "no_text"),
    ]  # fmt: skip
    assert len(found.items) + len(found.problems) == len(raw.rows)
    assert to_items(raw, Mapping(("q",))).items[1].gold is None


def test_one_class_repeated_texts_and_contradictions_are_counted(tmp_path: Path) -> None:
    raw = table(tmp_path, "text,label,split\na,x,train\nA ,x,test\nb,x,test\nb,y,\n")
    found = to_items(raw, Mapping(("text",), "label", part="split"))
    assert (found.repeated, found.contradicting) == (2, 1)
    assert found.parts == ("train", "test", "test", "")
    one = to_items(table(tmp_path, "text,label\na,x\nb,x\n"), Mapping(("text",), "label"))
    assert one.labels == (("x", 2),)


def test_several_columns_make_one_text(tmp_path: Path) -> None:
    raw = table(tmp_path, "premise,hypothesis,label\nit rains,it is wet,yes\n")
    found = to_items(raw, Mapping(("premise", "hypothesis"), "label", between=" / "))
    assert found.items[0].text == "it rains / it is wet"


def test_columns_are_suggested_by_name_and_by_what_they_hold(tmp_path: Path) -> None:
    named = table(tmp_path, '{"input": "hot", "answer": "cold", "split": "test"}\n', "data.jsonl")
    assert suggested(named) == Mapping(("input",), "answer", "labels", "split")
    many = "".join(f"a long text number {n},w{n}\n" for n in range(9))
    assert suggested(table(tmp_path, "input,answer\n" + many)).kind == "answers"
    rows = "".join(f"{n},a rather long text number {n},{'ab'[n % 2]}\n" for n in range(9))
    assert suggested(table(tmp_path, "id,words,kind\n" + rows)) == Mapping(("words",), "kind")
    assert suggested(table(tmp_path, "")) == Mapping(())


def test_a_hundred_thousand_rows_are_read_whole(tmp_path: Path) -> None:
    data = "text,label\n" + "".join(f'"text number {n}, and more",{n % 3}\n' for n in range(100_000))
    found = to_items(table(tmp_path, data), Mapping(("text",), "label"))
    assert len(found.items) == 100_000
    assert found.items[-1] == Item("text number 99999, and more", "0", 100_001)
    assert found.problems == ()
