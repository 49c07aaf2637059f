"""A message as leaves: nothing of it is lost, and growing gives the same as being there at once."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextword.chat.markup.blocks import Code, Fold, Formula, Heading, Leaf, Paragraph, Rule, Table
from nextword.chat.markup.document import MOST_PARSED, MarkupDocument
from nextword.chat.markup.tables import cells

SAMPLE = """# Title ##

Some *text* and a line
that goes on.

> quote
lazy
> - item in a quote
>   second line

1. one
   - [x] sub
2. two

   more of two

```python
def f():
\treturn 1
```

| a | b \\| c |
|:--|--:|
| 1 | `x|y` |

\\[
x = 1
\\]

Setext
======

    indented code

---
- end"""


def leaves(text: str, *, open_end: bool = False) -> list[Leaf]:
    document = MarkupDocument()
    document.update(text, open_end=open_end)
    return document.leaves


def lines_of(text: str, leaf: Leaf) -> list[str]:
    return [text[first:last] for first, last in leaf.lines]


def test_every_kind_of_block_is_found_where_it_stands() -> None:
    found = leaves(SAMPLE)
    assert [type(leaf).__name__ for leaf in found] == [
        "Heading", "Paragraph", "Paragraph", "Paragraph", "Paragraph", "Paragraph", "Paragraph", "Paragraph", "Code",
        "Table", "Formula", "Heading", "Code", "Rule", "Paragraph",
    ]  # fmt: skip
    assert lines_of(SAMPLE, found[0]) == ["Title with"] or lines_of(SAMPLE, found[0]) == ["Title"]
    assert lines_of(SAMPLE, found[2]) == ["quote", "lazy"]
    assert lines_of(SAMPLE, found[3]) == ["item in a quote", "second line"]
    assert [[box.kind for box in leaf.inside] for leaf in found[2:8]] == [
        ["quote"], ["quote", "item"], ["item"], ["item", "item"], ["item"], ["item"],
    ]  # fmt: skip
    assert [leaf.inside[-1].marker for leaf in found[4:8]] == ["1.", "•", "2.", "2."]
    assert lines_of(SAMPLE, found[8]) == ["def f():", "\treturn 1"]
    assert lines_of(SAMPLE, found[11]) == ["Setext"]
    assert lines_of(SAMPLE, found[12]) == ["indented code"]


def test_cells_of_a_table_have_their_places() -> None:
    line = "| 1 | `x|y` | a \\| b |"
    assert [line[first:last] for first, last in cells(line, 0)] == ["1", "`x|y`", "a \\| b"]
    assert [end - start for start, end in cells("a | | c", 0)] == [1, 0, 1]


def test_a_growing_message_is_the_same_as_a_whole_one() -> None:
    growing = MarkupDocument()
    for length in range(1, len(SAMPLE) + 1):
        growing.update(SAMPLE[:length], open_end=True)
        assert growing.leaves == leaves(SAMPLE[:length], open_end=True), SAMPLE[:length][-40:]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["a b", "\n", "\n\n", "- ", "  ", "    ", "1. ", "> ", "```", "~~~", "# ", "#", "| a | b |", "|--|--|",
             "---", "===", "\\[", "\\]", "$$", "*", "`", "x", "\t", "\r\n", "<think>", "</think>", "😀"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_message_grows_to_what_it_is_at_once(parts: list[str]) -> None:
    growing, text = MarkupDocument(), ""
    for part in parts:
        text += part
        kept = growing.update(text, open_end=True)
        whole = leaves(text, open_end=True)
        assert growing.leaves == whole
        assert kept <= len(whole)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab1.-*+>#|`~ \t\n\\[]$=:"), max_size=80))
def test_no_letter_of_a_message_is_left_out(text: str) -> None:
    found = leaves(text)
    covered = set()
    for leaf in found:
        covered.update(range(leaf.start, leaf.end))
        for first, last in leaf.lines:
            covered.update(range(first, last))
    assert all(at in covered for at, sign in enumerate(text) if sign in "ab")


def test_only_the_last_blocks_are_parsed_again() -> None:
    text = "\n\n".join(f"Paragraph {number} with *some* words." for number in range(200))
    document = MarkupDocument()
    document.update(text)
    assert document.update(text + " more") >= 198


def test_thoughts_are_folded_with_their_number_of_words() -> None:
    text = "<think>\nLet me *see* now.\n</think>\n\nThe answer."
    fold, thought, answer = leaves(text)
    assert isinstance(fold, Fold)
    assert (fold.words, fold.closed) == (4, True)
    assert thought.inside[0].kind == "thinking"
    assert lines_of(text, answer) == ["The answer."]
    assert not answer.inside


@pytest.mark.parametrize("text", ["<thinking>a b</thinking>c", "[THINK]a b[/THINK]c", "a b\n</think>\nc"])
def test_thoughts_are_known_by_several_marks(text: str) -> None:
    fold = leaves(text)[0]
    assert isinstance(fold, Fold)
    assert fold.words == 2


def test_thoughts_that_go_on_are_open() -> None:
    fold = leaves("<think>still thinking", open_end=True)[0]
    assert isinstance(fold, Fold)
    assert not fold.closed
    assert not isinstance(leaves("We say <think> here.")[0], Fold)


def test_what_has_no_end_yet_looks_like_what_it_will_be() -> None:
    code = leaves("```python\nprint(1", open_end=True)[0]
    assert isinstance(code, Code)
    assert not code.closed
    formula = leaves("\\[\nx = 1", open_end=True)[0]
    assert isinstance(formula, Formula)
    assert not formula.whole
    assert isinstance(leaves("\\[\nx = 1")[0], Paragraph)
    table = leaves("| a | b |\n|---|---|\n| 1", open_end=True)[0]
    assert isinstance(table, Table)


def test_long_code_and_long_tables_come_in_pieces() -> None:
    code = leaves("```\n" + "\n".join(str(n) for n in range(100)) + "\n```")
    assert len(code) > 3
    assert all(isinstance(leaf, Code) for leaf in code)
    assert [leaf.first for leaf in code if isinstance(leaf, Code)].count(True) == 1
    table = leaves("|a|\n|-|\n" + "|x|\n" * 100)
    assert sum(len(leaf.lines) for leaf in table) == 101


def test_as_it_was_written_shows_every_line() -> None:
    document = MarkupDocument(raw=True)
    document.update("# a\n\n**b**\n")
    assert ["".join(lines_of("# a\n\n**b**\n", leaf)) for leaf in document.leaves] == ["# a", "", "**b**", ""]


def test_a_message_that_is_too_long_to_parse_is_shown_as_it_was_written() -> None:
    found = leaves("# a\n" * (MOST_PARSED // 4 + 1))
    assert all(isinstance(leaf, Paragraph) and leaf.raw for leaf in found)


def test_nesting_without_end_is_shown() -> None:
    for text in (">" * 10_000 + " x", "> " * 10_000 + "x", "- " * 10_000 + "x", "1. " * 3_000 + "x"):
        found = leaves(text)
        assert any("x" in line for leaf in found for line in lines_of(text, leaf))


def test_a_message_of_200_kb_is_parsed_while_nobody_waits() -> None:
    shuffle = random.Random(1)
    words = ["word", "**bold**", "`code`", "and", "so"]
    text = "\n\n".join(" ".join(shuffle.choices(words, k=60)) for _ in range(1000))[:200_000]
    began = time.process_time()
    leaves(text)
    assert time.process_time() - began < 2.0  # 0.06 s; what is guarded against is growth with the square


def test_headings_and_rules() -> None:
    assert [leaf.level for leaf in leaves("# a\n\n###### b\n\nc\n---\n") if isinstance(leaf, Heading)] == [1, 6, 2]
    assert isinstance(leaves("***")[0], Rule)
