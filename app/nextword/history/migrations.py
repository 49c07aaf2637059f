"""How the database came to its shape, one numbered step at a time; a released step is never changed.

sqlite-utils runs each step in a transaction with its record, so that one cut short is simply done again.
"""

from __future__ import annotations

import hashlib
import json

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("nextword")


@migrations()
def m001_conversations(db: Database) -> None:
    """Conversations are trees of messages: a message knows what it answers, versions share a parent."""
    db.table("conversations").create(
        {"id": int, "title": str, "created": float, "updated": float, "head": int, "deleted": float},
        pk="id",
        not_null={"title", "created", "updated"},
    )
    db.table("messages").create(
        {
            "id": int,
            "conversation": int,
            "parent": int,
            "role": str,
            "text": str,
            "state": str,
            "created": float,
        },
        pk="id",
        not_null={"conversation", "role", "text", "state", "created"},
        foreign_keys=[("conversation", "conversations", "id"), ("parent", "messages", "id")],
    )
    db.table("messages").create_index(["conversation"])
    db.table("conversations").create_index(["updated"])


@migrations()
def m002_what_made_a_message(db: Database) -> None:
    """Every answer keeps what it takes to make it again, and how it ended."""
    db.table("origins").create(
        {
            "message": int,
            "model_file": str,
            "model_sha256": str,
            "model_name": str,
            "template_hash": str,
            "sampling": str,  # JSON object
            "seed": int,
            "app_version": str,
            "engine_version": str,
            "engine_variant": str,
        },
        pk="message",
        foreign_keys=[("message", "messages", "id")],
    )
    db.table("outcomes").create(
        {
            "message": int,
            "reason": str,
            "prompt_tokens": int,
            "cached_tokens": int,
            "generated_tokens": int,
            "prompt_seconds": float,
            "generation_seconds": float,
        },
        pk="message",
        foreign_keys=[("message", "messages", "id")],
    )


@migrations()
def m003_tokens(db: Database) -> None:
    """Generated tokens come in blocks (engine/tokens.py): many while an answer grows, one when it is done."""
    db.table("token_blocks").create(
        {"id": int, "message": int, "text": str, "block": bytes},
        pk="id",
        not_null={"message", "text", "block"},
        foreign_keys=[("message", "messages", "id")],
    )
    db.table("token_blocks").create_index(["message"])


@migrations()
def m004_recipes(db: Database) -> None:
    """What makes an answer is the same for thousands of them: it is kept once, an answer has its seed and a number."""
    columns = (
        "model_file", "model_sha256", "model_name", "template_hash", "sampling",
        "app_version", "engine_version", "engine_variant",
    )  # fmt: skip
    db.table("recipes").create(
        {"id": int, "digest": bytes} | dict.fromkeys(columns, str),
        pk="id",
        not_null={"digest", *columns},
    )
    db.table("recipes").create_index(["digest"], unique=True)
    db.execute(
        "create table origins_with_recipe (message integer primary key references messages(id),"
        " recipe integer not null references recipes(id), seed integer not null)"
    )
    known: dict[tuple[str, ...], int] = {}
    rows = db.execute(f"select message, seed, {', '.join(columns)} from origins order by message").fetchall()
    for message, seed, *values in rows:
        recipe = tuple(value or "" for value in values)
        if recipe not in known:
            digest = hashlib.blake2b(json.dumps(recipe).encode(), digest_size=16).digest()
            row = {"digest": digest} | dict(zip(columns, recipe, strict=True))
            key = db.table("recipes").insert(row).last_pk
            assert isinstance(key, int)
            known[recipe] = key
        db.execute("insert into origins_with_recipe values (?, ?, ?)", [message, known[recipe], seed or 0])
    db.execute("drop table origins")
    db.execute("alter table origins_with_recipe rename to origins")
    db.table("origins").create_index(["recipe"])


@migrations()
def m005_order_among_conversations(db: Database) -> None:
    """Conversations can be pinned, archived, put into folders, tagged; each has settings and knows where it came from.

    A deleted folder stays as a row: what was in it is shown in the folder above, and is back when it is restored.
    """
    db.execute(
        "create table folders (id integer primary key, name text not null, parent integer references folders(id),"
        " deleted float)"
    )
    table = db.table("conversations")
    table.add_column("pinned", int, not_null_default=0)
    table.add_column("archived", float)
    table.add_column("settings", str, not_null_default="{}")  # JSON object
    table.add_column("source", str, not_null_default="")  # "", or the program it was imported from
    db.execute("alter table conversations add column folder integer references folders(id)")
    db.execute(
        "create table conversation_tags (id integer primary key,"
        " conversation integer not null references conversations(id), tag text not null)"
    )
    db.table("conversation_tags").create_index(["conversation", "tag"], unique=True)
    db.table("conversation_tags").create_index(["tag"])
    db.execute(
        "create index conversations_listed on conversations (pinned, updated)"
        " where deleted is null and archived is null"
    )
    for column in ("archived", "deleted", "folder"):
        db.execute(f"create index conversations_{column} on conversations ({column}) where {column} is not null")


@migrations()
def m006_deleted_versions(db: Database) -> None:
    """A version goes into the trash with all that answers it: deleted_with is the message that was deleted."""
    db.execute("alter table messages add column deleted float")
    db.execute("alter table messages add column deleted_with integer")
    db.execute("create index messages_deleted_with on messages (deleted_with) where deleted_with is not null")


