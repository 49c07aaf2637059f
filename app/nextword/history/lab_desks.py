"""How things lay on the desks of the lab when they were left: ticked examples, inputs, what was being typed."""

from __future__ import annotations

import time

from nextword.history.store import Store, storable


class LabDesks:
    """One text for each desk, which has a name; what it means is known to nextword.lab and its screens alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> str:
        """Return what was kept last, "" if nothing was."""
        row = next(self._store.tuples("select content from lab_desks where name = ?", [storable(name)]), None)
        return "" if row is None else str(row[0])

    def keep(self, name: str, content: str) -> None:
        """Keep it in the place of what was kept before; nothing keeps nothing."""
        with self._store.db.atomic():
            self._store.db.execute("delete from lab_desks where name = ?", [storable(name)])
            if content:
                self._store.db.execute(
                    "insert into lab_desks (name, content, updated) values (?, ?, ?)",
                    [storable(name), storable(content), time.time()],
                )
