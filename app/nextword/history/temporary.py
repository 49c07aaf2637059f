"""A history in memory alone: what is said in it was never on a disk, and is gone when it is closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nextword.history.database import Deliver, History

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations


class TemporaryHistory(History):
    """Has the verbs, the thread and the errors of a history, and no file."""

    def __init__(self, deliver: Deliver) -> None:
        super().__init__(Path(":memory:"), deliver)

    @classmethod
    def beside(cls, history: History) -> TemporaryHistory:
        """Return one that delivers where `history` does; whoever asks closes it."""
        return cls(history._deliver)

    def _open(self) -> Conversations:
        if self._conversations is None:
            from sqlite_utils import Database

            from nextword.history.conversations import Conversations
            from nextword.history.migrations import migrations

            self._db = Database(memory=True, execute_plugins=False)
            self._db.execute("pragma temp_store=memory")  # a large sort would go to a file
            self._db.execute("pragma foreign_keys=on")
            migrations.apply(self._db)
            self._conversations = Conversations(self._db)
        return self._conversations
