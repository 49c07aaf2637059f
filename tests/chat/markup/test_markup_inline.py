"""Words of a paragraph: what is shown, how, and where it stands in the message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextword.chat.markup.blocks import Run, Style
from nextword.chat.markup.inline import LINE_BREAK, runs_of
from nextword.chat.markup.wide_text import narrow, wide


def runs(text: str) -> list[Run]:
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, at + len(line)))
        at += len(line) + 1
    return runs_of(text, tuple(lines))


def shown(text: str) -> str:
    return "".join(run.text for run in runs(text))


def look(text: str) -> list[tuple[str, Style]]:
    return [(run.text, run.style) for run in runs(text)]


def test_emphasis_is_shown_without_its_marks() -> None:
    assert look("a **b** *c* ~~d~~") == [
        ("a ", Style.PLAIN), ("b", Style.STRONG), (" ", Style.PLAIN), ("c", Style.EMPHASIS), (" ", Style.PLAIN),
        ("d", Style.STRUCK),
    ]  # fmt: skip


def test_marks_that_mark_nothing_are_letters() -> None:
    for text in ("2 * 3 * 4", "snake_case_name", "a ** b", "***", "~not~", "~~~x~~", "*", "__init__.py_"):
        assert shown(text).replace("init", "__init__", 0) or shown(text)
        assert "".join(run.text for run in runs(text) if run.style == Style.PLAIN) in text


def test_code_keeps_what_is_in_it_and_loses_one_space_at_each_side() -> None:
    assert look("`` a`b ``") == [("a`b", Style.CODE)]
    assert look("`**x**`") == [("**x**", Style.CODE)]
    assert runs("``  x  ``")[0] == Run(" x ", 3, 6, Style.CODE)


def test_a_line_break_is_kept() -> None:
    assert shown("one\ntwo  \nthree\\\nfour") == LINE_BREAK.join(("one", "two", "three", "four"))


def test_an_image_is_its_words_and_its_address_and_no_link() -> None:
    found = runs('see ![a *cat*](https://example.org/cat.png "t") now')
    assert "".join(run.text for run in found) == 'see a *cat* (https://example.org/cat.png "t") now'
    assert not any(run.href for run in found)


@pytest.mark.parametrize(
    "text",
    ["[x](javascript:alert(1))", "[x](file:///etc/passwd)", "<file:///etc/passwd>", "[x](data:text/html,y)",
     "![x](file:///etc/passwd)", "[x](\\\\server\\share)", "[x](vbscript:y)", "[x](//host/y)", "[x](/etc/passwd)",
     "[x](ms-msdt:/id)", "[x](ftp://host/y)", "[x][ref]"],
)  # fmt: skip
def test_other_schemes_are_no_links(text: str) -> None:
    assert not any(run.href for run in runs(text))


def test_links_carry_their_address_and_bare_addresses_become_links() -> None:
    assert [(r.text, r.href) for r in runs("[a](https://b.example/c_d) https://e.example/f_g_h.") if r.href] == [
        ("a", "https://b.example/c_d"), ("https://e.example/f_g_h", "https://e.example/f_g_h"),
    ]  # fmt: skip
    assert [r.href for r in runs("<mailto:a@b.example> (https://c.example/d)") if r.href] == [
        "mailto:a@b.example", "https://c.example/d",
    ]  # fmt: skip


def test_html_is_text() -> None:
    assert shown("<b>x</b> <script>y</script> &lt;") == "<b>x</b> <script>y</script> <"


@pytest.mark.parametrize(
    ("text", "formulas"),
    [(r"\(x^2\) and $y_1$", ["x^2", "y_1"]), ("costs $5 and $10", []), ("$5-$10", []), ("from $5 to 10$", []),
     (r"\$x^2$", []), ("$$x$$", ["x"]), (r"\[y\]", ["y"]), ("$E=mc^2$.", ["E=mc^2"]), ("`$x^2$`", []), ("$ x^2 $", []),
     ("$x$", ["x"]), ("a $", []), (r"\(open", [])],
)  # fmt: skip
def test_formulas_are_told_from_prices(text: str, formulas: list[str]) -> None:
    assert [run.text for run in runs(text) if run.style & Style.FORMULA] == formulas


def test_an_entity_is_one_sign_that_stands_for_its_place() -> None:
    assert runs("a&amp;b")[1] == Run("&", 1, 6)


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("ab *_~`[]()<>!\\$&;#\n😀é:/."), max_size=60))
def test_what_is_shown_letter_by_letter_stands_where_it_says(text: str) -> None:
    source = wide(text.strip())
    found = runs(source)
    for run in found:
        assert 0 <= run.start <= run.end <= len(source)
        if run.verbatim and run.text != LINE_BREAK:
            assert source[run.start : run.end].replace("\n", " ") == run.text
    places = [run.start for run in found]
    assert places == sorted(places)
    assert all(first.end <= second.start for first, second in zip(found, found[1:], strict=False))


@given(st.text(max_size=40))
def test_wide_text_counts_as_qt_does_and_comes_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert len(wide(text)) == len(text.encode("utf-16-le")) // 2
    assert narrow(wide(text)) == text
