"""How long writing is held up while a large history is backed up, and how long a damaged one takes to be repaired."""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from nextword.errors import HistoryRepaired
from nextword.history import keeper
from nextword.history.backup import backups_in
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from nextword.history.repair import repair
from tests.bench.figure import Figure
from tests.deliveries import Deliveries

CONVERSATIONS, MESSAGES = 1000, 100
BLOCK_BYTES = 4000
DAMAGED_PAGES = 20
PAGE = 4096


def backup() -> Iterator[Figure]:
    """writes beside a backup of 500 MB, and the repair of such a history with 20 pages gone"""
    with tempfile.TemporaryDirectory(prefix="nextword-bench-") as folder:
        path = Path(folder) / "history.db"
        _fill(path)
        waits, seconds = _write_beside_a_backup(path)
        waits.sort()
        yield Figure("backup of the history", seconds, "s", 30.0)
        yield Figure("write beside a backup, p99", waits[int(len(waits) * 0.99)] * 1000, "ms", 100.0, runs=len(waits))
        rng = random.Random(1)
        with path.open("r+b") as file:
            for _ in range(DAMAGED_PAGES):
                file.seek(rng.randrange(1, path.stat().st_size // PAGE) * PAGE)
                file.write(bytes(PAGE))
        began = time.monotonic()
        found = repair(path, None, "")
        assert isinstance(found, HistoryRepaired)
        yield Figure("repair of the history", time.monotonic() - began, "s", 60.0)
        there = found.messages / (CONVERSATIONS * MESSAGES)
        yield Figure("messages there after the repair", 100 * there, "%", 99.0, "at least")


def _fill(path: Path) -> None:
    db = open_database(path)
    db.execute("pragma synchronous=off")
    block = os.urandom(BLOCK_BYTES)
    text = "a sentence of an ordinary conversation " * 13
    for conversation in range(1, CONVERSATIONS + 1):
        first = (conversation - 1) * MESSAGES + 1
        numbers = range(first, first + MESSAGES)
        db.conn.execute(
            "insert into conversations (id, title, created, updated) values (?, ?, 1.0, 1.0)",
            [conversation, f"conversation {conversation}"],
        )
        db.conn.executemany(
            "insert into messages (id, conversation, parent, role, text, state, created)"
            " values (?, ?, ?, ?, ?, 'complete', 1.0)",
            [
                (n, conversation, n - 1 if n > first else None, ("assistant", "user")[n % 2], f"{n} {text}")
                for n in numbers
            ],
        )
        db.conn.executemany(
            "insert into token_blocks (message, text, block) values (?, ?, ?)", [(n, text, block) for n in numbers]
        )
        db.conn.commit()
    db.close()


def _write_beside_a_backup(path: Path) -> tuple[list[float], float]:
    """Return how long each write took while the backup was made, and how long that was, in seconds."""
    keeper.START_SECONDS = 0.0
    deliver = Deliveries()
    folder = path.parent / "backups"
    history = History(path, deliver, backups=folder)
    waits: list[float] = []
    done = threading.Event()
    began = time.monotonic()
    while not backups_in(folder):
        done.clear()
        asked = time.monotonic()
        history.run(partial(_write, len(waits)), done=lambda _none: done.set())
        deliver.until(done.is_set)
        waits.append(time.monotonic() - asked)
    seconds = time.monotonic() - began
    history.close()
    return waits[1:], seconds  # the first opened the database


def _write(number: int, conversations: Conversations) -> None:
    conversations.create(f"beside {number}")
