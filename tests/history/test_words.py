from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.history.words import LONGEST_WORD, QUERY_CHARACTERS, Matcher, Query, fold, index_text, parse, words


def spans(query: str, text: str) -> list[str]:
    snippet = Matcher(parse(query)).snippet(text)
    return [snippet.text[start:end] for start, end in snippet.matches]


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """An index as the history has it, taken from its own migration."""
    from sqlite_utils import Database

    from nextword.history.migrations import migrations

    db = Database(memory=True)
    migrations.apply(db)
    yield db.conn
    db.close()


def test_every_character_that_is_a_word_for_us_is_one_for_sqlite(index: sqlite3.Connection) -> None:
    every = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    found = {character: found for character in every if (found := words(fold(character)))}
    ours = {word for one in found.values() for word in one}
    assert len(ours) > 100_000
    index.executemany("insert into messages_index(rowid, words) values (?, ?)", enumerate(map(index_text, found), 1))
    index.execute("create virtual table temp.known using fts5vocab(main, messages_index, row)")
    theirs = {word for (word,) in index.execute("select term from known")}
    index.execute("drop table known")
    index.execute("insert into messages_index(messages_index) values ('delete-all')")
    assert theirs == ours


@given(st.text(max_size=60) | st.text("\"*^:()-+ANDORNEAT{}[]\\' x", max_size=30))
def test_no_text_is_a_query_that_sqlite_refuses(index: sqlite3.Connection, text: str) -> None:
    query = parse(text)
    if query.indexed:
        find = "select count(*) from messages_index where messages_index match ?"
        index.execute(find, [query.match_expression()]).fetchone()


@given(st.text("aßé天 x-'“🦊\n", max_size=60), st.data())
def test_what_is_copied_out_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start:][: data.draw(st.integers(1, 30))]
    query = parse(f'"{piece}"') if piece.strip() else Query()
    assert Matcher(Query(literal=query.literal)).found_in(text)


@given(st.text(max_size=300), st.text(max_size=10))
def test_the_marks_of_a_snippet_lie_in_it_in_order(text: str, query: str) -> None:
    snippet = Matcher(parse(query)).snippet(text)
    ends = [0, *(place for match in snippet.matches for place in match), len(snippet.text)]
    assert ends == sorted(ends)
    assert all(start < end for start, end in snippet.matches)


def test_a_pasted_page_is_a_query_as_well(index: sqlite3.Connection) -> None:
    query = parse("a b " * 100_000)
    assert sum(map(len, query.whole)) <= QUERY_CHARACTERS
    index.execute("select 1 from messages_index where messages_index match ?", [query.match_expression()]).fetchall()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("prob", "A Probability"),
        ("school école", "the ECOLE, a school"),
        ("ecole", "l’école"),
        ("don't", "I don’t know"),
        ("ﬁle full", "a file, ｆｕｌｌ"),
        ("天気", "今日は天気がいいですね"),
        ("気", "今日は天気がいいですね"),
        ("ตัวอย่าง", "นี่คือตัวอย่างข้อความ"),
        ("токен модел", "Что такое токен? Модель"),
        ("🦊", "a fox🦊here"),
        ("100%", "it is 100% sure"),
        ("c++", "in C++, not C"),
        ("a->b", "write a->b here"),
        ('"of a" token', "the end of   a\nsentence: token"),
        ("हिन्दी", "यह हिन्दी है"),
    ],
)
def test_it_is_found_as_people_type_it(query: str, text: str) -> None:
    assert Matcher(parse(query)).found_in(text)
    assert spans(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ability", "probability"),  # not in the middle of a word
        ("prob ", "probability"),  # it was ended with a space
        ("天気", "天と気"),
        ("100%", "100 apples"),
        ('"of a"', "a piece of it"),
        ("school closed", "the school"),
    ],
)
def test_it_is_not_found_where_it_is_not(query: str, text: str) -> None:
    assert not Matcher(parse(query)).found_in(text)


def test_a_word_without_end_is_known_by_its_beginning() -> None:
    hash_ = "9f" * 100
    assert words(index_text(f"sha256 {hash_}")) == ["sha256", hash_[:LONGEST_WORD]]
    assert Matcher(parse(f"{hash_} ")).found_in(f"sha256 {hash_}.")


def test_a_snippet_shows_the_match_far_down_in_a_long_text() -> None:
    text = "Lorem ipsum. " * 20_000 + "Here is the Überraschung, at last." + " And so on." * 1000
    snippet = Matcher(parse("uberrasch")).snippet(text)
    assert [snippet.text[start:end] for start, end in snippet.matches] == ["Überrasch"]
    assert snippet.text[0] == snippet.text[-1] == "…"
    assert len(snippet.text) < 170


def test_line_breaks_become_spaces_in_a_snippet() -> None:
    assert Matcher(parse("two")).snippet("one\n\n  two\tthree").text == "one two three"
