"""Formulas as outlines and the kinds of words in code."""

from __future__ import annotations

import sys

import pytest

from nextword.chat.markup.formula_drawing import draw
from nextword.chat.markup.highlight import coloured


def test_a_formula_has_a_size_and_outlines() -> None:
    small, large = draw(r"\frac{a}{b}", 16, display=True), draw(r"\frac{a}{b}", 32, display=True)
    assert small is not None
    assert large is not None
    assert small.ascent > 0 < small.descent
    assert large.width == pytest.approx(2 * small.width, rel=0.05)
    assert len(small.outlines) == 2
    assert len(small.boxes) == 1
    plain = draw("x", 16, display=False)
    assert plain is not None
    assert plain.ascent + plain.descent < small.ascent + small.descent


@pytest.mark.parametrize(
    "tex",
    [r"\frac{a", r"x^", r"^^^^", r"\left(", "}", r"\begin{matrix}", "&", r"\def\a{\a\a}\a", r"\input{/etc/passwd}", "",
     "{" * 500, r"\sqrt{" * 200 + "x" + "}" * 200, "x_" * 900, "x^{" * 300, "a" * 3000, r"\unknowncommand{x}", "\\"],
)  # fmt: skip
def test_what_cannot_be_read_is_not_drawn_or_drawn_but_never_raises(tex: str) -> None:
    drawing = draw(tex, 16, display=True)
    assert drawing is None or drawing.width > 0


def test_words_of_code_have_kinds_where_they_stand() -> None:
    code = 'def f(x):  # why\n    return "a" + 12\n'
    found = {code[start : start + length].strip(): kind for start, length, kind in coloured(code, "python")}
    assert found["def"] == "keyword"
    assert found["f"] == "name"
    assert found["# why"] == "comment"
    assert found["12"] == "number"
    assert '"a"' in found


def test_an_unknown_language_has_no_colours_and_opens_nothing() -> None:
    opened: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and recording:
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    recording = True
    try:
        assert coloured("x = 1", "no-such-language") == []
        assert coloured("x = 1", "") == []
    finally:
        recording = False
    assert opened == []


@pytest.mark.parametrize(
    "language", ["py", "js", "c++", "rust", "bash", "json", "yaml", "sql", "html", "java", "go", "ts"]
)
def test_the_usual_languages_are_known(language: str) -> None:
    code = 'if (x) { return "y"; } // for while 1\nselect 1 from x;\n<b class="z">\nkey: "v"\n{"a": 1}\necho "1"'
    assert coloured(code, language)


def test_code_that_is_too_long_has_no_colours() -> None:
    assert coloured("x = 1\n" * 10_000, "python") == []
