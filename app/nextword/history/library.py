"""What can be used in any conversation: presets, and the texts of the prompt library.

A name that is taken gets a number: nothing is ever overwritten by a name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NewType

from msgspec import Struct

from nextword.errors import NoSuchRow
from nextword.history.store import Store, inserted, storable

PresetId = NewType("PresetId", int)
PromptId = NewType("PromptId", int)
NAME_CHARACTERS = 80


class Preset(Struct, frozen=True):
    """Settings under a name. values: JSON values, such as the system prompt and the sampling."""

    id: PresetId
    name: str
    values: dict[str, Any]


class Prompt(Struct, frozen=True):
    """A text under a name, with {{variables}} that are asked for when it is used."""

    id: PromptId
    name: str
    text: str


class Presets:
    """Verbs for presets. Whoever deletes can restore."""

    def __init__(self, store: Store) -> None:
        self._rows = NamedRows(store, "preset", "values")

    def list(self) -> list[Preset]:
        """Return all presets, in order of the alphabet."""
        return [Preset(PresetId(key), name, json.loads(values)) for key, name, values in self._rows.all()]

    def add(self, name: str, values: Mapping[str, Any]) -> Preset:
        """Keep a new preset, under another name if this one is taken."""
        text = json.dumps(dict(values))
        key, name = self._rows.add(name, text)
        return Preset(PresetId(key), name, json.loads(text))

    def change(self, preset: PresetId, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give a preset other values; return those it had. Raises NoSuchRow."""
        before: dict[str, Any] = json.loads(self._rows.change(preset, json.dumps(dict(values))))
        return before

    def rename(self, preset: PresetId, name: str) -> str:
        """Rename a preset; return the name it has now. Raises NoSuchRow."""
        return self._rows.rename(preset, name)

    def delete(self, preset: PresetId) -> None:
        """Put a preset into the trash. Raises NoSuchRow."""
        self._rows.delete(preset)

    def restore(self, preset: PresetId) -> str:
        """Take a preset out of the trash; return the name it has now. Raises NoSuchRow."""
        return self._rows.restore(preset)


class Prompts:
    """Verbs for the prompt library. Whoever deletes can restore."""

    def __init__(self, store: Store) -> None:
        self._rows = NamedRows(store, "prompt", "text")

    def list(self) -> list[Prompt]:
        """Return all prompts, in order of the alphabet."""
        return [Prompt(PromptId(key), name, text) for key, name, text in self._rows.all()]

    def add(self, name: str, text: str) -> Prompt:
        """Keep a new prompt, under another name if this one is taken."""
        key, name = self._rows.add(name, text)
        return Prompt(PromptId(key), name, storable(text))

    def change(self, prompt: PromptId, text: str) -> str:
        """Give a prompt another text; return the one it had. Raises NoSuchRow."""
        return self._rows.change(prompt, text)

    def rename(self, prompt: PromptId, name: str) -> str:
        """Rename a prompt; return the name it has now. Raises NoSuchRow."""
        return self._rows.rename(prompt, name)

    def delete(self, prompt: PromptId) -> None:
        """Put a prompt into the trash. Raises NoSuchRow."""
        self._rows.delete(prompt)

    def restore(self, prompt: PromptId) -> str:
        """Take a prompt out of the trash; return the name it has now. Raises NoSuchRow."""
        return self._rows.restore(prompt)


class NamedRows:
    """A table of rows with a name and one column of text. touched: called after each change."""

    def __init__(self, store: Store, kind: str, column: str, *, touched: Callable[[], None] | None = None) -> None:
        self._store = store
        self._touched = touched or store.touched_library
        self._kind = kind
        self._table = f"{kind}s"
        self._column = column

    def all(self) -> list[tuple[int, str, str]]:
        sql = f'select id, name, "{self._column}" from {self._table} where deleted is null'
        return sorted(((key, name, text) for key, name, text in self._store.tuples(sql)), key=_by_name)

    def add(self, name: str, text: str) -> tuple[int, str]:
        now = time.time()
        text = storable(text)
        with self._store.db.atomic():
            name = self._free(name)
            row = {"name": name, self._column: text, "created": now, "updated": now, "deleted": None}
            key = inserted(self._store.db.table(self._table).insert(row))
        self._touched()
        return key, name

    def change(self, key: int, text: str) -> str:
        before = str(self._row(key)[self._column])
        self._set(key, {self._column: storable(text), "updated": time.time()})
        return before

    def rename(self, key: int, name: str) -> str:
        if name != self._row(key)["name"]:
            name = self._free(name, besides=key)
            self._set(key, {"name": name})
        return name

    def delete(self, key: int) -> None:
        self._row(key)
        self._set(key, {"deleted": time.time()})

    def restore(self, key: int) -> str:
        row = self._store.row(self._kind, key)
        name: str = row["name"]
        if row["deleted"] is not None:
            name = self._free(name, besides=key)
            self._set(key, {"deleted": None, "name": name})
        return name

    def _row(self, key: int) -> dict[str, Any]:
        row = self._store.row(self._kind, key)
        if row["deleted"] is not None:
            raise NoSuchRow(self._kind, key)
        return row

    def _set(self, key: int, values: dict[str, Any]) -> None:
        with self._store.db.atomic():
            self._store.db.table(self._table).update(key, values)
        self._touched()

    def _free(self, name: str, besides: int = 0) -> str:
        """Return `name` on one line, with a number if another row has it."""
        name = " ".join(storable(name).split())[:NAME_CHARACTERS].rstrip() or "…"
        sql = f"select name from {self._table} where deleted is null and id <> ?"
        taken = {row[0].casefold() for row in self._store.tuples(sql, [besides])}
        free, number = name, 2
        while free.casefold() in taken:
            free, number = f"{name} ({number})", number + 1
        return free


def _by_name(row: tuple[int, str, str]) -> tuple[str, int]:
    return row[1].casefold(), row[0]
