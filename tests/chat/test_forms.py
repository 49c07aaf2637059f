"""How messages become a prompt: what a base model gets to read in each way, and whose each token is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nextword.chat.forms import SYSTEM, Form, Said, form_of
from nextword.chat.preferences import Preferences
from nextword.engine import protocol
from nextword.history.records import Attachment
from nextword.resources import STARTER_BASE
from tests.chat.desk import Desk

CHAT = (Said("user", "What is red?"), Said("assistant", " A colour."), Said("user", "And two?"))


def text_of(form: Form, messages: tuple[Said, ...] = CHAT) -> str:
    prompt = form.prompt(messages)
    assert isinstance(prompt, protocol.TextPrompt)
    return prompt.text


def test_a_text_goes_on_where_the_answer_went_on() -> None:
    assert text_of(Form("plain")) == "What is red? A colour.\nAnd two?"
    assert text_of(Form("plain", "A book."), CHAT[:1]) == "A book.\n\nWhat is red?"


def test_questions_and_answers_are_named_and_the_next_question_ends_the_answer() -> None:
    form = Form("question")
    assert text_of(form) == "Question: What is red?\nAnswer: A colour.\n\nQuestion: And two?\nAnswer:"
    assert form.stop_texts == ("\nQuestion:",)
    assert Form("plain").stop_texts == ()


def test_examples_come_first() -> None:
    form = Form("few_shot", examples=(("One?", "1"), ("Two?", "2")))
    assert text_of(form, CHAT[2:]) == (
        "Question: One?\nAnswer: 1\n\nQuestion: Two?\nAnswer: 2\n\nQuestion: And two?\nAnswer:"
    )


def test_the_ways_of_a_base_model_are_for_base_models_alone() -> None:
    preferences = Preferences(base_way="question")
    assert form_of(preferences, "base").way == "question"
    assert form_of(preferences, "instruct").way == "chat"
    assert form_of(Preferences(), "base").way == "chat"


def test_attached_files_are_quoted_before_the_message_under_their_names() -> None:
    message = Said("user", "Sum it up.", (Attachment("a.py", "py", "x = '''```'''\n"), Attachment("b.txt", "txt", "B")))
    assert message.whole == "a.py:\n````py\nx = '''```'''\n````\n\nb.txt:\n```txt\nB\n```\n\nSum it up."


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(st.characters(codec="utf-8"), max_size=9))),
    st.sampled_from(["plain", "question", "few_shot"]),
    st.integers(1, 5),
    st.booleans(),
)
def test_every_token_of_a_text_belongs_to_the_message_it_ends_in(
    chat: list[tuple[str, str]], way: str, width: int, has_space: bool
) -> None:
    form = Form(way, "Be brief.", (("é", "ö"),))  # type: ignore[arg-type]
    messages = [Said(role, text) for role, text in chat]  # type: ignore[arg-type]
    prompt = form.prompt(messages, answer_text="so")
    assert isinstance(prompt, protocol.TextPrompt)
    data = b" " * has_space + prompt.text.encode()
    pieces = [data[at : at + width] for at in range(0, len(data), width)]
    tokens = (protocol.PromptToken(1, b"<s>", True), *(protocol.PromptToken(9, piece, False) for piece in pieces))
    owners = form.owners(messages, protocol.Tokenized(0, tokens))
    assert len(owners) == len(tokens)
    if width == 1:
        spelled = {
            owner: b"".join(t.text for t, o in zip(tokens, owners, strict=True) if o == owner) for owner in owners
        }
        assert spelled[SYSTEM].strip() == b"Be brief."
        assert spelled[protocol.ANSWER] == b"so"
        for index, message in enumerate(messages):
            text = message.whole if way == "plain" else message.whole.strip()
            assert spelled.get(index, b"").decode() == text


@pytest.fixture
def base(desk: Desk) -> Desk:
    desk.engine.use(str(STARTER_BASE))
    desk.deliver.until(lambda: desk.engine.status.state == "ready" and desk.engine.status.model is not None)
    desk.deliver.until(lambda: desk.session.model_kind == "base")
    return desk


def test_a_base_model_is_asked_in_the_way_that_was_chosen_and_the_answer_keeps_it(base: Desk) -> None:
    assert base.session.ways == ("plain", "question", "few_shot")
    base.session.set_preferences(
        replace(base.session.preferences, base_way="few_shot", examples=(("What is 1 + 1?", "2"),))
    )
    answer = base.say("What is 2 + 2?")
    assert answer.state == "complete"
    assert answer.origin
    assert answer.origin.sampling["way"] == "few_shot"
    assert answer.origin.sampling["examples"] == [["What is 1 + 1?", "2"]]
    assert "\nQuestion:" in answer.origin.sampling["stop_texts"]
    assert "\nQuestion:" not in answer.text


def test_a_text_is_continued_without_a_word_between(base: Desk) -> None:
    base.session.set_preferences(replace(base.session.preferences, base_way="plain"))
    base.say("Once upon a time")
    second = base.say(" and then")
    seen = []
    base.session.prompt_tokens(3, seen.append)
    base.deliver.until(lambda: seen)
    text = b"".join(token.text for token in seen[0].tokens if not token.control).decode()
    first, answer, more = (message.text for message in base.session.shown[:3])
    assert text.strip() == (first + answer + more).strip()
    assert second.outcome
    assert second.outcome.prompt_tokens == len(seen[0].tokens)
