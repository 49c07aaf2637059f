"""The search over titles and messages.

The index gives candidates, newest first; each is looked for in its text before it is shown. One call does a bounded
amount of work and says where to go on, so that a search never keeps an answer from being kept.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterator

from msgspec import Struct

from nextword.history.listing import Choice, choose, summaries
from nextword.history.records import ConversationId, ConversationSummary, Filters, MessageId
from nextword.history.search_index import empty_index, index_some
from nextword.history.store import Store
from nextword.history.words import Matcher, Query, Snippet, parse

PAGE_CONVERSATIONS = 50
WORK_CHARACTERS = 4_000_000
"""Most text that one call looks through. A candidate counts as 200 more, one whose text is read as 800 more."""
_CANDIDATE_CHARACTERS = 200
_READ_CHARACTERS = 800
_ROWS_AT_ONCE = 100
_LAST = 2**63 - 1

# {}: the condition on the conversation
_CANDIDATES = {
    "titles": "select c.id, c.id from conversations c where c.id in ({}) and {} order by c.id desc",
    "messages": "select m.id, c.id from messages m join conversations c on c.id = m.conversation"
    " where m.id in ({}) and m.deleted is null and {} order by m.id desc",
}
_EVERYTHING = {
    "titles": "select c.id, c.id from conversations c where c.id < ? and {} order by c.id desc",
    "messages": "select m.id, c.id from messages m cross join conversations c on c.id = m.conversation"
    " where m.id < ? and m.deleted is null and {} order by m.id desc",
}
_OF_FEW = "select m.id, m.conversation from messages m where m.id < ? and m.deleted is null and m.conversation in ({})"
_TEXTS = {
    "titles": "select title from conversations where id = ?",
    "messages": "select text from messages where id = ?",
}


class Further(Struct, frozen=True):
    """Where a search goes on: in this part, below this row. seen: the conversations that were found before."""

    part: str
    below: int
    seen: frozenset[ConversationId]


class Hit(Struct, frozen=True):
    """A conversation that was found. message: where, None for its title; snippet: of the message or the title."""

    conversation: ConversationSummary
    message: MessageId | None
    snippet: Snippet


class Hits(Struct, frozen=True):
    """What was found: titles first, then messages, the newest first, every conversation once.

    further: to be given to `find` for more; None when there is no more. There can be more even where nothing was found:
    then a part of the history was gone through.
    """

    hits: tuple[Hit, ...] = ()
    further: Further | None = None


class Search:
    """See the module."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(
        self,
        text: str,
        filters: Filters = Filters(),  # noqa: B008 - it cannot be changed
        *,
        limit: int = PAGE_CONVERSATIONS,
        further: Further | None = None,
    ) -> Hits:
        """Return conversations that have all words of `text` in the title or in one message.

        The last word may be half typed. Any text can be looked for.
        """
        query = parse(text)
        if query.empty:
            return Hits()
        if further is None:
            self._catch_up()
        try:
            return self._find(query, filters, limit, further)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_CORRUPT_VTAB":
                raise
            self.rebuild()
            return self._find(query, filters, limit, further)

    def index_some(self) -> bool:
        """Bring the index up to some of what was written last; return whether it is up to all of it."""
        return index_some(self._store.db)

    def rebuild(self) -> None:
        """Throw the index away; `index_some` makes it anew, in pieces."""
        empty_index(self._store.db)

    def _catch_up(self) -> None:
        try:
            index_some(self._store.db)
        except sqlite3.OperationalError:  # a full disk must not keep what is there from being found
            return

    def _find(self, query: Query, filters: Filters, limit: int, further: Further | None) -> Hits:
        start = further or Further("titles", _LAST, frozenset())
        scan = _Scan(self._store, query, choose(self._store, filters), start)
        found: dict[ConversationId, tuple[MessageId | None, str]] = {}
        with contextlib.closing(scan.matches()) as matches:
            for part, row, conversation, text in matches:
                found[conversation] = (MessageId(row) if part == "messages" else None, text)
                if len(found) == limit:
                    break
        ended = len(found) < limit and not scan.interrupted
        return Hits(self._hits(scan.matcher, found), None if ended else scan.place())

    def _hits(self, matcher: Matcher, found: dict[ConversationId, tuple[MessageId | None, str]]) -> tuple[Hit, ...]:
        rows = summaries(self._store, list(found))
        return tuple(
            Hit(rows[conversation], message, matcher.snippet(text))
            for conversation, (message, text) in found.items()
            if conversation in rows
        )


class _Scan:
    """Goes down through titles and messages from a place. interrupted: one call has done its share before the end."""

    def __init__(self, store: Store, query: Query, choice: Choice, start: Further) -> None:
        self.matcher = Matcher(query)
        self.interrupted = False
        self._store = store
        self._query = query
        self._choice = choice
        self._part = start.part
        self._below = start.below
        self._seen = set(start.seen)
        self._left_characters = WORK_CHARACTERS

    def place(self) -> Further:
        """Return where it has come to."""
        return Further(self._part, self._below, frozenset(self._seen))

    def matches(self) -> Generator[tuple[str, int, ConversationId, str], None, None]:
        """Yield (part, row, conversation, text), every conversation once."""
        while True:
            for lowest, rows in self._batches():
                for row, key in rows:
                    self._below = row
                    conversation = ConversationId(key)
                    if conversation in self._seen:
                        continue
                    text = next(self._store.tuples(_TEXTS[self._part], [row]))[0]
                    self._left_characters -= len(text) + _READ_CHARACTERS
                    if self.matcher.found_in(text):
                        self._seen.add(conversation)
                        yield self._part, row, conversation, text
                    if self._left_characters <= 0:
                        self.interrupted = True
                        return
                self._below = lowest
                self._left_characters -= _CANDIDATE_CHARACTERS * _ROWS_AT_ONCE
                if self._left_characters <= 0:
                    self.interrupted = True
                    return
            if self._part == "messages":
                return
            self._part, self._below = "messages", _LAST

    def _batches(self) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield the lowest row of a batch of candidates, and those of them that can be shown, the newest first."""
        part, choice = self._part, self._choice
        indexed = choice.ids is None and self._query.indexed
        index = f"{part}_index"
        sql = f"select rowid, 0 from {index} where {index} match ? and rowid < ? order by rowid desc"
        everything = (sql, [self._query.match_expression(), self._below]) if indexed else self._looked_through(part)
        with contextlib.closing(self._store.db.execute(*everything)) as cursor:
            while batch := cursor.fetchmany(_ROWS_AT_ONCE):
                lowest = batch[-1][0]
                if indexed:
                    sql = _CANDIDATES[part].format(",".join("?" * len(batch)), choice.condition)
                    batch = list(self._store.tuples(sql, [*(row for row, _ in batch), *choice.parameters]))
                yield lowest, batch

    def _looked_through(self, part: str) -> tuple[str, list[object]]:
        """Return the query for all rows that can be shown, and its parameters."""
        choice = self._choice
        if choice.ids is None or part == "titles":
            return _EVERYTHING[part].format(choice.condition), [self._below, *choice.parameters]
        marks = ",".join("?" * len(choice.ids))
        return f"{_OF_FEW.format(marks)} order by m.id desc", [self._below, *choice.ids]
