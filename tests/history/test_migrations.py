from __future__ import annotations

import json
from pathlib import Path

from sqlite_utils import Database

from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.migrations import migrations
from nextword.history.records import ConversationId, Origin

VALUES = {
    "model_file": "/m/a.gguf",
    "model_sha256": "ab",
    "model_name": "A",
    "template_hash": "cd",
    "sampling": json.dumps({"temperature": 0.1 + 0.2, "top_k": 40}),
    "app_version": "0.1",
    "engine_version": "b1",
    "engine_variant": "zen4",
}


def test_what_made_an_answer_is_the_same_after_it_is_kept_once_for_all(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    old = Database(path)
    migrations.apply(old, stop_before="m004_recipes")
    old.table("conversations").insert({"id": 1, "title": "t", "created": 1.0, "updated": 2.0})
    old.execute("PRAGMA foreign_keys=ON")
    for number in range(1, 5):
        row = {"id": number, "conversation": 1, "role": "assistant", "text": "", "state": "complete", "created": 1.0}
        old.table("messages").insert(row)
        file = "/m/b.gguf" if number == 3 else "/m/a.gguf"
        old.table("origins").insert(VALUES | {"message": number, "seed": 2**40 + number, "model_file": file})
    old.close()

    db = open_database(path)
    made = [message.origin for message in Conversations(db).read(ConversationId(1)).messages]
    common = {name: value for name, value in VALUES.items() if name not in ("sampling", "model_file")}
    assert made == [
        Origin(
            **common,
            model_file="/m/b.gguf" if number == 3 else "/m/a.gguf",
            sampling={"temperature": 0.1 + 0.2, "top_k": 40},
            seed=2**40 + number,
        )
        for number in range(1, 5)
    ]
    assert db.table("recipes").count == 2
    assert list(db.query("pragma foreign_key_check")) == []
    db.close()


def test_an_answer_of_today_shares_the_recipe_of_an_answer_from_before(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    old = Database(path)
    migrations.apply(old, stop_before="m004_recipes")
    old.table("conversations").insert({"id": 1, "title": "t", "created": 1.0, "updated": 2.0})
    row = {"id": 1, "conversation": 1, "role": "user", "text": "", "state": "complete", "created": 1.0}
    old.table("messages").insert(row)
    old.table("origins").insert(VALUES | {"message": 1, "seed": 1})
    old.close()

    db = open_database(path)
    conversations = Conversations(db)
    before = conversations.read(ConversationId(1)).messages[0]
    assert before.origin is not None
    conversations.begin_answer(ConversationId(1), before.id, before.origin)
    assert db.table("recipes").count == 1
    db.close()
