"""A base model in the chat: what that means, why it is taken for one, and three ways to go on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from nextword.engine.protocol import TextPrompt
from nextword.hub.library import LibraryModel
from nextword.ui.chat.examples_panel import ExamplesPanel
from nextword.ui.feature import UseModel
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import MODEL

BASE = msgspec.structs.replace(MODEL, kind="base", name="Tiny Base", kind_reasons=("name: Base", "no_template"))


@pytest.fixture
def base(chat: Chat) -> Chat:
    chat.engine.show(model=BASE)
    return chat


def examples_of(chat: Chat) -> ExamplesPanel:
    pane = chat.page.side.show_pane("examples")
    assert isinstance(pane, ExamplesPanel)
    return pane


def prompt(chat: Chat) -> str:
    asked = chat.engine.asked[-1].prompt
    assert isinstance(asked, TextPrompt)
    return asked.text


def test_it_is_said_what_a_base_model_is_and_why_this_is_one(base: Chat) -> None:
    words = base.page.welcome.about.text()
    assert "trained to continue text" in words
    assert "its name says “Base”" in words
    assert base.page.welcome.ways.isVisible()
    assert base.page.notes.way.isVisible()


def test_a_model_that_answers_has_no_ways(chat: Chat) -> None:
    assert not chat.page.welcome.ways.isVisible()
    assert not chat.page.notes.way.isVisible()


def test_plain_continuation_sends_the_text_as_it_is(base: Chat) -> None:
    base.page.welcome.ways.choices["plain"].click()
    base.ask("Once upon a time")
    assert prompt(base) == "Once upon a time"


def test_question_and_answer_puts_the_text_between_its_words(base: Chat) -> None:
    base.page.welcome.ways.choices["question"].click()
    assert base.page.box.edit.placeholderText() == "Write a question"
    base.ask("What is a token?")
    assert prompt(base) == "Question: What is a token?\nAnswer:"


def test_with_examples_the_editor_opens_and_what_is_typed_is_sent(base: Chat) -> None:
    base.page.welcome.ways.choices["few_shot"].click()
    assert base.page.side.shown == "examples"
    row = examples_of(base).rows[0]
    row.question.setPlainText("2 + 2?")
    row.answer.setPlainText("4")
    base.ask("3 + 3?")  # before the words were kept by themselves
    assert prompt(base) == "Question: 2 + 2?\nAnswer: 4\n\nQuestion: 3 + 3?\nAnswer:"


def test_half_an_example_is_none(base: Chat) -> None:
    pane = examples_of(base)
    pane.rows[0].question.setPlainText("2 + 2?")
    pane.flush()
    assert base.page.session.preferences.examples == ()
    assert pane.rows[0].question.toPlainText() == "2 + 2?"


def test_a_removed_example_comes_back(base: Chat) -> None:
    pane = examples_of(base)
    for number in range(2):
        pane.rows[number].question.setPlainText(f"question {number}")
        pane.rows[number].answer.setPlainText(f"answer {number}")
        pane.add.click()
    pane.flush()
    pane.rows[0].remove.click()
    assert base.page.session.preferences.examples == (("question 1", "answer 1"),)
    base.notices[-1].actions[0].run()
    assert [row.pair()[0] for row in pane.rows] == ["question 0", "question 1"]


def test_way_and_examples_are_there_again_with_their_conversation(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    chat.engine.show(model=BASE)
    chat.page.notes.way.actions_by_way["few_shot"].trigger()
    pane = examples_of(chat)
    pane.rows[0].question.setPlainText("2 + 2?")
    pane.rows[0].answer.setPlainText("4")
    chat.exchange("3 + 3?", " 6")
    conversation = chat.page.session.conversation
    chat = make_chat()
    chat.engine.show(model=BASE)
    chat.page.open_conversation(conversation)
    chat.until(lambda: chat.page.session.preferences.base_way == "few_shot")
    assert examples_of(chat).rows[0].pair() == ("2 + 2?", "4")
    assert "(1)" in chat.page.notes.way.text()
    chat.page.open_conversation(None)
    assert examples_of(chat).rows[0].pair() == ("", "")


def test_the_model_that_was_taught_to_answer_is_offered(base: Chat) -> None:
    library = base.services.library
    twin = LibraryModel("/models/other.gguf", name="Tiny Instruct", kind="instruct")
    library.models = (LibraryModel(BASE.path, name="Tiny Base", kind="base"), twin)
    library.changed.emit(None)
    assert base.page.welcome.ways.twin.text() == "Use Tiny Instruct instead"
    base.page.welcome.ways.twin.click()
    assert base.places == [UseModel("/models/other.gguf")]
