"""kill -9 at random moments of a scripted session: the database is whole, nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nextword.engine.tokens import unpack
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.records import ConversationId, MessageId, StoredMessage
from tests import models

KILLS = 100
AT_ONCE = 2
LONGEST_SECONDS = 3.0  # after the first message is on disk
ORPHAN_SECONDS = 30.0  # far above the two seconds aimed at: machines are noisy


@dataclass
class Round:
    """One run of the script that was killed."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def kill_one(folder: Path, model: Path, cache: Path, seed: int) -> Round:
    """Start the script, kill it at a random moment, look at what it left."""
    rng = random.Random(seed)
    profile = folder / f"profile {seed}"
    profile.mkdir()
    (profile / "cache").symlink_to(cache, target_is_directory=True)  # the engine check is done once
    window = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("scripted_session.py")), str(profile), str(model), str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    found = Round()
    began = threading.Event()
    reader = threading.Thread(target=_read, args=(window, found, began))
    reader.start()
    if began.wait(90):
        time.sleep(rng.uniform(0.0, LONGEST_SECONDS))  # the random moment itself
    window.kill()
    assert window.stderr is not None
    assert window.stdout is not None
    errors = window.stderr.read()
    window.wait()
    reader.join()
    window.stdout.close()
    window.stderr.close()
    if not began.is_set():
        found.problems.append(f"never began: {errors.decode()[-500:]}")
    else:
        _look(profile / "history.db", found)
    _look_for_orphans(found)
    return found


def _read(window: subprocess.Popen[bytes], found: Round, began: threading.Event) -> None:
    assert window.stdout is not None
    for line in window.stdout:
        if line.endswith(b"\n"):
            found.facts.append(json.loads(line))
            if found.facts[-1]["what"] == "message":
                began.set()


def _look(path: Path, found: Round) -> None:
    db = open_database(path)
    verdict = db.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        found.problems.append(f"integrity: {verdict}")
    conversations = Conversations(db)
    conversations.recover()
    rows = conversations.list()
    stored = {m.id: m for row in rows for m in conversations.read(row.id).messages}
    _compare_messages(stored, found)
    _compare_titles({row.id: row.title for row in rows}, found)
    for message in stored.values():
        for block in conversations.tokens(message.id):
            unpack(block)
    db.close()


def _compare_messages(stored: dict[MessageId, StoredMessage], found: Round) -> None:
    texts: dict[MessageId, str] = {}
    whole: set[MessageId] = set()
    for fact in found.facts:
        if fact["what"] in ("message", "answer"):
            texts[fact["id"]] = fact["text"]
            whole.add(fact["id"])
        elif fact["what"] == "tokens":
            texts[fact["id"]] = texts.get(fact["id"], "") + fact["text"]
    for number, text in texts.items():
        message = stored.get(number)
        if message is None:
            found.problems.append(f"message {number} is lost")
        elif not message.text.startswith(text) or (number in whole and message.text != text):
            found.problems.append(f"message {number} is not what was acknowledged")
        elif message.state == "generating":
            found.problems.append(f"message {number} is still being generated")


def _compare_titles(titles: dict[ConversationId, str], found: Round) -> None:
    """A later title may stand there, written and not yet acknowledged; an earlier one may not."""
    for number, title in {fact["id"]: fact["text"] for fact in found.facts if fact["what"] == "title"}.items():
        kept = titles.get(number, "")
        if not kept.startswith("title") or int(kept.split()[1]) < int(title.split()[1]):
            found.problems.append(f"{title} is lost")


def _look_for_orphans(found: Round) -> None:
    for fact in found.facts:
        if fact["what"] != "engine":
            continue
        end = time.monotonic() + ORPHAN_SECONDS
        while _runs(fact["pid"]) and time.monotonic() < end:
            time.sleep(0.02)
        if _runs(fact["pid"]):
            found.problems.append(f"engine {fact['pid']} outlived its window")


def _runs(pid: int) -> bool:
    """Whether `pid` is an engine that runs; a zombie whose parent was killed is nobody's business."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return state != "Z" and b"nextword.engine" in command


@pytest.mark.timeout(1500)
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    model = models.make("chatml", tmp_path, n_ctx=4096, endless=True)
    cache = tmp_path / "cache"
    cache.mkdir()
    first = kill_one(tmp_path, model, cache, 0)
    assert not first.problems
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = list(pool.map(lambda seed: kill_one(tmp_path, model, cache, seed), range(1, KILLS)))
    assert [problem for found in rounds for problem in found.problems] == []
    whats = {fact["what"] for found in rounds for fact in found.facts}
    assert whats == {"engine", "message", "tokens", "answer", "title"}  # the kills met every kind of write
