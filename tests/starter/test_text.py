"""The text half of the starter corpus: repeatable, new each time, well formed, and apart from its evaluation."""

from __future__ import annotations

import random
import re

import pytest

from starter import corpus
from starter.corpus import evaluation, facts, moods, questions, stories, terms
from starter.corpus.chat_memory import is_reserved_value, value_for
from starter.corpus.chats import CHATS
from starter.corpus.document import Chat, Document
from starter.corpus.grammar import article, fill, sentences
from starter.corpus.held_out import normalised
from starter.corpus.terms import TERMS
from starter.corpus.wordings import LLM_WORDINGS, every_term_question, is_plural, kept_back

TEXT_DOMAINS = {**stories.DOMAINS, **moods.DOMAINS, **facts.DOMAINS, **terms.DOMAINS, **questions.DOMAINS}
SAMPLES = 3000


def written(document: Document) -> str:
    return "".join(piece.text for piece in document)


def answers(chat: Chat) -> list[str]:
    return [turn.text for turn in chat if turn.role == "assistant"]


def texts(name: str, count: int, seed: int = 11) -> list[str]:
    rng = random.Random(seed)
    return [written(TEXT_DOMAINS[name](rng)) for _ in range(count)]


def chats(name: str, count: int, seed: int = 11) -> list[Chat]:
    rng = random.Random(seed)
    return [CHATS[name](rng) for _ in range(count)]


@pytest.mark.parametrize("name", TEXT_DOMAINS)
def test_the_same_seed_writes_the_same_text(name: str) -> None:
    assert texts(name, 30) == texts(name, 30)
    assert texts(name, 30) != texts(name, 30, seed=12)


@pytest.mark.parametrize("name", CHATS)
def test_the_same_seed_holds_the_same_chats(name: str) -> None:
    assert chats(name, 30) == chats(name, 30)
    assert chats(name, 30) != chats(name, 30, seed=12)


@pytest.mark.parametrize("name", TEXT_DOMAINS)
def test_texts_hardly_ever_repeat(name: str) -> None:
    found = texts(name, 1000)
    assert len(set(found)) > 950


@pytest.mark.parametrize("name", TEXT_DOMAINS)
def test_no_template_mark_is_left_in_a_text(name: str) -> None:
    for text in texts(name, 800):
        assert not re.search(r"[{}\[\]|\0]|\b[Aa]_ |  ", text), text


@pytest.mark.parametrize("name", CHATS)
def test_no_template_mark_is_left_in_a_chat(name: str) -> None:
    for chat in chats(name, 800):
        for turn in chat:
            assert not re.search(r"[{}\[\]|\0]|\b[Aa]_ |  ", turn.text), turn


@pytest.mark.parametrize("name", CHATS)
def test_chats_take_turns_and_end_with_an_answer(name: str) -> None:
    for chat in chats(name, 300):
        roles = [turn.role for turn in chat]
        if roles[0] == "system":
            roles = roles[1:]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(turn.text.strip() == turn.text and turn.text for turn in chat)


def test_articles_fit_the_sound_that_follows() -> None:
    expected = {
        "apple": "an", "hour": "an", "LLM": "an", "F1": "an", "ugly": "an", "unfriendly": "an", "MoE": "an",
        "egg": "an", "unicorn": "a", "useful": "a", "one-shot": "a", "token": "a", "GPU": "a", "house": "a",
    }  # fmt: skip
    assert {word: article(word) for word in expected} == expected
    assert sentences("a_ old man saw a_ {thing}. he ran.".replace("{thing}", "fox")) == "An old man saw a fox. He ran."


def test_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("the {nothing}", random.Random(1))


