"""Messages as they come out of the database."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from msgspec.structs import replace

from nextword.history.recipes import read_recipes
from nextword.history.records import Attachment, ConversationId, MessageId, Origin, Outcome, StoredMessage
from nextword.history.store import Store

_MESSAGES = """
select m.id, m.conversation, m.parent, m.role, m.text, m.state, m.created, m.deleted, o.recipe, o.seed, r.reason,
       r.prompt_tokens, r.cached_tokens, r.generated_tokens, r.prompt_seconds, r.generation_seconds,
       o.message is not null and exists (select 1 from token_blocks t where t.message = m.id)
from messages m left join origins o on o.message = m.id left join outcomes r on r.message = m.id
where {} order by m.id
"""
_ATTACHMENTS = """
select a.message, a.name, a.kind, a.text from messages m join attachments a on a.message = m.id
where {} order by a.message, a.position
"""


def keep_outcome(store: Store, message: MessageId, outcome: Outcome) -> None:
    """Note how an answer ended, in the place of what was noted before."""
    row = {
        "message": message,
        "reason": outcome.reason,
        "prompt_tokens": outcome.prompt_tokens,
        "cached_tokens": outcome.cached_tokens,
        "generated_tokens": outcome.generated_tokens,
        "prompt_seconds": outcome.prompt_seconds,
        "generation_seconds": outcome.generation_seconds,
    }
    store.db.table("outcomes").insert(row, replace=True)


def read_messages(store: Store, where: str, parameters: list[Any]) -> tuple[StoredMessage, ...]:
    """Return the messages `m` that `where` selects, in order of id, without their tokens."""
    rows = list(store.tuples(_MESSAGES.format(where), parameters))
    recipes = read_recipes(store, {row[8] for row in rows if row[8] is not None})
    attachments: defaultdict[int, list[Attachment]] = defaultdict(list)
    for message, name, kind, text in store.tuples(_ATTACHMENTS.format(where), parameters):
        attachments[message].append(Attachment(name, kind, text))
    return tuple(_message(row, recipes, attachments) for row in rows)


def _message(
    row: tuple[Any, ...], recipes: dict[int, Origin], attachments: dict[int, list[Attachment]]
) -> StoredMessage:
    (message, conversation, parent, role, text, state, created, deleted, recipe, seed, reason, *counts, has_tokens) = (
        row
    )
    return StoredMessage(
        id=MessageId(message),
        conversation=ConversationId(conversation),
        parent=None if parent is None else MessageId(parent),
        role=role,
        text=text,
        state=state,
        created=created,
        origin=None if recipe is None else replace(recipes[recipe], seed=seed),
        outcome=None if reason is None else Outcome(state, reason, *counts),
        has_tokens=bool(has_tokens),
        attachments=tuple(attachments[message]) if message in attachments else (),
        deleted=deleted,
    )
