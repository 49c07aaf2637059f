"""A file goes to the trash whole and comes back; what is there by that name is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nextword.hub.trash_can import put_away, take_out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "models" / "größe 1.gguf"
    made.parent.mkdir()
    made.write_bytes(b"weights")
    return made


def test_a_file_can_be_taken_out_again(file: Path, tmp_path: Path) -> None:
    trashed = put_away(file, tmp_path / "share")
    assert not file.exists()
    assert trashed == tmp_path / "share" / "Trash" / "files" / file.name
    info = tmp_path / "share" / "Trash" / "info" / f"{file.name}.trashinfo"
    assert "gr%C3%B6%C3%9Fe%201.gguf" in info.read_text()
    take_out(trashed, file)
    assert file.read_bytes() == b"weights"
    assert not info.exists()
    assert not trashed.exists()


def test_files_of_one_name_lie_side_by_side(file: Path, tmp_path: Path) -> None:
    first = put_away(file, tmp_path / "share")
    file.write_bytes(b"other")
    second = put_away(file, tmp_path / "share")
    assert first != second
    assert (first.read_bytes(), second.read_bytes()) == (b"weights", b"other")


def test_what_took_the_place_of_a_file_is_not_overwritten(file: Path, tmp_path: Path) -> None:
    trashed = put_away(file, tmp_path / "share")
    file.write_bytes(b"new")
    with pytest.raises(FileExistsError):
        take_out(trashed, file)
    assert file.read_bytes() == b"new"
    assert trashed.exists()


def test_a_trash_that_cannot_be_made_leaves_the_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "share").write_text("no folder")
    with pytest.raises(OSError, match="share"):
        put_away(file, tmp_path / "share")
    assert file.read_bytes() == b"weights"


def test_a_file_whose_name_is_no_text_goes_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"na\xefve.gguf")
    file.write_bytes(b"weights")
    trashed = put_away(file, tmp_path / "share")
    (info,) = (tmp_path / "share" / "Trash" / "info").iterdir()
    assert "na%EFve.gguf" in info.read_text()
    take_out(trashed, file)
    assert file.read_bytes() == b"weights"
