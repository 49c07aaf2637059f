"""A formatted message: every token can be found where it is seen, and growing keeps what is final."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from nextword.chat.markup.blocks import Leaf
from nextword.chat.markup.wide_text import wide
from nextword.engine.tokens import TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.leaf import FoldLeaf
from nextword.ui.widgets.markdown.pictures import pictures
from nextword.ui.widgets.markdown.view import MarkdownText
from nextword.ui.widgets.token_view import TokenLook
from tests.ui.chat.scripted_engine import step

pytestmark = pytest.mark.usefixtures("qtbot")

SAMPLE = """## A *title*

Some **bold** words, `code`, a [link](https://a.example/x) and 😀 signs.
A second line.

> quoted
> > deeper

1. first
   - inner
2. second

```python
def f(x):
    return x  # done
```

| a | b |
|---|--:|
| one | **2** |

![pic](https://b.example/p.png)

---

The end &amp; all."""


def tokens(text: str) -> list[TokenStep]:
    return [step(piece) for piece in re.findall(r"\s*\w{1,5}|\s+|[^\w\s]+", text)]


def made(text: str, *, width: float = 520.0, raw: bool = False) -> MarkdownText:
    current_theme().apply("light", 100)
    view = MarkdownText(current_theme().font("message"), raw=raw)
    view.lay_out(text, width)
    view.ensure(0, 1e6)
    return view


def with_tokens(text: str) -> tuple[MarkdownText, list[TokenStep]]:
    view, steps = made(text), tokens(text)
    view.set_steps(steps)
    return view, steps


def colours_in(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def painted(view: MarkdownText, look: TokenLook) -> QImage:
    image = QImage(600, max(20, int(view.height) + 10), QImage.Format.Format_RGB32)
    image.fill(current_theme().colour("window"))
    painter = QPainter(image)
    view.paint(painter, QPointF(0, 0), look, QRectF(image.rect()))
    painter.end()
    return image


def test_every_token_has_a_place_and_is_found_there() -> None:
    view, steps = with_tokens(SAMPLE)
    assert view.token_count() == len(steps)
    for number, each in enumerate(steps):
        rect = view.token_rect(number)
        assert rect.width() > 0 < rect.height(), each.text
        if each.text.strip().isalnum() and rect.width() > 6:
            assert view.token_at(rect.center()) == number, each.text


def test_a_word_in_bold_is_where_it_is_painted() -> None:
    text = "plain **bold** plain"
    view = made(text)
    view.set_steps([step("plain"), step(" **"), step("bold"), step("**"), step(" plain")])
    first, mark, bold, closing, last = (view.token_rect(number) for number in range(5))
    assert first.right() <= bold.left() <= bold.right() <= last.left() + 6
    assert mark.width() < bold.width()  # of " **" the space is seen
    assert closing.width() <= 6


def test_tokens_of_a_formula_share_its_picture(qtbot: QtBot) -> None:
    text = "so \\(x^2 + y^2\\) holds"
    view = made(text)
    qtbot.waitUntil(lambda: not pictures().waiting, timeout=20_000)
    assert view.waits_for_pictures
    before = view.natural_width()
    assert view.redraw_pictures()
    assert not view.waits_for_pictures
    assert view.natural_width() < before  # the source was wider than the picture
    view.set_steps(tokens(text))
    rects = [view.token_rect(number) for number in range(view.token_count())]
    formula = [rect for number, rect in enumerate(rects) if b"2" in view.steps[number].text]
    assert len(formula) == 2
    assert formula[0].right() <= formula[1].left() + 0.5


def test_marks_of_a_fence_lie_on_the_name_of_the_language() -> None:
    view = made("```python\nx = 1\n```")
    view.set_steps([step("```"), step("python"), step("\n"), step("x"), step(" = 1"), step("\n```")])
    fence, word = view.token_rect(0), view.token_rect(3)
    assert fence.bottom() <= word.top() + 1
    assert view.token_rect(5).height() > 0


def test_the_caret_and_places_follow_the_text() -> None:
    view = made("one **two** three")
    end = view.end_rect()
    assert view.place_at(QPointF(end.right() + 50, end.center().y())) == len(view.text)
    assert view.place_at(QPointF(-5, end.center().y())) == 0
    inside = view.place_at(QPointF(view.end_rect().left() / 2, end.center().y()))
    assert 0 < inside < len(view.text)


def test_growing_keeps_the_leaves_that_are_final() -> None:
    text = "\n\n".join(f"Paragraph {number} of *some* words." for number in range(30))
    view = made(text)
    kept = dict(view._views)
    changed_from = view.lay_out(text + " And more", 520.0, growing=True)
    assert 0 < changed_from < view.height
    assert all(view._views[number] is kept[number] for number in range(28))
    assert view._view(29).blocks[0][0].text.endswith("And more")


def test_a_message_of_200_kb_lays_out_only_what_is_looked_at() -> None:
    text = "\n\n".join(f"Paragraph {number} of **some** words. " * 5 for number in range(1000))[:200_000]
    current_theme().apply("light", 100)
    view = MarkdownText(current_theme().font("message"))
    view.lay_out(text, 520.0)
    assert not view._views
    view.ensure(0, 800)
    assert 0 < len(view._views) < 40
    middle = view.height / 2
    anchor = view.anchor_at(middle)
    view.ensure(0, middle / 4)
    assert view.anchor_at(view.height_of(anchor))[0] == anchor[0]


def test_estimated_heights_become_measured_ones() -> None:
    view = made(SAMPLE)
    assert not view.ensure(0, 1e6)
    narrow = made(SAMPLE, width=200.0)
    assert narrow.height > view.height


def test_a_wide_table_and_long_code_are_scrolled_sideways() -> None:
    wide_row = "| " + " | ".join("unbreakableword" * 2 for _ in range(8)) + " |"
    for text in (f"{wide_row}\n{'|---' * 8}|\n{wide_row}", "```\n" + "x" * 400 + "\n```"):
        view = made(text)
        view.set_steps(tokens(text))
        block = view.sideways_at(QPointF(40, view.height / 2))
        assert block is not None
        before = view.token_rect(view.token_count() // 2)
        assert block.move(60)
        view.forget_marks()
        assert view.token_rect(view.token_count() // 2).left() == pytest.approx(before.left() - 60)
        assert not block.move(1e6) or block.value == block.most
    assert made("| a |\n|---|\n| b |").sideways_at(QPointF(5, 5)) is None


def test_thoughts_are_folded_until_they_are_opened() -> None:
    text = "<think>one two three</think>\n\nAnswer."
    view = made(text)
    folded = view.height
    touched = view.touched(QPointF(10, 8))
    assert touched is not None
    assert touched.part == "fold"
    view.set_steps(tokens(text))
    assert all(view.token_rect(number).height() > 0 for number in range(view.token_count()))
    view.toggle_fold(touched.place)
    view.ensure(0, 1e6)
    assert view.height > folded
    view.toggle_fold(touched.place)
    view.ensure(0, 1e6)
    assert view.height == folded


def test_links_and_the_copy_button_are_found_under_the_pointer() -> None:
    view = made("[here](https://a.example/x)\n\n```c\nint 😀;\n```")
    link = view.touched(QPointF(8, 8))
    assert link is not None
    assert (link.part, link.value) == ("link", "https://a.example/x")
    code = view._view(1)
    button = code.copy_rect.center() + view._corner(1)  # type: ignore[attr-defined]
    copy = view.touched(button)
    assert copy is not None
    assert (copy.part, copy.value) == ("copy", "int 😀;")
    assert view.links() == ["https://a.example/x"]
    assert view.codes() == ["int 😀;"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_links_and_code_have_the_colour_of_text_on_a_tint(theme: str) -> None:
    current_theme().apply(theme, 100)
    view, _ = with_tokens("[a link](https://a.example/x) and `code`")
    coloured = {current_theme().colour(name).rgb() for name in ("accent", "pressed")}
    assert colours_in(painted(view, TokenLook())) >= coloured
    assert not colours_in(painted(view, TokenLook(tint="surprisal"))) & coloured


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tint_and_selection_are_painted_on_the_words(theme: str) -> None:
    view, _ = with_tokens(SAMPLE)
    current_theme().apply(theme, 100)
    plain = painted(view, TokenLook())
    assert painted(view, TokenLook(tint="surprisal")) != plain
    assert painted(view, TokenLook(selection=(0, 40))) != plain
    assert painted(view, TokenLook(token=5)) != plain
    current_theme().apply("light", 100)


def test_as_it_was_written_shows_the_marks() -> None:
    view = made("# **a**\n\nb", raw=True)
    assert [view._view(number).blocks[0][0].text for number in range(3)] == ["# **a**", "", "b"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*SAMPLE.split("\n"), "- a", "  b", "```", "", "", "😀 *x*", "<think>", "</think>"])))
def test_any_message_can_be_shown_asked_and_selected(lines: list[str]) -> None:
    text = "\n".join(lines)
    view, steps = with_tokens(text)
    for number in range(len(steps)):
        assert view.token_rect(number).isValid() or not view._leaves
    painted(view, TokenLook(tint="surprisal", selection=(0, len(text)), token=0 if steps else None))
    for y in range(0, int(view.height), 17):
        for x in (0, 60, 300):
            assert 0 <= view.place_at(QPointF(x, y)) <= len(wide(text))
            view.touched(QPointF(x, y))


def _lines_down(view: MarkdownText, place: int, count: int) -> list[int]:
    places = []
    for _ in range(count):
        place = view.next_line(place, 1)
        places.append(place)
    return places


def test_lines_are_stepped_over_across_blocks() -> None:
    view = made("One.\n\nTwo.\n\n- three\n\nfour")
    places = _lines_down(view, 0, 8)
    assert places == sorted(places)
    assert places[-1] == len(view.text)
    assert view.next_line(0, -1) == 0


def test_an_answer_that_grows_behind_thoughts_keeps_what_is_final() -> None:
    text = "<think>\n" + "\n\n".join(f"Thought {number}." for number in range(20)) + "\n</think>\n\n"
    text += "\n\n".join(f"Answer {number}." for number in range(20))
    view = made(text)
    kept = dict(view._views)
    view.lay_out(text + " And more", 520.0, growing=True)
    assert all(view._views[number] is kept[number] for number in range(18))
    view.toggle_fold(0)
    view.ensure(0, 1e6)
    assert len(view._leaves) == 41
    assert view._leaves == made_open(text + " And more")


def made_open(text: str) -> list[Leaf]:
    return made(text)._document.leaves


def test_the_words_of_thoughts_are_counted_while_they_come() -> None:
    view = made("<think>one")
    view.lay_out("<think>one two three", 520.0, growing=True)
    fold = view._view(0)
    assert isinstance(fold, FoldLeaf)
    assert fold.words == "Thinking, 3 words"
    view.lay_out("<think>one two three</think>four", 520.0)
    assert view._view(0).words == "Thought, 3 words"  # type: ignore[attr-defined]
    assert len(view._leaves) == 2
