from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.history.conversations import Conversations
from nextword.history.database import open_database


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    db = open_database(tmp_path / "history.db")
    yield Conversations(db)
    db.close()
