"""Prompts of the lab: every form, every character accounted for, labels with awkward names."""

from __future__ import annotations

import pytest

from nextword.engine.protocol import ChatPrompt, Message, TextPrompt
from nextword.lab.prompts import BuiltPrompt, build, label_continuations
from nextword.lab.task import BETWEEN_ANSWERS, Form, Item, Label, Task, Template, answers, labels_named, shown_word

TEMPLATE = Template("review", "Judge the review.", "Review: ", "\nSentiment:")
LABELS = (Label("positive", ("pos", "good")), Label("negative", ("neg",)))
EXAMPLES = (Item("lovely soup", "positive", 3), Item("cold tea", "negative", 9))


def task(form: Form = "text", prefill: str = "") -> Task:
    return Task("sentiment", "labels", TEMPLATE, LABELS, form, prefill)


def pieces(built: BuiltPrompt, role: str) -> list[str]:
    return [built.text[span.start : span.end] for span in built.spans if span.role == role]


def test_a_plain_text_ends_where_the_word_begins() -> None:
    built = build(task(), EXAMPLES, "dull film")
    expected = (
        "Judge the review.\n\nReview: lovely soup\nSentiment: pos\n\nReview: cold tea\nSentiment: neg\n\n"
        "Review: dull film\nSentiment:"
    )
    assert built.prompt == TextPrompt(expected)
    assert [word.continuation for word in label_continuations(task())] == [" pos", " good", " neg"]


def test_without_examples_nothing_but_instruction_and_input_is_there() -> None:
    built = build(task(), (), "dull film")
    assert built.text == "Judge the review.\n\nReview: dull film\nSentiment:"


@pytest.mark.parametrize("form", ["text", "turns", "one_turn"])
@pytest.mark.parametrize("prefill", ["", "Answer:"])
def test_the_spans_cover_the_text_and_say_what_each_part_is(form: Form, prefill: str) -> None:
    built = build(task(form, prefill), EXAMPLES, "dull film")
    assert [span.start for span in built.spans] == [0, *(span.end for span in built.spans[:-1])]
    assert built.spans[-1].end == len(built.text)
    assert pieces(built, "instruction") == ["Judge the review."]
    assert pieces(built, "example_input") == ["lovely soup", "cold tea"]
    assert pieces(built, "example_label") == ["pos", "neg"]
    assert pieces(built, "input") == ["dull film"]
    assert [span.example for span in built.spans if span.role == "example_label"] == [0, 1]


def test_turns_put_each_answer_into_a_turn_of_the_assistant() -> None:
    built = build(task("turns"), EXAMPLES[:1], "dull film")
    assert built.prompt == ChatPrompt(
        (
            Message("user", "Judge the review.\n\nReview: lovely soup\nSentiment:"),
            Message("assistant", "pos"),
            Message("user", "Review: dull film\nSentiment:"),
        )
    )
    assert [built.text[start:end] for start, end in built.turns] == [message.text for message in built.prompt.messages]
    assert [word.continuation for word in label_continuations(task("turns"))] == ["pos", "good", "neg"]


def test_what_the_answer_begins_with_begins_the_examples_too() -> None:
    built = build(task("turns", "Answer:"), EXAMPLES[:1], "dull film")
    assert isinstance(built.prompt, ChatPrompt)
    assert built.prompt.messages[1].text == "Answer: pos"
    assert built.prompt.answer_text == "Answer:"
    assert label_continuations(task("turns", "Answer:"))[0].continuation == " pos"
    assert pieces(built, "cue")[-1] == "Answer:"


def test_one_turn_holds_the_plain_text() -> None:
    built = build(task("one_turn"), EXAMPLES, "dull film")
    assert isinstance(built.prompt, ChatPrompt)
    assert [message.text for message in built.prompt.messages] == [build(task(), EXAMPLES, "dull film").text]


def test_a_cue_that_ends_with_a_space_gets_no_second_one() -> None:
    template = Template("spaced", output_prefix=" -> ", separator="\n")
    spaced = Task("spaced", "labels", template, LABELS)
    assert build(spaced, EXAMPLES[:1], "x").text == "lovely soup -> pos\nx -> "
    assert label_continuations(spaced)[0].continuation == "pos"


def test_labels_that_look_like_nothing_are_labels() -> None:
    labels = labels_named(["0", "", "False", "🙂", "0"])
    odd = Task("odd", "labels", TEMPLATE, labels)
    assert [label.name for label in labels] == ["0", "", "False", "🙂"]
    assert [shown_word(odd, name) for name in ("0", "", "False", "🙂")] == ["0", "none", "False", "🙂"]
    assert labels_named(["none", ""])[1].words == ("empty",)
    assert len(label_continuations(odd)) == 4


def test_an_answer_is_written_as_it_is_and_the_first_of_several() -> None:
    free = Task("opposites", "answers", Template("arrow", output_prefix=" ->", separator="\n"))
    item = Item("hot", f"cold{BETWEEN_ANSWERS}chilly")
    assert build(free, [item], "up").text == "hot -> cold\nup ->"
    assert answers(item) == ("cold", "chilly")
    assert answers(Item("hot", None)) == ()
    assert label_continuations(free) == ()
