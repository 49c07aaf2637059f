"""The versions that the self-test, About and a report give are those of what is installed."""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
from importlib import metadata
from pathlib import Path

import pytest

import nextword
from nextword import versions

PROGRAM = Path(versions.__file__).parent


def test_every_version_is_known() -> None:
    found = versions.versions()
    assert found["nextword"] == nextword.__version__
    assert (found["python"], found["sqlite"]) == (platform.python_version(), sqlite3.sqlite_version)
    assert [name for name, value in found.items() if not value] == []
    for name in versions.DISTRIBUTIONS:
        assert found[name.lower()] == metadata.version(name)


def test_every_dependency_of_the_project_is_named() -> None:
    from bundle.closure import canonical

    wanted = [canonical(line.split(";")[0].split("=")[0].split(">")[0].split("<")[0].split("!")[0].strip())
              for line in metadata.requires("nextword") or ()]  # fmt: skip
    assert len(wanted) > 10
    assert set(wanted) <= {canonical(name) for name in versions.DISTRIBUTIONS}


def test_a_checkout_says_that_it_is_one() -> None:
    assert versions.build() == versions.Build("checkout")


@pytest.mark.parametrize(("place", "mark", "kind"), [("nextword", "portable.txt", "portable"), ("nextword", "", "app")])
def test_a_frozen_copy_says_how_it_is_installed_and_from_which_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, mark: str, kind: str
) -> None:
    folder = tmp_path / place
    folder.mkdir()
    (tmp_path / "build.json").write_text(json.dumps({"commit": "a" * 40, "commit_time": 7}))
    if mark:
        (folder / mark).write_text("")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "nextword"))
    monkeypatch.setattr(versions, "_FACTS", tmp_path)
    versions.build.cache_clear()
    try:
        assert versions.build() == versions.Build(kind, "a" * 40, 7)
        assert versions.versions()["commit"] == "a" * 40
    finally:
        versions.build.cache_clear()
