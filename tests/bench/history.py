"""Figures of a large history: how soon it is there, how fast it is searched, how large it is.

The text is made up, with the measures of English: words as frequent (Zipf-Mandelbrot; of 105 words of a message 64 %
are different, as in the documentation of Python programs) and as long (4.7 letters), one of a hundred seen nowhere
else; questions and answers as long as in LMSYS-Chat-1M (70 and 215 tokens on average, three quarters of a word each).
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.recipes import keep_recipe
from nextword.history.records import ConversationId, Filters, MessageId, Origin
from nextword.history.search_index import index_some
from nextword.history.store import Store
from tests.bench.figure import Figure

if TYPE_CHECKING:
    from sqlite_utils import Database

CONVERSATIONS = 100_000
MESSAGES_EACH = 10
QUESTION_WORDS = 52
ANSWER_WORDS = 161
LONG_MESSAGES = 5_000
QUERIES = 50
_MODELS = 5
_VOCABULARY = 40_000
_STEEPNESS, _FLAT_TOP = 1.2, 2.7
_BEGINNINGS = ["", *"bcdfghklmnprstvwz", "st", "tr", "pl"]
_ENDS = ["", "", "n", "r", "s", "t", "d", "nd"]
_START = 1_700_000_000.0


def search(conversations: int = CONVERSATIONS) -> Iterator[Figure]:
    """A history of 100,000 conversations: start, first page, search as you type, size."""
    with tempfile.TemporaryDirectory() as folder:
        path, empty = Path(folder) / "history.db", Path(folder) / "empty.db"
        raw_bytes = _fill(path, conversations)
        began = time.perf_counter()
        _index(path)
        seconds = time.perf_counter() - began
        messages = conversations * MESSAGES_EACH
        yield Figure("messages indexed", messages / seconds, "1/s", 2000, sense="at least")
        yield Figure("size of the history", path.stat().st_size / 1e6, "MB", 1.6, reference=raw_bytes / 1e6,
                     reference_name="its text")  # fmt: skip
        open_database(empty).close()
        starts = [(_start(path), _start(empty)) for _ in range(6)][1:]
        added = statistics.median(large - small for large, small in starts)
        yield Figure("added to a start", 1000 * added, "ms", 100, runs=len(starts))
        yield from _searches(path)


def _searches(path: Path) -> Iterator[Figure]:
    db = open_database(path)
    conversations = Conversations(db)
    rows = conversations.list(limit=100)
    pages = [_seconds(lambda: conversations.list(limit=100, after=rows[-1])) for _ in range(20)]
    yield Figure("next page of the list", 1000 * max(pages), "ms", 50, runs=len(pages))
    typed = list(_typed(conversations))
    filters = {
        "": Filters(),
        ", one of five models": Filters(model="model-1"),
        ", a tag on every 50th": Filters(tags=("rare",)),
        ", a tag on every second": Filters(tags=("common",)),
        ", a week long ago": Filters(since=_START + 86_400, until=_START + 8 * 86_400),
    }
    for name, chosen in filters.items():
        seconds = sorted(_seconds(partial(conversations.search.find, text, chosen)) for text in typed)
        p95 = seconds[int(len(seconds) * 0.95)]
        yield Figure(f"search as you type, p95{name}", 1000 * p95, "ms", 50, runs=len(seconds))
        yield Figure(f"search as you type, slowest{name}", 1000 * seconds[-1], "ms", 300, runs=len(seconds))
    long = ConversationId(next(iter(db.query("select max(id) as id from conversations")))["id"])
    reads = [_seconds(lambda: conversations.read(long)) for _ in range(10)]
    yield Figure(f"{LONG_MESSAGES} messages read", 1000 * statistics.median(reads), "ms", 50, runs=len(reads))
    db.close()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _typed(conversations: Conversations) -> Iterator[str]:
    """Yield every beginning of the queries: a word out of some message or two, so common and rare ones."""
    chance = random.Random(2)
    total = conversations.count_messages()
    for _ in range(QUERIES):
        said = conversations.message(MessageId(chance.randint(1, total))).text.rstrip(".").split()
        query = " ".join(chance.sample(said, chance.choice((1, 1, 2))))
        yield from (query[:end] for end in range(1, len(query) + 1))


def _start(path: Path) -> float:
    """Return the seconds from nothing to the first page, the imports done before."""
    began = time.perf_counter()
    db = open_database(path)
    conversations = Conversations(db)
    conversations.recover()
    conversations.list()
    conversations.count_messages()
    seconds = time.perf_counter() - began
    db.close()
    return seconds


def _index(path: Path) -> None:
    db = open_database(path)
    db.execute("pragma synchronous=off")
    while not index_some(db, 2000):
        pass
    db.close()


# --- a history ----------------------------------------------------------------------------------------------


class _Writer:
    """Makes texts of so many words."""

    def __init__(self) -> None:
        import numpy as np

        self._chance = np.random.default_rng(1)
        chance = random.Random(3)
        words: dict[str, None] = {}
        while len(words) < _VOCABULARY:  # the rarer, the longer, as in any language
            syllables = 1 + int(len(words) ** 0.3 / 11 + chance.expovariate(1.5))
            words["".join(chance.choice(_BEGINNINGS) + chance.choice("aeiou") for _ in range(syllables))
                  + chance.choice(_ENDS)] = None  # fmt: skip
        self._words = np.array(list(words), dtype=object)
        share = 1 / (np.arange(len(words)) + _FLAT_TOP) ** _STEEPNESS
        self._bounds = np.cumsum(share / share.sum())

    def texts(self, means: list[int]) -> list[str]:
        """Return one text for each mean number of words; some are short and few are very long, as in life."""
        import numpy as np

        lengths = np.clip(self._chance.gamma(1.5, np.array(means) / 1.5), 2, 3000).astype(int)
        drawn = self._words[np.searchsorted(self._bounds, self._chance.random(int(lengths.sum())))].tolist()
        for place in self._chance.integers(0, len(drawn), len(drawn) // 100).tolist():
            drawn[place] = str(place * 7919 % 1_000_003)  # numbers, names, typing errors: words without end
        texts, at = [], 0
        for length in lengths.tolist():
            texts.append(" ".join(drawn[at : at + length]) + ".")
            at += length
        return texts


def _fill(path: Path, conversations: int) -> int:
    """Write a history; return the bytes of its titles and messages."""
    db = open_database(path)
    for pragma in ("synchronous=off", "cache_size=-200000"):
        db.execute(f"pragma {pragma}")
    writer = _Writer()
    recipes = _recipes(db)
    raw_bytes, message = 0, 1
    many = [(key, MESSAGES_EACH) for key in range(2, conversations + 1)] + [(conversations + 1, LONG_MESSAGES)]
    for start in range(0, len(many), 2000):
        batch = many[start : start + 2000]
        texts = iter(writer.texts([QUESTION_WORDS, ANSWER_WORDS] * (sum(count for _, count in batch) // 2)))
        rows: dict[str, list[tuple[object, ...]]] = {"conversations": [], "messages": [], "origins": [], "outcomes": []}
        for conversation, count in batch:
            first, title = message, ""
            for number in range(count):
                text = next(texts)
                title = title or text[:60]
                created = _START + conversation * 600.0 + number
                parent = None if number == 0 else message - 1
                role = "assistant" if number % 2 else "user"
                rows["messages"].append((message, conversation, parent, role, text, "complete", created, None, None))
                if number % 2:
                    rows["origins"].append((message, recipes[conversation % len(recipes)], message * 7919))
                    rows["outcomes"].append((message, "end", 70, 50, 215, 0.31, 4.27))
                raw_bytes += len(text)
                message += 1
            raw_bytes += len(title)
            rows["conversations"].append(
                (conversation, title, _START + conversation * 600.0, created, first + count - 1)
            )
        with db.conn:
            db.conn.executemany("insert into conversations (id, title, created, updated, head) values (?, ?, ?, ?, ?)",
                                rows["conversations"])  # fmt: skip
            for table, marks in (("messages", 9), ("origins", 3), ("outcomes", 7)):
                db.conn.executemany(f"insert into {table} values ({','.join('?' * marks)})", rows[table])
    with db.conn:
        for tag, every in (("common", 2), ("rare", 50)):
            sql = "insert into conversation_tags (conversation, tag) select id, ? from conversations where id % ? = 0"
            db.execute(sql, [tag, every])
    db.close()
    return raw_bytes


def _recipes(db: Database) -> list[int]:
    """Return the numbers of what makes the answers."""
    store = Store(db)
    sampling = {"temperature": 0.7, "top_k": 40, "system_prompt": "You are a helpful assistant."}
    origins = (
        Origin(
            f"/models/model-{number}.gguf", "ab" * 32, f"model-{number}", "cd" * 32, sampling, 0, "0.1", "b1", "zen4"
        )
        for number in range(_MODELS)
    )
    with db.atomic():
        return [keep_recipe(store, origin) for origin in origins]
