"""The search over titles and messages.

The index gives candidates, newest first; each is looked for in its text before it is shown. Of a word that is half
typed the index would have to put together all words that begin so, which takes long when they are many: so the newest
conversations are looked through first, and the index is asked only when they do not fill the page - when the words are
few. In the same way whole words are asked for before the half one.

One call does a bounded amount of work and says where to go on, so that a search never keeps an answer from being kept.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterator
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from nextword.history.listing import Choice, choose, summaries
from nextword.history.records import ConversationId, ConversationSummary, Filters, MessageId
from nextword.history.search_index import empty_index, index_some, is_behind
from nextword.history.store import Store
from nextword.history.words import Matcher, Query, Snippet, parse

PAGE_CONVERSATIONS = 50
WORK_CHARACTERS = 4_000_000
"""Most text that one call looks through. Finding a row takes as long as looking through some text; so it counts as:"""
_CANDIDATE_CHARACTERS = 200
_ROW_CHARACTERS = 400
_READ_CHARACTERS = 800
NEWEST_MESSAGES = 2000
"""Looked through before the index is asked for a half typed word. What does not fill a page here is in few messages."""
WHOLE_WORD_CANDIDATES = 1000
"""Looked at before the index is asked for a half typed word beside whole ones."""
_ROWS_AT_ONCE = 100
_LAST = 2**63 - 1

# {}: rows; or the condition on the conversation
_CONVERSATIONS_OF = {
    "titles": "select id, id from conversations where id in ({}) order by id desc",
    "messages": "select id, conversation from messages where id in ({}) and deleted is null order by id desc",
}
_TEXTS = {
    "titles": "select title from conversations where id = ?",
    "messages": "select text from messages where id = ?",
}
_TITLES = "select c.id, c.title from conversations c where c.id < ? and {} order by c.id desc"
_WAITING_TITLES = (
    "select c.id, c.title from titles_index_waiting w cross join conversations c on c.id = w.id"
    " where w.id < ? and {} order by w.id desc"
)
_WAITING_MESSAGES = (
    "select m.id, c.id, m.text from messages_index_waiting w cross join messages m on m.id = w.id"
    " cross join conversations c on c.id = m.conversation"
    " where w.id < ? and m.deleted is null and {} order by w.id desc"
)
_CONVERSATIONS = "select c.id from conversations c where c.id < ? and {} order by c.id desc"
_MESSAGES = "select id, text from messages where conversation = ? and deleted is null order by id desc"


class Stage(StrEnum):
    """A way through the history."""

    TITLES = "titles"
    WAITING_TITLES = "titles that wait for the index"
    EVERY_TITLE = "every title"
    EVERY_CONVERSATION = "every conversation"
    NEWEST_CONVERSATIONS = "newest conversations"
    WHOLE_WORDS = "whole words"
    WAITING_MESSAGES = "messages that wait for the index"
    MESSAGES = "messages"


_LIMITED = {Stage.NEWEST_CONVERSATIONS, Stage.WHOLE_WORDS}
"""They end early: what comes after them comes past everything."""


class Further(Struct, frozen=True):
    """Where a search goes on: in this stage, below this row. seen: the conversations that were found before."""

    stage: Stage
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
        try:
            if further is None:
                self._catch_up()
            return self._find(query, filters, limit, further)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_CORRUPT_VTAB":
                raise
            self.rebuild()
            return self._find(query, filters, limit, further)

    def models(self) -> list[str]:
        """Return the names of the models that answered something, for `Filters.model`, in order of the alphabet."""
        sql = "select distinct model_name from recipes r where exists (select 1 from origins o where o.recipe = r.id)"
        return sorted((name for (name,) in self._store.tuples(sql)), key=str.casefold)

    def index_some(self) -> bool:
        """Bring the index up to some of what was written last; return whether hardly anything is left."""
        if is_behind(self._store.db):
            index_some(self._store.db)
        return not is_behind(self._store.db)

    def rebuild(self) -> None:
        """Throw the index away; `index_some` makes it anew, in pieces."""
        empty_index(self._store.db)

    def _catch_up(self) -> None:
        """Index what was written last. What a full disk keeps from it is looked through."""
        with contextlib.suppress(sqlite3.OperationalError):
            index_some(self._store.db)

    def _find(self, query: Query, filters: Filters, limit: int, further: Further | None) -> Hits:
        scan = _Scan(self._store, query, choose(self._store, filters), further)
        found: dict[ConversationId, tuple[MessageId | None, str]] = {}
        with contextlib.closing(scan.matches()) as matches:
            for conversation, message, text in matches:
                found[conversation] = (message, text)
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


_Match: TypeAlias = tuple[ConversationId, MessageId | None, str]


class _Scan:
    """Goes through the history from a place. interrupted: one call has done its share before the end."""

    def __init__(self, store: Store, query: Query, choice: Choice, further: Further | None) -> None:
        self.matcher = Matcher(query)
        self.interrupted = False
        self._store = store
        self._query = query
        self._choice = choice
        self._stages = _stages(query, choice)
        start = Further(self._stages[0], _LAST, frozenset()) if further is None else further
        self._stage = start.stage if start.stage in self._stages else self._stages[0]
        self._below = start.below if start.stage == self._stage else _LAST
        self._seen = set(start.seen)
        self._chosen: dict[ConversationId, bool] = {}
        self._covered = False  # a limited stage came to the end of everything
        self._left_characters = WORK_CHARACTERS

    def place(self) -> Further:
        """Return where it has come to."""
        return Further(self._stage, self._below, frozenset(self._seen))

    def matches(self) -> Generator[_Match, None, None]:
        """Yield what is found, every conversation once; stops with `interrupted` when enough was done."""
        for stage in self._stages[self._stages.index(self._stage) :]:
            if self._covered:
                return
            self._enter(stage)
            for match in self._through(stage):
                if match is not None:
                    self._seen.add(match[0])
                    yield match
                if self._left_characters <= 0:
                    self.interrupted = True
                    if stage in _LIMITED:  # what this was to find out is known: matches are few
                        self._enter(self._stages[self._stages.index(stage) + 1])
                    return

    def _enter(self, stage: Stage) -> None:
        if stage is not self._stage:
            self._stage, self._below = stage, _LAST

    def _through(self, stage: Stage) -> Iterator[_Match | None]:
        """Yield matches of a stage, and None now and then so that it can be interrupted."""
        match stage:
            case Stage.TITLES:
                return self._from_index("titles", self._query.match_expression())
            case Stage.MESSAGES:
                return self._from_index("messages", self._query.match_expression())
            case Stage.WHOLE_WORDS:
                words = self._query.match_expression(whole_words_only=True)
                return self._from_index("messages", words, WHOLE_WORD_CANDIDATES)
            case Stage.EVERY_TITLE:
                return self._through_titles(_TITLES)
            case Stage.WAITING_TITLES:
                return self._through_titles(_WAITING_TITLES)
            case Stage.WAITING_MESSAGES:
                return self._through_waiting_messages()
            case Stage.EVERY_CONVERSATION:
                return self._through_conversations(None)
            case Stage.NEWEST_CONVERSATIONS:
                return self._through_conversations(NEWEST_MESSAGES)

    def _from_index(self, part: str, words: str, most: int | None = None) -> Iterator[_Match | None]:
        index = f"{part}_index"
        sql = f"select rowid from {index} where {index} match ? and rowid < ? order by rowid desc limit ?"
        left = _LAST if most is None else most
        with contextlib.closing(self._store.db.execute(sql, [words, self._below, left])) as cursor:
            while batch := [row for (row,) in cursor.fetchmany(_ROWS_AT_ONCE)]:
                sql = _CONVERSATIONS_OF[part].format(",".join("?" * len(batch)))
                candidates = [(row, ConversationId(key)) for row, key in self._store.tuples(sql, batch)]
                self._learn({conversation for _, conversation in candidates})
                for row, conversation in candidates:
                    self._below = row
                    if self._chosen[conversation] and conversation not in self._seen:
                        text = next(self._store.tuples(_TEXTS[part], [row]))[0]
                        self._left_characters -= len(text) + _READ_CHARACTERS
                        found = self.matcher.found_in(text)
                        yield (conversation, MessageId(row) if part == "messages" else None, text) if found else None
                self._below = batch[-1]
                self._left_characters -= _CANDIDATE_CHARACTERS * len(batch)
                left -= len(batch)
                yield None
        self._covered = most is not None and left > 0

    def _learn(self, conversations: set[ConversationId]) -> None:
        """Find out which of these conversations are chosen."""
        new = [*conversations.difference(self._chosen)]
        sql = (
            f"select c.id from conversations c where c.id in ({','.join('?' * len(new))}) and {self._choice.condition}"
        )
        chosen = {row[0] for row in self._store.tuples(sql, [*new, *self._choice.parameters])}
        self._chosen.update((conversation, conversation in chosen) for conversation in new)

    def _through_titles(self, sql: str) -> Iterator[_Match | None]:
        sql = sql.format(self._choice.condition)
        with contextlib.closing(self._store.db.execute(sql, [self._below, *self._choice.parameters])) as cursor:
            for key, title in cursor:
                self._below = key
                self._left_characters -= len(title) + _ROW_CHARACTERS
                conversation = ConversationId(key)
                fresh = conversation not in self._seen
                yield (conversation, None, title) if fresh and self.matcher.found_in(title) else None

    def _through_waiting_messages(self) -> Iterator[_Match | None]:
        sql = _WAITING_MESSAGES.format(self._choice.condition)
        with contextlib.closing(self._store.db.execute(sql, [self._below, *self._choice.parameters])) as cursor:
            for row, key, text in cursor:
                self._below = row
                self._left_characters -= len(text) + _ROW_CHARACTERS
                conversation = ConversationId(key)
                fresh = conversation not in self._seen
                yield (conversation, MessageId(row), text) if fresh and self.matcher.found_in(text) else None

    def _through_conversations(self, most: int | None) -> Iterator[_Match | None]:
        """Yield of each conversation the newest message that matches. most: messages that are looked at."""
        sql = _CONVERSATIONS.format(self._choice.condition)
        with contextlib.closing(self._store.db.execute(sql, [self._below, *self._choice.parameters])) as cursor:
            for (key,) in cursor:
                conversation = ConversationId(key)
                for row, text in self._store.tuples(_MESSAGES, [key]) if conversation not in self._seen else ():
                    most = None if most is None else most - 1
                    self._left_characters -= len(text) + _ROW_CHARACTERS
                    if self.matcher.found_in(text):
                        self._below = key
                        yield conversation, MessageId(row), text
                        break
                self._below = key
                yield None
                if most is not None and most <= 0:
                    return
        self._covered = most is not None


def _stages(query: Query, choice: Choice) -> list[Stage]:
    """Return the stages of a search in their order; together they come past every message."""
    if choice.ids is not None or not query.indexed:
        return [Stage.EVERY_TITLE, Stage.EVERY_CONVERSATION]
    titles = [Stage.WAITING_TITLES, Stage.TITLES]
    if not query.beginning:
        return [*titles, Stage.WAITING_MESSAGES, Stage.MESSAGES]
    first = Stage.WHOLE_WORDS if query.whole else Stage.NEWEST_CONVERSATIONS
    return [*titles, Stage.WAITING_MESSAGES, first, Stage.MESSAGES]
