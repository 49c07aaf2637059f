from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nextword.history import search as search_module
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.records import ConversationId, Filters, Origin, Outcome
from nextword.history.search import Hit
from nextword.history.search_index import index_some

ORIGIN = Origin("/m/a.gguf", "ab" * 32, "A", "cd" * 32, {"temperature": 0.7}, 4, "0.1", "b1", "zen4")


def tell(conversations: Conversations, title: str, *texts: str) -> ConversationId:
    conversation = conversations.create(title)
    parent = None
    for text in texts:
        parent = conversations.add_message(conversation, parent, "user", text)
    return conversation


def every_hit(conversations: Conversations, text: str, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008
    page = conversations.search.find(text, filters, limit=3)
    hits = list(page.hits)
    while page.further is not None:
        page = conversations.search.find(text, filters, limit=3, further=page.further)
        hits += page.hits
    return hits


def found(conversations: Conversations, text: str, filters: Filters = Filters()) -> list[ConversationId]:  # noqa: B008
    return [hit.conversation.id for hit in every_hit(conversations, text, filters)]


def test_titles_come_before_messages_and_the_newest_first(conversations: Conversations) -> None:
    old_title = tell(conversations, "On tokens", "x")
    old = tell(conversations, "a", "What is a token?", "A token, well")
    new = tell(conversations, "b", "tokens?")
    new_title = tell(conversations, "Tokens again", "a token")
    assert found(conversations, "token") == [new_title, old_title, new, old]


def test_a_hit_says_where_and_shows_it(conversations: Conversations) -> None:
    conversation = tell(conversations, "a", "nothing", "Here a Token\nstands", "nothing")
    (hit,) = every_hit(conversations, "token")
    assert hit.message == conversations.read(conversation).messages[1].id
    assert hit.snippet.text == "Here a Token stands"
    assert hit.snippet.matches == ((7, 12),)


def test_an_answer_is_found_when_it_is_finished_and_a_title_by_its_new_name(conversations: Conversations) -> None:
    conversation = tell(conversations, "first title", "question")
    parent = conversations.read(conversation).messages[0].id
    answer = conversations.begin_answer(conversation, parent, ORIGIN)
    assert found(conversations, "zebra") == []
    conversations.finish_answer(answer, "A zebra.", Outcome("complete", "end"))
    assert found(conversations, "zebra") == [conversation]
    conversations.rename(conversation, "second title")
    assert (found(conversations, "first"), found(conversations, "second")) == ([], [conversation])


@pytest.mark.parametrize(
    "text", ["", " ", '"', "*", '"""', "AND", "a OR", "NEAR(", "^x", "x:y", "-", "\0", "\ud800", "(((" * 500]
)
def test_any_text_can_be_looked_for(conversations: Conversations, text: str) -> None:
    tell(conversations, "t", "some text")
    assert found(conversations, text) == []


def test_signs_alone_are_found_as_well(conversations: Conversations) -> None:
    conversation = tell(conversations, "t", "if a != b {}")
    tell(conversations, "u", "nothing of it")
    assert found(conversations, "!=") == found(conversations, "{}") == [conversation]


def test_a_search_that_takes_long_goes_on_where_it_was(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [tell(conversations, "", f"the needle {number}") for number in range(20)]
    for _ in range(60):
        tell(conversations, "", "the hay")
    monkeypatch.setattr(search_module, "WORK_CHARACTERS", 5_000)
    first = conversations.search.find("{needle} ha", limit=3)
    assert first.hits == ()
    for text in ("needle", "the nee", '"the needle"'):
        assert found(conversations, text) == kept[::-1]


def test_the_index_catches_up_in_pieces_and_can_be_made_anew(tmp_path: Path) -> None:
    db = open_database(tmp_path / "history.db")
    conversations = Conversations(db)
    kept = [tell(conversations, f"title {number}", f"word{number}") for number in range(5)]
    assert not index_some(db, 2)
    assert not index_some(db, 2)
    assert index_some(db, 2)
    assert found(conversations, "word3") == [kept[3]]
    conversations.search.rebuild()
    assert not index_some(db, 2)
    assert found(conversations, "word3") == [kept[3]]
    db.close()


def test_what_a_full_disk_keeps_from_the_index_is_found_as_well(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_db: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    indexed = tell(conversations, "title one", "word1")
    assert found(conversations, "word1") == [indexed]
    monkeypatch.setattr(search_module, "index_some", full)
    waiting = tell(conversations, "title two", "word2 word1")
    assert found(conversations, "word2") == found(conversations, "title tw") == [waiting]
    assert found(conversations, "title ") == found(conversations, "word1 ") == [waiting, indexed]
    conversations.rename(indexed, "other")
    assert found(conversations, "title one") == []


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    db = open_database(tmp_path / "history.db")
    conversations = Conversations(db)
    conversation = tell(conversations, "t", "needle")
    assert found(conversations, "needle") == [conversation]
    db.execute("update messages_index_data set block = x'00112233445566778899' where id > 10")
    db.conn.commit()
    db.close()
    db = open_database(tmp_path / "history.db")
    conversations = Conversations(db)
    found(conversations, "needle")
    assert found(conversations, "needle") == [conversation]
    db.close()


def take(step: str, text: str, conversations: Conversations) -> None:
    rows = conversations.list()
    match step:
        case "add":
            tell(conversations, text, text)
        case "rename" if rows:
            conversations.rename(rows[0].id, text)
        case "message" if rows:
            conversations.add_message(rows[-1].id, None, "user", text)
        case "finish" if rows:
            parent = conversations.add_message(rows[-1].id, None, "user", "q")
            answer = conversations.begin_answer(rows[-1].id, parent, ORIGIN)
            conversations.finish_answer(answer, text, Outcome("complete", "end"))
        case "delete" if rows:
            conversations.delete(rows[0].id)
        case "purge":
            while not conversations.trash.empty_some():
                pass
        case "search":
            found(conversations, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "rename", "finish", "delete", "purge", "search", "message"]),
            st.sampled_from(["alpha beta", "Beta gamma", "天気がいい", "alpha", "", "été 100%"]),
        ),
        max_size=15,
    )
)
def test_the_index_finds_what_looking_through_finds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    db = open_database(tmp_path_factory.mktemp("db") / "history.db")
    conversations = Conversations(db)
    for step, text in steps:
        take(step, text, conversations)
    for query in ("alpha", "be", "beta ga", "alpha b", "天気", "気", "ete", "100%", "gamma "):
        looked_through = set(found(conversations, query, Filters(since=0.0)))  # few are left by a filter
        for newest, candidates in ((2000, 1000), (1, 1), (3, 2)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(search_module, "NEWEST_MESSAGES", newest)
                patch.setattr(search_module, "WHOLE_WORD_CANDIDATES", candidates)
                through_index = found(conversations, query)
            assert set(through_index) == looked_through
            assert len(through_index) == len(looked_through)
    db.close()
