"""Texts with {{variables}}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nextword.chat.prompt_variables import Variable, escaped, filled, variables_of

TEXT = st.text(st.sampled_from("ab {}=\\\n"), max_size=30)


def test_variables_are_found_once_in_their_order_with_their_defaults() -> None:
    text = "Translate {{text}} to {{ language = French }} for {{Leser 2=}}, {{language}} and {{text=none}}."
    assert variables_of(text) == (Variable("text", "none"), Variable("language", " French "), Variable("Leser 2", ""))


def test_what_is_no_name_is_left_as_it_stands() -> None:
    for text in ("{{}}", "{{ 1 }}", "{{a.b}}", "{a}", "{{a}", "{{#if}}", "{{'x'|upper}}", "{{a\nb}}"):
        assert variables_of(text) == ()
        assert filled(text, {"a": "x"}) == text


def test_values_defaults_and_nothing_are_filled_in() -> None:
    assert filled("{{a}} {{b=two}} {{c}}.", {"a": "one"}) == "one two ."
    assert filled("{{a=first}} {{a}}", {}) == "first first"
    assert filled("{{a=one\ntwo}}", {}) == "one\ntwo"


def test_braces_that_are_meant_stay() -> None:
    assert filled(r"\{{name}} and {{name}}", {"name": "x"}) == "{{name}} and x"
    assert variables_of(r"\{{name}}") == ()


def test_what_is_filled_in_is_not_read_again() -> None:
    assert filled("{{a}}{{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}}x"


@given(TEXT.filter(lambda text: "\\{{" not in text and "\\\\" not in text))
def test_an_escaped_text_comes_out_as_it_was(text: str) -> None:
    assert variables_of(escaped(text)) == ()
    assert filled(escaped(text), {"a": "X", "b": "Y"}) == text


@given(TEXT, st.dictionaries(st.sampled_from(["a", "b"]), TEXT))
def test_no_text_and_no_value_is_too_strange(text: str, values: dict[str, str]) -> None:
    names = {variable.name for variable in variables_of(text)}
    assert isinstance(filled(text, values), str)
    assert filled(text, {name: "" for name in names}) == filled(text, dict.fromkeys("ab", ""))