@migrations()
def m007_attachments_and_drafts(db: Database) -> None:
    """Text files that go with a message; and what stands in the message box, kept until it is sent."""
    db.execute(
        "create table attachments (id integer primary key, message integer not null references messages(id),"
        " position integer not null, name text not null, kind text not null, text text not null)"
    )
    db.table("attachments").create_index(["message"])
    # conversation 0: the chat that has not begun; attachments: a JSON array of objects
    db.execute(
        "create table drafts (conversation integer primary key, text text not null, attachments text not null,"
        " updated float not null)"
    )


@migrations()
def m008_presets_and_prompts(db: Database) -> None:
    """Named settings, and the prompt library; a name is free again when its owner is in the trash."""
    db.execute(
        'create table presets (id integer primary key, name text not null, "values" text not null,'
        " created float not null, updated float not null, deleted float)"
    )
    db.execute(
        "create table prompts (id integer primary key, name text not null, text text not null,"
        " created float not null, updated float not null, deleted float)"
    )
    for name in ("presets", "prompts"):
        db.execute(f"create unique index {name}_name on {name} (name) where deleted is null")


@migrations()
def m009_fingerprints(db: Database) -> None:
    """An imported conversation keeps what it is known by (history/trees.py), also when it is continued here."""
    db.execute("alter table conversations add column fingerprint text")


@migrations()
def m010_search(db: Database) -> None:
    """An index of the words of titles and messages, without their text (history/words.py says what a word is).

    An index of beginnings would be as large as that of the words: titles alone have it.
    What was written waits in `*_index_waiting`, with the text that is in the index for it, until the index is brought
    up to it: a trigger notes it, whoever writes.
    """
    parts = (("titles", "conversations", "title", "prefix='1 2 3', "), ("messages", "messages", "text", ""))
    for part, table, column, prefix in parts:
        db.execute(
            f"create virtual table {part}_index using fts5(words, content='', columnsize=0, detail=none,"
            f" {prefix}tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* S* Co Cn'"
            " separators '$+<=>^`|~'\")"
        )
        waiting = f"{part}_index_waiting"
        db.execute(f"create table {waiting} (id integer primary key, before text not null)")
        note = "begin insert into {0} select {1} where not exists (select 1 from {0} where id = {2}); end"
        new, old = (
            note.format(waiting, values, key)
            for values, key in (("new.id, ''", "new.id"), (f"old.id, old.{column}", "old.id"))
        )
        db.execute(f"create trigger {part}_written after insert on {table} when new.{column} <> '' {new}")
        db.execute(
            f"create trigger {part}_changed after update of {column} on {table}"
            f" when new.{column} is not old.{column} {old}"
        )
        db.execute(f"create trigger {part}_removed after delete on {table} when old.{column} <> '' {old}")
        db.execute(f"insert into {waiting} select id, '' from {table} where {column} <> ''")
    db.execute("create index conversations_pinned on conversations (pinned) where pinned <> 0")


@migrations()
def m011_unfinished_answers(db: Database) -> None:
    """The start of the program looks for answers that were cut off: not by reading every message."""
    db.execute("create index messages_generating on messages (id) where state = 'generating'")


@migrations()
def m012_experiments(db: Database) -> None:
    """The lab: tasks with their data, experiments with their finished runs, and what people rated."""
    db.execute(
        "create table lab_tasks (id integer primary key, name text not null, content text not null,"
        " created float not null, updated float not null, deleted float)"
    )
    db.execute("create unique index lab_tasks_name on lab_tasks (name) where deleted is null")
    db.execute(
        "create table experiments (id integer primary key, kind text not null, name text not null, plan text not null,"
        " planned integer not null, created float not null, updated float not null, deleted float)"
    )
    # cell, figures: JSON objects; results: packed by nextword.lab
    db.execute(
        "create table experiment_runs (id integer primary key, experiment integer not null references experiments(id),"
        " place integer not null, cell text not null, figures text not null, results blob not null,"
        " created float not null)"
    )
    db.table("experiment_runs").create_index(["experiment", "place"], unique=True)
    db.execute(
        "create table experiment_ratings (id integer primary key,"
        " experiment integer not null references experiments(id), pair text not null, item integer not null,"
        " rating text not null, created float not null)"
    )
    db.table("experiment_ratings").create_index(["experiment", "pair", "item"], unique=True)


@migrations()
def m013_kinds_of_conversations(db: Database) -> None:
    """A document of Write is kept as a conversation of another kind: its text is that of the messages of the path."""
    db.table("conversations").add_column("kind", str, not_null_default="chat")


@migrations()
def m014_token_trees(db: Database) -> None:
    """The trees of continuations that were grown in a document, packed by nextword.write."""
    db.execute(
        "create table token_trees (id integer primary key, conversation integer not null references conversations(id),"
        " name text not null, content blob not null, created float not null, updated float not null, deleted float)"
    )
    db.table("token_trees").create_index(["conversation"])


@migrations()
def m015_lab_desks(db: Database) -> None:
    """How things lay in the lab when it was left: which examples were ticked, what was asked, what was typed."""
    db.execute(
        "create table lab_desks (id integer primary key, name text not null, content text not null,"
        " updated float not null)"
    )
    db.table("lab_desks").create_index(["name"], unique=True)