def test_there_are_a_hundred_terms_and_each_definition_holds_the_key_phrase() -> None:
    assert len(TERMS) >= 100
    assert len({term.name for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert len(term.definitions) >= 3
        for definition in term.definitions:
            assert term.key.lower() in definition.lower(), (term.name, definition)
            assert definition[-1] in ".?"


def test_each_term_can_be_asked_for_in_many_ways() -> None:
    for term in TERMS:
        questions_for_training = [question for question in every_term_question(term) if not kept_back(question)]
        assert len(questions_for_training) >= 12, term.name


def test_plural_forms_are_asked_for_in_the_plural() -> None:
    for term in TERMS:
        for question in every_term_question(term):
            form = next((form for form in term.forms if f" {form}?" in question and is_plural(form)), None)
            if form and question.startswith("What "):
                assert not question.startswith(f"What is {form}"), question


def test_answers_about_terms_are_complete_and_short() -> None:
    for chat in chats("terms", 500):
        for answer in answers(chat):
            assert len(answer.split()) <= 75
            assert answer[-1] in '.?!"'


def test_a_remembered_value_is_said_in_the_answer_and_was_told_before() -> None:
    copied = 0
    for chat in chats("remember", 600):
        last = chat[-1].text
        told = " ".join(turn.text for turn in chat[:-2] if turn.role == "user")
        values = re.findall(r"\b(?:\d{2,4}|[A-Z][a-z]+)\b", last)[-1:]
        copied += any(re.search(rf"\b{value}\b", told) for value in values)
    assert copied > 300


def test_names_and_numbers_for_evaluation_are_never_told_in_training() -> None:
    rng = random.Random(5)
    for subject in ("name", "number", "pet", "friend", "word"):
        assert not any(is_reserved_value(value_for(rng, subject)) for _ in range(500))
        assert all(is_reserved_value(value_for(rng, subject, held_out=True)) for _ in range(100))


def test_a_quarter_of_the_remember_chats_come_as_new_values() -> None:
    names = {chat[0].text for chat in chats("remember", 400)}
    assert len(names) > 250


# Evaluation stays apart from training.


def user_messages_of_training() -> set[str]:
    rng = random.Random(2)
    return {
        normalised(turn.text)
        for name, make in corpus.chat_generators().items()
        for _ in range(SAMPLES if name in CHATS else SAMPLES // 6)
        for turn in make(rng)
        if turn.role == "user"
    }


def lines_of_training() -> set[str]:
    rng = random.Random(3)
    return {
        normalised(line)
        for name in TEXT_DOMAINS
        for _ in range(SAMPLES)
        for line in re.split(r"\n|(?<=[.?!]) ", written(TEXT_DOMAINS[name](rng)))
    }


@pytest.fixture(scope="module")
def seen_messages() -> set[str]:
    return user_messages_of_training()


@pytest.fixture(scope="module")
def seen_lines() -> set[str]:
    return lines_of_training()


def bare_line(line: str) -> str:
    return re.sub(r"^(\d+|q\d+) ", "", line)


def test_no_evaluated_question_is_asked_in_training(seen_messages: set[str], seen_lines: set[str]) -> None:
    asked = {normalised(str(row["question"])) for name in ("questions", "llms") for row in evaluation.load(name)}
    assert len(asked) >= 165
    assert not asked & seen_messages
    assert not asked & {bare_line(line) for line in seen_lines}


def test_every_evaluated_question_is_reserved_by_its_hash() -> None:
    for name in ("questions", "llms"):
        assert all(kept_back(str(row["question"])) for row in evaluation.load(name))
    assert all(kept_back(wording) for wording in LLM_WORDINGS)


def test_no_evaluated_prompt_ends_with_a_message_of_training(seen_messages: set[str]) -> None:
    rows = evaluation.load("prompts")
    last = {normalised(row["turns"][-1]["text"]) for row in rows}  # type: ignore[index]
    assert len(rows) == 300
    assert len(last) > 200
    assert not last & seen_messages


def test_each_chat_to_be_remembered_tells_a_held_out_value_once() -> None:
    rows = evaluation.load("remember")
    assert len(rows) == 100
    for row in rows:
        turns = row["turns"]
        assert isinstance(turns, list)
        assert is_reserved_value(str(row["expected"]))
        assert str(row["expected"]).lower() in turns[0]["text"].lower()
        assert len(turns) in (5, 7)
        assert not any(str(row["expected"]) in turn["text"] for turn in turns[2:])


def test_held_out_stories_begin_as_no_story_of_training_does() -> None:
    rng = random.Random(4)
    begun = {" ".join(stories.draw_story(rng)[:2]) for _ in range(SAMPLES)}
    rows = evaluation.load("stories")
    openings = {str(row["opening"]) for row in rows if "opening" in row}
    whole = [str(row["story"]) for row in rows if "story" in row]
    assert len(openings) == 100
    assert len(whole) == 60
    assert not openings & begun
    assert not any(story.startswith(opening + " ") for story in whole for opening in begun)


def test_the_stored_files_are_what_the_generators_write() -> None:
    for name in ("questions", "llms", "prompts", "remember", "stories"):
        assert evaluation.load(name) == evaluation.rows_of(name)
