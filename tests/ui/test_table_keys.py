"""Tab leaves a table: who goes by keys would else have to pass all its cells."""

from __future__ import annotations

import re
from pathlib import Path

from nextword import ui

_MADE = re.compile(r"\bQTable(View|Widget)\(|\(QTable(View|Widget)\):")


def test_tab_goes_on_from_every_table() -> None:
    files = [path for path in Path(ui.__file__).parent.rglob("*.py") if _MADE.search(path.read_text("utf-8"))]
    assert len(files) >= 9
    assert [path.name for path in files if "setTabKeyNavigation(False)" not in path.read_text("utf-8")] == []
