from __future__ import annotations

import pytest
from msgspec.structs import replace

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.records import Attachment, ConversationId, HistoryChange, MessageId, Origin, Outcome

ORIGIN = Origin(
    "/m/a.gguf",
    "ab" * 32,
    "A",
    "cd" * 32,
    {"temperature": 0.7, "stop": ["\n", {"a": [1, None]}]},
    4_000_000_000,
    "0.1",
    "b1",
    "zen4",
)


def answered(conversations: Conversations) -> tuple[ConversationId, MessageId, MessageId]:
    conversation = conversations.create()
    question = conversations.add_message(conversation, None, "user", "What is a token?")
    answer = conversations.begin_answer(conversation, question, ORIGIN)
    return conversation, question, answer


def test_an_answer_keeps_what_made_it_and_how_it_ended(conversations: Conversations) -> None:
    conversation, _, answer = answered(conversations)
    outcome = Outcome("complete", "end", 10, 4, 3, 0.1, 0.2)
    conversations.finish_answer(answer, "A piece of text.", outcome, block=b"tokens")
    stored = conversations.read(conversation).messages[1]
    assert (stored.origin, stored.outcome, stored.text, stored.has_tokens) == (
        ORIGIN,
        outcome,
        "A piece of text.",
        True,
    )


def test_versions_share_a_parent_and_nothing_is_overwritten(conversations: Conversations) -> None:
    conversation, question, answer = answered(conversations)
    conversations.finish_answer(answer, "one", Outcome("complete", "end"))
    second = conversations.begin_answer(conversation, question, ORIGIN)
    conversations.finish_answer(second, "two", Outcome("complete", "end"))
    stored = conversations.read(conversation)
    assert [(m.parent, m.text) for m in stored.messages[1:]] == [(question, "one"), (question, "two")]
    assert stored.head == second


def test_the_blocks_of_a_growing_answer_become_one_when_it_is_done(conversations: Conversations) -> None:
    _, _, answer = answered(conversations)
    conversations.append_tokens(answer, "A pie", b"1")
    conversations.append_tokens(answer, "ce", b"2")
    assert conversations.tokens(answer) == (b"1", b"2")
    conversations.finish_answer(answer, "A piece", Outcome("complete", "end"), block=b"12")
    assert conversations.tokens(answer) == (b"12",)


def test_an_answer_cut_off_by_the_end_of_the_program_keeps_its_text(conversations: Conversations) -> None:
    conversation, _, answer = answered(conversations)
    conversations.append_tokens(answer, "A pie", b"1")
    conversations.append_tokens(answer, "ce of", b"2")
    assert conversations.recover() == 1
    stored = conversations.read(conversation).messages[1]
    assert (stored.text, stored.state, conversations.tokens(answer)) == ("A piece of", "interrupted", (b"1", b"2"))


def test_the_first_question_names_the_conversation_in_one_short_line(conversations: Conversations) -> None:
    conversation = conversations.create()
    conversations.add_message(conversation, None, "user", "Tell me\n\nabout   " + "x" * 200)
    title = conversations.list()[0].title
    assert title.startswith("Tell me about xxx")
    assert len(title) == 80


@pytest.mark.parametrize("search", ["100%", "under_score", "back\\slash", "TOKEN"])
def test_search_takes_every_sign_literally(conversations: Conversations, search: str) -> None:
    conversation = conversations.create("one")
    conversations.add_message(conversation, None, "user", "100% under_score back\\slash token")
    conversations.create("100x underxscore")
    assert [row.id for row in conversations.list(search)] == [conversation]


def test_the_list_shows_the_last_used_first_with_the_last_answer(conversations: Conversations) -> None:
    first, _, answer = answered(conversations)
    conversations.create("second")
    conversations.finish_answer(answer, "A piece\nof text.", Outcome("complete", "end"))
    rows = conversations.list()
    assert [row.title for row in rows] == ["What is a token?", "second"]
    assert rows[0].preview == "A piece of text."


def test_the_trash_keeps_what_was_deleted_until_it_is_restored(conversations: Conversations) -> None:
    conversation, _, _ = answered(conversations)
    conversations.delete(conversation)
    assert conversations.list() == []
    assert [row.id for row in conversations.list(deleted=True)] == [conversation]
    assert conversations.count_messages() == 0
    conversations.restore(conversation)
    assert [row.id for row in conversations.list()] == [conversation]
    assert conversations.count_messages() == 2


def test_what_is_not_there_is_named(conversations: Conversations) -> None:
    missing = ConversationId(99)
    with pytest.raises(NoSuchRow, match="conversation"):
        conversations.read(missing)
    with pytest.raises(NoSuchRow):
        conversations.add_message(missing, None, "user", "x")
    with pytest.raises(NoSuchRow):
        conversations.finish_answer(MessageId(99), "x", Outcome("complete", "end"))
    with pytest.raises(NoSuchRow, match="message"):
        conversations.add_message(conversations.create(), MessageId(5), "user", "x")


def test_a_parent_of_another_conversation_is_refused_and_nothing_is_written(conversations: Conversations) -> None:
    _, question, _ = answered(conversations)
    other = conversations.create()
    with pytest.raises(NoSuchRow):
        conversations.begin_answer(other, question, ORIGIN)
    assert conversations.read(other).messages == ()


def test_changes_are_told_once(conversations: Conversations) -> None:
    conversation = conversations.create()
    assert conversations.take_change() == HistoryChange(conversations=True, conversation=conversation)
    assert conversations.take_change() is None
    conversations.list()
    assert conversations.take_change() is None


def test_a_hash_that_is_known_later_is_noted_for_the_answers_that_lack_it(conversations: Conversations) -> None:
    conversation, question, hashed = answered(conversations)
    late = conversations.begin_answer(conversation, question, replace(ORIGIN, model_sha256=""))
    other = conversations.begin_answer(conversation, question, replace(ORIGIN, model_sha256="", model_file="/m/b.gguf"))
    conversations.fill_sha256(ORIGIN.model_file, "99" * 32, [hashed, late, other])
    stored = {m.id: m.origin.model_sha256 for m in conversations.read(conversation).messages if m.origin}
    assert stored == {hashed: ORIGIN.model_sha256, late: "99" * 32, other: ""}


def test_half_a_character_from_the_clipboard_is_kept_as_well_as_it_can_be(conversations: Conversations) -> None:
    conversation = conversations.create("\ud83e\udd8a \udd8a")
    file = Attachment("\ud800.txt", "txt", "a\udfff")
    conversations.add_message(conversation, None, "user", "fox \ud83e\udd8a \ud800", attachments=[file])
    conversations.drafts.keep(conversation, "\ud800", [file])
    stored = conversations.read(conversation)
    assert stored.title == "🦊 �"
    assert stored.messages[0].text == "fox 🦊 �"
    kept = Attachment("�.txt", "txt", "a�")
    assert stored.messages[0].attachments == conversations.drafts.read(conversation).attachments == (kept,)
    assert conversations.prompts.add("\ud800", "\ud800").name == "�"
    assert conversations.shelves.tag([conversation], "\ud800") == [conversation]
