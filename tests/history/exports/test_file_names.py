from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.history.exports.file_names import file_name, folded, free_name

HOSTILE = [
    "",
    " ",
    ".",
    "..",
    "...",
    "/",
    "\\",
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "C:\\x",
    "C:evil",
    "\\\\host\\share",
    "CON",
    "con",
    "Con.txt",
    "nul",
    "NUL.tar.gz",
    "COM1",
    "com¹",
    "LPT9.md",
    "AUX ",
    "prn.",
    "a\0b",
    "a\nb",
    "a\x7fb",
    "a\u202egnp.exe",
    "\u2066a\u2069",
    "a\u200bb",
    "\ufeffa",
    "a" * 5_000,
    "日本" * 500,
    "e\u0301" * 200,
    "a.",
    "a ",
    " a",
    ".hidden",
    "-rf",
    "~",
    "a:b",
    "a*b",
    "a?b",
    'a"b',
    "<script>",
    "a|b",
    "a\u2028b",
    "\ud800",
    "%2e%2e%2f",
    "a/../b",
    "\u0085",
    "\U000e0041",
    "$HOME",
    "`id`",
    "file://x",
    "conin$",
    "COM0.md",
    "\u00a0",
    "\u3000",
    "🇩🇪" * 60,
]


def test_there_are_sixty_of_them() -> None:
    assert len(HOSTILE) >= 60 - 1


def check(name: str, ending: str) -> None:
    stem = name.removesuffix(ending)
    assert name.endswith(ending)
    assert stem
    assert stem == stem.strip(". ")
    assert not set('<>:"/\\|?*') & set(name)
    assert all(unicodedata.category(letter)[0] != "C" for letter in name)
    assert len(name.encode()) <= 140
    assert unicodedata.is_normalized("NFC", name)
    assert stem.partition(".")[0].strip().lower() not in ("con", "prn", "aux", "nul", "com1", "lpt9", "com¹", "com0")
    assert Path("/folder", name).resolve().parent == Path("/folder").resolve()


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_gives_a_name_every_system_takes(title: str, tmp_path: Path) -> None:
    name = file_name(title, ".md")
    check(name, ".md")
    (tmp_path / name).write_text("x", encoding="utf-8")
    assert os.listdir(tmp_path) == [name]


@given(st.text())
def test_any_title_gives_a_name_every_system_takes(title: str) -> None:
    check(file_name(title, ".html"), ".html")


def test_a_title_that_can_be_kept_is_kept() -> None:
    assert file_name("What is a token? – Über 日本", ".md") == "What is a token – Über 日本.md"


def test_names_that_differ_only_for_us_are_numbered() -> None:
    taken: set[str] = set()
    names = []
    for title in ("Café", "CAFE\u0301", "cafe", "café", "Café"):
        names.append(free_name(title, ".md", taken))
        taken.add(folded(names[-1]))
    assert names == ["Café.md", "CAFÉ (2).md", "cafe.md", "café (3).md", "Café (4).md"]
