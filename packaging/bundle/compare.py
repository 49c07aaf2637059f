"""Builds the folder twice from the same commit and says where the two differ."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from bundle.places import BUILD, DIST, TREE
from bundle.sbom import file_hashes


@dataclass(frozen=True)
class Difference:
    """Paths in one folder alone, and those in both with other contents."""

    first_only: list[str]
    second_only: list[str]
    changed: list[str]

    @property
    def is_empty(self) -> bool:
        return not (self.first_only or self.second_only or self.changed)


def compare(first: Path, second: Path) -> Difference:
    """Compare names and contents, not times."""
    one, other = file_hashes(first), file_hashes(second)
    return Difference(
        sorted(one.keys() - other.keys()),
        sorted(other.keys() - one.keys()),
        sorted(name for name in one.keys() & other.keys() if one[name] != other[name]),
    )


def build_twice() -> Path:
    """Make the folder, put it aside, make it again from nothing; write and return the report."""
    from bundle.build import build

    first = BUILD / "first"
    shutil.rmtree(first, ignore_errors=True)
    for target in (first, TREE):
        shutil.rmtree(BUILD / "pyinstaller", ignore_errors=True)
        build()
        if target is first:
            shutil.copytree(TREE, first, symlinks=True)
    found = compare(first, TREE)
    files = len(file_hashes(TREE))
    report = DIST / "reproducible.json"
    report.write_text(json.dumps({"files": files, **asdict(found)}, indent=1) + "\n", "utf-8")
    if found.is_empty:
        print(f"Two builds gave the same {files} files with the same contents.")
    else:
        print(report.read_text("utf-8"))
    shutil.rmtree(first)
    return report
