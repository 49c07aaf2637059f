"""A database as a person has one, which rows lie on which of its pages, and ways in which it can be damaged."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.page_image import TABLE_LEAF, PageImage
from nextword.history.page_rows import Found, Value, _cell, _pointers, walk
from nextword.history.records import MessageId, Origin, Outcome
from nextword.history.salvage import read_plan
from nextword.history.shapes import STEPS_TABLE, Shape, shapes_of

PAGE = 4096
ORIGIN = Origin(
    "/m/a.gguf", "ab" * 32, "A", "cd" * 32, {"temperature": 0.7, "top_k": 40}, 4_000_000_000, "0.1", "b1", "zen4"
)
_WORDS = ("the", "fox", "Ünïcode", "🦊", "数字", "a\nline", "sur\u0301prise", "token")

Table: TypeAlias = dict[int, tuple[Value, ...]]


@dataclass(frozen=True)
class Worn:
    """A database that was closed or killed: its files, what is in it, and which pages each row needs."""

    main: bytes
    log: bytes
    tables: dict[str, Table]
    pages: dict[tuple[str, int], frozenset[int]]

    def write(self, path: Path) -> None:
        """Put it on disk as it is."""
        path.write_bytes(self.main)
        if self.log:
            Path(f"{path}-wal").write_bytes(self.log)


def fill(conversations: Conversations, rng: random.Random, *, count: int = 24) -> None:
    """Write conversations with long and short texts, versions and blocks of tokens."""
    for number in range(count):
        conversation = conversations.create(f"conversation {number}")
        parent: MessageId | None = None
        for _ in range(rng.randrange(1, 5)):
            question = conversations.add_message(conversation, parent, "user", text(rng))
            for _ in range(rng.choice([1, 1, 2])):
                answer = conversations.begin_answer(conversation, question, ORIGIN)
                for _ in range(rng.randrange(3)):
                    conversations.append_tokens(answer, "piece ", rng.randbytes(200))
                block = rng.randbytes(rng.choice([60, 700, 9000]))
                conversations.finish_answer(
                    answer, text(rng), Outcome("complete", "end", 10, 4, 3, 0.1, 0.2), block=block
                )
                parent = answer


def text(rng: random.Random) -> str:
    """Return a text of one word up to a few pages."""
    return " ".join(rng.choices(_WORDS, k=rng.choice([1, 8, 60, 900, 2500])))


def worn(folder: Path, seed: int, *, killed: bool) -> Worn:
    """Make one. killed: its log was never written back."""
    path = folder / f"worn-{seed}.db"
    db = open_database(path)
    db.execute("pragma synchronous=off")  # no power is cut here
    conversations, rng = Conversations(db), random.Random(seed)
    fill(conversations, rng)
    db.execute("pragma wal_checkpoint(truncate)")
    log = Path(f"{path}-wal")
    if killed:
        fill(conversations, rng, count=4)
    main, logged = path.read_bytes(), log.read_bytes() if killed else b""
    tables, shapes = read_tables(db.conn), shapes_of(db.conn)
    db.close()
    copy = path.with_name(f"copy-{seed}.db")
    found = Worn(main, logged, tables, {})
    found.write(copy)
    found.pages.update(_pages(copy, shapes))
    return found


def read_tables(connection: sqlite3.Connection) -> dict[str, Table]:
    """Return every row of every table of ours by its row id, texts that are damaged with a sign for what is not one."""
    factory = connection.text_factory
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    tables = {name: _read(connection, shape) for name, shape in shapes_of(connection).items()}
    connection.text_factory = factory
    return tables


def _read(connection: sqlite3.Connection, shape: Shape) -> Table:
    names = ", ".join(f'"{column.name}"' for column in shape.columns)
    rows = connection.execute(f'select rowid, {names} from "{shape.name}"')
    return {row[0]: tuple(row[1:]) for row in rows}


def _pages(path: Path, shapes: dict[str, Shape]) -> dict[tuple[str, int], frozenset[int]]:
    """Return the pages that hold each row, its overflow among them."""
    image = PageImage(path)
    plan = read_plan(image)
    result: dict[tuple[str, int], frozenset[int]] = {}
    for name, (root, _) in plan.tables.items():
        if name not in shapes or name == STEPS_TABLE:
            continue
        found = Found()
        list(walk(image, root, found))
        for number in found.pages:
            page = image.page(number)
            if page[0] == TABLE_LEAF:
                for at in _pointers(image, page, 8, int.from_bytes(page[3:5], "big")):
                    own = Found()
                    row, _size = _cell(image, page, at, own)
                    result[name, row.rowid] = frozenset({number, *own.chained})
    image.close()
    return result


# --- damage -------------------------------------------------------------------------------------------------

Damage: TypeAlias = Callable[[bytearray, bytearray, random.Random], None]


def flip(main: bytearray, log: bytearray, rng: random.Random) -> None:
    """Change single bytes."""
    for _ in range(rng.choice([1, 20, 400])):
        target = log if log and rng.random() < 0.3 else main
        target[rng.randrange(len(target))] ^= rng.randrange(1, 256)


def zero_pages(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Lose sectors."""
    for _ in range(rng.choice([1, 5, 30])):
        at = rng.randrange(len(main) // PAGE) * PAGE
        main[at : at + PAGE] = bytes(PAGE)


def fill_pages(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Have sectors of another file in this one."""
    for _ in range(rng.choice([1, 5, 30])):
        at = rng.randrange(len(main) // PAGE) * PAGE
        main[at : at + PAGE] = rng.randbytes(PAGE)


def swap_pages(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Write sectors to the wrong place."""
    for _ in range(rng.choice([1, 4])):
        one, other = (rng.randrange(1, len(main) // PAGE) * PAGE for _ in range(2))
        main[one : one + PAGE], main[other : other + PAGE] = main[other : other + PAGE], main[one : one + PAGE]


def cut(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Lose the end of the file."""
    del main[rng.randrange(1, len(main)) :]


def lose_header(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Lose the first bytes, with them what kind of file it is."""
    length = rng.choice([16, 100])
    main[:length] = rng.randbytes(length)


def lose_schema(main: bytearray, _log: bytearray, rng: random.Random) -> None:
    """Lose the page that says which tables there are."""
    main[:PAGE] = rng.choice([bytes(PAGE), rng.randbytes(PAGE)])


def cut_log(_main: bytearray, log: bytearray, rng: random.Random) -> None:
    """Lose the end of the log, or bytes in it."""
    if log:
        log[rng.randrange(32, len(log))] ^= 0xFF
        del log[rng.randrange(32, len(log)) :]


DAMAGES: tuple[Damage, ...] = (
    flip, zero_pages, fill_pages, swap_pages, cut, lose_header, lose_schema, cut_log
)  # fmt: skip


def hit_pages(before: Worn, main: bytes, log: bytes) -> set[int]:
    """Return the pages that are not as they were; a page of the log that was hit is one of the database."""
    count = max(-(-len(before.main) // PAGE), -(-len(main) // PAGE))
    hit = {n + 1 for n in range(count) if before.main[n * PAGE : n * PAGE + PAGE] != main[n * PAGE : n * PAGE + PAGE]}
    frame = PAGE + 24
    broken = False
    for at in range(32, len(before.log), frame):
        broken = broken or before.log[at : at + frame] != log[at : at + frame]
        if broken or before.log[:32] != log[:32]:  # what comes after a break in a log was never committed
            hit.add(int.from_bytes(before.log[at : at + 4], "big"))
    return hit
