"""How long a large export of another program takes to come in, and how long it holds the history at a time."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.exports.exporting import Exporting
from nextword.history.imports.importing import Importing
from tests.bench.figure import Figure

CONVERSATIONS = 10_000
MESSAGES_EACH = 10
_TEXT = "The price of bread rises where the harvest fails, and falls where it is plenty. " * 5


def imports() -> Iterator[Figure]:
    """10,000 conversations of ChatGPT in, out as our own file, and in again."""
    with tempfile.TemporaryDirectory() as folder:
        chats, own = Path(folder) / "conversations.json", Path(folder) / "all.jsonl"
        chats.write_text(json.dumps([_chat(number) for number in range(CONVERSATIONS)]), encoding="utf-8")
        yield from _done("import from ChatGPT", Path(folder) / "one.db", Importing([chats]))
        yield from _done("recognised as here already", Path(folder) / "one.db", Importing([chats]))
        yield from _done("export without loss", Path(folder) / "one.db", Exporting(own, "lines", None))
        yield from _done("import of our own file", Path(folder) / "two.db", Importing([own]))


def _done(name: str, path: Path, work: Importing | Exporting) -> Iterator[Figure]:
    db = open_database(path)
    try:
        conversations = Conversations(db)
        pieces: list[float] = []
        done = False
        while not done:
            began = time.perf_counter()
            done = work.advance(conversations).done
            pieces.append(time.perf_counter() - began)
    finally:
        db.close()
    yield Figure(name, sum(pieces), "s", 5)
    yield Figure(f"{name}, longest piece", max(pieces) * 1e3, "ms", 300, runs=len(pieces))


def _chat(number: int) -> dict[str, Any]:
    began = 1.7e9 + 100 * number
    mapping: dict[str, Any] = {"root": {"message": None, "parent": None, "children": ["0"]}}
    for place in range(MESSAGES_EACH):
        mapping[str(place)] = {
            "parent": str(place - 1) if place else "root",
            "children": [str(place + 1)] if place + 1 < MESSAGES_EACH else [],
            "message": {
                "author": {"role": "user" if place % 2 == 0 else "assistant"},
                "create_time": began + place,
                "content": {"content_type": "text", "parts": [f"{number} {place} {_TEXT}"]},
                "metadata": {"model_slug": "gpt-4o"},
                "recipient": "all",
            },
        }
    return {"title": f"Chat {number}", "create_time": began, "current_node": "9", "mapping": mapping}
