"""The task half of the training corpus keeps clear of the evaluation sets and says what it promises."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache

import pytest

from starter import corpus
from starter.corpus import (
    evaluated,
    items,
    layout,
    lookup,
    plain_words,
    reviews,
    sets,
    task_chats,
    tasks,
    topics,
    words,
)
from starter.corpus.document import Chat, Document, Piece
from starter.corpus.mappings import MAPPINGS

DOCUMENTS = 600
MODULES = (lookup, tasks, reviews, topics, plain_words)
OWN_DOMAINS = {name: make for module in MODULES for name, make in module.DOMAINS.items()}

FIELDS = {
    *layout._WORD_FIELDS,
    *layout._LINE_FIELDS,
    *tasks._REVIEW_FIELDS,
    *tasks._TOPIC_FIELDS,
    *((f"{first}: ", f"{mark}{second}:") for first, second in (m.fields for m in MAPPINGS.values()) for mark in " \n"),
}


def text_of(document: Document) -> str:
    return "".join(piece.text for piece in document)


def chat_text(chat: Chat) -> str:
    return "\n".join(turn.text for turn in chat)


@cache
def documents(name: str) -> list[Document]:
    rng = random.Random(f"test {name}")
    return [OWN_DOMAINS[name](rng) for _ in range(DOCUMENTS)]


def split_phrase(item: str) -> tuple[str, str, str]:
    return item.partition(" ")


def inputs(set_name: str, split: str = "test") -> set[str]:
    return {row["input"] for row in sets.load(set_name, split)}


def _either(parts: set[str]) -> str:
    return "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True) if part)


ROW = re.compile(
    rf"(?:\d+\. )?(?:{_either({before for before, _ in FIELDS})})?(.*?)(?:{_either({after for _, after in FIELDS})})",
    re.DOTALL,
)


def items_in(document: Document) -> set[str]:
    """Return the inputs of the rows of a task."""
    return {found[1] for piece in document if (found := ROW.fullmatch(piece.text))}


@pytest.mark.parametrize("name", sorted(OWN_DOMAINS))
def test_no_evaluated_sentence_or_phrase_occurs_in_training(name: str) -> None:
    sentences_and_phrases = inputs("sentiment") | inputs("topic") | inputs("sentiment", "examples")
    everything = "\n".join(text_of(document) for document in documents(name))
    assert not [kept for kept in sentences_and_phrases if kept in everything]
    assert not re.findall(rf"\b(?:{'|'.join(inputs('foobar') | inputs('foobar', 'examples'))})\b", everything)


@pytest.mark.parametrize("name", sorted(name for name in OWN_DOMAINS if corpus.groups()[name] != "text"))
def test_no_evaluated_word_is_the_input_of_a_task(name: str) -> None:
    kept = inputs("antonyms") | inputs("plurals")
    for document in documents(name):
        assert not items_in(document) & kept, text_of(document)


def test_no_held_out_pair_is_a_row_in_either_direction() -> None:
    pairs = evaluated.HELD_OUT_ANTONYMS | evaluated.HELD_OUT_PLURALS
    kept = {word for pair in pairs for word in pair}
    rng = random.Random("rows")
    for mapping in MAPPINGS.values():
        for _ in range(DOCUMENTS):
            item, answer = mapping.row(rng)
            assert item not in kept
            assert (item, answer) not in pairs
            assert (answer, item) not in pairs


def test_no_chat_asks_about_an_evaluated_item() -> None:
    asked = [f"of {word}?" for word in inputs("antonyms") | inputs("plurals")]
    kept = inputs("sentiment") | inputs("topic")
    rng = random.Random("test chats")
    chats = [make(rng) for make in task_chats.CHATS.values() for _ in range(DOCUMENTS)]
    everything = "\n".join(chat_text(chat) for chat in chats)
    assert not [line for line in (*asked, *kept) if line in everything]
    turns = {turn.text for chat in chats for turn in chat if turn.role == "user"}
    assert not turns & (inputs("antonyms") | inputs("plurals") | inputs("foobar"))


def test_the_checks_see_an_evaluated_item_where_there_is_one() -> None:
    kept = next(iter(inputs("sentiment")))
    assert evaluated.reserved_sentence(kept)
    assert "sink" in items_in((Piece("Word: sink ->"), Piece(" float")))


def test_foo_and_bar_never_label_an_animal_or_a_tool() -> None:
    things = {*words.ANIMALS, *words.TOOLS}
    adjectives = set(words.NEUTRAL_ADJECTIVES)
    other = [pool for name, pool in words.NOUNS.items() if name not in ("animals", "tools")]
    for name in OWN_DOMAINS:
        for document in documents(name)[:400]:
            if not {" foo", "foo", " bar"} & {piece.text for piece in document}:
                continue
            found_items = items_in(document)
            found_items |= {noun for word, _, noun in map(split_phrase, found_items) if word in adjectives}
            found = found_items & things
            # "plane" and the like are tools by one table and vehicles by another.
            assert not found - {word for pool in other for word in pool}, name


def test_pos_is_the_good_side_in_half_of_the_lists() -> None:
    good = Counter[bool]()
    for seed in range(600):
        labels = tasks._defined_labels(random.Random(seed))
        if "pos" in labels:
            good[labels[0] == "pos"] += 1
    assert 0.4 < good[True] / good.total() < 0.6


def test_pos_and_neg_never_appear_before_an_example_has_explained_them() -> None:
    for name in ("sentiment", "sentiment_of_words"):
        for document in documents(name):
            assert not {" pos", " neg", "pos", "neg"} & {piece.text for piece in document}


@pytest.mark.parametrize("name", sorted(OWN_DOMAINS))
def test_the_same_seed_gives_the_same_documents(name: str) -> None:
    first = [OWN_DOMAINS[name](random.Random(7)) for _ in range(3)]
    assert first == [OWN_DOMAINS[name](random.Random(7)) for _ in range(3)]


@pytest.mark.parametrize("name", sorted(OWN_DOMAINS))
def test_documents_have_text_and_no_unfilled_slot(name: str) -> None:
    for document in documents(name):
        text = text_of(document)
        assert text.strip()
        assert not re.search(r"[{}]|a_ |\[[^\]\n]*\|", text), text
        assert all(0.0 <= piece.weight <= 3.0 and piece.text for piece in document)


def test_an_answer_that_nobody_could_guess_counts_little_and_later_ones_count_much() -> None:
    for document in documents("made_up_words"):
        first_answer = document[1]
        assert first_answer.weight < 0.5
        later = [piece.weight for piece in document[1:-1] if piece.text == first_answer.text]
        assert max(later + [document[-1].weight]) >= 2.0


def test_an_item_of_a_look_up_task_counts_only_when_it_comes_back() -> None:
    for document in documents("lookup_pairs")[:200]:
        seen: set[str] = set()
        for item, answer in zip(document[0::3], document[1::3], strict=False):
            name = re.sub(r"^\d+\. ", "", item.text)
            assert (answer.weight >= 2.0) == (name in seen)
            seen.add(name)


def test_evaluation_sets_have_the_promised_sizes_and_are_balanced() -> None:
    sizes = {"sentiment": 200, "topic": 200, "antonyms": 100, "plurals": 100, "foobar": 200}
    for name, size in sizes.items():
        rows = sets.load(name, "test")
        assert len(rows) == len({row["input"] for row in rows}) == size
        labels = Counter(row["label"] for row in rows if "label" in row)
        assert not labels or set(labels.values()) == {size // len(labels)}
        assert not inputs(name) & inputs(name, "examples")
        assert len(sets.load(name, "examples")) >= 40


def test_stored_sets_are_what_the_generators_write() -> None:
    for name in sets.SETS:
        assert sets.load(name, "test") + sets.load(name, "examples") == sets.rows_of(name)


def test_a_prompt_repeats_the_layout_and_ends_before_the_space_of_the_answer() -> None:
    examples = [{"input": "Lovely.", "label": "positive"}, {"input": "Awful.", "label": "negative"}]
    item = {"input": "Fine.", "label": "positive"}
    assert sets.prompt("sentiment", examples, item) == (
        "Review: Lovely.\nSentiment: pos\n\nReview: Awful.\nSentiment: neg\n\nReview: Fine.\nSentiment:"
    )
    assert sets.answer("sentiment", item) == "pos"
    assert sets.prompt("plurals", [], {"input": "fox", "answer": "foxes"}) == "Word: fox ->"


def test_ordinary_text_names_every_evaluated_word() -> None:
    rng = random.Random("coverage")
    text = " ".join(text_of(make(rng)) for make in plain_words.DOMAINS.values() for _ in range(3000)).lower()
    known = Counter(re.findall(r"[a-z'-]+", text))
    for pair in evaluated.HELD_OUT_ANTONYMS | evaluated.HELD_OUT_PLURALS:
        assert all(known[word] >= 10 for word in pair), pair
    for phrase in inputs("foobar"):
        assert all(known[word] >= 3 for word in phrase.split()[1:]), phrase


def test_the_adjectives_of_the_made_up_label_set_are_no_items_of_tasks() -> None:
    assert not {word for pool in items.POOLS.values() for word in pool} & set(evaluated.EVALUATED_ADJECTIVES)
    assert not set(words.NEUTRAL_ADJECTIVES) & set(evaluated.EVALUATED_ADJECTIVES)
