"""How the database came to its shape, one numbered step at a time; a released step is never changed.

sqlite-utils runs each step in a transaction with its record, so that one cut short is simply done again.
"""

from __future__ import annotations

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
