"""A vocabulary is read once, searched in every way, and a text is counted in four ways."""

from __future__ import annotations

import pytest

from nextword.engine import protocol
from nextword.engine.protocol import TokenKind
from nextword.errors import NextwordError
from nextword.tables import to_csv
from nextword.write.tokens_counts import count_text, count_tokens, counts_table
from nextword.write.tokens_vocabulary import SearchBy, VocabularyReader, VocabularyTable
from tests.write.instruments import Bench

TEXTS = [b"<s>", b"</s>", b" The", b"the", b" then", b"\xf0\x9f", b"\n", "é".encode(), b"<tool>", b"12"]
KINDS = bytes([TokenKind.CONTROL, TokenKind.CONTROL, 0, 0, 0, TokenKind.BYTE, 0, 0, TokenKind.USER_DEFINED, 0])
TABLE = VocabularyTable(TEXTS, KINDS, ends=(1,))


@pytest.mark.parametrize(
    ("query", "by", "found"),
    [
        ("the", "contains", [2, 3, 4]), (" the", "begins", [2, 4]), ("·the", "begins", [2, 4]), ("↵", "contains", [6]),
        ("É", "contains", [7]), ("1", "id", [1]), ("0", "id", [0]), ("x", "id", []), ("f0 9f", "bytes", [5]),
        ("zz", "bytes", []), ("", "special", [0, 1, 8]), ("too", "special", [8]), ("", "contains", list(range(10))),
        ("nothing", "contains", []),
    ],
)  # fmt: skip
def test_tokens_are_found(query: str, by: SearchBy, found: list[int]) -> None:
    assert list(TABLE.search(query, by)) == found


def test_capital_letters_count_where_that_is_wanted() -> None:
    assert list(TABLE.search(" The", "begins", case=True)) == [2]


def test_ids_that_begin_with_the_digits_follow_the_id_itself() -> None:
    assert list(VocabularyTable([b"x"] * 130, bytes(130)).search("12", "id")) == [12, *range(120, 130)]


def test_a_vocabulary_is_read_once_for_all_who_ask(bench: Bench) -> None:
    reader = VocabularyReader(bench.engine)
    read: list[VocabularyTable | NextwordError] = []
    reader.read(read.append)
    reader.read(read.append)
    bench.deliver.until(lambda: len(read) == 2)
    table = reader.table
    assert table is not None
    assert read == [table, table]
    reader.read(read.append)
    assert read[2] is table
    model = bench.engine.status.model
    assert model is not None
    assert table.size == model.vocabulary
    assert table.texts[table.tokenize(" word", special=False)[0]] == b" word"
    assert table.kinds[1] == TokenKind.CONTROL


def test_a_text_is_counted_beside_its_tokens(bench: Bench) -> None:
    text = "the word  été 🦊\n"
    (seen,) = bench.ask(protocol.Tokenize(0, protocol.TextPrompt(text)))
    assert isinstance(seen, protocol.Tokenized)
    counted, tokens = count_text(text), count_tokens("Tiny", text, seen.tokens)
    assert (counted.words, counted.characters, counted.size_bytes) == (4, 16, 21)
    assert tokens.tokens == len(seen.tokens) - 1
    assert tokens.added == 1
    assert tokens.whole_words == 2
    table = counts_table(counted, [tokens, tokens])
    assert table.columns == ("measure", "Tiny", "Tiny (2)")
    assert dict(zip(("measure", "a", "b"), table.rows[8], strict=True))["a"] == 16 / tokens.tokens
    assert "characters per token" in to_csv(table)


def test_nothing_is_divided_by_no_tokens() -> None:
    table = counts_table(count_text(""), [count_tokens("Tiny", "", [])])
    assert table.rows[-1] == ("tokens per word", None)
