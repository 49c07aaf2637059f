"""What makes answers, kept once for all answers that were made the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from nextword.history.records import Origin
from nextword.history.store import Store, inserted

COLUMNS = (
    "model_file", "model_sha256", "model_name", "template_hash", "sampling",
    "app_version", "engine_version", "engine_variant",
)  # fmt: skip


def keep_recipe(store: Store, origin: Origin) -> int:
    """Return the id of the row that holds `origin` without its seed; it is made if there is none."""
    values = tuple(
        json.dumps(origin.sampling) if column == "sampling" else str(getattr(origin, column)) for column in COLUMNS
    )
    digest = hashlib.blake2b(json.dumps(values).encode(), digest_size=16).digest()
    found = next(store.tuples("select id from recipes where digest = ?", [digest]), None)
    if found is not None:
        return int(found[0])
    row = {"digest": digest} | dict(zip(COLUMNS, values, strict=True))
    return inserted(store.db.table("recipes").insert(row))


def read_recipes(store: Store, recipes: Iterable[int]) -> dict[int, Origin]:
    """Return the recipes with these ids; the seed is 0."""
    found: dict[int, Origin] = {}
    for recipe in recipes:
        row = store.row("recipe", recipe)
        fields = {column: row[column] for column in COLUMNS if column != "sampling"}
        found[recipe] = Origin(**fields, sampling=json.loads(row["sampling"]), seed=0)
    return found
