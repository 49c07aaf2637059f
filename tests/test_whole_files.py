"""A file of ours is whole, or as it was: whatever fails on the way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nextword import whole_files
from nextword.whole_files import write_json, write_whole


def test_what_was_there_is_replaced_and_kept_where_that_is_wanted(tmp_path: Path) -> None:
    path, previous = tmp_path / "a.json", tmp_path / "a.previous.json"
    write_whole(path, b"one", previous=previous)
    assert not previous.exists()
    write_whole(path, b"two", previous=previous)
    assert (path.read_bytes(), previous.read_bytes()) == (b"two", b"one")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "a.previous.json"]


def test_a_disk_that_takes_nothing_leaves_the_old_one_and_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"one")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two", previous=tmp_path / "previous")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("text", ["日本 é", "half \ud83d of it", os.fsdecode(b"not \xff text")])
def test_any_text_comes_back_from_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"name": text})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": text}
